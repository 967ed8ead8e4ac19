import { qualified, rowsOf, type Session } from "../../database/sql";
import type { TableName } from "../attachments";

/** The partitions of a partitioned table, the default one last. */
export async function leavesOf(session: Session, parent: TableName): Promise<(TableName & { isDefault: boolean })[]> {
  return rowsOf<TableName & { isDefault: boolean } & Record<string, unknown>>(
    session,
    `select namespace.nspname::text as schema, class.relname::text as name,
            pg_get_expr(class.relpartbound, class.oid) = 'DEFAULT' as "isDefault"
     from pg_inherits
     join pg_class class on class.oid = inhrelid
     join pg_namespace namespace on namespace.oid = class.relnamespace
     where inhparent = to_regclass($1)
     order by 3, 2`,
    [qualified(parent)],
  );
}
