import { rowsOf, type Session } from "../../database/sql";
import type { DefaultPrivilegeFact, RelationPrivilegesFact, SchemaFact } from "../facts";

export async function schemaFacts(session: Session, names: string[]): Promise<SchemaFact[]> {
  return rowsOf<SchemaFact>(
    session,
    `select namespace.nspname::text as name,
            owner.rolname::text as owner,
            (select coalesce(array_agg(distinct coalesce(grantee.rolname::text, 'public')), '{}')
             from aclexplode(namespace.nspacl) acl
             left join pg_roles grantee on grantee.oid = acl.grantee
             where acl.privilege_type = 'USAGE') as usage,
            exists (select from aclexplode(namespace.nspacl) acl
                    where acl.grantee = 0 and acl.privilege_type = 'CREATE') as "publicMayCreate"
     from pg_namespace namespace
     join pg_roles owner on owner.oid = namespace.nspowner
     where namespace.nspname = any ($1::text[])
     order by 1`,
    [names],
  );
}

/** Tables, views and sequences of the schemas; partitions are left out: they are reached through their parent. */
export async function relationPrivileges(session: Session, schemas: string[]): Promise<RelationPrivilegesFact[]> {
  return rowsOf<RelationPrivilegesFact>(
    session,
    `select namespace.nspname::text as schema,
            class.relname::text as name,
            case class.relkind when 'S' then 'sequence' else 'table' end as kind,
            owner.rolname::text as owner,
            (select coalesce(jsonb_object_agg(role, held), '{}')
             from (select grantee.rolname::text as role, jsonb_agg(lower(acl.privilege_type) order by acl.privilege_type) as held
                   from aclexplode(class.relacl) acl
                   join pg_roles grantee on grantee.oid = acl.grantee
                   group by 1) by_role) as privileges
     from pg_class class
     join pg_namespace namespace on namespace.oid = class.relnamespace
     join pg_roles owner on owner.oid = class.relowner
     where namespace.nspname = any ($1::text[])
       and class.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
       and not class.relispartition
       and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = class.oid and deptype = 'e')
     order by 1, 2`,
    [schemas],
  );
}

export async function defaultPrivileges(session: Session): Promise<DefaultPrivilegeFact[]> {
  return rowsOf<DefaultPrivilegeFact>(
    session,
    `select creator.rolname::text as "createdBy",
            namespace.nspname::text as schema,
            case acl_set.defaclobjtype when 'r' then 'tables' else 'sequences' end as objects,
            grantee.rolname::text as role,
            lower(acl.privilege_type) as privilege
     from pg_default_acl acl_set
     join pg_roles creator on creator.oid = acl_set.defaclrole
     join pg_namespace namespace on namespace.oid = acl_set.defaclnamespace
     cross join lateral aclexplode(acl_set.defaclacl) acl
     join pg_roles grantee on grantee.oid = acl.grantee
     where acl_set.defaclobjtype in ('r', 'S')
     order by 1, 2, 3, 4, 5`,
  );
}
