import { readFileSync } from "node:fs";
import { withPlinth } from "../support/plinth";

const canary = "canary-7Qx2mZ";

/** A secret in each way a program can hold one, and a resource whose creation fails while it holds it. */
const source = (name: string) => `
  const pulumi = require("@pulumi/pulumi");
  const secretsmanager = require("@pulumi/aws/secretsmanager");
  const k8s = require("@pulumi/kubernetes");
  const config = new pulumi.Config();
  const word = pulumi.secret(config.require("word"));
  const holder = new secretsmanager.Secret("holder", { name: "holder" });
  new secretsmanager.SecretVersion("version", { secretId: holder.id, secretString: word });
  new k8s.core.v1.Secret("mounted", { metadata: { name: "mounted" }, stringData: { word } });
  new secretsmanager.SecretVersion("lost", { secretId: ${name}, secretString: word });
  exports.word = word;
`;

describe("a secret that goes through the engine and the local cloud", () => {
  test("is in no log, in nothing that is printed, and not in plain in the engine's state", () =>
    withPlinth({ source: source("holder.id"), config: { "tiny:word": canary } }, async (plinth) => {
      const runs = [await plinth.succeed(["up"]), await plinth.succeed(["preview"]), await plinth.succeed(["status"])];
      plinth.write(source('"arn:aws:secretsmanager:eu-central-1:123456789012:secret:nowhere-AbCdEf"'));
      const failed = await plinth.run(["up", "--debug"]);
      expect(failed.code).toBe(1);
      for (const { stdout, stderr } of [...runs, failed]) {
        expect(stdout).not.toContain(canary);
        expect(stderr).not.toContain(canary);
      }
      expect(Object.entries(plinth.logs()).filter(([, text]) => text.includes(canary))).toEqual([]);
      const state = readFileSync(plinth.checkpoint, "utf8");
      expect(state).toContain('"ciphertext"');
      expect(state).not.toContain(canary);
      expect(state).not.toContain(Buffer.from(canary).toString("base64"));
    }));
});
