import { rowsOf, type Session } from "../database/sql";

/** A row of plinth.index_report. */
export interface ReportedIndex {
  schema: string;
  table: string;
  index: string;
  class: "duplicate" | "covered" | "unused";
  instead: string | null;
  bytes: string;
}

export async function reportedIndexes(session: Session): Promise<ReportedIndex[]> {
  return rowsOf<ReportedIndex & Record<string, unknown>>(
    session,
    `select schema, "table", index, class, instead, pg_size_pretty(bytes) as bytes from plinth.index_report order by plinth.index_report.bytes desc`,
  );
}

/** One line for a log: a person decides, for only a person knows what the replicas use. */
export function reportLine(reported: ReportedIndex): string {
  const why = {
    duplicate: `the same as ${reported.instead ?? ""}`,
    covered: `its columns lead ${reported.instead ?? ""}`,
    unused: "no scan on this server in a week or more; ask the replicas before dropping it",
  }[reported.class];
  return `index ${reported.schema}.${reported.index} on ${reported.table} (${reported.bytes}): ${why}`;
}
