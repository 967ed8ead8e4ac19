import { qualified, rowsOf, type Session } from "../../database/sql";
import type { PartmanFact, PartmanSetFact } from "../facts";

/** pg_partman's own book-keeping, wherever the extension is installed; null when it is not. */
export async function partmanFact(session: Session): Promise<PartmanFact | null> {
  const [extension] = await rowsOf<{ version: string; schema: string }>(
    session,
    `select extversion as version, nspname::text as schema
     from pg_extension join pg_namespace on pg_namespace.oid = extnamespace
     where extname = 'pg_partman'`,
  );
  if (extension === undefined) return null;
  const sets = await rowsOf<PartmanSetFact>(
    session,
    `select parent_table as parent,
            control,
            partition_interval as interval,
            premake,
            retention,
            retention_keep_table as "retentionKeepsTable"
     from ${qualified({ schema: extension.schema, name: "part_config" })}
     order by 1`,
  );
  return { ...extension, sets };
}
