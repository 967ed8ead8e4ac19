import { createHash, randomBytes } from "node:crypto";
import type { Bag, Naming } from "../contract";
import { parseUrn } from "./urn";

/**
 * Automatic names as the bridged providers make them: the Pulumi name, a dash and seven hex digits. The engine's seed keeps the digits the same
 * between a preview and the update that follows it; the prior inputs keep them for the life of the resource.
 */
export function namingFor(urn: string, prior: Bag | undefined, seed: Uint8Array): Naming {
  const { name, project, stack } = parseUrn(urn);
  return {
    name,
    project,
    stack,
    prior,
    auto(property, options = {}) {
      const known = prior?.[property];
      if (typeof known === "string" && known !== "") return known;
      const source = seed.length > 0 ? Buffer.from(seed) : randomBytes(16);
      const digits = createHash("sha256")
        .update(source)
        .update(`${urn}#${property}`)
        .digest("hex")
        .slice(0, options.digits ?? 7);
      const tail = `${options.separator ?? "-"}${digits}`;
      const stem = `${options.prefix ?? ""}${name}`;
      return `${stem.slice(0, (options.maxLength ?? 255) - tail.length)}${tail}`;
    },
  };
}
