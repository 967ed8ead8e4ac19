import type { z } from "zod";
import { consistencyProblems } from "./consistency";
import { ConfigError, type ConfigProblem } from "./config-error";
import { withoutWrongValues } from "./stand-ins";
import { configSchema, type ParsedValues, type StackConfig } from "./schema";
import { didYouMean } from "./suggest";

export type { StackConfig } from "./schema";

/** Prefix of this program's keys among all keys of a stack. */
export const configNamespace = "plinth:";

/** Keys that hold plain text; all others hold JSON, which is how Pulumi stores numbers, lists and objects. */
const textKeys = new Set([
  "region",
  "accountId",
  "vpcId",
  "eksClusterName",
  "namespace",
  "pgbouncerVersion",
  "caBundle",
  "applicationRelease",
  "schemaManifest",
  "maintenanceSchedule",
]);

const secretKeys = new Set(["poolerTls"]);

/**
 * Parses a stack's configuration as Pulumi stores it (`plinth:key` → text or JSON) once, strictly. Keys of other
 * namespaces are ignored. Throws one ConfigError that lists every problem: unknown keys, wrong types, values out of range,
 * and combinations that cannot work.
 */
export function parseConfig(raw: Readonly<Record<string, string>>, stack: string): StackConfig {
  const values: Record<string, unknown> = {};
  for (const [fullKey, text] of Object.entries(raw)) {
    if (!fullKey.startsWith(configNamespace)) continue;
    const key = fullKey.slice(configNamespace.length);
    values[key] = textKeys.has(key) ? text : fromJson(text);
  }
  const parsed = configSchema.safeParse(values);
  if (!parsed.success) {
    const { issues } = parsed.error;
    const wrong = issues.flatMap((issue) => describeIssue(issue, values));
    throw new ConfigError(stack, [...wrong, ...furtherProblems(withoutWrongValues(values, issues), stack, wrong)]);
  }
  const config = complete(parsed.data, stack);
  const problems = consistencyProblems(config);
  if (problems.length > 0) throw new ConfigError(stack, problems);
  return config;
}

/** What does not fit together among the values that are fine, so that one run of the program shows it all. */
function furtherProblems(values: unknown, stack: string, known: readonly ConfigProblem[]): ConfigProblem[] {
  const parsed = configSchema.safeParse(values);
  if (!parsed.success) return [];
  const reported = new Set(known.map((problem) => problem.key));
  return consistencyProblems(complete(parsed.data, stack)).filter((problem) => !reported.has(problem.key));
}

function complete(values: ParsedValues, stack: string): StackConfig {
  const { maxConnections, parameters } = values.database;
  const databaseParameters =
    maxConnections === undefined ? parameters : { ...parameters, max_connections: maxConnections };
  return { ...values, stack, prefix: `plinth-${stack}`, databaseParameters };
}

/** Text that is not JSON stays text, and the schema then says what it should have been. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function describeIssue(issue: z.core.$ZodIssue, values: Record<string, unknown>): ConfigProblem[] {
  const path = issue.path.map(String);
  const key = `${configNamespace}${path.join(".")}`;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) => unknownKey(path, name));
  }
  const value = valueAt(values, path);
  const given = secretKeys.has(path[0] ?? "") ? "(a secret)" : show(value);
  if (value === undefined)
    return [{ key, given: notSet, problem: "is required", cure: `pulumi config set ${key} ${requiredHint(path)}` }];
  if (issue.code === "invalid_union")
    return [{ key, given, problem: "has none of the accepted shapes", cure: `give ${requiredHint(path)}` }];
  return [{ key, given, problem: lowerFirst(issue.message), cure: `set ${key} to a value that fits` }];
}

function requiredHint(path: readonly string[]): string {
  return path[0] === "poolerTls"
    ? '{"secretName": "…"} for a Secret that exists, or --secret {"certificatePem": "…", "privateKeyPem": "…"}'
    : "<value>; infra/config/schema.ts says which";
}

function unknownKey(path: readonly string[], name: string): ConfigProblem {
  const known = keysAt(path);
  const suggestion = didYouMean(name, known);
  return {
    key: `${configNamespace}${[...path, name].join(".")}`,
    given: "(a key that nothing reads)",
    problem: "is not a key of this program",
    cure: suggestion ? `did you mean "${suggestion}"?` : `remove it; known here: ${known.join(", ")}`,
  };
}

/** Names that the schema knows at a path; nested groups are reached through their first example of being parsed. */
function keysAt(path: readonly string[]): string[] {
  let schema: unknown = configSchema;
  for (const part of path) schema = objectShape(schema)?.[part];
  return Object.keys(objectShape(schema) ?? {}).sort();
}

function objectShape(schema: unknown): Record<string, unknown> | undefined {
  let current = schema;
  while (typeof current === "object" && current !== null) {
    if ("shape" in current) return current.shape as Record<string, unknown>;
    current =
      "unwrap" in current && typeof current.unwrap === "function" ? (current.unwrap as () => unknown)() : undefined;
  }
  return undefined;
}

const notSet = "(not set)";

function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[part] : undefined,
    values,
  );
}

function show(value: unknown): string {
  if (value === undefined) return notSet;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
