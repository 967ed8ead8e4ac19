import type { ContenderReport } from "./run-contender";
import type { PhaseReport } from "./messages";
import { SLOW_MS } from "./slow-writers";

export interface BenchReport {
  date: string;
  command: string;
  machine: string;
  appointments: number;
  writesPerSecond: number;
  readsPerSecond: number;
  contenders: ContenderReport[];
  /** The hook on a smaller table. */
  small: ContenderReport | null;
}

/** What the hook's stalls are measured against (docs/benchmarks/hook.md). */
const TARGET_MS = 100;

const ms = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const own = (contender: ContenderReport) => contender.phases.filter(({ phase }) => phase !== "baseline");

export function worstWriteMs(contender: ContenderReport): number {
  return Math.max(0, ...own(contender).map(({ writes }) => writes.max));
}

export function errorCount(contender: ContenderReport): number {
  return contender.phases.flatMap(({ errors }) => Object.values(errors)).reduce((sum, count) => sum + count, 0);
}

/** Rows lost, duplicated, or explained by no write. */
export function wrongRows({ proof }: ContenderReport): number {
  return proof.lost + proof.duplicated + proof.unexplained;
}

/** What the hook must never do, whatever the machine: the others may. */
export function failures(report: BenchReport): string[] {
  const hooks = [...report.contenders, ...(report.small === null ? [] : [report.small])].filter(({ name }) =>
    name.startsWith("hook"),
  );
  return hooks.flatMap((each) => [
    ...(each.failed ? [`${each.name}: ${each.remarks.join("; ")}`] : []),
    ...(errorCount(each) > 0 ? [`${each.name}: ${errorCount(each)} errors`] : []),
    ...(wrongRows(each) > 0 ? [`${each.name}: ${wrongRows(each)} rows wrong`] : []),
  ]);
}

const counted = (counts: Record<string, number>) =>
  Object.entries(counts)
    .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
    .map(([what, count]) => `${count} × ${what}`)
    .join(", ");

function table(head: string[], rows: string[][]): string {
  const widths = head.map((title, column) => Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

function summary(report: BenchReport): string {
  return table(
    [
      "contender",
      "worst write ms",
      "baseline's worst",
      "worst read ms",
      "errors",
      "rows lost",
      "duplicated",
      "seconds",
    ],
    report.contenders.map((each) => [
      each.name,
      ms(worstWriteMs(each)),
      ms(each.phases.find(({ phase }) => phase === "baseline")?.writes.max ?? Number.NaN),
      ms(Math.max(0, ...own(each).map(({ reads }) => reads.max))),
      String(errorCount(each)),
      String(each.proof.lost + each.proof.unexplained),
      String(each.proof.duplicated),
      each.seconds.toFixed(0),
    ]),
  );
}

function phases(contender: ContenderReport): string {
  return table(
    ["phase", "s", "writes", "p50 ms", "p99", "p99.9", "max", "max from send", "reads p99.9", "max", "clock", "errors"],
    contender.phases.map((phase: PhaseReport) => [
      phase.phase,
      phase.seconds.toFixed(1),
      String(phase.writes.count),
      ms(phase.writes.p50),
      ms(phase.writes.p99),
      ms(phase.writes.p999),
      ms(phase.writes.max),
      ms(phase.writesFromSend.max),
      ms(phase.reads.p999),
      ms(phase.reads.max),
      ms(phase.clockLateMs),
      counted(phase.errors) || "0",
    ]),
  );
}

function waits(contender: ContenderReport): string[] {
  const lines = contender.phases
    .filter((phase) => Object.keys(phase.waits).length > 0)
    .map((phase) => `- ${phase.phase}: ${counted(phase.waits)}`);
  if (lines.length === 0) return [];
  return [`What statements slower than ${SLOW_MS} ms were seen to wait for (samples):`, "", ...lines, ""];
}

function size(report: BenchReport): string[] {
  const { small } = report;
  const large = report.contenders.find(({ name }) => name === small?.name);
  if (small === null || large === undefined) return [];
  const names = own(large)
    .map(({ phase }) => phase)
    .filter((name) => small.phases.some(({ phase }) => phase === name));
  const of = (each: ContenderReport, name: string, key: "p999" | "max") =>
    ms(each.phases.find(({ phase }) => phase === name)?.writes[key] ?? Number.NaN);
  const [few, many] = [small, large].map(({ appointments }) => appointments.toLocaleString("en"));
  return [
    "## Does it depend on the size of the table?",
    "",
    "The hook's write latencies in ms, phase by phase. What takes locks must not depend on the size; what works on rows takes longer, not harder.",
    "",
    table(
      ["phase", `p99.9, ${few}`, `max, ${few}`, `p99.9, ${many}`, `max, ${many}`],
      names.map((name) => [
        name,
        of(small, name, "p999"),
        of(small, name, "max"),
        of(large, name, "p999"),
        of(large, name, "max"),
      ]),
    ),
    "",
  ];
}

function verdict(report: BenchReport): string[] {
  const hook = report.contenders.find(({ name }) => name === "hook");
  if (hook === undefined) return [];
  const worst = worstWriteMs(hook);
  const at = own(hook).find(({ writes }) => writes.max === worst);
  return [
    `The hook's longest write took **${ms(worst)} ms** (${at?.phase ?? ""}), ${worst < TARGET_MS ? "within" : "beyond"} the target of ${TARGET_MS} ms; it caused **${errorCount(hook)} errors** and **${wrongRows(hook)} rows** are lost, duplicated or wrong among ${hook.proof.rows.toLocaleString("en")}, every one compared with what it was and with what the load was told.`,
    "",
  ];
}

/** The report, for a terminal and for a document alike. */
export function renderReport(report: BenchReport): string {
  return [
    "# What the hook costs a live database",
    "",
    `Measured ${report.date} by \`${report.command}\` on ${report.machine}: ${report.appointments.toLocaleString("en")} appointments,`,
    `a constant ${report.writesPerSecond} writes/s and ${report.readsPerSecond} reads/s, open loop: latencies count from the moment an operation was due, waiting for`,
    "a free session included. Each contender had its own copy of the same data, one after another; load, server and contender share the machine.",
    "An operation belongs to the phase in which it was due. `clock` is how late the load itself was at worst: that much of a maximum may be the",
    "machine and not the database.",
    "",
    summary(report),
    "",
    ...verdict(report),
    ...report.contenders.flatMap((contender) => [
      `## ${contender.name}`,
      "",
      `${contender.what}. ${contender.remarks.join("; ")}`,
      "",
      phases(contender),
      "",
      ...waits(contender),
    ]),
    ...size(report),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}
