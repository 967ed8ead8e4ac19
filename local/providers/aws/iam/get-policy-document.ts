import { crc32 } from "node:zlib";
import { z } from "zod";
import { Refusal, type Invoke } from "../../../contract";

const list = z.array(z.string()).optional();
const principals = z.array(z.strictObject({ type: z.string(), identifiers: z.array(z.string()) })).optional();

const statementArgs = z.strictObject({
  sid: z.string().optional(),
  effect: z.enum(["Allow", "Deny"]).optional(),
  actions: list,
  notActions: list,
  resources: list,
  notResources: list,
  principals,
  notPrincipals: principals,
  conditions: z
    .array(z.strictObject({ test: z.string(), variable: z.string(), values: z.array(z.string()) }))
    .optional(),
});

const args = z.strictObject({
  version: z.enum(["2008-10-17", "2012-10-17"]).optional(),
  policyId: z.string().optional(),
  statements: z.array(statementArgs).optional(),
  sourceJson: z.string().optional(),
  sourcePolicyDocuments: list,
  overrideJson: z.string().optional(),
  overridePolicyDocuments: list,
});

type Rendered = { Sid?: string } & Record<string, unknown>;
interface Document {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: readonly Rendered[];
}

/** Renders a policy as the AWS provider does: lists of one as plain strings, longer ones sorted from the end, two spaces of indentation. */
export const getPolicyDocument: Invoke = {
  token: "aws:iam/getPolicyDocument:getPolicyDocument",
  args,
  answer(given) {
    const asked = args.parse(given);
    const own: Document = {
      Version: asked.version ?? "2012-10-17",
      ...(asked.policyId ? { Id: asked.policyId } : {}),
      Statement: (asked.statements ?? []).map(render),
    };
    refuseTwins(own.Statement, "statements");
    const sources = [...(asked.sourceJson ? [asked.sourceJson] : []), ...(asked.sourcePolicyDocuments ?? [])].map(read);
    refuseTwins(
      sources.flatMap(({ Statement }) => Statement),
      "sourcePolicyDocuments",
    );
    const overrides = [...(asked.overridePolicyDocuments ?? []), ...(asked.overrideJson ? [asked.overrideJson] : [])];
    const merged = [...sources, own, ...overrides.map(read)].reduce(merge);
    const json = escapeAsGo(JSON.stringify(merged, undefined, 2));
    return { ...asked, id: String(crc32(json)), json, minifiedJson: escapeAsGo(JSON.stringify(merged)) };
  },
};

function render(statement: z.output<typeof statementArgs>): Rendered {
  const { sid, effect, actions, notActions, resources, notResources, conditions } = statement;
  return {
    ...(sid ? { Sid: sid } : {}),
    Effect: effect ?? "Allow",
    ...texts("Action", actions),
    ...texts("NotAction", notActions),
    ...texts("Resource", resources?.map(withVariables)),
    ...texts("NotResource", notResources?.map(withVariables)),
    ...principalsOf("Principal", statement.principals),
    ...principalsOf("NotPrincipal", statement.notPrincipals),
    ...(conditions && conditions.length > 0 ? { Condition: conditionsOf(conditions) } : {}),
  };
}

function texts(key: string, values: readonly string[] | undefined): Record<string, unknown> {
  return values && values.length > 0 ? { [key]: oneOrSorted(values) } : {};
}

function oneOrSorted(values: readonly string[]): string | string[] {
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : [...values].sort().reverse();
}

function principalsOf(key: string, given: z.output<typeof principals>): Record<string, unknown> {
  if (!given || given.length === 0) return {};
  if (given.some(({ type, identifiers }) => type === "*" && identifiers.includes("*"))) return { [key]: "*" };
  const byType = new Map<string, string[]>();
  for (const { type, identifiers } of given)
    byType.set(type, [...(byType.get(type) ?? []), ...identifiers.map(withVariables)]);
  return { [key]: sortedByKey([...byType].map(([type, identifiers]) => [type, oneOrSorted(identifiers)])) };
}

function conditionsOf(conditions: readonly { test: string; variable: string; values: readonly string[] }[]): unknown {
  const tests = new Map<string, [string, unknown][]>();
  for (const { test, variable, values } of conditions) {
    const rendered = values.map(withVariables);
    tests.set(test, [...(tests.get(test) ?? []), [variable, rendered.length === 1 ? rendered[0] : rendered]]);
  }
  return sortedByKey([...tests].map(([test, variables]) => [test, sortedByKey(variables)]));
}

function sortedByKey(entries: [string, unknown][]): Record<string, unknown> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Programs write `&{aws:username}` where the document shall hold IAM's own `${aws:username}`. */
function withVariables(text: string): string {
  return text.replaceAll("&{", "${");
}

function read(json: string): Document {
  const parsed = z
    .object({
      Version: z.string().optional(),
      Id: z.string().optional(),
      Statement: z.union([z.array(z.record(z.string(), z.unknown())), z.record(z.string(), z.unknown())]).optional(),
    })
    .parse(JSON.parse(json));
  return { ...parsed, Statement: [parsed.Statement ?? []].flat() };
}

/** A later statement takes the place of an earlier one of the same Sid; the others are appended. */
function merge(base: Document, over: Document): Document {
  const kept = base.Statement.map(
    (statement) => over.Statement.find(({ Sid }) => Sid !== undefined && Sid === statement.Sid) ?? statement,
  );
  const added = over.Statement.filter((statement) => !kept.includes(statement));
  const { Version = base.Version, Id = base.Id } = over;
  return { ...(Version ? { Version } : {}), ...(Id ? { Id } : {}), Statement: [...kept, ...added] };
}

function refuseTwins(statements: readonly Rendered[], property: string): void {
  const sids = statements.flatMap(({ Sid }) => (Sid ? [Sid] : []));
  const twin = sids.find((sid, index) => sids.indexOf(sid) !== index);
  if (twin !== undefined)
    throw new Refusal("DuplicateSid", `${property}: the Sid "${twin}" is used twice; give each statement its own`);
}

/** Go's encoder writes these three letters as escapes. */
function escapeAsGo(json: string): string {
  return json.replace(/[<>&]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);
}
