import { quote } from "../../database/sql";
import type { Manifest } from "../../manifest/manifest-schema";
import type { Facts } from "../facts";
import { keep, refused, type Step } from "../steps";

export function decideSchemas(manifest: Manifest, facts: Facts): Step[] {
  return manifest.schemas.map((schema) => {
    const object = `schema ${schema.name}`;
    const fact = facts.schemas.find((each) => each.name === schema.name);
    if (fact !== undefined && schema.owner !== undefined && fact.owner !== schema.owner)
      return refused(
        "schema",
        object,
        `it belongs to ${fact.owner}, not ${schema.owner}; run: alter schema ${quote(schema.name)} owner to ${quote(schema.owner)}`,
      );
    const statements = [
      ...(fact === undefined
        ? [
            `create schema ${quote(schema.name)}${schema.owner === undefined ? "" : ` authorization ${quote(schema.owner)}`}`,
          ]
        : []),
      ...schema.usage
        .filter((role) => !fact?.usage.includes(role))
        .map((role) => `grant usage on schema ${quote(schema.name)} to ${quote(role)}`),
      ...(fact?.publicMayCreate ? [`revoke create on schema ${quote(schema.name)} from public`] : []),
    ];
    if (statements.length === 0) return keep("schema", object);
    return {
      kind: "schema",
      object,
      action: fact === undefined ? "create" : "replace",
      reason: fact === undefined ? "does not exist" : "its privileges differ",
      lock: "catalogue only",
      operation: { kind: "statements", statements },
    };
  });
}

export function decideExtensions(manifest: Manifest, facts: Facts): Step[] {
  return manifest.extensions.map((extension) => {
    const object = `extension ${extension.name}`;
    const fact = facts.extensions.find((each) => each.name === extension.name);
    if (fact?.installedVersion) return keep("extension", object, `${fact.installedVersion} in schema ${fact.schema}`);
    if (!fact?.availableVersion)
      return refused(
        "extension",
        object,
        "this server does not offer it; install its package, or on RDS choose an engine version that supports it",
      );
    const where = extension.schema === undefined ? "" : ` with schema ${quote(extension.schema)}`;
    return {
      kind: "extension",
      object,
      action: "create",
      reason: `not installed; ${fact.availableVersion} is available`,
      lock: "catalogue only",
      operation: {
        kind: "statements",
        statements: [`create extension if not exists ${quote(extension.name)}${where}`],
      },
    };
  });
}
