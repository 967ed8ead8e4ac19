/**
 * `maxmemory` of each node type in bytes before reserved memory is taken off: ElastiCache User Guide, "Redis OSS node-type specific parameters".
 */
const sizes: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  burstable: { micro: 536_870_912, small: 1_471_026_299, medium: 3_317_862_236 },
  general: {
    large: 6_854_542_746,
    xlarge: 13_891_921_715,
    "2xlarge": 27_966_669_210,
    "4xlarge": 56_116_178_125,
    "8xlarge": 111_325_552_312,
    "12xlarge": 168_715_971_994,
    "16xlarge": 225_000_375_228,
    "24xlarge": 337_500_562_842,
  },
  memory: {
    large: 14_037_181_030,
    xlarge: 28_261_849_702,
    "2xlarge": 56_711_183_565,
    "4xlarge": 113_609_865_216,
    "8xlarge": 225_000_375_228,
    "12xlarge": 341_206_346_547,
    "16xlarge": 450_000_750_456,
    "24xlarge": 682_485_973_811,
  },
};

const families: Readonly<Record<string, keyof typeof sizes>> = {
  t3: "burstable",
  t4g: "burstable",
  m5: "general",
  m6g: "general",
  m7g: "general",
  r5: "memory",
  r6g: "memory",
  r7g: "memory",
};

/** Memory of `cache.FAMILY.SIZE` in bytes, undefined when ElastiCache has no such node type. */
export function nodeMemoryBytes(nodeType: string): number | undefined {
  const [prefix, family = "", size = ""] = nodeType.split(".");
  const kind = families[family];
  return prefix === "cache" && kind !== undefined ? sizes[kind]?.[size] : undefined;
}

export interface MaxMemory {
  readonly bytes: number;
  /** True when the node type has more memory than this machine can spare. */
  readonly capped: boolean;
}

/** A quarter of the machine for all nodes of one group together: the cache is never the only tenant. */
const shareOfMachine = 0.25;

/** What one node may fill with data: the node type's memory less the reserved part, within what this machine can spare. */
export function maxMemory(nodeType: string, reservedPercent: number, nodes: number, machineBytes: number): MaxMemory {
  const offered = Math.floor(((nodeMemoryBytes(nodeType) ?? 0) * (100 - reservedPercent)) / 100);
  const affordable = Math.floor((machineBytes * shareOfMachine) / Math.max(1, nodes));
  return offered > affordable ? { bytes: affordable, capped: true } : { bytes: offered, capped: false };
}
