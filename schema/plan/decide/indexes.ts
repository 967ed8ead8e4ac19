import type { Manifest, WantedIndex, WantedTable } from "../../manifest/manifest-schema";
import type { Facts, IndexFact } from "../facts";
import { leftoverNames, successorName } from "../index-names";
import { keep, pending, refused, type Step, type StepAction } from "../steps";

function indexStep(
  table: WantedTable,
  index: WantedIndex,
  facts: Facts,
  extensionsCome: boolean,
  application: string,
): Step {
  const object = `index ${table.schema}.${index.name}`;
  const change = (action: StepAction, reason: string): Step => ({
    kind: "index",
    object,
    action,
    reason,
    lock: "share update exclusive: reads and writes go on",
    operation: { kind: "index", table: { schema: table.schema, name: table.name }, index, application },
  });

  const understood = facts.wanted.indexes[`${table.schema}.${index.name}`];
  if (understood === undefined)
    return pending("index", object, `table ${table.schema}.${table.name} does not exist yet`);
  if (understood.kind === "invalid")
    return refused(
      "index",
      object,
      `the server rejects its definition (${understood.sqlState}: ${understood.message}); correct the manifest`,
    );
  if (understood.kind === "missing") {
    const byExtension = extensionsCome && ["42704", "42883"].includes(understood.sqlState);
    return byExtension
      ? change("create", "missing; stands on an extension of this run")
      : pending("index", object, understood.what);
  }

  const onTable = facts.indexes.filter((fact) => fact.schema === table.schema && fact.table === table.name);
  const named = onTable.find((fact) => fact.name === index.name);
  const same = (fact: IndexFact) => fact.valid && fact.meaning === understood.meaning;
  if (named?.building) return pending("index", object, "another session is building it");
  if (named !== undefined && same(named)) {
    const leftover = onTable.find((fact) => leftoverNames(index.name).includes(fact.name) && !fact.building);
    return leftover === undefined
      ? keep("index", object)
      : change("replace", `an earlier attempt left ${leftover.name}`);
  }
  if (named?.constraint)
    return refused(
      "index",
      object,
      `a constraint has this name and another meaning (${named.meaning}); rename one of them`,
    );
  if (named !== undefined)
    return change("replace", named.valid ? `it is ${named.meaning}` : "an invalid leftover has its name");
  const twin = onTable.find((fact) => same(fact) && !leftoverNames(index.name).includes(fact.name));
  if (twin !== undefined)
    return { kind: "index", object, action: "adopt", reason: `${twin.name} is the same index`, lock: "none" };
  const successor = onTable.some((fact) => fact.name === successorName(index.name));
  return change(
    successor ? "replace" : "create",
    successor ? "an earlier replacement stopped half-way" : index.purpose,
  );
}

export function decideIndexes(manifest: Manifest, facts: Facts): Step[] {
  const extensionsCome = facts.extensions.some(
    (fact) => fact.installedVersion === null && fact.availableVersion !== null,
  );
  return manifest.tables.flatMap((table) =>
    table.indexes.map((index) => indexStep(table, index, facts, extensionsCome, manifest.application)),
  );
}
