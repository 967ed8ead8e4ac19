import { rowsOf, type Session } from "../../database/sql";
import type { RoleFact } from "../facts";

/** Whether a role can log in with its password; null when that is not ours to know. */
export type PasswordProbe = (role: string) => Promise<boolean | null>;

type CatalogueRole = Omit<RoleFact, "settings" | "passwordAccepted"> & { settings: string[] };

/** "search_path=a, b" → ["search_path", "a, b"] */
function settingPair(text: string): [string, string] {
  const at = text.indexOf("=");
  return [text.slice(0, at), text.slice(at + 1)];
}

export async function roleFacts(
  session: Session,
  names: string[],
  passwordAccepted: PasswordProbe,
): Promise<RoleFact[]> {
  const found = await rowsOf<CatalogueRole>(
    session,
    `select role.rolname::text as name,
            role.rolcanlogin as login,
            role.rolsuper as superuser,
            (select coalesce(array_agg(granted.rolname::text order by granted.rolname), '{}')
             from pg_auth_members membership
             join pg_roles granted on granted.oid = membership.roleid
             where membership.member = role.oid) as "memberOf",
            coalesce((select setconfig from pg_db_role_setting
                      where setrole = role.oid and setdatabase = 0), '{}') as settings
     from pg_roles role
     where role.rolname = any ($1::text[])
     order by 1`,
    [names],
  );
  const roles: RoleFact[] = [];
  for (const role of found)
    roles.push({
      ...role,
      settings: Object.fromEntries(role.settings.map(settingPair)),
      passwordAccepted: role.login ? await passwordAccepted(role.name) : null,
    });
  return roles;
}
