import { EventEmitter } from "node:events";
import { createRequire } from "node:module";

import { Client, Pool, type ClientConfig } from "pg";
import PgBoss from "pg-boss";

import { queryAs } from "../../support/query-as";

/**
 * Schemas that are not ours, as their own packages make them:
 *
 * | package            | licence | what it brings                                                                       |
 * | ------------------ | ------- | ------------------------------------------------------------------------------------ |
 * | pg-boss            | MIT     | schema pgboss: expression, partial and covering indexes, composite keys, list partitions |
 * | connect-pg-simple  | MIT     | two mixed-case schemas, each with a mixed-case table and index                        |
 * | pgq (Debian)       | ISC     | schema pgq: two levels of inheritance, composite keys, functions that own the tables    |
 */
export async function loadForeignSchemas(superuser: ClientConfig, master: ClientConfig): Promise<void> {
  await loadQueue(superuser, String(master.user));
  await loadJobs(master);
  await loadSessions(master);
}

async function loadQueue(superuser: ClientConfig, owner: string): Promise<void> {
  const client = new Client(superuser);
  await client.connect();
  try {
    await client.query("create extension pgq");
    await client.query("select pgq.create_queue('lab results')");
    await client.query("select pgq.create_queue('referrals')");
    await client.query("select pgq.register_consumer('lab results', 'mailer')");
    await client.query("select pgq.ticker()");
    await client.query(
      "select pgq.insert_event('lab results', 'arrived', 'sample ' || i) from generate_series(1, 500) as i",
    );
    // On a managed server its master creates the extension and owns what it makes.
    for (const [kind, word] of [
      ["r", "table"],
      ["S", "sequence"],
    ]) {
      const { rows } = await client.query<{ name: string }>(
        `select oid::regclass::text as name from pg_class
         where relnamespace = 'pgq'::regnamespace and relkind = $1 and relowner = current_user::regrole`,
        [kind],
      );
      for (const { name } of rows) await client.query(`alter ${word} ${name} owner to ${owner}`);
    }
    await client.query(`grant usage, create on schema pgq to ${owner}`);
  } finally {
    await client.end();
  }
}

/** pg-boss on its own terms, without its clockwork. */
export async function withBoss(master: ClientConfig, work: (boss: PgBoss) => Promise<void>): Promise<void> {
  const { host, port, database, user, password } = master;
  const boss = new PgBoss({
    ...{ host, port, database, user, password: String(password) },
    ...{ supervise: false, schedule: false, archiveCompletedAfterSeconds: 60 },
  });
  await boss.start();
  try {
    await work(boss);
  } finally {
    await boss.stop({ graceful: false });
  }
}

/** Jobs that wait, and three thousand that ended within the last four months. */
async function loadJobs(master: ClientConfig): Promise<void> {
  await withBoss(master, async (boss) => {
    await boss.createQueue("reminders");
    await boss.createQueue("Invoices", { name: "Invoices", policy: "singleton" });
    for (let number = 0; number < 100; number++) await boss.send("reminders", { number });
  });
  await queryAs(
    master,
    `insert into pgboss.archive (id, name, priority, state, retry_limit, retry_count, retry_delay, retry_backoff, start_after,
                                 expire_in, created_on, keep_until, archived_on, policy)
     select gen_random_uuid(), (array['reminders', 'Invoices'])[1 + i % 2], 0, 'completed', 2, 0, 0, false, at,
            '15 minutes', at, at, at, 'standard'
     from generate_series(1, 3000) as i cross join lateral (select now() - i * interval '1 hour' as at) as times`,
  );
}

/** What connect-pg-simple has of express-session. */
type SessionStore = new (options: Record<string, unknown>) => {
  set: (sid: string, session: object, done: (error?: unknown) => void) => void;
};

/** Stores sessions as a web server would; the first one makes the table. */
export async function storeSessions(
  master: ClientConfig,
  schemaName: string,
  tableName: string,
  count: number,
): Promise<void> {
  const connect = createRequire(__filename)("connect-pg-simple") as (session: object) => SessionStore;
  const Store = connect({ Store: EventEmitter });
  const pool = new Pool({ ...master, max: 1 });
  try {
    const store = new Store({ pool, schemaName, tableName, createTableIfMissing: true, pruneSessionInterval: false });
    for (let number = 0; number < count; number++)
      await new Promise<void>((resolve, reject) =>
        store.set(`session ${number}`, { cookie: { expires: new Date(Date.now() + number * 3_600_000) } }, (error) =>
          error instanceof Error ? reject(error) : resolve(),
        ),
      );
  } finally {
    await pool.end();
  }
}

async function loadSessions(master: ClientConfig): Promise<void> {
  await queryAs(master, 'create schema "webApp"');
  await queryAs(master, 'create schema "kioskApp"');
  await storeSessions(master, "webApp", "UserSession", 200);
  await storeSessions(master, "kioskApp", "VisitorSession", 200);
}
