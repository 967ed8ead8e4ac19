import fc from "fast-check";
import { randomBytes, randomId } from "../../../../local/providers/random/random-bytes";
import { randomInteger } from "../../../../local/providers/random/random-integer";
import { randomPet } from "../../../../local/providers/random/random-pet";
import { randomShuffle } from "../../../../local/providers/random/random-shuffle";
import { randomUuid } from "../../../../local/providers/random/random-uuid";
import { uniformSource } from "../../../../local/providers/random/seeded";
import { checkInputs, createResource } from "../../../support/test-kinds";
import { TestCloud } from "../../../support/test-cloud";

let cloud: TestCloud;
beforeAll(async () => void (cloud = await TestCloud.open()));
afterAll(() => cloud.close());

test("an id shows the same bytes in four notations, each after the prefix", async () => {
  const { id, outputs } = await createResource(cloud, randomId, { byteLength: 8, prefix: "web-" });
  const bytes = Buffer.from(id, "base64url");
  expect(bytes).toHaveLength(8);
  expect(outputs).toMatchObject({
    b64Url: `web-${id}`,
    b64Std: `web-${bytes.toString("base64")}`,
    hex: `web-${bytes.toString("hex")}`,
    dec: `web-${bytes.readBigUInt64BE()}`,
  });
});

test("bytes are the requested number and do not show in the identifier", async () => {
  const { id, outputs } = await createResource(cloud, randomBytes, { length: 33 });
  expect(id).toBe("none");
  expect(Buffer.from(outputs.base64 as string, "base64").toString("hex")).toBe(outputs.hex);
  expect(outputs.hex).toHaveLength(66);
});

test("an integer lies in its inclusive range, and a seed gives it again", async () => {
  const range = fc.tuple(fc.integer(), fc.nat(1_000)).map(([min, size]) => ({ min, max: min + size }));
  await fc.assert(
    fc.asyncProperty(range, fc.string({ minLength: 1 }), async ({ min, max }, seed) => {
      const first = await createResource(cloud, randomInteger, { min, max, seed });
      const second = await createResource(cloud, randomInteger, { min, max, seed });
      expect(first.outputs.result).toBe(second.outputs.result);
      expect(first.outputs.result).toBeGreaterThanOrEqual(min);
      expect(first.outputs.result).toBeLessThanOrEqual(max);
      expect(first.id).toBe(`${Number(first.outputs.result)}`);
    }),
    { numRuns: 30 },
  );
});

test("an empty range is refused", () => {
  expect(() => checkInputs(cloud, randomInteger, { min: 5, max: 4 })).toThrow("max: must not be below min (5), got 4");
});

test("the seeded source uses every value of a range about equally often", () => {
  const below = uniformSource("a seed");
  const counts = new Map<number, number>();
  for (let draw = 0; draw < 7_000; draw += 1) {
    const value = below(7);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(160); // five standard deviations
});

test("a shuffle without a count is a permutation, a larger count repeats evenly, a smaller one leaves some out", async () => {
  const inputs = ["a", "b", "c", "d"];
  const results = async (more: object) =>
    (await createResource(cloud, randomShuffle, { inputs, ...more })).outputs.results as string[];
  expect((await results({})).sort()).toEqual(inputs);
  expect((await results({ resultCount: 8 })).sort()).toEqual(["a", "a", "b", "b", "c", "c", "d", "d"]);
  expect(new Set(await results({ resultCount: 3 })).size).toBe(3);
  expect(await results({ seed: "s" })).toEqual(await results({ seed: "s" }));
});

test("a pet has the requested words, separator and prefix", async () => {
  expect((await createResource(cloud, randomPet, {})).id).toMatch(/^[a-z]+-[a-z]+$/);
  expect((await createResource(cloud, randomPet, { length: 4, separator: "_", prefix: "my" })).id).toMatch(
    /^my(_[a-z]+){4}$/,
  );
  expect((await createResource(cloud, randomPet, { length: 1 })).id).toMatch(/^[a-z]+$/);
});

test("a UUID is version 4 and its own identifier", async () => {
  const { id, outputs } = await createResource(cloud, randomUuid, {});
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(outputs.result).toBe(id);
});
