import { qualified } from "../../database/sql";
import type { Manifest, WantedStatistics, WantedTable } from "../../manifest/manifest-schema";
import type { Facts } from "../facts";
import { ownSql } from "../owned-sql";
import { createStatisticsSql } from "../statistics-sql";
import { keep, pending, refused, type Step } from "../steps";

function statisticsStep(table: WantedTable, statistics: WantedStatistics, facts: Facts, application: string): Step {
  const object = `statistics ${table.schema}.${statistics.name}`;
  const name = qualified({ schema: table.schema, name: statistics.name });
  const understood = facts.wanted.statistics[`${table.schema}.${statistics.name}`];
  if (understood === undefined)
    return pending("statistics", object, `table ${table.schema}.${table.name} does not exist yet`);
  if (understood.kind === "missing") return pending("statistics", object, understood.what);
  if (understood.kind === "invalid")
    return refused(
      "statistics",
      object,
      `the server rejects it (${understood.sqlState}: ${understood.message}); correct the manifest`,
    );
  const fact = facts.statistics.find((each) => each.schema === table.schema && each.name === statistics.name);
  if (fact?.meaning === understood.meaning) return keep("statistics", object);
  return {
    kind: "statistics",
    object,
    action: fact === undefined ? "create" : "replace",
    reason: fact === undefined ? "does not exist" : `it is ${fact.meaning}`,
    lock: "share update exclusive: reads and writes go on",
    operation: {
      kind: "statements",
      statements: [
        ...(fact === undefined ? [] : [`drop statistics ${name}`]),
        createStatisticsSql(statistics, { name, on: qualified(table) }),
        ownSql({
          kind: "statistics",
          schema: table.schema,
          name: statistics.name,
          belongsTo: table.name,
          meaning: understood.meaning,
          application,
        }),
      ],
    },
  };
}

export function decideStatistics(manifest: Manifest, facts: Facts): Step[] {
  return manifest.tables.flatMap((table) =>
    table.statistics.map((statistics) => statisticsStep(table, statistics, facts, manifest.application)),
  );
}
