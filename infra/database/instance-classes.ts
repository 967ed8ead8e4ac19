/** What an RDS instance class offers: virtual CPUs and nominal memory. */
export interface InstanceClass {
  readonly name: string;
  readonly vcpus: number;
  readonly memoryGiB: number;
}

// Amazon RDS User Guide, "Hardware specifications for DB instance classes": m = 4 GiB per vCPU, r = 8 GiB per vCPU.
const gibPerVcpu: Record<string, number> = {
  m6g: 4,
  m6i: 4,
  m7g: 4,
  m7i: 4,
  m8g: 4,
  r6g: 8,
  r6i: 8,
  r7g: 8,
  r7i: 8,
  r8g: 8,
};
const vcpusOfSize: Record<string, number> = {
  large: 2,
  xlarge: 4,
  "2xlarge": 8,
  "4xlarge": 16,
  "8xlarge": 32,
  "12xlarge": 48,
  "16xlarge": 64,
  "24xlarge": 96,
};
const burstableGiB: Record<string, [vcpus: number, memoryGiB: number]> = {
  micro: [2, 1],
  small: [2, 2],
  medium: [2, 4],
  large: [2, 8],
  xlarge: [4, 16],
  "2xlarge": [8, 32],
};

function buildTable(): ReadonlyMap<string, InstanceClass> {
  const table = new Map<string, InstanceClass>();
  const add = (name: string, vcpus: number, memoryGiB: number) => table.set(name, { name, vcpus, memoryGiB });
  for (const family of ["t3", "t4g"])
    for (const [size, [vcpus, memoryGiB]] of Object.entries(burstableGiB))
      add(`db.${family}.${size}`, vcpus, memoryGiB);
  for (const [family, gib] of Object.entries(gibPerVcpu))
    for (const [size, vcpus] of Object.entries(vcpusOfSize)) add(`db.${family}.${size}`, vcpus, vcpus * gib);
  return table;
}

/** Instance classes that the stack knows the memory of, by name. */
export const instanceClasses: ReadonlyMap<string, InstanceClass> = buildTable();

const mib = 1024 * 1024;

/**
 * The value of `DBInstanceClassMemory` in bytes. RDS subtracts what the operating system and its own agents take and does
 * not publish how much: instances report 79–87 connections for 1 GiB (nominal 112), about 400 for 4 GiB (450) and 840 for
 * 8 GiB (901). A tenth plus 200 MiB lies just below all of them, so a budget that fits here fits there.
 */
export function dbInstanceClassMemory(instanceClass: InstanceClass): number {
  return Math.floor(instanceClass.memoryGiB * 1024 * mib * 0.9) - 200 * mib;
}
