import { qualified, quote } from "../../database/sql";
import type { Manifest, WantedGrant } from "../../manifest/manifest-schema";
import type { Facts } from "../facts";
import { keep, refused, type Step } from "../steps";

type Objects = "tables" | "sequences";

function presentStep(grant: WantedGrant, facts: Facts): Step {
  const object = `privileges of ${grant.role} in ${grant.schema}`;
  const statements: string[] = [];
  const notOurs: string[] = [];
  for (const relation of facts.relationPrivileges) {
    if (relation.schema !== grant.schema || relation.owner === grant.role) continue;
    const wanted: string[] = relation.kind === "table" ? grant.tables : grant.sequences;
    const missing = wanted.filter((privilege) => !relation.privileges[grant.role]?.includes(privilege));
    if (missing.length === 0) continue;
    if (facts.server.memberOf.includes(relation.owner))
      statements.push(`grant ${missing.join(", ")} on ${relation.kind} ${qualified(relation)} to ${quote(grant.role)}`);
    else notOurs.push(`${relation.schema}.${relation.name} (owner ${relation.owner})`);
  }
  if (notOurs.length > 0)
    return refused(
      "grant",
      object,
      `${facts.server.currentUser} may not grant on ${notOurs.join(", ")}; make it a member of the owner`,
    );
  if (statements.length === 0) return keep("grant", object);
  return {
    kind: "grant",
    object,
    action: "create",
    reason: `${statements.length} table${statements.length === 1 ? " or sequence lacks" : "s or sequences lack"} them`,
    lock: "catalogue only",
    operation: { kind: "statements", statements },
  };
}

function futureStep(grant: WantedGrant, facts: Facts): Step {
  const createdBy = grant.createdBy ?? facts.server.currentUser;
  const object = `default privileges of ${grant.role} on what ${createdBy} creates in ${grant.schema}`;
  const missing = (objects: Objects, wanted: string[]) =>
    wanted.filter(
      (privilege) =>
        !facts.defaultPrivileges.some(
          (fact) =>
            fact.createdBy === createdBy &&
            fact.schema === grant.schema &&
            fact.objects === objects &&
            fact.role === grant.role &&
            fact.privilege === privilege,
        ),
    );
  const statement = (objects: Objects, privileges: string[]) =>
    privileges.length === 0
      ? []
      : [
          `alter default privileges for role ${quote(createdBy)} in schema ${quote(grant.schema)} ` +
            `grant ${privileges.join(", ")} on ${objects} to ${quote(grant.role)}`,
        ];
  const statements = [
    ...statement("tables", missing("tables", grant.tables)),
    ...statement("sequences", missing("sequences", grant.sequences)),
  ];
  if (statements.length === 0) return keep("grant", object);
  return {
    kind: "grant",
    object,
    action: "create",
    reason: "not set",
    lock: "catalogue only",
    operation: { kind: "statements", statements },
  };
}

export function decideGrants(manifest: Manifest, facts: Facts): Step[] {
  return manifest.grants.flatMap((grant) => [presentStep(grant, facts), futureStep(grant, facts)]);
}
