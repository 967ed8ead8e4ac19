import type * as Pulumi from "@pulumi/pulumi";
import { stackConfig } from "./stack-config";

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
  /** Outputs that components registered, by component type; secrets are wrapped as Pulumi does it. */
  readonly registeredOutputs: ReadonlyMap<string, unknown>;
  /** Exports but `endpoints`; secrets are wrapped as Pulumi does it. */
  readonly exports: Record<string, unknown>;
  readonly endpoints: unknown;
  readonly endpointsAreSecret: boolean;
  readonly logs: readonly string[];
  ofType(type: string): RecordedResource[];
  named(type: string, name: string): RecordedResource;
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
    case "random:index/randomId:RandomId":
      return { hex: "0a1b2c3d" };
    case "aws:rds/instance:Instance":
      return { address: `${text("identifier")}.abc.rds.amazonaws.com`, arn: `arn:aws:rds:::db:${text("identifier")}` };
    case "aws:elasticache/replicationGroup:ReplicationGroup":
      return { primaryEndpointAddress: `master.${text("replicationGroupId")}.abc.cache.amazonaws.com` };
    case "kubernetes:core/v1:Service":
      return {
        spec: { ...(inputs["spec"] as object), clusterIP: name.includes("-ro-") ? "10.100.0.2" : "10.100.0.1" },
      };
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
  const registered = new Map<string, unknown>();
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
      registered.set(String(this.__pulumiType), outputs);
      register.call(this, outputs);
    });
    for (const level of ["info", "warn", "error"] as const)
      jest.spyOn(pulumi.log, level).mockImplementation((...message: unknown[]) => {
        logs.push(String(message[0]));
        return Promise.resolve();
      });
    exported = jest.requireActual<Record<string, unknown>>("../../infra/index");
  });
  const { pulumi } = world;
  if (!pulumi) throw new Error("the program did not start");
  await settled(pulumi, exported, resources);
  const { endpoints, ...others } = exported;
  const secret = pulumi.output(endpoints);
  const registeredOutputs = new Map<string, unknown>();
  for (const [type, outputs] of registered) registeredOutputs.set(type, await wrapped(pulumi, outputs));
  return {
    resources,
    registeredOutputs,
    exports: (await wrapped(pulumi, others)) as Record<string, unknown>,
    endpoints: await valueOf(secret),
    endpointsAreSecret: await pulumi.isSecret(secret),
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

/** Key that marks a secret on Pulumi's wire. */
const secretMark = "4dabf18193072939515e22adb298388d";

/** Whether a recorded value is a secret. */
export function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && secretMark in value;
}

/** A recorded value with its secrets opened. */
export function unwrap(value: unknown): unknown {
  if (isSecret(value)) return unwrap((value as { value: unknown }).value);
  if (Array.isArray(value)) return value.map(unwrap);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, unwrap(child)]));
}

function valueOf<T>(output: Pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

/** A value with its outputs resolved, each secret one wrapped where it stands. */
async function wrapped(pulumi: typeof Pulumi, value: unknown): Promise<unknown> {
  if (pulumi.Output.isInstance(value)) {
    const plain = await valueOf(pulumi.output(value) as Pulumi.Output<unknown>);
    return (await pulumi.isSecret(value)) ? { [secretMark]: "secret", value: plain } : plain;
  }
  if (Array.isArray(value)) return Promise.all(value.map((child) => wrapped(pulumi, child)));
  if (typeof value !== "object" || value === null || pulumi.Resource.isInstance(value)) return value;
  const entries = Object.entries(value).map(async ([key, child]) => [key, await wrapped(pulumi, child)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** Waits until every resource that the exports depend on, and all that follow from them, are registered. */
async function settled(pulumi: typeof Pulumi, exported: unknown, resources: RecordedResource[]): Promise<void> {
  await valueOf(pulumi.output(exported));
  let seen = -1;
  while (seen !== resources.length) {
    seen = resources.length;
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}
