import { UNKNOWN, type Bag, type Cloud, type Kind, type Naming, type Problem, type Value } from "../contract";

export interface Checked {
  readonly inputs: Bag;
  readonly problems: readonly Problem[];
}

/** Fills the kind's defaults, then lists everything the cloud would refuse about the inputs. */
export function check(kind: Kind, news: Bag, naming: Naming, cloud: Cloud, id: string | undefined): Checked {
  const inputs = kind.defaults?.(news, naming) ?? news;
  const parsed = kind.inputs.safeParse(inputs);
  const problems: Problem[] = parsed.success
    ? []
    : parsed.error.issues.flatMap((issue) =>
        issue.code === "unrecognized_keys"
          ? issue.keys.map((key) => ({
              property: [...issue.path, key].map(String).join("."),
              reason: `is not a property of ${kind.type} that the local cloud models (docs/local.md lists what is); remove it or ask for it`,
            }))
          : touchesUnknown(inputs, issue.path)
            ? []
            : [{ property: issue.path.map(String).join("."), reason: issue.message }],
      );
  if (problems.length === 0) problems.push(...(kind.refuse?.(inputs, { cloud, id, priorInputs: naming.prior }) ?? []));
  return { inputs, problems };
}

/** True when the value at the path, or one on the way to it or under it, is not known before the update runs. */
function touchesUnknown(inputs: Bag, path: readonly PropertyKey[]): boolean {
  let value: Value | undefined = inputs;
  for (const step of path) {
    if (value === UNKNOWN) return true;
    if (value === null || typeof value !== "object") return false;
    value = (value as { [key: PropertyKey]: Value })[step];
  }
  return holdsUnknown(value);
}

function holdsUnknown(value: Value | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (value === null || typeof value !== "object") return false;
  return Object.values(value).some(holdsUnknown);
}
