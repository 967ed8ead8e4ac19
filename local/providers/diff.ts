import { isDeepStrictEqual } from "node:util";
import type { Bag, Change, Cloud, Kind, Value } from "../contract";

export interface Difference {
  readonly changes: readonly Change[];
  readonly deleteBeforeReplace: boolean;
}

/** Compares inputs with inputs and decides, property by property, between an update in place and a replacement. */
export function diff(kind: Kind, olds: Bag, news: Bag, cloud: Cloud, provider: Bag = {}): Difference {
  const plain = comparePaths(olds, news, []).map((path) => ({
    path,
    replace: forcesReplacement(path, kind.replaceOn ?? []),
  }));
  const changes = kind.diff ? kind.diff(plain, olds, news, cloud, provider) : plain;
  const settled = kind.update ? changes : changes.map((change) => ({ ...change, replace: true }));
  return { changes: settled, deleteBeforeReplace: kind.deleteBeforeReplace?.(news) ?? false };
}

function forcesReplacement(path: string, replaceOn: readonly string[]): boolean {
  return replaceOn.some((rule) => path === rule || path.startsWith(`${rule}.`) || path.startsWith(`${rule}[`));
}

function comparePaths(old: Value | undefined, now: Value | undefined, path: readonly (string | number)[]): string[] {
  if (isDeepStrictEqual(old, now)) return [];
  if (isBag(old) && isBag(now)) {
    const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
    return keys.flatMap((key) => comparePaths(old[key], now[key], [...path, key]));
  }
  if (Array.isArray(old) && Array.isArray(now) && old.length === now.length) {
    return old.flatMap((item, index) => comparePaths(item, now[index], [...path, index]));
  }
  return [format(path)];
}

function isBag(value: Value | undefined): value is Bag {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Pulumi's property path syntax: `spec.template`, `ingress[0].fromPort`, `data["a.b"]`. */
function format(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}
