import { UNKNOWN, type Bag, type Value } from "../contract";

/** `tagsAll` = the provider's default tags under the resource's own (AWS provider, "defaultTags"). */
export function withTagsAll(type: string, outputs: Bag, providerConfig: Bag): Bag {
  if (!type.startsWith("aws:") || !("tags" in outputs || "tagsAll" in outputs)) return outputs;
  const defaults = defaultTags(providerConfig);
  // Tags that a preview cannot know yet make the sum unknown.
  if (defaults === UNKNOWN || outputs.tags === UNKNOWN) return { ...outputs, tagsAll: UNKNOWN };
  return { ...outputs, tagsAll: { ...asBag(defaults), ...asBag(outputs.tags) } };
}

function defaultTags(config: Bag): Value {
  const { defaultTags: raw } = config;
  if (raw === UNKNOWN) return UNKNOWN;
  // Nested provider configuration crosses the wire as JSON text.
  const parsed = typeof raw === "string" ? (JSON.parse(raw) as Value) : raw;
  return asBag(parsed).tags ?? {};
}

function asBag(value: Value | undefined): Bag {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}
