import { statSync } from "node:fs";
import { withPlinth } from "../support/plinth";

const topics = (...names: string[]) => `
  const sns = require("@pulumi/aws/sns");
  const random = require("@pulumi/random");
  const word = new random.RandomPassword("word", { length: 20 });
  ${names.map((name) => `new sns.Topic(${JSON.stringify(name)}, {});`).join("\n")}
  exports.length = word.length;
`;

describe("plinth up on a small program", () => {
  test("creates once, changes nothing the second time, deletes what left the program", () =>
    withPlinth({ source: topics("a", "b") }, async (plinth) => {
      expect(await plinth.up()).toMatchObject({ created: 4, updated: 0, replaced: 0, deleted: 0 });
      const pid = plinth.daemonPid();
      expect(await plinth.up()).toMatchObject({ created: 0, updated: 0, replaced: 0, deleted: 0, same: 4 });
      expect(plinth.daemonPid()).toBe(pid);
      plinth.write(topics("a"));
      expect(await plinth.up()).toMatchObject({ created: 0, deleted: 1, same: 3 });
      expect(await plinth.status()).toMatchObject({ stack: "local", endpoints: {}, resources: 1, alarms: [] });
      // The engine writes its state readable for all: the directory around it is what keeps others out.
      expect((statSync(plinth.places.engineRoot).mode & 0o777).toString(8)).toBe("700");
    }));
});
