import { join } from "node:path";
import { CommandLines } from "../support/command-lines";
import { Plinth, type PlinthRun, type PlinthStatus } from "../support/plinth";
import { runProgram } from "../support/run-program";
import { filesWith, passwordsOf } from "../support/secrets-on-record";
import { withRedis } from "../support/stack-nodes";

// One production stack for the whole file, used with the tools that everybody has.
const plinth = Plinth.create();
let up: PlinthRun;
let again: PlinthRun;
let commandLines: ReadonlySet<string>;
let status: PlinthStatus;
let urls: { writer: string; readers: readonly string[]; poolerRw: string; poolerRo: string; cache: string };

beforeAll(async () => {
  const watched = CommandLines.watch();
  try {
    up = await plinth.succeed(["up"]);
    again = await plinth.succeed(["up"]);
  } finally {
    commandLines = watched.stop();
  }
  status = await plinth.status();
  const { writer = "", readers = [], poolerRw = "", poolerRo = "", cache = "" } = status.endpoints;
  urls = { writer, readers, poolerRw, poolerRo, cache };
});

afterAll(() => plinth.close());

/** `psql URL -c …`, quiet, one value a line. */
const psql = (url: string, sql: string) => runProgram("psql", [url, "-X", "-q", "-At", "-c", sql]);

test("status --json prints exactly what scripts rely on", () => {
  expect(Object.keys(status)).toEqual(["stack", "endpoints", "resources", "alarms"]);
  expect(Object.keys(status.endpoints)).toEqual(["writer", "readers", "poolerRw", "poolerRo", "cache"]);
  expect(status.stack).toBe("local");
  expect(status.resources).toBeGreaterThan(100);
  expect(status.alarms.length).toBeGreaterThan(50);
  for (const alarm of status.alarms) expect(alarm).toEqual({ name: alarm.name, state: "not evaluated yet" });
  expect(urls.readers).toHaveLength(2);
  for (const url of [urls.writer, ...urls.readers]) expect(url).toMatch(/^postgresql:\/\/.+@127\.\d+\.\d+\.\d+:5432\//);
  for (const url of [urls.poolerRw, urls.poolerRo]) expect(url).toMatch(/^postgresql:\/\/.+@127\.\d+\.\d+\.\d+:6432\//);
  expect(urls.cache).toMatch(/^rediss:\/\/.+@127\.\d+\.\d+\.\d+:6379$/);
});

test("a second up changes nothing", () => {
  expect(again.stderr).toMatch(/stack 'local' is up: no changes/);
});

test("no password is in anything printed, logged or kept in plain, nor in a command line", () => {
  const passwords = passwordsOf(plinth);
  expect(passwords).toHaveLength(5);
  const known = [urls.writer, urls.cache].map((url) => decodeURIComponent(new URL(url).password));
  expect(passwords).toEqual(expect.arrayContaining(known));
  for (const password of passwords) {
    for (const { stdout, stderr } of [up, again]) {
      expect(stdout).not.toContain(password);
      expect(stderr).not.toContain(password);
    }
    expect([...commandLines].filter((line) => line.includes(password))).toEqual([]);
  }
  expect(Object.keys(plinth.logs()).length).toBeGreaterThan(15);
  expect(filesWith(join(plinth.places.cloudRoot, "logs"), passwords)).toEqual([]);
  expect(filesWith(plinth.places.engineRoot, passwords)).toEqual([]);
  // Everything else that must hold one, as a mounted userlist, is closed to other users.
  expect(filesWith(plinth.home, passwords).filter(({ mode }) => (mode & 0o007) !== 0)).toEqual([]);
});

test("plain psql works with every URL, the replicas' and poolers' included", async () => {
  const recovering: Record<string, string> = {};
  for (const [name, url] of Object.entries({
    ...urls,
    readers: urls.readers[0] ?? "",
    reader2: urls.readers[1] ?? "",
  })) {
    if (name === "cache") continue;
    const { code, stdout, stderr } = await psql(url, "select current_user, pg_is_in_recovery()");
    expect({ name, code, stderr }).toEqual({ name, code: 0, stderr: "" });
    recovering[name] = stdout.trim();
  }
  expect(recovering).toEqual({
    writer: "clinic_app|f",
    poolerRw: "clinic_app|f",
    readers: "clinic_app|t",
    reader2: "clinic_app|t",
    poolerRo: "clinic_app|t",
  });
});

test("plain pgbench fills its tables through the pooler, writes through both and reads everywhere", async () => {
  const fill = await runProgram("pgbench", ["-i", "-q", "-s", "1", urls.poolerRw]);
  expect(fill).toMatchObject({ code: 0 });
  const bench = async (url: string, ...args: string[]) => {
    const run = await runProgram("pgbench", ["-n", "-c", "4", "-T", "2", ...args, url]);
    expect(run).toMatchObject({ code: 0 });
    expect(run.stdout).toMatch(/number of failed transactions: 0 /);
    return Number(/transactions actually processed: (\d+)/.exec(run.stdout)?.[1]);
  };
  const readOnly = [urls.writer, urls.poolerRw, urls.poolerRo, ...urls.readers];
  for (const url of readOnly) expect(await bench(url, "-S")).toBeGreaterThan(10);
  for (const url of [urls.writer, urls.poolerRw]) expect(await bench(url)).toBeGreaterThan(10);
});

test.each(["writer", "poolerRw", "poolerRo"] as const)(
  "the %s refuses a wrong password and a connection without encryption",
  async (name) => {
    const wrong = new URL(urls[name]);
    wrong.password = "wrong";
    const refused = await psql(wrong.href, "select 1");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/password authentication failed|SASL authentication failed/);
    const plain = new URL(urls[name]);
    plain.searchParams.set("sslmode", "disable");
    const unencrypted = await psql(plain.href, "select 1");
    expect(unencrypted.code).toBe(2);
    expect(unencrypted.stderr).toMatch(/no encryption|SSL required/);
  },
);

test("the cache answers an ioredis client that has the URL and the certificate authority, and nobody without password or TLS", async () => {
  const caFile = new URL(urls.writer).searchParams.get("sslrootcert") ?? "";
  const value = await withRedis(urls.cache, caFile, async (redis) => {
    await redis.set("greeting", "hello", "EX", 60);
    return redis.get("greeting");
  });
  expect(value).toBe("hello");
  const wrong = new URL(urls.cache);
  wrong.password = "wrong";
  await expect(withRedis(wrong.href, caFile, (redis) => redis.get("greeting"))).rejects.toThrow();
  const plain = await runProgram("redis-cli", ["-h", wrong.hostname, "ping"]);
  expect(plain.stdout + plain.stderr).not.toContain("PONG");
});
