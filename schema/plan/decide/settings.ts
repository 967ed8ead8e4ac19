import { literal, qualified } from "../../database/sql";
import type { Manifest, WantedTable } from "../../manifest/manifest-schema";
import type { Facts } from "../facts";
import { keep, pending, type Step } from "../steps";

/** ALTER TABLE that sets storage parameters on one table that holds rows. */
export function settingsSql(table: { schema: string; name: string }, settings: Record<string, string>): string {
  const list = Object.entries(settings).map(([name, value]) => `${name} = ${literal(value)}`);
  return `alter table ${qualified(table)} set (${list.join(", ")})`;
}

function settingsStep(table: WantedTable, facts: Facts): Step {
  const object = `settings of ${table.schema}.${table.name}`;
  const fact = facts.tables.find((each) => each.schema === table.schema && each.name === table.name);
  if (fact === undefined) return pending("settings", object, "the table does not exist yet");
  const wanted = Object.entries(table.settings);
  const different = fact.leaves.filter((leaf) => wanted.some(([name, value]) => leaf.settings[name] !== value));
  if (different.length === 0) return keep("settings", object);
  return {
    kind: "settings",
    object,
    action: "replace",
    reason:
      fact.kind === "partitioned" ? `${different.length} of ${fact.leaves.length} partitions differ` : "they differ",
    lock: "share update exclusive: reads and writes go on",
    operation: { kind: "statements", statements: different.map((leaf) => settingsSql(leaf, table.settings)) },
  };
}

export function decideSettings(manifest: Manifest, facts: Facts): Step[] {
  return manifest.tables.flatMap((table) =>
    Object.keys(table.settings).length === 0 ? [] : [settingsStep(table, facts)],
  );
}
