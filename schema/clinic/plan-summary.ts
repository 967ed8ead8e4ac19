import { z } from "zod";

/** What of EXPLAIN (FORMAT JSON) is read here; the rest is ignored. */
interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Actual Loops"?: number;
  "Shared Hit Blocks"?: number;
  "Shared Read Blocks"?: number;
  Plans?: PlanNode[];
}

const nodeSchema: z.ZodType<PlanNode> = z.lazy(() =>
  z.object({
    "Node Type": z.string(),
    "Relation Name": z.string().optional(),
    "Index Name": z.string().optional(),
    "Actual Loops": z.number().optional(),
    "Shared Hit Blocks": z.number().optional(),
    "Shared Read Blocks": z.number().optional(),
    Plans: z.array(nodeSchema).optional(),
  }),
);

const explainSchema = z
  .array(z.object({ Plan: nodeSchema, "Planning Time": z.number(), "Execution Time": z.number() }))
  .min(1);

export interface PlanSummary {
  /** Kinds of nodes from the top, each once. */
  nodes: string[];
  /** Indexes used; those of partitions under the name of the whole where it can be told. */
  indexes: string[];
  /** Tables read, partitions each counted. */
  relationsScanned: number;
  sequentialScans: string[];
  buffers: number;
  planningMs: number;
  executionMs: number;
}

function walk(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(walk)];
}

const unique = (names: string[]) => [...new Set(names)];

/** `appointments_p2026_01_idx_a` → `idx_a`, `appointments_default_pkey` → `appointments_pkey`; other names are left as they are. */
export function wholeIndexName(name: string): string {
  const [, table, rest] = /^(.+?)_(?:p\d{4}[_\d]*|default)_(.+)$/.exec(name) ?? [];
  if (table === undefined || rest === undefined) return name;
  return rest === "pkey" ? `${table}_pkey` : rest;
}

/** Reads the answer of EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON). A node that never ran is not counted. */
export function summarizePlan(explained: unknown): PlanSummary {
  const [top] = explainSchema.parse(explained);
  if (top === undefined) throw new Error("EXPLAIN gave no plan");
  const ran = walk(top.Plan).filter((node) => node["Actual Loops"] !== 0);
  return {
    nodes: unique(ran.map((node) => node["Node Type"])),
    indexes: unique(
      ran.flatMap((node) => (node["Index Name"] === undefined ? [] : [wholeIndexName(node["Index Name"])])),
    ),
    relationsScanned: unique(ran.flatMap((node) => node["Relation Name"] ?? [])).length,
    sequentialScans: unique(
      ran.filter((node) => node["Node Type"] === "Seq Scan").flatMap((node) => node["Relation Name"] ?? []),
    ),
    buffers: (top.Plan["Shared Hit Blocks"] ?? 0) + (top.Plan["Shared Read Blocks"] ?? 0),
    planningMs: top["Planning Time"],
    executionMs: top["Execution Time"],
  };
}
