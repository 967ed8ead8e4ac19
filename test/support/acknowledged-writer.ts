import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import { waitFor } from "../../local/processes/wait";

interface Attempt {
  readonly id: number;
  readonly begunAt: number;
}

/** Long enough for a slow machine, short enough that an answer that never comes does not hide the next one. */
const patienceMs = 2_000;

/**
 * Writes rows one after the other into `ledger (writer, id)` until it is stopped, and notes of each how it ended. It never writes the same id
 * twice: a write whose answer was lost is of unknown outcome, and stays so.
 */
export class AcknowledgedWriter {
  readonly #acknowledged: (Attempt & { readonly endedAt: number })[] = [];
  readonly #unknown: Attempt[] = [];
  readonly #errors = new Set<string>();
  #client: Client | undefined;
  #next = 1;
  #stopping = false;
  #loop: Promise<void> = Promise.resolve();

  private constructor(
    readonly name: string,
    private readonly url: string,
  ) {}

  static start(name: string, url: string): AcknowledgedWriter {
    const writer = new AcknowledgedWriter(name, url);
    writer.#loop = writer.#run();
    return writer;
  }

  get acknowledged(): readonly number[] {
    return this.#acknowledged.map(({ id }) => id);
  }

  get unknown(): readonly number[] {
    return this.#unknown.map(({ id }) => id);
  }

  /** Messages of the errors that it met, each once. */
  get errors(): readonly string[] {
    return [...this.#errors];
  }

  /** Waits until so many more writes are acknowledged that were begun from now on. */
  async goOn(writes: number, withinMs: number): Promise<void> {
    const from = Date.now();
    const fresh = () => this.#acknowledged.filter(({ begunAt }) => begunAt >= from).length;
    const explain = () => `: ${fresh()} so far, errors met: ${this.errors.join("; ")}`;
    await waitFor({ what: `${writes} more writes by ${this.name}`, timeoutMs: withinMs, explain }, () => {
      return fresh() >= writes;
    });
  }

  /** The longest time between two acknowledged writes, the second of them after that moment. */
  longestSilenceMs(since: number): number {
    const ends = this.#acknowledged.map(({ endedAt }) => endedAt);
    const gaps = ends.map((end, index) => (end < since ? 0 : end - (ends[index - 1] ?? end)));
    return Math.max(0, ...gaps);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#loop;
    await this.#hangUp();
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      const client = await this.#connected();
      if (!client) {
        await pause(20);
        continue;
      }
      const attempt = { id: this.#next++, begunAt: Date.now() };
      try {
        await client.query("insert into ledger (writer, id) values ($1, $2)", [this.name, attempt.id]);
        this.#acknowledged.push({ ...attempt, endedAt: Date.now() });
      } catch (error) {
        this.#unknown.push(attempt);
        this.#note(error);
        await this.#hangUp();
      }
    }
  }

  async #connected(): Promise<Client | undefined> {
    if (this.#client) return this.#client;
    const client = new Client({
      connectionString: this.url,
      connectionTimeoutMillis: patienceMs,
      query_timeout: patienceMs,
    });
    // Without a listener a connection that breaks between two writes would end the process.
    client.on("error", (error) => this.#note(error));
    try {
      await client.connect();
    } catch (error) {
      this.#note(error);
      return undefined;
    }
    this.#client = client;
    return client;
  }

  async #hangUp(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch((error: unknown) => this.#note(error));
  }

  #note(error: unknown): void {
    this.#errors.add(error instanceof Error ? error.message : String(error));
  }
}
