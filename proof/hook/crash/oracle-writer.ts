import { setTimeout as pause } from "node:timers/promises";

import { Client, type ClientConfig } from "pg";

import { dice } from "../../support/dice";

/** An appointment as the oracle knows it: by its id, which nobody changes. */
export interface Visit {
  id: string;
  date: string;
  minutes: number;
  reason: string;
}

/** Pause between two writes: some two hundred a second, so that batches, drains and cut-overs meet writes. */
const PAUSE_MS = 4;
/** A write to a server that is down is tried again as soon as it can be: nobody's outcome is decided while it is down. */
const RECONNECT_MS = 20;

/** Connection failures, shutdown, crash, start-up: what an interruption of the server may do to a writer. */
const INTERRUPTIONS = /^(ECONN\w+|EPIPE|57P0[123]|08\w{3})$/;

/** Older rows may leave the table by retention: they are no business of the writer. */
const READ = `select id::text, appointment_date::text as date, duration_minutes as minutes, reason
              from appointments where appointment_date > current_date - 120`;

function sameVisit(one: Visit, other: Visit): boolean {
  return one.date === other.date && one.minutes === other.minutes && one.reason === other.reason;
}

function codeOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  // pg gives no code to a connection that ends between two messages.
  return code === "" && error instanceof Error && /Connection terminated|not queryable/.test(error.message)
    ? "ECONNRESET"
    : code;
}

/**
 * An application's session that inserts, changes, moves to another day and deletes appointments, and remembers every
 * acknowledged outcome. A write whose answer was lost may have happened or not: both are right, and the row is left alone.
 */
export class OracleWriter {
  readonly #known = new Map<string, Visit>();
  readonly #uncertain = new Map<string, (Visit | null)[]>();
  /** Reasons of inserts whose answer was lost: the row may be there, under an id that we were not told. */
  readonly #maybe = new Map<string, Visit>();
  readonly #problems: string[] = [];
  readonly #throw: () => number;
  #client: Client | null = null;
  #stopping = false;
  #loop: Promise<void> = Promise.resolve();
  #writes = 0;

  private constructor(
    private readonly connection: ClientConfig,
    seed: number,
  ) {
    this.#throw = dice(seed);
  }

  static async start(connection: ClientConfig, seed: number): Promise<OracleWriter> {
    const writer = new OracleWriter({ ...connection, application_name: "oracle" }, seed);
    const client = await writer.#connected();
    if (client === null) throw new Error("the writer cannot connect");
    for (const visit of (await client.query<Visit>(READ)).rows) writer.#known.set(visit.id, visit);
    writer.#loop = writer.#run();
    return writer;
  }

  /** Acknowledged writes. */
  get writes(): number {
    return this.#writes;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#loop;
    await this.#client?.end().catch(() => undefined);
  }

  /** What is wrong with the table, and what went wrong with writes, each as a sentence; empty when all is well. */
  async verify(): Promise<string[]> {
    const client = new Client(this.connection);
    await client.connect();
    const rows = await client.query<Visit>(READ).then(
      (result) => result.rows,
      (error: unknown) => error,
    );
    await client.end();
    if (!Array.isArray(rows)) return [`the table cannot be read: ${String(rows)}`];
    return [...this.#problems, ...this.#compare(rows as Visit[])];
  }

  #compare(rows: Visit[]): string[] {
    const problems: string[] = [];
    const seen = new Set<string>();
    for (const row of rows) {
      if (seen.has(row.id)) problems.push(`appointment ${row.id} is there twice`);
      seen.add(row.id);
      const wanted = this.#uncertain.get(row.id) ?? [this.#known.get(row.id) ?? this.#maybe.get(row.reason) ?? null];
      if (!wanted.some((each) => each !== null && sameVisit(each, row)))
        problems.push(`appointment ${row.id} is ${JSON.stringify(row)}, acknowledged was ${JSON.stringify(wanted)}`);
    }
    for (const id of this.#known.keys()) if (!seen.has(id)) problems.push(`appointment ${id} is lost`);
    for (const [id, wanted] of this.#uncertain)
      if (!seen.has(id) && !wanted.includes(null)) problems.push(`appointment ${id} is lost`);
    return problems.length > 5 ? [...problems.slice(0, 5), `and ${problems.length - 5} more`] : problems;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const client = await this.#connected();
      if (client === null) await pause(RECONNECT_MS);
      else {
        await this.#write(client);
        await pause(PAUSE_MS);
      }
    }
  }

  async #write(client: Client): Promise<void> {
    const roll = this.#throw();
    if (roll < 0.4) return this.#insert(client);
    const ids = [...this.#known.keys()];
    const old = this.#known.get(ids[Math.floor(this.#throw() * ids.length)] ?? "");
    if (old === undefined) return this.#insert(client);
    const where = "where id = $1 and appointment_date = $2";
    if (roll < 0.55)
      return this.#change(old, null, () =>
        client.query(`delete from appointments ${where}`, [old.id, old.date]).then(({ rowCount }) => rowCount),
      );
    // Every second change moves the row to another day, and so perhaps to another partition.
    const next = { ...old, minutes: 5 + Math.floor(this.#throw() * 400), ...(roll < 0.8 ? { date: this.#day() } : {}) };
    await this.#change(old, next, () =>
      client
        .query(`update appointments set duration_minutes = $3, appointment_date = $4 ${where}`, [
          old.id,
          old.date,
          next.minutes,
          next.date,
        ])
        .then(({ rowCount }) => rowCount),
    );
  }

  /** A day of the last three months or the next. */
  #day(): string {
    return new Date(Date.now() + (Math.floor(this.#throw() * 120) - 90) * 86_400_000).toISOString().slice(0, 10);
  }

  async #insert(client: Client): Promise<void> {
    const visit = { id: "", date: this.#day(), minutes: 30, reason: `oracle ${this.#throw()}` };
    try {
      const { rows } = await client.query<{ id: string }>(
        `insert into appointments (appointment_date, start_time, duration_minutes, patient_id, practitioner_id, clinic_id, reason)
         select $1, '09:00', $2, patients.id, practitioners.id, practitioners.clinic_id, $3
         from patients, practitioners order by patients.id, practitioners.id limit 1 returning id::text`,
        [visit.date, visit.minutes, visit.reason],
      );
      const id = rows[0]?.id ?? "";
      if (this.#known.has(id)) this.#problems.push(`id ${id} was given out twice`);
      this.#known.set(id, { ...visit, id });
      this.#writes++;
    } catch (error) {
      this.#maybe.set(visit.reason, visit);
      await this.#failed(error);
    }
  }

  async #change(old: Visit, next: Visit | null, work: () => Promise<number | null>): Promise<void> {
    this.#known.delete(old.id);
    try {
      if ((await work()) !== 1) this.#problems.push(`appointment ${old.id} of ${old.date} was not there to be changed`);
      else if (next !== null) this.#known.set(old.id, next);
      this.#writes++;
    } catch (error) {
      this.#uncertain.set(old.id, [old, next]);
      await this.#failed(error);
    }
  }

  async #failed(error: unknown): Promise<void> {
    if (!INTERRUPTIONS.test(codeOf(error)))
      this.#problems.push(`a write failed: ${codeOf(error)} ${error instanceof Error ? error.message : String(error)}`);
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  async #connected(): Promise<Client | null> {
    if (this.#client !== null) return this.#client;
    const client = new Client(this.connection);
    client.on("error", () => undefined);
    try {
      await client.connect();
      this.#client = client;
      return client;
    } catch {
      await client.end().catch(() => undefined);
      return null;
    }
  }
}
