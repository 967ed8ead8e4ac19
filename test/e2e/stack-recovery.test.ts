import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { knownResources } from "../../cli/engine/recover";
import { liveDaemon } from "../../local/daemon/daemon-record";
import { processIdentity } from "../../local/processes/process-identity";
import { waitFor } from "../../local/processes/wait";
import { dice } from "../support/dice";
import { Plinth, type StartedPlinth } from "../support/plinth";
import { childrenOf, descendantsOf } from "../support/process-tree";
import { processesOf } from "../support/processes-of";
import { queryAs } from "../support/query-as";
import { databaseComplete } from "../support/stack-nodes";

const seed = Number(process.env.PLINTH_TEST_SEED ?? Date.now() % 1_000_000);
const roll = dice(seed);
/** What the local cloud holds of this program in the end, less some: a moment must come before the end. */
const resources = 165;
const unchanged = { created: 0, updated: 0, replaced: 0, deleted: 0 };

const plinth = Plinth.create();

beforeAll(() => {
  process.stderr.write(`stack-recovery: PLINTH_TEST_SEED=${seed} gives the same moments again\n`);
});
afterAll(() => plinth.close());

/** A moment of an update: once the cloud has so many resources, and a while later. */
interface Moment {
  readonly resources: number;
  readonly laterMs: number;
}

function moments(count: number): Moment[] {
  const whens = Array.from({ length: count }, () => ({
    resources: Math.floor(roll() * resources),
    laterMs: Math.floor(roll() * 2_000),
  }));
  return whens.sort((a, b) => a.resources - b.resources);
}

function resourcesOnRecord(): number {
  const folder = join(plinth.places.cloudRoot, "records", "resources");
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")).length : 0;
}

const isRunning = ({ child }: StartedPlinth) => child.exitCode === null && child.signalCode === null;

/** Starts an update and waits for the moment. An update that ends before has converged; another one, with less to do, is then caught sooner. */
async function upUntil(moment: Moment): Promise<StartedPlinth> {
  let up = plinth.start(["up"]);
  await waitFor(
    { what: `${moment.resources} resources and a daemon`, timeoutMs: 60_000 },
    () => !isRunning(up) || (resourcesOnRecord() >= moment.resources && plinth.daemonPid() !== undefined),
  );
  await Promise.race([pause(moment.laterMs), up.finished]);
  while (!isRunning(up)) {
    const { code, stderr } = await up.finished;
    if (code !== 0) throw new Error(`an update that nobody disturbed ended with ${code}\n${stderr}`);
    up = plinth.start(["up"]);
    await pause(moment.laterMs / 2);
  }
  return up;
}

function nameOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").slice(0, 200);
}

/** Everything there is, is there once: no orphan, no twin, and the engine and the cloud know of the same resources. */
async function expectWhole(): Promise<void> {
  const daemon = plinth.daemonPid() ?? 0;
  const strangers = async () => {
    const { processes } = (await plinth.ask("status")) as unknown as { processes: { pid: number }[] };
    const known = new Set(processes.map(({ pid }) => pid));
    return childrenOf(daemon).filter((pid) => !known.has(pid));
  };
  // Probes run for some milliseconds beside what is kept running.
  const quiet = async () => (await strangers()).length === 0;
  await waitFor(
    { what: "a moment in which the local cloud runs what it has on record, and nothing else", timeoutMs: 10_000 },
    quiet,
  );
  const family = new Set([daemon, ...descendantsOf(daemon)]);
  expect(processesOf(plinth.home).filter(({ pid }) => !family.has(pid) && processIdentity(pid) !== undefined)).toEqual(
    [],
  );
  const held = await plinth.resources();
  expect(held.filter(({ phase }) => phase !== "ready")).toEqual([]);
  expect(new Set(held.map(({ urn }) => urn)).size).toBe(held.length);
  const known = new Set(knownResources(plinth.checkpoint).map(({ urn, id }) => `${urn} ${id}`));
  expect(held.filter(({ urn, id }) => !known.has(`${urn} ${id}`))).toEqual([]);
}

async function expectStandby(): Promise<void> {
  await databaseComplete(plinth, "database-primary", 2).catch(async (error: unknown) => {
    const state = (await plinth.resources()).find(({ urn }) => urn.endsWith("::database-primary"))?.state;
    throw new Error(`the standby is not back: ${state}\n${plinth.log().slice(-4000)}`, { cause: error });
  });
}

/** An update converges, and one more finds nothing to do. */
async function expectConverged(): Promise<void> {
  await plinth.up();
  expect(await plinth.up()).toMatchObject(unchanged);
  await expectStandby();
  await expectWhole();
}

async function ask(url: "writer" | "poolerRw" | "poolerRo", text: string): Promise<Record<string, unknown>[]> {
  const { [url]: connectionString } = (await plinth.status()).endpoints;
  return queryAs({ connectionString, connectionTimeoutMillis: 5_000, query_timeout: 5_000 }, text);
}

test("an update whose local cloud is killed with kill -9 ten times on the way converges, with nothing lost, left over or doubled", async () => {
  for (const moment of moments(10)) {
    const up = await upUntil(moment);
    const before = plinth.daemonPid();
    if (before === undefined) throw new Error("the local cloud ended by itself");
    const served = descendantsOf(before).map((pid) => ({ pid, name: nameOf(pid), identity: processIdentity(pid) }));
    const left = () => served.filter(({ pid, identity }) => identity && processIdentity(pid) === identity);
    const killedAt = Date.now();
    await plinth.killDaemon();
    const explain = () => `: ${JSON.stringify(left())}`;
    await waitFor(
      { what: "the end of all that the killed cloud ran", timeoutMs: 10_000, explain },
      () => left().length === 0,
    );
    const { code, stderr } = await up.finished;
    const took = Date.now() - killedAt;
    process.stderr.write(`  at ${resourcesOnRecord()} resources + ${moment.laterMs} ms: ended after ${took} ms\n`);
    expect(code).toBe(1);
    // While it started, before it was needed, or in the middle of the work.
    expect(stderr).toMatch(/^plinth: the local cloud .*(did not start|is not running|ended)/m);
    expect(stderr).not.toMatch(/^\s+at /m);
  }
  await expectConverged();
  await ask("writer", "create table kept as select 'written before' as text");
  expect(await ask("poolerRw", "select text from kept")).toEqual([{ text: "written before" }]);
});

test("after the machine has lost every process at once, an update brings all of it back with its data", async () => {
  const folder = join(plinth.places.cloudRoot, "records", "processes");
  const recorded = readdirSync(folder).map(
    (name) => JSON.parse(readFileSync(join(folder, name), "utf8")) as { pid: number; identity: string },
  );
  const daemon = liveDaemon(plinth.places.cloudRoot);
  const victims = [...(daemon ? [daemon] : []), ...recorded];
  expect(victims.length).toBeGreaterThan(10);
  for (const { pid, identity } of victims) if (processIdentity(pid) === identity) process.kill(pid, "SIGKILL");
  await waitFor({ what: "the end of everything", timeoutMs: 10_000 }, () => processesOf(plinth.home).length === 0);
  expect(await plinth.up()).toMatchObject(unchanged);
  await expectStandby();
  await expectWhole();
  for (const url of ["poolerRw", "poolerRo"] as const)
    await waitFor({ what: `the row through ${url}`, timeoutMs: 20_000 }, async () => {
      const [row] = await ask(url, "select text from clinic_app.kept");
      return row?.text === "written before";
    });
});

describe("an update of a new stack that is killed with kill -9", () => {
  beforeAll(() => plinth.succeed(["down", "--delete"]));

  const enginesOf = ({ child }: StartedPlinth) =>
    descendantsOf(child.pid ?? 0).filter((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("pulumi"));

  test("as a command, as an engine, and as both, is finished by the next", async () => {
    const victims = [
      { name: "command", pids: (up: StartedPlinth) => [up.child.pid ?? 0] },
      { name: "engine", pids: enginesOf },
      { name: "command and engine", pids: (up: StartedPlinth) => [up.child.pid ?? 0, ...enginesOf(up)] },
    ];
    const whens = moments(victims.length);
    for (const [index, moment] of whens.entries()) {
      const victim = victims[index];
      if (!victim) throw new Error("there are as many moments as victims");
      const up = await upUntil(moment);
      const pids = victim.pids(up);
      for (const pid of pids) process.kill(pid, "SIGKILL");
      const { code, stderr } = await up.finished;
      process.stderr.write(`  killed the ${victim.name} at ${resourcesOnRecord()} resources: ${code}\n`);
      // At a late moment the engine may have done its work and be gone: then nothing was killed.
      if (pids.length > 0) expect(code).not.toBe(0);
      expect(stderr).not.toMatch(/^\s+at /m);
    }
    await expectConverged();
    expect(await ask("poolerRw", "select 1 as one")).toEqual([{ one: 1 }]);
  });
});
