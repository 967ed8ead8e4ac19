import { z } from "zod";
import { LocalCloud } from "../../../local/cloud/cloud";
import { Refusal, Unready, type Bag, type Kind, type Operation } from "../../../local/contract";
import { InitFailure, Lifecycle } from "../../../local/providers/lifecycle";
import { TestCloud } from "../../support/test-cloud";
import { namingOf } from "../../support/test-kinds";

let base: TestCloud;
beforeEach(async () => void (base = await TestCloud.open()));
afterEach(() => base.close());

const type = "test:index:Thing";
const urn = `urn:pulumi:s::p::${type}::thing`;
let ids = 0;

/** A kind whose work is a list of what was asked of it. */
function thing(
  create: (operation: Operation) => Promise<Bag> = async () => ({ made: true }),
): Kind & { calls: string[] } {
  const calls: string[] = [];
  return {
    calls,
    type,
    inputs: z.strictObject({ name: z.string() }),
    replaceOn: ["name"],
    identify: () => `thing-${(ids += 1)}`,
    create: (operation) => {
      calls.push(`create ${operation.id}`);
      return create(operation);
    },
    update: async ({ id }) => {
      calls.push(`update ${id}`);
      return {};
    },
    delete: async ({ id, inputs }) => {
      calls.push(`delete ${id}`);
      if (inputs.deletionProtection === true) throw new Refusal("Protected", "it is protected");
    },
  };
}

const request = (inputs: Bag) => ({
  urn,
  name: "thing",
  inputs,
  signal: new AbortController().signal,
  status: () => undefined,
});
const create = (lifecycle: Lifecycle, kind: Kind, inputs: Bag) =>
  lifecycle.create(kind, request(inputs), namingOf("thing"));
/** The next local cloud on the same records, as after a kill of this one. */
const afterKill = () => new LocalCloud(base);

describe("the life of a resource", () => {
  test("is on record before its creation begins, and ready after it", async () => {
    const cloud = new LocalCloud(base);
    const seen: unknown[] = [];
    const kind = thing(async () => {
      seen.push(
        ...afterKill()
          .resources(type)
          .map(({ phase }) => phase),
      );
      return { made: true };
    });
    const { id, outputs } = await create(new Lifecycle(cloud), kind, { name: "a" });
    expect(seen).toEqual(["creating"]);
    expect(outputs).toEqual({ name: "a", made: true });
    expect(afterKill().resource(type, id)).toMatchObject({ phase: "ready", acknowledged: false });
  });

  test("a creation that a kill interrupted is finished under the same id", async () => {
    await new Promise<void>((atWork) => {
      const kind = thing(() => new Promise(() => atWork()));
      void create(new Lifecycle(new LocalCloud(base)), kind, { name: "a" });
    });
    const [interrupted] = afterKill().resources(type);
    const again = thing();
    const { id } = await create(new Lifecycle(afterKill()), again, { name: "a" });
    expect(id).toBe(interrupted?.id);
    expect(afterKill().resources(type)).toHaveLength(1);
  });

  test("a creation the engine never learnt of makes room when the program has changed its mind", async () => {
    const kind = thing(() => Promise.reject(new Error("broken")));
    await expect(
      create(new Lifecycle(new LocalCloud(base)), kind, { name: "a", deletionProtection: true }),
    ).rejects.toThrow("broken");
    const [remains] = afterKill().resources(type);
    const again = thing();
    const { id } = await create(new Lifecycle(afterKill()), again, { name: "b" });
    expect(again.calls).toEqual([`delete ${remains?.id}`, `create ${id}`]);
    expect(
      afterKill()
        .resources(type)
        .map(({ inputs }) => inputs),
    ).toEqual([{ name: "b" }]);
  });

  test("a resource the engine knows is not handed to the next creation: the replacement is another one", async () => {
    const lifecycle = new Lifecycle(new LocalCloud(base));
    const kind = thing();
    const old = await create(lifecycle, kind, { name: "a" });
    lifecycle.acknowledge(type, old.id, urn);
    const replacement = await create(lifecycle, kind, { name: "a" });
    expect(replacement.id).not.toBe(old.id);
    expect(afterKill().resources(type)).toHaveLength(2);
  });

  test("an identifier that another resource has is refused, and nothing is left of the attempt", async () => {
    const lifecycle = new Lifecycle(new LocalCloud(base));
    const kind = { ...thing(), identify: () => "same" };
    await create(lifecycle, kind, { name: "a" });
    const other = lifecycle.create(kind, { ...request({ name: "b" }), urn: `${urn}-2` }, namingOf("thing"));
    await expect(other).rejects.toThrow("AlreadyExists: test:index:Thing 'same' exists already");
    expect(afterKill().resources(type)).toHaveLength(1);
  });

  test("what the cloud refuses to create is not on record", async () => {
    const kind = thing(() => Promise.reject(new Refusal("InvalidParameter", "no")));
    await expect(create(new Lifecycle(new LocalCloud(base)), kind, { name: "a" })).rejects.toThrow(Refusal);
    expect(afterKill().resources(type)).toEqual([]);
  });

  test("what exists but is not healthy is on record as failed, and the engine is told its id", async () => {
    const kind = thing(() => Promise.reject(new Unready({ made: true }, ["the job failed"])));
    const failure: unknown = await create(new Lifecycle(new LocalCloud(base)), kind, { name: "a" }).catch(
      (e: unknown) => e,
    );
    expect(failure).toBeInstanceOf(InitFailure);
    expect(afterKill().resources(type)).toMatchObject([{ phase: "failed", outputs: { name: "a", made: true } }]);
  });

  test("a deletion that is refused leaves the resource ready; one that happened already is no error", async () => {
    const lifecycle = new Lifecycle(new LocalCloud(base));
    const kind = thing();
    const { id } = await create(lifecycle, kind, { name: "a", deletionProtection: true });
    await expect(lifecycle.delete(kind, id, request({}))).rejects.toThrow("Protected");
    expect(afterKill().resource(type, id)).toMatchObject({ phase: "ready" });
    await expect(lifecycle.delete(kind, "gone", request({}))).resolves.toBeUndefined();
  });

  test("what the engine never learnt of is discarded in spite of its protection, what it knew is not", async () => {
    const cloud = new LocalCloud(base);
    const lifecycle = new Lifecycle(cloud);
    const kind = thing();
    const { id } = await create(lifecycle, kind, { name: "a", deletionProtection: true });
    const known = cloud.resource(type, id);
    if (!known) throw new Error("not on record");
    await expect(lifecycle.discard(kind, { ...known, acknowledged: true }, request({}))).rejects.toThrow("Protected");
    await lifecycle.discard(kind, known, request({}));
    expect(cloud.resources()).toEqual([]);
  });

  test("the creation that an impatient engine repeats waits for the one that is still under way", async () => {
    const lifecycle = new Lifecycle(new LocalCloud(base));
    let atWork = 0;
    const kind = thing(async () => {
      atWork += 1;
      expect(atWork).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      atWork -= 1;
      return {};
    });
    const [one, two] = await Promise.all([
      create(lifecycle, kind, { name: "a" }),
      create(lifecycle, kind, { name: "a" }),
    ]);
    expect(one.id).toBe(two.id);
  });

  test("an update of what is gone names the cure", async () => {
    const update = new Lifecycle(new LocalCloud(base)).update(thing(), "x", request({ name: "a" }), {}, {});
    await expect(update).rejects.toThrow("run 'plinth up --refresh'");
  });
});
