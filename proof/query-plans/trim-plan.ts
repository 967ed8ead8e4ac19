/** One node of a plan in EXPLAIN's text: its own line, the lines about it, the nodes below it. */
interface TextNode {
  indent: number;
  lines: string[];
  children: TextNode[];
}

/** Partitions treated alike that are shown; the rest become one line. */
const SHOWN = 2;
const LONGEST_LINE = 150;

function parse(lines: readonly string[]): TextNode {
  const root: TextNode = { indent: -1, lines: [], children: [] };
  const path = [root];
  for (const line of lines) {
    const [, blanks = ""] = /^( *)/.exec(line) ?? [];
    // The top node has no arrow; its attributes are indented, and so are those of every other node, beyond its arrow.
    const isNode = /^ *->/.test(line) || /^\S.*\(cost=/.test(line);
    const indent = blanks.length;
    if (isNode) {
      while (path.length > 1 && (path.at(-1)?.indent ?? -1) >= indent) path.pop();
      const node: TextNode = { indent, lines: [line], children: [] };
      path.at(-1)?.children.push(node);
      path.push(node);
    } else path.at(-1)?.lines.push(line);
  }
  return root;
}

/** `… on appointments_p2026_01 appointments_3 (cost…` → `… on appointments`: the same for every partition read in the same way. */
function shape(node: TextNode): string {
  const own = (node.lines[0] ?? "")
    .replace(/\(never executed\)/, "never")
    .replace(/\(.*?\)/g, "")
    .replace(/ (using|on) \S+/g, (_all, word: string) => ` ${word}`)
    .replace(/ on +\S+/, " on")
    .trim();
  return [own, ...node.children.map(shape)].join("/");
}

function isOfPartition(node: TextNode): boolean {
  return /_(p\d{4}|default)/.test(node.lines[0] ?? "") || node.children.some(isOfPartition);
}

function render(node: TextNode): string[] {
  const out = [...node.lines];
  const shown = new Map<string, number>();
  const left = new Map<string, { indent: number; count: number; never: boolean; at: number }>();
  for (const child of node.children) {
    const kind = isOfPartition(child) ? shape(child) : "";
    const already = shown.get(kind) ?? 0;
    if (kind === "" || already < SHOWN) {
      out.push(...render(child));
      shown.set(kind, already + 1);
      continue;
    }
    const known = left.get(kind);
    if (known !== undefined) known.count++;
    else left.set(kind, { indent: child.indent, count: 1, never: kind.includes("never"), at: out.length });
  }
  const inserted = [...left.values()].sort((a, b) => b.at - a.at);
  for (const { indent, count, never, at } of inserted)
    out.splice(
      at,
      0,
      `${" ".repeat(indent)}… ${count} more partition${count === 1 ? "" : "s"} ${never ? "never executed" : "alike"}`,
    );
  return out;
}

/** A plan as EXPLAIN's text shows it, partitions read in the same way shown twice and then counted, long lines cut. */
export function trimPlan(text: string): string {
  const lines = text.split("\n");
  // What the server says of the whole (Planning, Execution Time) comes last, and belongs to no node.
  const end = lines.findIndex((line) => /^(Planning|Execution|JIT)/.test(line));
  const nodes = end < 0 ? lines : lines.slice(0, end);
  return [...render(parse(nodes)), ...lines.slice(nodes.length)]
    .map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE - 1)}…` : line))
    .join("\n");
}
