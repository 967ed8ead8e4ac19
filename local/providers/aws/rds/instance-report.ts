import type { Bag } from "../../../contract";
import { installedPostgres } from "../../../processes/postgres-binaries";
import type { PostgresNode } from "../../../processes/postgres-node";
import type { Database } from "./database";

/** One line on how it runs and where it differs from what was asked. */
export function describeDatabase(database: Database, engineVersion: string): string {
  const { primary, standby, spec, state } = database;
  const role = spec.source === undefined ? "primary" : `replica of ${spec.source}`;
  const pending = database.pendingReboot();
  const { capped, notApplied } = spec.parameters;
  return [
    primary.alive ? "available" : "starting",
    `${role} ${primary.key.split("/").at(-1)} on ${database.endpoint}:${spec.port} (pid ${primary.process?.pid ?? "none"})`,
    ...(spec.multiAz ? [state.inSync ? `standby in sync (pid ${standby.process?.pid})` : "standby being made"] : []),
    `parameters ${pending.length === 0 ? "in-sync" : `pending-reboot: ${pending.join(", ")}`}`,
    ...versionNote(database, engineVersion),
    ...(capped.length === 0 ? [] : [`capped for this machine: ${capped.join(", ")}`]),
    ...(notApplied.length === 0 ? [] : [`not applied: ${notApplied.join(", ")}`]),
    ...(database.lastProblem === undefined ? [] : [`last problem: ${firstLine(database.lastProblem)}`]),
  ].join("; ");
}

/** Said when another version runs than the one asked for. */
export function versionNote(database: Database, engineVersion: string): string[] {
  const { major, version } = database.primary.binaries;
  if (major === database.spec.declaredMajor) return [];
  const installed = installedPostgres().map((each) => each.major);
  return [`PostgreSQL ${version} stands in for ${engineVersion} (installed: ${installed.join(", ")})`];
}

/** Processes, addresses, roles and log positions of its nodes. */
export async function nodesOf(database: Database): Promise<Bag[]> {
  const { primary, standby, spec, state } = database;
  const role = spec.source === undefined ? "primary" : "replica";
  const rows = [await nodeRow(primary, role, database.endpoint)];
  if (spec.multiAz && standby.complete)
    rows.push(await nodeRow(standby, state.inSync ? "standby (in sync)" : "standby", standby.address));
  return rows;
}

async function nodeRow(node: PostgresNode, role: string, address: string): Promise<Bag> {
  const row: Bag = { node: node.key, role, address, pid: node.process?.pid ?? null, dataDirectory: node.dataDirectory };
  if (!node.alive) return { ...row, lsn: null };
  try {
    const [position] = await node.query(
      `select case when pg_is_in_recovery()
                   then coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) else pg_current_wal_flush_lsn() end::text as lsn`,
    );
    return { ...row, lsn: position?.lsn ?? null };
  } catch (error) {
    // It is starting or going down: the report says so instead of failing for all nodes.
    return { ...row, lsn: null, silent: error instanceof Error ? error.message : String(error) };
  }
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
