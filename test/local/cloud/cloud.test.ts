import { z } from "zod";
import { LocalCloud, type StoredResource } from "../../../local/cloud/cloud";
import type { Kind } from "../../../local/contract";
import { TestCloud } from "../../support/test-cloud";

let base: TestCloud;
beforeEach(async () => void (base = await TestCloud.open()));
afterEach(() => base.close());

const resource = (type: string, id: string, more: Partial<StoredResource> = {}): StoredResource => ({
  type,
  id,
  urn: `urn:pulumi:s::p::${type}::${id}`,
  phase: "ready",
  inputs: {},
  outputs: {},
  createdAt: "2026-01-01T00:00:00.000Z",
  acknowledged: true,
  ...more,
});
const kind = (type: string, resume: Kind["resume"], bootOrder?: number): [string, Kind] => [
  type,
  {
    type,
    inputs: z.strictObject({}),
    identify: () => "",
    create: async () => ({}),
    delete: async () => undefined,
    resume,
    bootOrder,
  },
];

describe("a cloud", () => {
  test("remembers its resources over restarts, the long names of AWS included", () => {
    const arn = `arn:aws:sns:eu-central-1:123456789012:${"t".repeat(256)}`;
    new LocalCloud(base).put(resource("aws:sns/topic:Topic", arn));
    expect(new LocalCloud(base).resource("aws:sns/topic:Topic", arn)).toMatchObject({ id: arn });
    new LocalCloud(base).remove("aws:sns/topic:Topic", arn);
    expect(new LocalCloud(base).resources()).toEqual([]);
  });

  test("brings back what ran, in boot order; what cannot come back does not keep the rest down", async () => {
    const cloud = new LocalCloud(base);
    for (const type of ["pods", "databases", "broken"]) cloud.put(resource(type, "x"));
    const seen: string[] = [];
    const note = async ({ type }: { type: string }) => void seen.push(type);
    await cloud.resume(
      new Map([
        kind("pods", note, 60),
        kind("databases", note, 10),
        kind("broken", () => Promise.reject(new Error("its disk is gone")), 20),
      ]),
    );
    expect(seen).toEqual(["databases", "pods"]);
    expect(cloud.resource("broken", "x")?.phase).toBe("failed");
    expect(base.messages.join()).toContain("broken x did not come back: its disk is gone");
  });

  test("does not start what was being created or deleted when it died", async () => {
    const cloud = new LocalCloud(base);
    cloud.put(resource("t", "creating", { phase: "creating", acknowledged: false }));
    cloud.put(resource("t", "deleting", { phase: "deleting" }));
    cloud.put(resource("t", "never", { phase: "failed", acknowledged: false }));
    cloud.put(resource("t", "failed", { phase: "failed" }));
    const seen: string[] = [];
    await cloud.resume(new Map([kind("t", async ({ id }) => void seen.push(id))]));
    expect(seen).toEqual(["failed"]);
  });
});
