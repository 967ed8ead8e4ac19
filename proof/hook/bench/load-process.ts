import { Client } from "pg";

import { errorCode } from "../../../schema/errors";
import { dice } from "../../support/dice";
import { AppointmentModel, type KnownRow } from "./appointment-model";
import type { FromLoad, LoadOrder, PhaseReport, ToLoad } from "./messages";
import { nextRead, nextWrite, type Operation } from "./operations";
import { Recorder } from "./recorder";
import { watchSlowWriters } from "./slow-writers";

/** Sessions for writes; when all are busy an operation waits, and its waiting counts. */
const WRITERS = 24;
const READERS = 8;
/** Rows the load works on: enough that two operations seldom meet on a page. */
const KNOWN_ROWS = 60_000;
const TICK_MS = 1;

interface Due {
  at: number;
  /** Of the phase in which it was due, whenever it is sent. */
  into: Recorder;
}

/** Sessions of one kind and the operations that are due and have none yet, oldest first. */
class Lane {
  readonly #idle: Client[];
  readonly #due: Due[] = [];

  constructor(clients: Client[]) {
    this.#idle = [...clients];
  }

  add(due: Due): void {
    this.#due.push(due);
  }

  get busy(): boolean {
    return this.#due.length > 0;
  }

  start(run: (client: Client, due: Due) => Promise<void>): void {
    while (this.#idle.length > 0) {
      const due = this.#due.shift();
      if (due === undefined) return;
      const client = this.#idle.pop();
      if (client === undefined) return;
      void run(client, due).finally(() => {
        this.#idle.push(client);
        this.start(run);
      });
    }
  }
}

async function connect(order: LoadOrder, count: number): Promise<Client[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const client = new Client({ ...order.connection, application_name: "bench-load" });
      client.on("error", () => undefined);
      await client.connect();
      return client;
    }),
  );
}

async function knownRows(client: Client): Promise<KnownRow[]> {
  const { rows } = await client.query<KnownRow>(
    `select id::text, appointment_date::text as "appointmentDate", status, reason
     from appointments where hashint8extended(id, 11) % greatest(1, (select max(id) from appointments) / $1) = 0 limit $1`,
    [KNOWN_ROWS],
  );
  return rows;
}

async function main(): Promise<void> {
  const order = JSON.parse(process.argv[2] ?? "{}") as LoadOrder;
  const random = dice(order.seed);
  const writers = await connect(order, WRITERS);
  const readers = await connect(order, READERS);
  const [first] = writers;
  if (first === undefined) throw new Error("no session");
  const model = new AppointmentModel(await knownRows(first));
  const sample = await knownRows(first);

  const phases: PhaseReport[] = [];
  let recorder = new Recorder(performance.now());
  let sequence = 0;
  let running = 0;

  const perform = (isWrite: boolean, next: () => Operation) => async (client: Client, due: Due) => {
    const { into } = due;
    running++;
    const sent = performance.now();
    try {
      await next()(client);
      const now = performance.now();
      if (isWrite) into.write(now - due.at, now - sent);
      else into.read(now - due.at);
    } catch (error) {
      into.error(errorCode(error) || String(error));
    } finally {
      running--;
    }
  };
  const write = perform(true, () => nextWrite(model, random, ++sequence));
  const read = perform(false, () => {
    const row = sample[Math.floor(random() * sample.length)];
    if (row === undefined) throw new Error("no row to read");
    return nextRead(row, random());
  });

  const stopWatching = await watchSlowWriters(order.connection, (wait) => recorder.waited(wait));
  const writeLane = new Lane(writers);
  const readLane = new Lane(readers);
  const begun = performance.now();
  let dueWrites = 0;
  let dueReads = 0;
  let lastTick = begun;
  // Open loop: operations are due by the clock, whether or not earlier ones have come back.
  const timer = setInterval(() => {
    const now = performance.now();
    recorder.clockLate(now - lastTick - TICK_MS);
    lastTick = now;
    const elapsed = (now - begun) / 1000;
    for (; dueWrites < elapsed * order.writesPerSecond; dueWrites++)
      writeLane.add({ at: begun + (dueWrites / order.writesPerSecond) * 1000, into: recorder });
    for (; dueReads < elapsed * order.readsPerSecond; dueReads++)
      readLane.add({ at: begun + (dueReads / order.readsPerSecond) * 1000, into: recorder });
    writeLane.start(write);
    readLane.start(read);
  }, TICK_MS);

  const send = (message: FromLoad) => process.send?.(message);
  const cut = (phase: string) => {
    const now = performance.now();
    const ended = recorder;
    recorder = new Recorder(now);
    // What was sent in the phase may still be on its way: its figures are read at the end.
    pendingReports.push({ phase, recorder: ended, at: now });
  };
  const pendingReports: { phase: string; recorder: Recorder; at: number }[] = [];

  process.on("message", (message: ToLoad) => {
    if (message.kind === "phase-ended") return cut(message.phase);
    clearInterval(timer);
    const wait = setInterval(() => {
      if (running > 0 || writeLane.busy || readLane.busy) return;
      clearInterval(wait);
      cut("rest");
      for (const { phase, recorder: ended, at } of pendingReports) phases.push(ended.report(phase, at));
      const result: FromLoad = {
        kind: "result",
        result: { phases, expected: model.expected(), uncertain: model.uncertain().length },
      };
      // Only once the parent has it all: a process that exits takes what is not sent along.
      process.send?.(result, undefined, undefined, () => {
        const sessions = [...writers, ...readers].map((client) => client.end());
        void Promise.all([stopWatching(), ...sessions]).then(() => process.disconnect());
      });
    }, 5);
  });
  // The bench is gone: so is the reason to load.
  process.on("disconnect", () => process.exit(0));
  send({ kind: "ready" });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
