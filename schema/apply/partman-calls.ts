import { literal, qualified, rowsOf, type Session } from "../database/sql";
import type { WantedPartition } from "../manifest/manifest-schema";

export interface Partman {
  version: string;
  schema: string;
}

export async function installedPartman(session: Session): Promise<Partman | null> {
  const [row] = await rowsOf<{ version: string; schema: string }>(
    session,
    `select extversion as version, nspname::text as schema
     from pg_extension join pg_namespace on pg_namespace.oid = extnamespace where extname = 'pg_partman'`,
  );
  return row ?? null;
}

/**
 * The call that hands an empty or partly made partitioned table to pg_partman. Always by argument name: versions 4 and 5
 * swap the positions of type and interval, and only 4 needs the type.
 */
export function createParentSql(
  partman: Partman,
  call: { parent: string; wish: WantedPartition; start: string | null; premake: number },
): string {
  const major = Number.parseInt(partman.version, 10);
  const named = [
    `p_parent_table => ${literal(call.parent)}`,
    `p_control => ${literal(call.wish.column)}`,
    `p_interval => ${literal(call.wish.interval)}`,
    `p_premake => ${call.premake}`,
    "p_jobmon => false",
    ...(major < 5 ? ["p_type => 'native'"] : []),
    ...(call.start === null ? [] : [`p_start_partition => ${literal(call.start)}`]),
  ];
  return `select ${qualified({ schema: partman.schema, name: "create_parent" })}(${named.join(", ")})`;
}
