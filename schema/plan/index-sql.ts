import { quote } from "../database/sql";
import type { WantedIndex } from "../manifest/manifest-schema";

/** CREATE INDEX for a wanted index; `on` is the table, already qualified and quoted. */
export function createIndexSql(
  index: WantedIndex,
  how: { name: string; on: string; concurrently: boolean; only?: boolean },
): string {
  const settings = Object.entries(index.with).map(([name, value]) => `${name} = ${value}`);
  return [
    `create ${index.unique ? "unique " : ""}index ${how.concurrently ? "concurrently " : ""}${quote(how.name)}`,
    `on ${how.only ? "only " : ""}${how.on} using ${index.method}`,
    `(${index.keys.map(keySql).join(", ")})`,
    ...(index.include.length > 0 ? [`include (${index.include.map(quote).join(", ")})`] : []),
    ...(settings.length > 0 ? [`with (${settings.join(", ")})`] : []),
    ...(index.where === undefined ? [] : [`where ${index.where}`]),
  ].join(" ");
}

/** CREATE INDEX wants parentheses around anything but a column or one function call; more of them mean the same. */
function keySql(key: string): string {
  const operatorClassOrOrder = /^(.*?\S)((?:\s+(?:asc|desc|nulls\s+(?:first|last)|[a-z_]+_ops|collate\s+\S+))+)$/i.exec(
    key,
  );
  const [expression, rest] = operatorClassOrOrder
    ? [operatorClassOrOrder[1] ?? key, operatorClassOrOrder[2] ?? ""]
    : [key, ""];
  return /^[A-Za-z_"][\w$"]*$/.test(expression) ? key : `(${expression})${rest}`;
}
