import { kindsByType, packages } from "../../local/catalogue";
import { LocalCloud } from "../../local/cloud/cloud";
import { UNKNOWN, type Bag, type Value } from "../../local/contract";
import { check } from "../../local/providers/check";
import { runProgram, unwrap } from "../support/infra-program";
import { stackConfig } from "../support/stack-config";
import { TestCloud } from "../support/test-cloud";
import { namingOf } from "../support/test-kinds";

let cloud: TestCloud;
beforeAll(async () => void (cloud = await TestCloud.open({ mode: "paper" })));
afterAll(() => cloud.close());

const certificate = JSON.stringify({
  certificatePem: "-----BEGIN CERTIFICATE-----",
  privateKeyPem: "-----BEGIN PRIVATE KEY-----",
});

/** Values the mocked providers made up are what a preview does not know. */
function asInPreview(value: Value): Value {
  if (typeof value === "string") return /^(arn:aws:::|arn:aws:rds:::|key-)|-id$/.test(value) ? UNKNOWN : value;
  if (Array.isArray(value)) return value.map(asInPreview);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asInPreview(inner)]));
}

test.each(["local", "dev", "prod"])("the local cloud takes everything that the %s stack registers", async (stack) => {
  const tls: Record<string, string> = stack === "local" ? { "plinth:poolerTls": certificate } : {};
  const { resources } = await runProgram(stack, { ...stackConfig(stack), ...tls });
  const world = new LocalCloud(cloud);
  const refused = resources
    .filter(({ custom, type }) => custom && !type.startsWith("pulumi:"))
    .flatMap(({ type, name, inputs }) => {
      const kind = kindsByType.get(type);
      if (!kind) return [`${type} ${name} is not modelled`];
      const { problems } = check(kind, asInPreview(unwrap(inputs) as Bag) as Bag, namingOf(name), world, undefined);
      return problems.map(({ property, reason }) => `${type} ${name} ${property}: ${reason}`);
    });
  expect(refused).toEqual([]);
});

test("every type and every data source belongs to the package that serves it", () => {
  for (const { name, kinds, invokes } of packages)
    for (const token of [...kinds.keys(), ...invokes.keys()]) expect(token.split(":")[0]).toBe(name);
});
