import { setTimeout as pause } from "node:timers/promises";

import { Client, type ClientConfig } from "pg";

import { dice } from "../../support/dice";
import type { Arena } from "./arena";
import { catalogueDifferences, catalogueOf } from "./catalogue";
import { OracleWriter } from "./oracle-writer";
import type { Scenario } from "./scenarios";
import { strike } from "./strike";
import type { Trial } from "./trial-plan";
import { WireTap } from "./wire-tap";

/** What an undisturbed run of the scenario leads to. */
export interface Reference {
  catalogue: string[];
}

export interface TrialOutcome {
  trial: Trial;
  /** For each interruption, whether the run was still there to be interrupted. */
  struck: boolean[];
  /** Acknowledged writes of the application meanwhile. */
  writes: number;
  durationMs: number;
  /** Empty when the database is what an undisturbed run makes of it. */
  problems: string[];
}

/** A killed hook's backend notices within client_connection_check_interval (1 s), unless it is in a commit. */
const BACKENDS_GONE_WITHIN_MS = 10_000;

async function rows<Row extends Record<string, unknown>>(connection: ClientConfig, sql: string): Promise<Row[]> {
  const client = new Client(connection);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function backendsLeft(connection: ClientConfig): Promise<string[]> {
  const deadline = Date.now() + BACKENDS_GONE_WITHIN_MS;
  for (;;) {
    const left = await rows<{ query: string }>(
      connection,
      "select query from pg_stat_activity where application_name = 'plinth-hook' and datname = current_database()",
    );
    if (left.length === 0) return [];
    if (Date.now() > deadline) return left.map(({ query }) => `a session of the hook is left: ${query}`);
    await pause(50);
  }
}

/** Entries that claim to be at work, and conversions that nobody finished. */
async function booksLeftOpen(connection: ClientConfig): Promise<string[]> {
  const open = async (table: string, column: string, condition: string) => {
    const [found] = await rows<{ there: boolean }>(
      connection,
      `select to_regclass('plinth.${table}') is not null as there`,
    );
    if (found?.there !== true) return [];
    return rows<{ name: string }>(connection, `select ${column} as name from plinth.${table} where ${condition}`);
  };
  return [
    ...(await open("ledger", "step", "result = 'running'")).map(
      ({ name }) => `the ledger says that this runs: ${name}`,
    ),
    ...(await open("conversion", "table_name", "finished is null")).map(
      ({ name }) => `the conversion of ${name} is not finished`,
    ),
  ];
}

/** What the database is after the last run, against what it should be. */
export async function judge(
  connection: ClientConfig,
  writer: OracleWriter,
  reference: Reference | null,
): Promise<string[]> {
  return [
    ...(await backendsLeft(connection)),
    ...(await booksLeftOpen(connection)),
    ...(await writer.verify()),
    ...(reference === null ? [] : catalogueDifferences(await catalogueOf(connection), reference.catalogue)),
  ];
}

/** Interrupts the scenario's run as planned, lets the next one finish, and compares. */
export async function runTrial(
  arena: Arena,
  scenario: Scenario,
  trial: Trial,
  reference: Reference,
): Promise<TrialOutcome> {
  const started = performance.now();
  const connection = await arena.begin(scenario);
  const tap = await WireTap.open(arena.server);
  const writer = await OracleWriter.start(connection, trial.seed);
  const environment = arena.environment(scenario.manifest);
  const through = { ...connection, port: tap.port };
  const start = () => arena.bundle.start(through, environment, scenario.args);
  const coin = dice(trial.seed);
  const struck: boolean[] = [];
  const problems: string[] = [];
  try {
    for (const interruption of trial.interruptions) {
      const result = await strike(arena, tap, connection.database ?? "", start, interruption, coin());
      struck.push(result.struck);
      problems.push(...result.problems);
    }
    const last = await start().ended;
    if (last.code !== 0) problems.push(`the run after the interruption failed:\n${last.output}`);
    if (scenario.args.length === 0) {
      const again = await start().ended;
      if (!/summary +0 applied/.test(again.output)) problems.push(`a further run finds work:\n${again.output}`);
    }
    await writer.stop();
    problems.push(...(await judge(connection, writer, reference)));
  } finally {
    await writer.stop();
    await tap.close();
    await arena.end(connection);
  }
  return { trial, struck, writes: writer.writes, durationMs: performance.now() - started, problems };
}
