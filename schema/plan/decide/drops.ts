import { qualified } from "../../database/sql";
import type { Manifest } from "../../manifest/manifest-schema";
import type { Facts, IndexFact } from "../facts";
import { isLeftoverName } from "../index-names";
import { disownSql, type OwnedObject } from "../owned-sql";
import { keep, type Step } from "../steps";

function wantedNames(manifest: Manifest): Set<string> {
  return new Set([
    ...manifest.tables.flatMap((table) => [
      ...table.indexes.map((index) => `index ${table.schema}.${index.name}`),
      ...table.statistics.map((each) => `statistics ${table.schema}.${each.name}`),
    ]),
    ...manifest.routines.map((routine) => `routine ${routine.schema}.${routine.name}(${routine.argumentTypes})`),
  ]);
}

const keyOf = ({ kind, schema, name, belongsTo }: OwnedObject) =>
  `${kind} ${schema}.${name}${kind === "routine" ? `(${belongsTo})` : ""}`;

/** What the object means now, or undefined when it is gone. */
function presentMeaning(object: OwnedObject, facts: Facts): string | undefined {
  const named = (each: { schema: string; name: string }) => each.schema === object.schema && each.name === object.name;
  switch (object.kind) {
    case "index":
      return facts.indexes.find(named)?.meaning;
    case "statistics":
      return facts.statistics.find(named)?.meaning;
    case "routine":
      return facts.routines.find((each) => named(each) && each.argumentTypes === object.belongsTo)?.definition;
  }
}

function dropStep(object: OwnedObject, facts: Facts): Step[] {
  const label = keyOf(object);
  const kind = object.kind;
  const meaning = presentMeaning(object, facts);
  if (meaning === undefined) return [];
  if (meaning !== object.meaning)
    return [
      keep(kind, label, "the manifest no longer names it, but somebody changed it since we made it: drop it by hand"),
    ];
  const reason = "we made it, and the manifest no longer names it";
  if (kind === "index")
    return [
      {
        kind,
        object: label,
        action: "drop",
        reason,
        lock: "share update exclusive: reads and writes go on",
        operation: { kind: "drop-index", schema: object.schema, name: object.name, on: object.belongsTo },
      },
    ];
  const dropped = kind === "statistics" ? `drop statistics ${qualified(object)}` : dropRoutine(object, facts);
  return [
    {
      kind,
      object: label,
      action: "drop",
      reason,
      lock: kind === "statistics" ? "share update exclusive: reads and writes go on" : "catalogue only",
      operation: { kind: "statements", statements: [dropped, disownSql(object)] },
    },
  ];
}

function dropRoutine(object: OwnedObject, facts: Facts): string {
  const fact = facts.routines.find(
    (each) => each.schema === object.schema && each.name === object.name && each.argumentTypes === object.belongsTo,
  );
  return `drop ${fact?.kind === "procedure" ? "procedure" : "function"} ${qualified(object)}(${object.belongsTo})`;
}

/** A concurrent build or REINDEX that died leaves an invalid index that every write still pays for and no query uses. */
function leftoverStep(fact: IndexFact): Step[] {
  if (fact.valid || fact.building || fact.constraint || !isLeftoverName(fact.name)) return [];
  return [
    {
      kind: "index",
      object: `index ${fact.schema}.${fact.name}`,
      action: "drop",
      reason: "an interrupted concurrent build left it invalid: writes pay for it and no query uses it",
      lock: "share update exclusive: reads and writes go on",
      operation: { kind: "drop-index", schema: fact.schema, name: fact.name, on: fact.table },
    },
  ];
}

/** Objects that are ours and no longer wanted, and the remains of broken builds. Nothing else is ever dropped. */
export function decideDrops(manifest: Manifest, facts: Facts, before: readonly Step[]): Step[] {
  const wanted = wantedNames(manifest);
  const taken = new Set(before.flatMap(({ operation }) => (operation?.kind === "index" ? [operation.table.name] : [])));
  return [
    ...facts.owned.filter((object) => !wanted.has(keyOf(object))).flatMap((object) => dropStep(object, facts)),
    // A step that changes an index of the table clears its own leftovers.
    ...facts.indexes.filter(({ table }) => !taken.has(table)).flatMap(leftoverStep),
  ];
}
