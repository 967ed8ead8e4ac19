import { readFileSync } from "node:fs";
import path from "node:path";
import type * as Pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

/** One resource as the program registered it. */
export interface RecordedResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
  readonly custom: boolean;
}

/** What a run of `infra/index.ts` against mocks left behind. */
export interface ProgramRun {
  readonly resources: readonly RecordedResource[];
  /** Outputs that components registered, by component type. */
  readonly registeredOutputs: ReadonlySet<string>;
  readonly exports: Record<string, unknown>;
  readonly logs: readonly string[];
  ofType(type: string): RecordedResource[];
  named(type: string, name: string): RecordedResource;
}

const root = path.resolve(__dirname, "../..");

/** The configuration of `Pulumi.<stack>.yaml` as Pulumi hands it to a program: text, or JSON for anything else. */
export function stackConfig(stack: string): Record<string, string> {
  const file = parse(readFileSync(path.join(root, `Pulumi.${stack}.yaml`), "utf8")) as {
    config: Record<string, unknown>;
  };
  return Object.fromEntries(
    Object.entries(file.config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

/** Passwords that the mocked random provider hands out all carry this, so that a leak can be found. */
export const canary = "CANARY";

const invokes: Record<string, unknown> = {
  "aws:eks/getCluster:getCluster": {
    endpoint: "https://cluster.example:443",
    certificateAuthorities: [{ data: "Q0E=" }],
    vpcConfig: { clusterSecurityGroupId: "sg-0c1c1c1c" },
  },
};

/** Attributes that the real providers would compute. */
function computed(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  const text = (key: string) => (typeof inputs[key] === "string" ? inputs[key] : name);
  switch (type) {
    case "random:index/randomPassword:RandomPassword":
      return { result: `${canary}-${name}-0123456789` };
    case "aws:rds/instance:Instance":
      return { address: `${text("identifier")}.abc.rds.amazonaws.com`, arn: `arn:aws:rds:::db:${text("identifier")}` };
    case "aws:elasticache/replicationGroup:ReplicationGroup":
      return { primaryEndpointAddress: `master.${text("replicationGroupId")}.abc.cache.amazonaws.com` };
    case "kubernetes:core/v1:Service":
      return { spec: { ...(inputs["spec"] as object), clusterIP: name.endsWith("ro") ? "10.100.0.2" : "10.100.0.1" } };
    default:
      return { arn: `arn:aws:::${name}`, keyId: `key-${name}` };
  }
}

/** Runs `infra/index.ts` in a module world of its own against mocks that refuse every invoke they do not know. */
export async function runProgram(
  stack: string,
  config: Record<string, string> = stackConfig(stack),
): Promise<ProgramRun> {
  const resources: RecordedResource[] = [];
  const registeredOutputs = new Set<string>();
  const logs: string[] = [];
  let exported: Record<string, unknown> = {};
  const world: { pulumi?: typeof Pulumi } = {};
  jest.isolateModules(() => {
    const pulumi = jest.requireActual<typeof Pulumi>("@pulumi/pulumi");
    world.pulumi = pulumi;
    void pulumi.runtime.setMocks(
      {
        newResource: ({ type, name, inputs, custom }) => {
          resources.push({ type, name, inputs: inputs as Record<string, unknown>, custom: custom ?? true });
          return {
            id: `${name}-id`,
            state: { ...inputs, ...computed(type, name, inputs as Record<string, unknown>) } as object,
          };
        },
        call: ({ token }) => {
          const answer = invokes[token];
          if (answer === undefined) throw new Error(`the program called ${token}, which no mock answers`);
          return answer as Record<string, unknown>;
        },
      },
      "plinth",
      stack,
    );
    pulumi.runtime.setAllConfig(config);
    const original = pulumi.ComponentResource.prototype as unknown as { registerOutputs(outputs?: unknown): void };
    const register = original.registerOutputs;
    jest.spyOn(original, "registerOutputs").mockImplementation(function (
      this: { __pulumiType?: string },
      outputs?: unknown,
    ) {
      registeredOutputs.add(String(this.__pulumiType));
      register.call(this, outputs);
    });
    for (const level of ["info", "warn", "error"] as const)
      jest.spyOn(pulumi.log, level).mockImplementation((...message: unknown[]) => {
        logs.push(String(message[0]));
        return Promise.resolve();
      });
    exported = jest.requireActual<Record<string, unknown>>("../../infra/index");
  });
  await settled(world.pulumi, exported, resources);
  return {
    resources,
    registeredOutputs,
    exports: exported,
    logs,
    ofType: (type) => resources.filter((resource) => resource.type === type),
    named(type, name) {
      const found = resources.find((resource) => resource.type === type && resource.name === name);
      if (!found)
        throw new Error(
          `no ${type} named ${name}; there are ${resources
            .filter((r) => r.type === type)
            .map((r) => r.name)
            .join(", ")}`,
        );
      return found;
    },
  };
}

/** Waits until every resource that the exports depend on, and all that follow from them, are registered. */
async function settled(
  pulumi: typeof Pulumi | undefined,
  exported: unknown,
  resources: RecordedResource[],
): Promise<void> {
  if (!pulumi) throw new Error("the program did not start");
  await new Promise((resolve) => pulumi.all([pulumi.output(exported)]).apply(resolve));
  let seen = -1;
  while (seen !== resources.length) {
    seen = resources.length;
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}
