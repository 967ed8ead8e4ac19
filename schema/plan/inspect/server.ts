import { rowsOf, type Session } from "../../database/sql";
import type { ExtensionFact, ServerFacts } from "../facts";

export async function serverFacts(session: Session): Promise<ServerFacts> {
  const [row] = await rowsOf<ServerFacts>(
    session,
    `select current_setting('server_version_num')::int as "versionNum",
            current_database() as database,
            current_user::text as "currentUser",
            (select coalesce(array_agg(rolname::text order by rolname), '{}')
             from pg_roles where pg_has_role(current_user, oid, 'usage')) as "memberOf"`,
  );
  if (row === undefined) throw new Error("the server gave no row for its own version");
  return row;
}

export async function extensionFacts(session: Session, names: string[]): Promise<ExtensionFact[]> {
  return rowsOf<ExtensionFact>(
    session,
    `select wanted.name,
            available.default_version as "availableVersion",
            installed.extversion as "installedVersion",
            namespace.nspname::text as schema
     from unnest($1::text[]) as wanted (name)
     left join pg_available_extensions available on available.name = wanted.name
     left join pg_extension installed on installed.extname = wanted.name
     left join pg_namespace namespace on namespace.oid = installed.extnamespace`,
    [names],
  );
}
