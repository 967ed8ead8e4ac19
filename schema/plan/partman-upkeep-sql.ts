import { literal, qualified } from "../database/sql";
import type { WantedPartition } from "../manifest/manifest-schema";

/** Upkeep as the manifest wants it. Partitions past retention leave the table but stay as tables: nothing is lost. */
export function upkeepSql(partmanSchema: string, parent: string, wish: WantedPartition): string {
  return (
    `update ${qualified({ schema: partmanSchema, name: "part_config" })} set premake = ${wish.premake}, ` +
    `retention = ${wish.retention === undefined ? "null" : literal(wish.retention)}, retention_keep_table = true, ` +
    `infinite_time_partitions = true where parent_table = ${literal(parent)}`
  );
}
