import { existsSync } from "node:fs";
import { waitFor } from "../../local/processes/wait";
import { withPlinth, type Plinth } from "../support/plinth";

const source = `
  const rds = require("@pulumi/aws/rds");
  new rds.Instance("orders", {
    identifier: "orders", engine: "postgres", engineVersion: "15", instanceClass: "db.t4g.micro",
    allocatedStorage: 20, username: "orders_admin", password: "a-long-password", skipFinalSnapshot: true,
  });
`;

async function upInTheMiddle(plinth: Plinth) {
  const up = plinth.start(["up"]);
  await waitFor({ what: "the creation of the database", timeoutMs: 40_000 }, async () =>
    (await plinth.resources()).some(({ phase }) => phase === "creating"),
  );
  return up;
}

/** The instance is there once and runs; another update finds nothing to do. */
async function expectFinished(plinth: Plinth): Promise<void> {
  await plinth.up();
  expect(await plinth.resources()).toMatchObject([{ type: "aws:rds/instance:Instance", phase: "ready" }]);
  expect(await plinth.up()).toMatchObject({ created: 0, updated: 0, replaced: 0, deleted: 0 });
}

describe("an update that is interrupted", () => {
  test("by SIGTERM ends soon with one line, and the next one finishes the work", () =>
    withPlinth({ source }, async (plinth) => {
      const up = await upInTheMiddle(plinth);
      const asked = Date.now();
      up.child.kill("SIGTERM");
      const run = await up.finished;
      expect(Date.now() - asked).toBeLessThan(15_000);
      expect(run.code).not.toBe(0);
      expect(run.stderr).not.toMatch(/^\s+at /m);
      expect(run.stderr).toMatch(/interrupted.*run 'plinth up' again/);
      await expectFinished(plinth);
    }));

  test("by kill -9 of the command is finished by the next one", () =>
    withPlinth({ source }, async (plinth) => {
      const up = await upInTheMiddle(plinth);
      up.child.kill("SIGKILL");
      await up.finished;
      await expectFinished(plinth);
    }));
});

describe("a second update of the same stack while one runs", () => {
  test("is refused in one line that names the first, which goes on undisturbed", () =>
    withPlinth({ source }, async (plinth) => {
      const up = await upInTheMiddle(plinth);
      const second = await plinth.run(["up"]);
      expect(second.code).toBe(1);
      expect(second.stderr.trim().split("\n")).toHaveLength(1);
      expect(second.stderr).toContain(`another update of this stack is running (pid ${up.child.pid})`);
      expect((await up.finished).code).toBe(0);
    }));

  test("is refused also when both begin at the same moment on a stack that was never up", () =>
    withPlinth({ source: 'new (require("@pulumi/random").RandomPet)("pet");' }, async (plinth) => {
      const runs = await Promise.all([plinth.run(["up"]), plinth.run(["up"])]);
      const failed = runs.filter(({ code }) => code !== 0);
      // One may have finished before the other began.
      expect(failed.length).toBeLessThan(2);
      for (const { stderr } of failed) expect(stderr).toContain("another update of this stack is running");
    }));
});

describe("a local cloud that cannot start", () => {
  test("says why in the command's own error, at once", () =>
    withPlinth({ source }, async (plinth) => {
      const run = await plinth.run(["up"], { env: { PLINTH_OWNER_PID: "nobody" } });
      expect(run.code).toBe(1);
      expect(run.stderr).toMatch(/^plinth: the local cloud did not start: .*PLINTH_OWNER_PID.*nobody/m);
      expect(run.stderr).not.toMatch(/^\s+at /m);
      expect(run.tookMs).toBeLessThan(20_000);
      expect(existsSync(plinth.checkpoint)).toBe(false);
    }));
});
