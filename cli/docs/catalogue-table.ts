import { z } from "zod";
import type { Kind } from "../../local/contract";
import type { Package } from "../../local/providers/service";

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly $ref?: string;
}

/** Markdown tables of everything that is modelled, package by package. */
export function renderCatalogue(packages: readonly Package[]): string {
  return packages
    .flatMap(({ name, version, kinds, invokes }) => [
      `### \`${name}\` (as in its SDK ${version})`,
      "",
      ...table(
        ["type", "modelled properties", "operator's actions"],
        [...kinds.values()]
          .sort((a, b) => a.type.localeCompare(b.type))
          .map((kind) => [`\`${kind.type}\``, propertiesOf(kind), actionsOf(kind)]),
      ),
      ...(kinds.size > 0 && [...kinds.keys()].some(hasPod)
        ? ["", `A \`pod{…}\` above is ${podOf([...kinds.values()])}`]
        : []),
      ...(invokes.size > 0 ? ["", `Data sources: ${[...invokes.keys()].sort().map(code).join(", ")}.`] : []),
      "",
    ])
    .join("\n");
}

/** What is taken without being acted on. */
export function renderNotEnforced(rows: readonly { readonly property: string; readonly reason: string }[]): string {
  return table(
    ["accepted, not acted on", "because"],
    rows.map(({ property, reason }) => [property, reason]),
  ).join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
}

/** Top-level properties with their members in braces; those that replace the resource are marked. */
function propertiesOf(kind: Kind): string {
  const members = Object.entries(shapeOf(kind).properties ?? {}).sort(([a], [b]) => a.localeCompare(b));
  return members
    .map(([name, shape]) => {
      const mark = kind.update === undefined || kind.replaceOn?.includes(name) ? "*" : "";
      return code(`${name}${mark}${membersOf(shape, true)}`);
    })
    .join(", ");
}

function membersOf(shape: Shape, collapsePods: boolean): string {
  const inner = merge(shape);
  const names = Object.keys(inner).sort();
  if (names.length === 0) return "";
  if (collapsePods && isPod(inner)) return " = pod{…}";
  return `{${names.map((name) => `${name}${membersOf(inner[name] ?? {}, collapsePods)}`).join(", ")}}`;
}

/** The properties of an object, of the items of a list, and of every alternative. */
function merge(shape: Shape): Record<string, Shape> {
  const alternatives = [...(shape.anyOf ?? []), ...(shape.items ? [shape.items] : [])].map(merge);
  return Object.assign({}, ...alternatives, shape.properties) as Record<string, Shape>;
}

function isPod(properties: Readonly<Record<string, Shape>>): boolean {
  return "containers" in properties && "volumes" in properties;
}

function podOf(kinds: readonly Kind[]): string {
  const deployment = kinds.find(({ type }) => hasPod(type));
  const find = (shape: Shape): string | undefined => {
    const inner = merge(shape);
    if (isPod(inner)) return membersOf(shape, false);
    return Object.values(inner)
      .map(find)
      .find((text) => text !== undefined);
  };
  return `${code(deployment ? (find(shapeOf(deployment)) ?? "") : "")}.`;
}

const hasPod = (type: string) => type === "kubernetes:apps/v1:Deployment";

function actionsOf({ actions }: Kind): string {
  return Object.keys(actions ?? {})
    .sort()
    .map(code)
    .join(", ");
}

function shapeOf(kind: Kind): Shape {
  // Refinements and transformations have no JSON schema; the names of the properties are all that is asked for.
  return z.toJSONSchema(kind.inputs, { io: "input", unrepresentable: "any", reused: "inline" }) as Shape;
}

function code(text: string): string {
  return text === "" ? "" : `\`${text.replaceAll("|", "\\|")}\``;
}
