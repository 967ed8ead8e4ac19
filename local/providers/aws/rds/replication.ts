import type { PostgresNode } from "../../../processes/postgres-node";
import { GiveUp, waitFor } from "../../../processes/wait";

/** A physical slot that keeps the write-ahead log from now on. Repeatable. */
export async function ensureSlot(primary: PostgresNode, slot: string): Promise<void> {
  await primary.query(
    `select pg_create_physical_replication_slot($1, true)
     where not exists (select from pg_replication_slots where slot_name = $1)`,
    [slot],
  );
}

export async function dropSlot(primary: PostgresNode, slot: string): Promise<void> {
  // A standby that was just stopped may hold its slot for a moment more.
  await primary.query(
    `select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1 and active_pid is not null`,
    [slot],
  );
  await waitFor({ what: `the release of slot ${slot}`, timeoutMs: 5_000 }, async () => {
    await primary.query(
      `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1 and not active`,
      [slot],
    );
    const [left] = await primary.query("select slot_name from pg_replication_slots where slot_name = $1", [slot]);
    return left === undefined;
  });
}

/** False when the slot fell behind `max_slot_wal_keep_size`: its standby has to be copied anew. */
export async function slotUsable(primary: PostgresNode, slot: string): Promise<boolean> {
  const [row] = await primary.query(
    "select coalesce(wal_status, 'lost') as wal_status from pg_replication_slots where slot_name = $1",
    [slot],
  );
  return row !== undefined && row.wal_status !== "lost";
}

/** Waits until the named standby streams and has what the primary had when we asked. @throws when not in time, or either side dies. */
export async function waitUntilStreaming(
  primary: PostgresNode,
  standby: PostgresNode,
  name: string,
  timeoutMs: number,
): Promise<void> {
  const [position] = await primary.query("select pg_current_wal_flush_lsn()::text as lsn");
  await waitFor({ what: `streaming from ${primary.key} to ${standby.key}`, timeoutMs }, async () => {
    if (!primary.alive || !standby.alive) throw new GiveUp(`${primary.key} or ${standby.key} ended`);
    const [row] = await primary.query<{ streaming: boolean }>(
      `select state = 'streaming' and flush_lsn >= $2::pg_lsn as streaming
       from pg_stat_replication where application_name = $1`,
      [name, position?.lsn ?? ""],
    );
    return row?.streaming === true;
  });
}

/** Like `waitUntilStreaming`, for those who have something else to try. */
export async function streams(...about: Parameters<typeof waitUntilStreaming>): Promise<boolean> {
  return waitUntilStreaming(...about).then(
    () => true,
    () => false,
  );
}

/**
 * Waits until every commit of the primary waits for the standby and the standby has everything from before. To be called after the
 * reload that set `synchronous_standby_names`.
 *
 * Backends look at a shared flag that the checkpointer raises when it has read the new configuration. A session opened after the postmaster's
 * reload shows the new value, which proves the checkpointer has been signalled; a checkpoint requested after that is only begun
 * with the signal served. Commits made later wait; those made before are covered by waiting for the log position of then.
 */
export async function waitUntilSynchronous(
  primary: PostgresNode,
  standby: PostgresNode,
  name: string,
  timeoutMs: number,
): Promise<void> {
  const alive = () => {
    if (!primary.alive || !standby.alive) throw new GiveUp(`${primary.key} or ${standby.key} ended`);
  };
  await waitFor({ what: `the reload of ${primary.key}`, timeoutMs }, async () => {
    alive();
    const [row] = await primary.query("show synchronous_standby_names");
    return row?.synchronous_standby_names === name;
  });
  await primary.query("checkpoint");
  const [position] = await primary.query("select pg_current_wal_insert_lsn()::text as lsn");
  await waitFor({ what: `${standby.key} catching up with ${primary.key}`, timeoutMs }, async () => {
    alive();
    const [row] = await primary.query<{ caught_up: boolean }>(
      `select flush_lsn >= $2::pg_lsn and sync_state in ('sync', 'quorum') as caught_up
       from pg_stat_replication where application_name = $1`,
      [name, position?.lsn ?? ""],
    );
    return row?.caught_up === true;
  });
}

/** Turns a standby that answers into a primary on a new timeline. */
export async function promote(node: PostgresNode): Promise<void> {
  await node.session(async (client) => {
    await client.query("select pg_promote(false)");
    await waitFor({ what: `the promotion of ${node.key}`, timeoutMs: 60_000, everyMs: 5 }, async () => {
      if (!node.alive) throw new GiveUp(`${node.key} ended while it was promoted`);
      const { rows } = await client.query<{ recovering: boolean }>("select pg_is_in_recovery() as recovering");
      return rows[0]?.recovering === false;
    });
  });
}

/**
 * True when the standby has log that the primary's present timeline does not: it was ahead of the standby that was promoted. Such a
 * standby can never follow again by itself.
 */
export async function hasDiverged(primary: PostgresNode, standby: PostgresNode): Promise<boolean> {
  const [history] = await primary.query(
    `select pg_read_file('pg_wal/' || name) as text from pg_ls_waldir() where name ~ '^[0-9A-F]{8}\\.history$'
     order by name desc limit 1`,
  );
  if (!history) return false;
  const forks = parseTimelineHistory(history.text ?? "");
  const [position] = await standby.query(
    `select greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::text as lsn,
            coalesce((select received_tli from pg_stat_wal_receiver), (pg_control_recovery()).min_recovery_end_timeline)::text as timeline`,
  );
  const fork = forks.find(({ timeline }) => timeline === Number(position?.timeline));
  return fork !== undefined && lsnToNumber(position?.lsn ?? "0/0") > lsnToNumber(fork.switchPoint);
}

export interface TimelineFork {
  readonly timeline: number;
  /** Log position up to which the named timeline counts. */
  readonly switchPoint: string;
}

/** Lines "parent timeline, switch point, reason" of a `.history` file. */
export function parseTimelineHistory(text: string): TimelineFork[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+([0-9A-F]+\/[0-9A-F]+)/.exec(line);
    return match ? [{ timeline: Number(match[1]), switchPoint: match[2] ?? "" }] : [];
  });
}

/** `16/B374D848` as a number of bytes. */
export function lsnToNumber(lsn: string): bigint {
  const [high = "0", low = "0"] = lsn.split("/");
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}
