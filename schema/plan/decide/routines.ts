import { qualified, quote } from "../../database/sql";
import type { Manifest, WantedRoutine } from "../../manifest/manifest-schema";
import type { Facts } from "../facts";
import { ownSql } from "../owned-sql";
import { keep, pending, refused, type Step } from "../steps";

function routineStep(routine: WantedRoutine, facts: Facts, application: string): Step {
  const key = `${routine.schema}.${routine.name}(${routine.argumentTypes})`;
  const object = `${routine.kind} ${routine.schema}.${routine.name}`;
  const understood = facts.wanted.routines[key];
  if (understood === undefined || understood.kind === "missing")
    return pending("routine", object, understood?.what ?? "what it stands on does not exist yet");
  if (understood.kind === "invalid")
    return refused(
      "routine",
      object,
      `the server rejects it (${understood.sqlState}: ${understood.message}); correct the manifest`,
    );

  const fact = facts.routines.find(
    (each) =>
      each.schema === routine.schema && each.name === routine.name && each.argumentTypes === routine.argumentTypes,
  );
  const reference = `${routine.kind} ${qualified(routine)}(${routine.argumentTypes})`;
  const sameDefinition = fact?.definition === understood.meaning;
  const needsDrop = fact !== undefined && understood.meaning.startsWith("cannot replace in place");
  const statements = [
    ...(needsDrop ? [`drop ${reference}`] : []),
    ...(sameDefinition ? [] : [routine.sql]),
    ...(sameDefinition || needsDrop
      ? []
      : [
          ownSql({
            kind: "routine",
            schema: routine.schema,
            name: routine.name,
            belongsTo: routine.argumentTypes,
            meaning: understood.meaning,
            application,
          }),
        ]),
    // A new function may be called by everybody: that is taken back before anybody can.
    ...(fact === undefined || needsDrop || fact.publicMayExecute ? [`revoke all on ${reference} from public`] : []),
    ...routine.execute
      .filter((role) => needsDrop || !fact?.execute.includes(role))
      .map((role) => `grant execute on ${reference} to ${quote(role)}`),
  ];
  if (statements.length === 0) return keep("routine", object);
  return {
    kind: "routine",
    object,
    action: fact === undefined ? "create" : "replace",
    reason: fact === undefined ? "does not exist" : sameDefinition ? "its privileges differ" : "its text differs",
    lock: "catalogue only",
    operation: { kind: "statements", statements },
  };
}

export function decideRoutines(manifest: Manifest, facts: Facts): Step[] {
  return manifest.routines.map((routine) => routineStep(routine, facts, manifest.application));
}
