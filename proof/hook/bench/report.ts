import type { ContenderReport } from "./run-contender";
import type { PhaseReport } from "./messages";

export interface BenchReport {
  date: string;
  command: string;
  machine: string;
  appointments: number;
  writesPerSecond: number;
  readsPerSecond: number;
  contenders: ContenderReport[];
}

const ms = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0));

export function worstWriteMs(contender: ContenderReport): number {
  return Math.max(0, ...contender.phases.filter(({ phase }) => phase !== "baseline").map(({ writes }) => writes.max));
}

export function errorCount(contender: ContenderReport): number {
  return contender.phases.flatMap(({ errors }) => Object.values(errors)).reduce((sum, count) => sum + count, 0);
}

const errorText = (phase: PhaseReport) =>
  Object.entries(phase.errors)
    .map(([code, count]) => `${count} × ${code}`)
    .join(", ") || "0";

function table(head: string[], rows: string[][]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

function summary(report: BenchReport): string {
  return table(
    ["contender", "worst write ms", "worst read ms", "errors", "rows lost", "duplicated", "seconds"],
    report.contenders.map((each) => [
      each.name,
      ms(worstWriteMs(each)),
      ms(Math.max(0, ...each.phases.map(({ reads }) => reads.max))),
      String(errorCount(each)),
      String(each.proof.lost + each.proof.unexplained),
      String(each.proof.duplicated),
      each.seconds.toFixed(0),
    ]),
  );
}

function phases(contender: ContenderReport): string {
  return table(
    ["phase", "s", "writes", "p50 ms", "p99", "p99.9", "max", "max from send", "reads p99.9", "reads max", "errors"],
    contender.phases.map((phase) => [
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
      errorText(phase),
    ]),
  );
}

/** The report, for a terminal and for a document alike. */
export function renderReport(report: BenchReport): string {
  return [
    "# What the hook costs a live database",
    "",
    `Measured ${report.date} by \`${report.command}\` on ${report.machine}: ${report.appointments.toLocaleString("en")} appointments,`,
    `a constant ${report.writesPerSecond} writes/s and ${report.readsPerSecond} reads/s, open loop: latencies count from the moment an operation was due, waiting for`,
    "a free session included. Each contender had its own copy of the same data, one after another; load, server and contender share the machine.",
    "",
    summary(report),
    "",
    ...report.contenders.flatMap((contender) => [
      `## ${contender.name}`,
      "",
      `${contender.what}. ${contender.remarks.join("; ")}`,
      "",
      phases(contender),
      "",
    ]),
  ].join("\n");
}
