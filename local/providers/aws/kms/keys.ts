import { z } from "zod";
import { Refusal, type Cloud } from "../../../contract";

export const keyType = "aws:kms/key:Key";
export const aliasType = "aws:kms/alias:Alias";

const collection = "kms-pending-deletion";
const pending = z.object({ deletionDate: z.string() });

/** KMS keeps a deleted key for its waiting period; until then it refuses to work with it. */
export function scheduleDeletion(cloud: Cloud, keyId: string, days: number): void {
  cloud.records.put(collection, keyId, { deletionDate: new Date(Date.now() + days * 86_400_000).toISOString() });
}

/**
 * Resolves a key id, key ARN, alias name or alias ARN to the key's id. The keys that AWS itself manages (`alias/aws/…`) always exist and
 * resolve to their alias.
 * @throws Refusal when there is no such key, or it waits for its deletion.
 */
export function requireKey(cloud: Cloud, reference: string): string {
  const name = reference.replace(/^arn:[^:]+:kms:[^:]*:[^:]*:/, "").replace(/^key\//, "");
  if (name.startsWith("alias/aws/")) return name;
  const alias = name.startsWith("alias/") ? cloud.resource(aliasType, name) : undefined;
  const target = typeof alias?.outputs.targetKeyId === "string" ? alias.outputs.targetKeyId : undefined;
  const keyId = target?.replace(/^arn:.*:key\//, "") ?? name;
  if (cloud.resource(keyType, keyId)) return keyId;
  const deleted = cloud.records.get(collection, keyId, pending);
  if (deleted)
    throw new Refusal(
      "KMSInvalidStateException",
      `the key '${keyId}' is pending deletion until ${deleted.deletionDate}; use another key`,
    );
  throw new Refusal(
    "NotFoundException",
    `the KMS key '${reference}' does not exist; create it or correct the reference`,
  );
}
