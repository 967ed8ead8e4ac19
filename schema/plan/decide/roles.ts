import { literal, quote } from "../../database/sql";
import type { Manifest, WantedRole } from "../../manifest/manifest-schema";
import type { Facts, RoleFact } from "../facts";
import { keep, refused, type Step } from "../steps";

/** A list setting such as search_path is a list of names, not one string: it must not be quoted as a whole. */
function settingSql(name: string, value: string): string {
  return name === "search_path" ? value : literal(value);
}

function roleStep(role: WantedRole, fact: RoleFact | undefined): Step {
  const object = `role ${role.name}`;
  if (fact?.superuser)
    return refused("role", object, `it is a superuser; run: alter role ${quote(role.name)} nosuperuser`);
  const settings = Object.entries(role.settings).filter(([name, value]) => fact?.settings[name] !== value);
  const statements = [
    ...(fact === undefined ? [`create role ${quote(role.name)} ${role.login ? "login" : "nologin"}`] : []),
    ...(fact !== undefined && fact.login !== role.login
      ? [`alter role ${quote(role.name)} ${role.login ? "login" : "nologin"}`]
      : []),
    ...role.memberOf
      .filter((group) => !fact?.memberOf.includes(group))
      .map((group) => `grant ${quote(group)} to ${quote(role.name)}`),
    ...settings.map(
      ([name, value]) => `alter role ${quote(role.name)} set ${quote(name)} = ${settingSql(name, value)}`,
    ),
  ];
  if (statements.length === 0) return keep("role", object);
  return {
    kind: "role",
    object,
    action: fact === undefined ? "create" : "replace",
    reason: fact === undefined ? "does not exist" : "attributes, memberships or settings differ",
    lock: "catalogue only",
    operation: { kind: "statements", statements },
  };
}

function passwordStep(role: WantedRole, fact: RoleFact | undefined, managed: Set<string>): Step[] {
  if (!role.login || !managed.has(role.name)) return [];
  const object = `password of ${role.name}`;
  if (fact?.passwordAccepted === true) return [keep("role", object, "the server accepts it")];
  return [
    {
      kind: "role",
      object,
      action: fact === undefined ? "create" : "replace",
      reason: fact === undefined ? "the role is new" : "the server does not accept it",
      lock: "catalogue only",
      operation: { kind: "password", role: role.name },
    },
  ];
}

/** To act for a role (own its schema, set its default privileges) the hook's role must be a member of it. */
function membershipSteps(manifest: Manifest, facts: Facts): Step[] {
  const actedFor = new Set([
    ...manifest.schemas.flatMap((schema) => schema.owner ?? []),
    ...manifest.grants.flatMap((grant) => grant.createdBy ?? []),
  ]);
  return [...actedFor].map((role) => {
    const object = `membership of ${facts.server.currentUser} in ${role}`;
    if (facts.server.memberOf.includes(role)) return keep("role", object);
    return {
      kind: "role",
      object,
      action: "create",
      reason: "needed to act for the role",
      lock: "catalogue only",
      operation: { kind: "statements", statements: [`grant ${quote(role)} to ${quote(facts.server.currentUser)}`] },
    };
  });
}

export function decideRoles(manifest: Manifest, facts: Facts, managedPasswords: Set<string>): Step[] {
  const factOf = (role: WantedRole) => facts.roles.find((fact) => fact.name === role.name);
  return [
    ...manifest.roles.map((role) => roleStep(role, factOf(role))),
    ...manifest.roles.flatMap((role) => passwordStep(role, factOf(role), managedPasswords)),
    ...membershipSteps(manifest, facts),
  ];
}
