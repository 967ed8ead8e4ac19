import { setTimeout as pause } from "node:timers/promises";

import { Client, type ClientConfig } from "pg";

import { dice } from "../../support/dice";

/** Patients that come and go have ids from here on, so many for each session. */
const NEWCOMERS = 1_000_000;

export interface WriteTiming {
  /** Milliseconds since the epoch, and how long the whole transaction took from the moment it was due. */
  at: number;
  tookMs: number;
}

export interface BusyTable {
  /** Qualified and quoted. */
  name: string;
  /** A table that the writers keep equal in the very same transactions: what the first must be in the end. */
  oracle: string;
  patients: number;
  /** Rows there at the beginning, with ids from 1 on. */
  rows: number;
  firstDay: string;
  days: number;
}

/**
 * Sessions that insert, update and delete rows of a table, several a transaction, in random order, as long as it lasts.
 * Each has rows of its own, so they never wait for each other: who waits or deadlocks does so because of somebody else.
 */
export class BusyWriters {
  readonly timings: WriteTiming[] = [];
  readonly errors: string[] = [];
  #stopping = false;
  #came = 0;
  readonly #newcomers = new Map<number, number[]>();
  readonly #running: Promise<void>[];
  readonly #clients: Client[] = [];

  constructor(
    connection: ClientConfig,
    readonly table: BusyTable,
    private readonly sessions = 4,
    private readonly everyMs = 5,
  ) {
    this.#running = Array.from({ length: sessions }, (_, which) => this.#write(connection, which));
  }

  get count(): number {
    return this.timings.length;
  }

  /** Longest transaction that began in the span. */
  worst(from = 0, to = Number.POSITIVE_INFINITY): number {
    return Math.max(0, ...this.timings.filter(({ at }) => at >= from && at <= to).map(({ tookMs }) => tookMs));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#running);
    for (const client of this.#clients) await client.end();
  }

  async #write(connection: ClientConfig, which: number): Promise<void> {
    const random = dice(1000 + which);
    const client = new Client({ ...connection, application_name: `writer ${which}` });
    this.#clients.push(client);
    await client.connect();
    let due = performance.now();
    while (!this.#stopping) {
      due += this.everyMs;
      const early = due - performance.now();
      if (early > 0) await pause(early);
      const at = Date.now();
      try {
        await client.query("begin");
        const changes = 1 + Math.floor(random() * 4);
        for (let change = 0; change < changes; change++) await this.#change(client, which, random);
        await client.query("commit");
      } catch (error) {
        const detail = typeof error === "object" && error !== null && "detail" in error ? String(error.detail) : "";
        this.errors.push(`${String(error)} ${detail}`.trim());
        await client.query("rollback").catch(() => undefined);
        if (this.errors.length > 20) return;
      }
      this.timings.push({ at, tookMs: performance.now() - due });
    }
  }

  async #change(client: Client, which: number, random: () => number): Promise<void> {
    const { name, oracle, patients, rows, firstDay, days } = this.table;
    const day = `(date '${firstDay}' + ${Math.floor(random() * days)})`;
    const patient = 1 + Math.floor(random() * patients);
    const kind = random();
    if (kind < 0.1) return this.#comeOrGo(client, which, day);
    if (kind < 0.3) {
      await client.query(
        `with made as (insert into ${name} (owner, day, patient_id, note) values (${which}, ${day}, ${patient}, 'new') returning id, owner, day, patient_id, note)
         insert into ${oracle} select * from made`,
      );
      return;
    }
    const [row] = (
      await client.query<{ id: string; day: string }>(
        `select oracle.id::text, day::text from ${oracle} as oracle
         where owner = ${which} and id >= ${Math.floor(random() * rows * 1.01)} order by oracle.id limit 1`,
      )
    ).rows;
    if (row === undefined) return;
    const where = `where id = ${row.id} and day = '${row.day}'`;
    const set = kind < 0.6 ? `note = note || 'x', patient_id = ${patient}` : kind < 0.75 ? `day = ${day}` : null;
    for (const table of [name, oracle]) {
      const result = await client.query(
        set === null ? `delete from ${table} ${where}` : `update ${table} set ${set} ${where}`,
      );
      if (result.rowCount !== 1) throw new Error(`${table} had ${result.rowCount} rows ${where}`);
    }
  }

  /** A patient comes with two visits, or goes with all there are: in one transaction, as an application would. */
  async #comeOrGo(client: Client, which: number, day: string): Promise<void> {
    const { name, oracle } = this.table;
    const here = this.#newcomers.get(which) ?? [];
    this.#newcomers.set(which, here);
    const going = here.length > 5 ? here.shift() : undefined;
    if (going === undefined) {
      const patient = NEWCOMERS * (which + 1) + this.#came++;
      await client.query(`insert into patients values (${patient}) on conflict do nothing`);
      await client.query(
        `with made as (insert into ${name} (owner, day, patient_id, note)
                       select ${which}, ${day} + i, ${patient}, 'came' from generate_series(0, 1) i
                       returning id, owner, day, patient_id, note)
         insert into ${oracle} select * from made`,
      );
      here.push(patient);
      return;
    }
    await client.query(`delete from ${name} where patient_id = ${going}`);
    await client.query(`delete from ${oracle} where patient_id = ${going}`);
    await client.query(`delete from patients where id = ${going}`);
  }
}

/** Rows in one of the two tables only. */
export async function differences(client: Client, table: BusyTable): Promise<number> {
  const columns = "id, owner, day, patient_id, note";
  const { rows } = await client.query<{ n: number }>(
    `select (select count(*)::int from (select ${columns} from ${table.name} except all select ${columns} from ${table.oracle}) as more)
          + (select count(*)::int from (select ${columns} from ${table.oracle} except all select ${columns} from ${table.name}) as fewer) as n`,
  );
  return rows[0]?.n ?? -1;
}
