export interface InstanceClass {
  readonly name: string;
  readonly vcpus: number;
  readonly memoryGiB: number;
}

const vcpusOf: Readonly<Record<string, number>> = {
  medium: 1,
  large: 2,
  xlarge: 4,
  "2xlarge": 8,
  "4xlarge": 16,
  "8xlarge": 32,
  "12xlarge": 48,
  "16xlarge": 64,
  "24xlarge": 96,
  "32xlarge": 128,
  "48xlarge": 192,
};
/** GiB per vCPU of the families that scale evenly (RDS User Guide, "Hardware specifications for DB instance classes"). */
const gibPerVcpu: readonly (readonly [RegExp, number])[] = [
  [/^m(5d?|6gd?|6id?|6in|6idn|7g|7gd|7i|8g|8gd)$/, 4],
  [/^r(5b?|5d|6gd?|6id?|6in|6idn|7g|7gd|7i|8g|8gd)$/, 8],
  [/^x2g$/, 16],
  [/^x2i(dn|edn)$/, 32],
  [/^c6gd$/, 2],
];
const burstable: Readonly<Record<string, readonly [vcpus: number, gib: number]>> = {
  micro: [2, 1],
  small: [2, 2],
  medium: [2, 4],
  large: [2, 8],
  xlarge: [4, 16],
  "2xlarge": [8, 32],
};

/** What an RDS instance class offers; undefined when there is no such class. */
export function instanceClass(name: string): InstanceClass | undefined {
  const [prefix, family = "", size = "", ...rest] = name.split(".");
  if (prefix !== "db" || rest.length > 0) return undefined;
  if (/^t(3|4g)$/.test(family)) {
    const found = burstable[size];
    return found && { name, vcpus: found[0], memoryGiB: found[1] };
  }
  const vcpus = vcpusOf[size];
  const perVcpu = gibPerVcpu.find(([pattern]) => pattern.test(family))?.[1];
  return vcpus === undefined || perVcpu === undefined ? undefined : { name, vcpus, memoryGiB: vcpus * perVcpu };
}

const mib = 1_048_576;

/**
 * `DBInstanceClassMemory` in bytes: the class's memory less what RDS keeps for itself. AWS does not publish how much; users report 79–87
 * connections (= memory / 9531392) on 1 GiB, about 400 on 4 GiB and 840 on 8 GiB, and a tenth plus 200 MiB lies just below all of these.
 */
export function classMemoryBytes({ memoryGiB }: InstanceClass): number {
  return Math.floor(memoryGiB * 1024 * mib * 0.9) - 200 * mib;
}
