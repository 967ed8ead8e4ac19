import { Client, type ClientConfig } from "pg";

/** Often enough to see a stall of 50 ms at least twice. */
const EVERY_MS = 20;
export const SLOW_MS = 50;

/** What the load's sessions wait for that are busy with one statement for longer than SLOW_MS; work of their own counts as CPU. */
const WAITS = `
  select coalesce(wait_event_type || ':' || wait_event, 'CPU') as wait
  from pg_stat_activity
  where application_name = 'bench-load' and state = 'active' and datname = current_database()
    and clock_timestamp() - query_start > $1 * interval '1 millisecond'`;

/** Looks at slow sessions of the load every 20 ms, on a session of its own. @returns how to stop looking */
export async function watchSlowWriters(
  connection: ClientConfig,
  seen: (wait: string) => void,
): Promise<() => Promise<void>> {
  const client = new Client({ ...connection, application_name: "bench-watch" });
  client.on("error", () => undefined);
  await client.connect();
  let looking = false;
  const timer = setInterval(() => {
    // A look that takes longer than the pause is not piled upon.
    if (looking) return;
    looking = true;
    client
      .query<{ wait: string }>({ name: "waits", text: WAITS, values: [SLOW_MS] })
      .then(
        ({ rows }) => rows.forEach(({ wait }) => seen(wait)),
        () => undefined,
      )
      .finally(() => (looking = false));
  }, EVERY_MS);
  return async () => {
    clearInterval(timer);
    await client.end();
  };
}
