import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { waitFor } from "../../local/processes/wait";
import { CheckoutCopy } from "../support/checkout-copy";
import { checkout, Plinth } from "../support/plinth";
import { queryAs } from "../support/query-as";
import { databaseComplete, podsOf } from "../support/stack-nodes";

const instanceType = "aws:rds/instance:Instance";
const directory = mkdtempSync(join(tmpdir(), "plinth-changes-"));
const copy = CheckoutCopy.make(checkout, join(directory, "checkout"));
const plinth = Plinth.create({ checkout: copy.directory });

afterAll(async () => {
  await plinth.close();
  rmSync(directory, { recursive: true, force: true });
});

const endpoint = async (name: "writer" | "poolerRw") => (await plinth.status()).endpoints[name] ?? "";

/** A setting of the primary as a session sees it, and when its server was started. */
async function setting(name: string): Promise<{ value: string; started: string }> {
  const text = "select current_setting($1) as value, pg_postmaster_start_time()::text as started";
  const [row] = await queryAs<{ value: string; started: string }>(
    { connectionString: await endpoint("writer") },
    text,
    [name],
  );
  if (!row) throw new Error("a query without rows");
  return row;
}

async function primary() {
  const found = (await plinth.resources()).find(({ urn }) => urn.endsWith("::database-primary"));
  if (!found) throw new Error("the stack has no primary");
  return found;
}

async function expectRefused(verb: string[], ...messages: RegExp[]): Promise<void> {
  const run = await plinth.run(verb);
  expect(run.code).toBe(1);
  for (const message of messages) expect(run.stderr).toMatch(message);
  expect(run.stderr).not.toMatch(/^\s+at /m);
}

describe("the production stack", () => {
  test("is not begun with a wrong configuration: one error lists every problem with key, value and cure", async () => {
    copy.configure({
      "plinth:regoin": "eu-central-1",
      "plinth:logRetentionDays": 8,
      "plinth:database": { instanceClass: "db.t4g.smal", replicas: "two", parameters: { work_men: 4096 } },
      "plinth:pooler": { minPods: 0 },
    });
    for (const verb of [["up"], ["preview"]]) {
      await expectRefused(
        verb,
        /The configuration of stack "local" has 6 problems/,
        /plinth:regoin: .*\n\s+given: .*\n\s+cure: .*region/,
        /plinth:logRetentionDays: .*\n\s+given: 8\n\s+cure: /,
        /plinth:database\.replicas: .*\n\s+given: two\n\s+cure: /,
        /plinth:database\.instanceClass: .*\n\s+given: db\.t4g\.smal\n\s+cure: .*db\.t4g\.small/,
        /plinth:database\.parameters\.work_men: .*\n\s+given: 4096\n\s+cure: .*work_mem/,
        /plinth:pooler\.minPods: .*\n\s+given: 0\n\s+cure: /,
      );
    }
    expect(await plinth.resources()).toEqual([]);
  });

  test("has a changed dynamic parameter in effect at once, and a static one from the reboot that its status asks for", async () => {
    copy.configure({});
    await plinth.up();
    const [cost, size] = [await setting("random_page_cost"), await setting("track_activity_query_size")];
    copy.configure({ "plinth:database": { parameters: { random_page_cost: 1.7, track_activity_query_size: 16384 } } });
    // The groups of the primary and of the replicas.
    expect(await plinth.up()).toMatchObject({ created: 0, updated: 2, replaced: 0, deleted: 0 });
    expect(cost.value).not.toBe("1.7");
    expect(await setting("random_page_cost")).toEqual({ value: "1.7", started: cost.started });
    expect(await setting("track_activity_query_size")).toEqual(size);
    const { id, state } = await primary();
    expect(state).toContain("pending-reboot: track_activity_query_size");
    expect((await plinth.succeed(["status"])).stdout).toContain("pending-reboot: track_activity_query_size");

    await plinth.ask("action", { type: instanceType, id, action: "reboot" });
    await databaseComplete(plinth, "database-primary", 2);
    const after = await setting("track_activity_query_size");
    expect(after.value).toBe("16kB");
    expect(after.started).not.toBe(size.started);
    expect((await primary()).state).toContain("parameters in-sync");
    expect(await plinth.up()).toMatchObject({ created: 0, updated: 0, replaced: 0, deleted: 0 });
  });

  test("shows in a preview what would be replaced and why, and is left as it is", async () => {
    const before = await plinth.resources();
    copy.configure({ "plinth:namespace": "elsewhere" });
    const shown = await plinth.succeed(["preview"]);
    expect(shown.stderr).toMatch(/cluster-namespace will be REPLACED because of: metadata\.name/);
    expect(shown.stderr).toMatch(/pgbouncer-rw-deployment will be REPLACED because of: .*metadata\.namespace/);
    const identities = (resources: typeof before) => resources.map(({ id, urn }) => ({ id, urn }));
    expect(identities(await plinth.resources())).toEqual(identities(before));
    expect((await setting("random_page_cost")).value).toBe("1.7");
  });

  test("rolls its poolers when a setting changes, and no client is turned away meanwhile", async () => {
    const pods = async () => (await podsOf(plinth, "plinth/pgbouncer-rw")).map(({ name }) => name);
    const before = await pods();
    const connectionString = await endpoint("poolerRw");
    copy.configure({ "plinth:pooler": { settings: { query_wait_timeout: 60 } } });
    const failures: string[] = [];
    let served = 0;
    let rolling = true;
    const clients = Array.from({ length: 3 }, async () => {
      while (rolling) {
        // Longer than a drained pod takes to end, so that clients meet every moment of the roll.
        await queryAs({ connectionString, connectionTimeoutMillis: 10_000 }, "select pg_sleep(0.02)").then(
          () => (served += 1),
          (error: unknown) => failures.push(String(error)),
        );
        await pause(20);
      }
    });
    try {
      await plinth.up();
    } finally {
      rolling = false;
      await Promise.all(clients);
    }
    await waitFor({ what: "the end of the drained pods", timeoutMs: 20_000 }, async () => {
      const after = await pods();
      return after.length === before.length && after.every((name) => !before.includes(name));
    });
    expect(failures).toEqual([]);
    expect(served).toBeGreaterThan(20);
  });

  test("keeps a database whose deletion protection is on, and says what to do", async () => {
    const database = { deletionProtection: true };
    copy.configure({ "plinth:database": database });
    await plinth.up();
    copy.configure({ "plinth:database": { ...database, replicas: 1 } });
    await expectRefused(
      ["up"],
      /cannot delete protected DB instance 'plinth-local-replica-2': set deletionProtection to false/,
    );
    const replicas = (await plinth.resources()).filter(
      ({ type, urn }) => type === instanceType && urn.includes("replica"),
    );
    expect(replicas.map(({ phase }) => phase)).toEqual(["ready", "ready"]);
    copy.configure({});
    await plinth.up();
  });
});
