import { waitFor } from "../../local/processes/wait";
import { withPlinth, type Plinth } from "../support/plinth";

const instance = (identifier: string) => `
  const rds = require("@pulumi/aws/rds");
  const sns = require("@pulumi/aws/sns");
  new sns.Topic("first", {});
  new rds.Instance("orders", {
    identifier: ${JSON.stringify(identifier)}, engine: "postgres", engineVersion: "15", instanceClass: "db.t4g.micro",
    allocatedStorage: 20, username: "orders_admin", password: "a-long-password", skipFinalSnapshot: true,
  });
`;
const topic = 'const sns = require("@pulumi/aws/sns"); new sns.Topic("first", {});';

const instances = async (plinth: Plinth) =>
  (await plinth.resources()).filter(({ type }) => type === "aws:rds/instance:Instance");

/** Starts an update and kills the local cloud while it creates the database. */
async function upKilledInTheMiddle(plinth: Plinth): Promise<void> {
  const up = plinth.start(["up"]);
  await waitFor({ what: "the creation of the database", timeoutMs: 40_000 }, async () =>
    (await instances(plinth)).some(({ phase }) => phase === "creating"),
  );
  await plinth.killDaemon();
  expect((await up.finished).code).toBe(1);
}

describe("an update whose local cloud is killed with kill -9", () => {
  test("while it creates a database is finished by the next one, not refused as a duplicate", () =>
    withPlinth({ source: instance("orders") }, async (plinth) => {
      await upKilledInTheMiddle(plinth);
      await plinth.up();
      expect(await instances(plinth)).toMatchObject([{ id: expect.any(String) as string, phase: "ready" }]);
      await plinth.killDaemon();
      expect(await plinth.up()).toMatchObject({ created: 0, updated: 0, replaced: 0, deleted: 0 });
      expect(await instances(plinth)).toMatchObject([{ phase: "ready" }]);
    }));

  test("leaves a database that the next update deletes when the program wants it no more", () =>
    withPlinth({ source: instance("orders") }, async (plinth) => {
      await upKilledInTheMiddle(plinth);
      plinth.write(topic);
      await plinth.up();
      expect(await instances(plinth)).toEqual([]);
      expect((await plinth.resources()).map(({ type }) => type)).toEqual(["aws:sns/topic:Topic"]);
    }));

  test("leaves a database that makes room for the one the program names now", () =>
    withPlinth({ source: instance("orders") }, async (plinth) => {
      await upKilledInTheMiddle(plinth);
      plinth.write(instance("invoices"));
      await plinth.up();
      const found = await instances(plinth);
      expect(found).toMatchObject([{ phase: "ready" }]);
      expect(found[0]?.state).toContain("127.");
    }));
});
