import type { Bag, Value } from "../contract";

/** `tagsAll` = the provider's default tags under the resource's own (AWS provider, "defaultTags"). */
export function withTagsAll(type: string, outputs: Bag, providerConfig: Bag): Bag {
  if (!type.startsWith("aws:") || !("tags" in outputs || "tagsAll" in outputs)) return outputs;
  return { ...outputs, tagsAll: { ...defaultTags(providerConfig), ...asBag(outputs.tags) } };
}

function defaultTags(config: Bag): Bag {
  // Nested provider configuration crosses the wire as JSON text.
  const raw =
    typeof config.defaultTags === "string" ? (JSON.parse(config.defaultTags) as Value) : (config.defaultTags ?? null);
  return asBag(asBag(raw).tags);
}

function asBag(value: Value | undefined): Bag {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}
