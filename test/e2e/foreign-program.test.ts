import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "../../local/processes/wait";
import { checkout, Plinth } from "../support/plinth";
import { processesOf } from "../support/processes-of";
import { queryAs } from "../support/query-as";

const instanceType = "aws:rds/instance:Instance";

function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => (text += part));
      answer.on("end", () => resolve(text));
    }).on("error", reject);
  });
}

describe("somebody else's program: a database with a replica, and a Deployment that serves a ConfigMap", () => {
  let directory: string;
  let plinth: Plinth;
  let url: string;

  const configure = (changes: { text?: string; owner?: string; storageGiB?: number }) => {
    const { text = "closed on Sunday", owner = "notices_owner", storageGiB = 30 } = changes;
    plinth.configure({ "notices:text": text, "notices:owner": owner, "notices:storageGiB": storageGiB });
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "plinth-foreign-"));
    const program = join(directory, "program");
    cpSync(join(checkout, "test/fixtures/foreign-program"), program, { recursive: true });
    symlinkSync(join(checkout, "node_modules"), join(program, "node_modules"));
    plinth = Plinth.create({ program });
    await plinth.up();
    const service = (await plinth.resources()).find(({ type }) => type === "kubernetes:core/v1:Service");
    url = `http://${service?.state.split(" ")[0]}/`;
  });

  afterAll(async () => {
    await plinth.close();
    rmSync(directory, { recursive: true, force: true });
  });

  test("what is written to its database is read from the replica, over verified TLS", async () => {
    const { writer = "", readers = [] } = (await plinth.status()).endpoints;
    await queryAs({ connectionString: writer }, "create table notice as select 'open again on Monday' as text");
    const connectionString = readers[0] ?? "";
    await waitFor({ what: "the row on the replica", timeoutMs: 10_000 }, async () => {
      const [row] = await queryAs<{ text: string }>({ connectionString }, "select text from notice");
      return row?.text === "open again on Monday";
    });
    const [state] = await queryAs<{ standby: boolean }>({ connectionString }, "select pg_is_in_recovery() as standby");
    expect(state).toEqual({ standby: true });
  });

  test("its pods serve what the ConfigMap says, and the new text once that changes", async () => {
    expect(await fetchText(url)).toBe("closed on Sunday");
    configure({ text: "closed all week" });
    // As the real provider has it: new content is a new ConfigMap with a new automatic name, and the Deployment follows.
    expect(await plinth.up()).toMatchObject({ created: 0, updated: 1, replaced: 1, deleted: 0 });
    expect(await fetchText(url)).toBe("closed all week");
    expect(await plinth.up()).toMatchObject({ created: 0, updated: 0, replaced: 0, deleted: 0 });
  });

  test("a preview names the property that would replace the database, and touches nothing", async () => {
    const before = (await plinth.resources()).filter(({ type }) => type === instanceType);
    configure({ text: "closed all week", owner: "another_owner" });
    const shown = await plinth.succeed(["preview"]);
    expect(shown.stderr).toMatch(/notices will be REPLACED because of: username/);
    const steps = JSON.parse((await plinth.succeed(["preview", "--json"])).stdout) as { steps: { name: string }[] };
    expect(steps.steps).toContainEqual(
      expect.objectContaining({ op: "replace", type: instanceType, name: "notices", replaces: ["username"] }),
    );
    expect((await plinth.resources()).filter(({ type }) => type === instanceType)).toEqual(before);
    const { writer = "" } = (await plinth.status()).endpoints;
    expect(await queryAs({ connectionString: writer }, "select count(*)::int as count from notice")).toEqual([
      { count: 1 },
    ]);
  });

  test("storage that would shrink is refused by preview and update, with the property and both sizes", async () => {
    configure({ text: "closed all week", storageGiB: 20 });
    for (const verb of ["preview", "up"]) {
      const run = await plinth.run([verb]);
      expect(run.code).toBe(1);
      expect(run.stderr).toMatch(/allocatedStorage.*storage cannot shrink: it has 30 GiB, 20 were asked for/);
      expect(run.stderr).not.toMatch(/^\s+at /m);
    }
  });

  test("down --delete leaves nothing of it", async () => {
    await plinth.succeed(["down", "--delete"]);
    expect(processesOf(plinth.home)).toEqual([]);
    expect((await plinth.run(["status"])).stderr).toContain("is not running");
  });
});
