import { rowsOf, type Session } from "../../database/sql";
import type { RoutineFact } from "../facts";

export async function routineFacts(session: Session, names: string[]): Promise<RoutineFact[]> {
  return rowsOf<RoutineFact>(
    session,
    `select namespace.nspname::text as schema,
            routine.proname::text as name,
            oidvectortypes(routine.proargtypes) as "argumentTypes",
            case routine.prokind when 'f' then 'function' when 'p' then 'procedure' else 'other' end as kind,
            pg_get_functiondef(routine.oid) as definition,
            (select coalesce(array_agg(distinct grantee.rolname::text), '{}')
             from aclexplode(routine.proacl) acl
             join pg_roles grantee on grantee.oid = acl.grantee
             where acl.privilege_type = 'EXECUTE') as execute,
            routine.proacl is null
              or exists (select from aclexplode(routine.proacl) acl where acl.grantee = 0) as "publicMayExecute"
     from pg_proc routine
     join pg_namespace namespace on namespace.oid = routine.pronamespace
     where namespace.nspname || '.' || routine.proname = any ($1::text[])
       and routine.prokind in ('f', 'p')
     order by 1, 2, 3`,
    [names],
  );
}
