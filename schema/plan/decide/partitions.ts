import type { Manifest, WantedPartition, WantedTable } from "../../manifest/manifest-schema";
import { sameLayout } from "../../convert/state";
import type { ConversionFact, Facts, PartitionBlockerKind, PartmanSetFact, TableFact } from "../facts";
import { upkeepSql } from "../partman-upkeep-sql";
import { keep, pending, refused, type Step } from "../steps";

type Blocker = TableFact["partitionBlockers"][number];

/** The way out of each obstacle, in the order an operator would go. */
const CURES: Record<PartitionBlockerKind, (blocker: Blocker, wish: WantedPartition) => string> = {
  "inbound-foreign-key": ({ name, detail }) =>
    `${detail} refers to it by ${name}: alter table ${detail} drop constraint ${name}, keep the referring columns and their index, and check them in the application`,
  "unique-without-key": ({ name, detail }, wish) =>
    `unique index ${name} lacks ${wish.column} (${detail}): build a unique index that has it, make that the constraint, and drop ${name}`,
  "exclusion-constraint": ({ name }) =>
    `exclusion constraint ${name} cannot span partitions: drop it or leave the table whole`,
  "transition-trigger": ({ name }) =>
    `trigger ${name} fires for each row and looks at all changed rows (referencing ... table), which a partitioned table cannot: make it fire for each statement`,
  "key-setting-trigger": ({ name }, wish) =>
    `trigger ${name} sets ${wish.column} before the row is stored, which cannot move a row between partitions: set it in the application or by a default`,
  rule: ({ name }) => `rule ${name} would be lost: replace it by a trigger or a view`,
  "forced-row-security": ({ name }) =>
    `row security of ${name} is forced on its owner, who then cannot see all rows to copy: alter table ${name} no force row level security, convert, and force it again`,
  "replica-identity": ({ name }) =>
    `${name} has an index as its replica identity: set it to default or full, convert, and set it on each partition`,
  "dependent-routine": ({ name }) =>
    `routine ${name} has the table compiled in (begin atomic): drop it, convert, and create it again`,
  "dependent-view": ({ name }) =>
    `${name} stands on it and is a materialised view or of another owner: drop it, convert, and create it again`,
  inheritance: ({ name }) => `it takes part in inheritance with ${name}: end that first`,
  publication: ({ name }) => `publication ${name} names it: take it out, convert, and add it again`,
  "key-column-missing": ({ name }) => `it has no column ${name}: correct the manifest or add the column`,
  "key-column-type": ({ name, detail }) =>
    `${name} is ${detail}: only date and timestamp columns are partitioned by time`,
  "key-column-nulls": ({ name }) => `${name} may be null: alter column ${name} set not null`,
};

/** Interval texts that pg_partman 4 and 5 store for the same width. */
const SAME_INTERVAL: Record<WantedPartition["interval"], string[]> = {
  "1 day": ["1 day", "daily"],
  "1 week": ["1 week", "7 days", "weekly"],
  "1 month": ["1 month", "1 mon", "monthly"],
  "3 months": ["3 months", "3 mons", "quarterly"],
  "1 year": ["1 year", "yearly"],
};

function upkeepStep(object: string, wish: WantedPartition, set: PartmanSetFact, partmanSchema: string): Step {
  if (set.control !== wish.column || !SAME_INTERVAL[wish.interval].includes(set.interval))
    return refused(
      "partitions",
      object,
      `pg_partman keeps it by ${set.control} every ${set.interval}, not by ${wish.column} every ${wish.interval}; correct the manifest, or re-partition by hand`,
    );
  const retention = wish.retention ?? null;
  if (set.premake === wish.premake && set.retention === retention && set.retentionKeepsTable)
    return keep("partitions", object);
  return {
    kind: "partitions",
    object,
    action: "replace",
    reason: "premake or retention differ",
    lock: "catalogue only",
    operation: {
      kind: "statements",
      statements: [upkeepSql(partmanSchema, set.parent, wish)],
    },
  };
}

const MOMENTS = "short: reads and writes go on, but for moments under the cut-over budget";

/** An unfinished conversion goes on, unless its manifest wish became another one before the cut-over. */
function resumeStep(object: string, table: WantedTable, wish: WantedPartition, begun: ConversionFact): Step {
  if (!begun.cutOver && !sameLayout(begun.wish, wish))
    return refused(
      "partitions",
      object,
      `a conversion by ${begun.wish.column} every ${begun.wish.interval} (history: ${begun.wish.history}) is half-way (phase ${begun.phase}): run plinth schema abort ${table.schema}.${table.name}, or put the manifest back`,
    );
  return {
    kind: "partitions",
    object,
    action: "replace",
    reason: begun.cutOver
      ? `its conversion is cut over, and the old table is to be removed (phase ${begun.phase})`
      : `a conversion is half-way and goes on (phase ${begun.phase})`,
    lock: MOMENTS,
    operation: { kind: "partition", table, mode: "convert" },
  };
}

function partitionStep(table: WantedTable, wish: WantedPartition, facts: Facts): Step {
  const object = `partitions of ${table.schema}.${table.name} by ${wish.column} every ${wish.interval}`;
  const fact = facts.tables.find((each) => each.schema === table.schema && each.name === table.name);
  if (fact === undefined) return pending("partitions", object, "the table does not exist yet");
  const begun = facts.conversions.find((each) => each.schema === table.schema && each.name === table.name);
  if (begun !== undefined) return resumeStep(object, table, wish, begun);
  const partmanComes = facts.extensions.some(
    (extension) => extension.name === "pg_partman" && extension.availableVersion !== null,
  );
  if (facts.partman === null && !partmanComes)
    return refused(
      "partitions",
      object,
      "pg_partman is neither installed nor offered by this server; install it, and list it under extensions",
    );
  if (fact.kind === "partitioned") {
    if (fact.partitionStrategy !== "range" || fact.partitionKey !== wish.column)
      return refused(
        "partitions",
        object,
        `it is already partitioned by ${fact.partitionStrategy} of ${fact.partitionKey}; correct the manifest`,
      );
    const set = facts.partman?.sets.find((each) => each.parent === `${table.schema}.${table.name}`);
    if (set !== undefined && facts.partman !== null) return upkeepStep(object, wish, set, facts.partman.schema);
    return {
      kind: "partitions",
      object,
      action: "create",
      reason: "partitioned, but pg_partman does not keep it",
      lock: "access exclusive: reads and writes wait",
      operation: { kind: "partition", table, mode: "register" },
    };
  }
  if (fact.kind !== "plain") return refused("partitions", object, "it is not an ordinary table; correct the manifest");
  if (fact.partitionBlockers.length > 0)
    return refused(
      "partitions",
      object,
      fact.partitionBlockers.map((blocker) => CURES[blocker.kind](blocker, wish)).join("; "),
    );
  return {
    kind: "partitions",
    object,
    action: "create",
    reason: `one table of about ${Math.max(0, Math.round(fact.estimatedRows))} rows`,
    lock: MOMENTS,
    operation: { kind: "partition", table, mode: "convert" },
  };
}

export function decidePartitions(manifest: Manifest, facts: Facts): Step[] {
  return manifest.tables.flatMap((table) =>
    table.partition === undefined ? [] : [partitionStep(table, table.partition, facts)],
  );
}
