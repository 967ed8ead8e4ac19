import type { Bag, Value } from "../contract";

/** Properties of the modelled packages that hold secrets. */
const secretProperty = /password|secretString|secretBinary|stringData|authToken|privateKey|^data$|bcryptHash/i;

/** Shorter values are words such as "on": hiding each of them would garble the text and hide nothing. */
const shortestSecret = 6;

/** Replaces the secrets among a resource's inputs by `[secret]`: an error may quote what it was given. */
export function redact(text: string, inputs: Bag): string {
  const secrets = secretsIn(inputs, false)
    .filter((secret) => secret.length >= shortestSecret)
    .sort((a, b) => b.length - a.length);
  return secrets.reduce((result, secret) => result.replaceAll(secret, "[secret]"), text);
}

function secretsIn(value: Value | undefined, isSecret: boolean): string[] {
  if (typeof value === "string") return isSecret ? [value, Buffer.from(value, "base64").toString("utf8")] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => secretsIn(inner, isSecret || secretProperty.test(key)));
}
