import { runProgram, stackConfig } from "../support/infra-program";

const tls = { certificatePem: "-----BEGIN CERTIFICATE-----", privateKeyPem: "-----BEGIN PRIVATE KEY----- CANARY" };

describe.each([
  ["prod", {}],
  ["dev", {}],
  ["local", { "plinth:poolerTls": JSON.stringify(tls) }],
])("the program on stack %s", (stack, extra) => {
  test("registers a primary and two replicas", async () => {
    const run = await runProgram(stack, { ...stackConfig(stack), ...extra });
    expect(run.ofType("aws:rds/instance:Instance").map((r) => r.name)).toEqual([
      "database-primary",
      "database-replica-1",
      "database-replica-2",
    ]);
  });
});
