import { withPlinth } from "../support/plinth";

describe("a program that asks for what the local cloud has not", () => {
  test.each([
    [
      "a type that is not modelled",
      'new (require("@pulumi/aws/dynamodb").Table)("table", { attributes: [{ name: "id", type: "S" }], hashKey: "id" });',
      /the local cloud does not model aws:dynamodb\/table:Table/,
    ],
    [
      "a property that is not modelled",
      'new (require("@pulumi/aws/sns").Topic)("topic", { archivePolicy: "{}" });',
      /archivePolicy.*is not a property of aws:sns\/topic:Topic that the local cloud models/,
    ],
    [
      "a value that AWS would refuse",
      'new (require("@pulumi/aws/sns").Topic)("topic", { name: "no spaces please" });',
      /property name value .*may hold letters, digits, _ and - only/,
    ],
  ])("is refused at preview, by name: %s", (_what, source, message) =>
    withPlinth({ source }, async (plinth) => {
      plinth.configure({}, "prod");
      for (const stack of ["prod", "local"]) {
        const run = await plinth.run(["preview", stack]);
        expect(run.code).toBe(1);
        expect(run.stderr).toMatch(message);
        expect(run.stderr).not.toMatch(/^\s+at /m);
      }
    }),
  );

  test("fails within seconds where the program waits for a data source that fails", () =>
    withPlinth(
      {
        source: `
          const pulumi = require("@pulumi/pulumi");
          const eks = require("@pulumi/aws/eks");
          const k8s = require("@pulumi/kubernetes");
          const group = eks.getNodeGroupOutput({ clusterName: "c", nodeGroupName: "n" });
          const cluster = new k8s.Provider("cluster", { kubeconfig: group.arn });
          new k8s.core.v1.Namespace("space", {}, { provider: cluster });
        `,
      },
      async (plinth) => {
        const run = await plinth.run(["up"]);
        expect(run.code).toBe(1);
        expect(run.stderr).toContain(
          "the local cloud does not model the data source aws:eks/getNodeGroup:getNodeGroup",
        );
        expect(run.tookMs).toBeLessThan(45_000);
      },
    ));
});
