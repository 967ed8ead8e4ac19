import { z } from "zod";

const oneOrMore = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const principal = z.union([
  z.literal("*"),
  z.partialRecord(z.enum(["AWS", "Service", "Federated", "CanonicalUser"]), oneOrMore),
]);

const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(["Allow", "Deny"]),
  Principal: principal.optional(),
  NotPrincipal: principal.optional(),
  Action: oneOrMore.optional(),
  NotAction: oneOrMore.optional(),
  Resource: oneOrMore.optional(),
  NotResource: oneOrMore.optional(),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});

const documentSchema = z.strictObject({
  Version: z.enum(["2012-10-17", "2008-10-17"]).optional(),
  Id: z.string().optional(),
  Statement: z.union([statementSchema, z.array(statementSchema).min(1)]),
});

export type Statement = z.output<typeof statementSchema>;

/** Where the document is attached decides what its statements must name. */
export type PolicyUse = "identity" | "resource" | "trust";

/** The grammar of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html as an input property. */
export function policyDocument(use: PolicyUse, maxCharacters = 131_072) {
  return z.string().superRefine((text, context) => {
    for (const message of policyProblems(text, use, maxCharacters)) context.addIssue({ code: "custom", message });
  });
}

export function policyProblems(text: string, use: PolicyUse, maxCharacters: number): string[] {
  if (text.replace(/\s/g, "").length > maxCharacters)
    return [`LimitExceeded: a policy has at most ${maxCharacters} characters without white space`];
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return [`MalformedPolicyDocument: is not JSON: ${error instanceof Error ? error.message : String(error)}`];
  }
  const parsed = documentSchema.safeParse(json);
  if (!parsed.success)
    return parsed.error.issues.map(
      ({ path, message }) => `MalformedPolicyDocument: ${path.map(String).join(".") || "document"}: ${message}`,
    );
  return [parsed.data.Statement].flat().flatMap((statement, index) => statementProblems(statement, index, use));
}

export function statementsOf(text: string): Statement[] {
  return [documentSchema.parse(JSON.parse(text)).Statement].flat();
}

function statementProblems(statement: Statement, index: number, use: PolicyUse): string[] {
  const at = `MalformedPolicyDocument: Statement.${index}${statement.Sid ? ` (${statement.Sid})` : ""}`;
  const problems: string[] = [];
  const named = (one: unknown, other: unknown) => Number(one !== undefined) + Number(other !== undefined);
  if (named(statement.Action, statement.NotAction) !== 1) problems.push(`${at} needs one of Action and NotAction`);
  const principals = named(statement.Principal, statement.NotPrincipal);
  const resources = named(statement.Resource, statement.NotResource);
  if (use === "identity" && principals > 0) problems.push(`${at}: a policy of an identity must not name a Principal`);
  if (use === "identity" && resources !== 1) problems.push(`${at} needs one of Resource and NotResource`);
  if (use !== "identity" && principals !== 1) problems.push(`${at} needs one of Principal and NotPrincipal`);
  if (use === "trust" && resources > 0) problems.push(`${at}: a trust policy must not name a Resource`);
  return problems;
}
