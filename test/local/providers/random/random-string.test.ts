import { compareSync } from "bcryptjs";
import fc from "fast-check";
import { UNKNOWN, type Bag } from "../../../../local/contract";
import { diff } from "../../../../local/providers/diff";
import { randomPassword, randomString } from "../../../../local/providers/random/random-string";
import { checkInputs, createResource, InputsRefused, namingOf } from "../../../support/test-kinds";
import { TestCloud } from "../../../support/test-cloud";

let cloud: TestCloud;
beforeAll(async () => void (cloud = await TestCloud.open()));
afterAll(() => cloud.close());

const specials = "!@#$%&*()-_=+[]{}<>:?";
const countIn = (text: string, alphabet: string) => [...text].filter((letter) => alphabet.includes(letter)).length;
const draw = (inputs: Bag) =>
  randomString.identify(randomString.defaults?.(inputs, namingOf("x")) ?? inputs, namingOf("x"), cloud);

const recipe = fc
  .record({
    upper: fc.boolean(),
    lower: fc.boolean(),
    numeric: fc.boolean(),
    special: fc.boolean(),
    minUpper: fc.nat(6),
    minLower: fc.nat(6),
    minNumeric: fc.nat(6),
    minSpecial: fc.nat(6),
    extra: fc.integer({ min: 1, max: 30 }),
  })
  .filter(({ upper, lower, numeric, special }) => upper || lower || numeric || special);

test("every drawn string has its length, its minimums, and no letter of a class that is off and has no minimum", () => {
  fc.assert(
    fc.property(recipe, ({ extra, ...rest }) => {
      const length = rest.minUpper + rest.minLower + rest.minNumeric + rest.minSpecial + extra;
      const text = draw({ ...rest, length });
      const counts = {
        Upper: countIn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        Lower: countIn(text, "abcdefghijklmnopqrstuvwxyz"),
        Numeric: countIn(text, "0123456789"),
        Special: countIn(text, specials),
      };
      expect(text).toHaveLength(length);
      expect(counts.Upper + counts.Lower + counts.Numeric + counts.Special).toBe(length);
      expect(counts.Upper).toBeGreaterThanOrEqual(rest.minUpper);
      expect(counts.Lower).toBeGreaterThanOrEqual(rest.minLower);
      expect(counts.Numeric).toBeGreaterThanOrEqual(rest.minNumeric);
      expect(counts.Special).toBeGreaterThanOrEqual(rest.minSpecial);
      if (!rest.upper) expect(counts.Upper).toBe(rest.minUpper);
      if (!rest.lower) expect(counts.Lower).toBe(rest.minLower);
      if (!rest.numeric) expect(counts.Numeric).toBe(rest.minNumeric);
      if (!rest.special) expect(counts.Special).toBe(rest.minSpecial);
    }),
  );
});

test("overrideSpecial replaces the special characters", () => {
  const text = draw({ length: 200, overrideSpecial: "-_.~", minSpecial: 20, upper: false });
  expect(text).toMatch(/^[a-z0-9\-_.~]{200}$/);
  expect(countIn(text, "-_.~")).toBeGreaterThanOrEqual(20);
});

test("a required character is not always at the same place", () => {
  const places = new Set(
    Array.from({ length: 300 }, () => draw({ length: 8, minSpecial: 1, special: false }).search(/[^A-Za-z0-9]/)),
  );
  expect(places.size).toBe(8);
});

test("a password is a value apart from its identifier, with a bcrypt hash of it", async () => {
  const { id, outputs } = await createResource(cloud, randomPassword, {
    length: 40,
    special: true,
    overrideSpecial: "-_.~",
  });
  expect(id).toBe("none");
  expect(outputs.result).toMatch(/^[A-Za-z0-9\-_.~]{40}$/);
  expect(compareSync(outputs.result as string, outputs.bcryptHash as string)).toBe(true);
  expect(outputs).toMatchObject({ upper: true, lower: true, numeric: true, number: true, minUpper: 0, length: 40 });
});

test("a password longer than bcrypt's 72 bytes is hashed by its first 72", async () => {
  const { outputs } = await createResource(cloud, randomPassword, { length: 100 });
  expect(compareSync((outputs.result as string).slice(0, 72), outputs.bcryptHash as string)).toBe(true);
});

test("a string is its own identifier", async () => {
  const { id, outputs } = await createResource(cloud, randomString, { length: 12, special: false });
  expect(outputs.result).toBe(id);
  expect(id).toMatch(/^[A-Za-z0-9]{12}$/);
});

test("minimums beyond the length are refused at the property length", () => {
  const attempt = () => checkInputs(cloud, randomPassword, { length: 4, minUpper: 3, minSpecial: 2 });
  expect(attempt).toThrow(InputsRefused);
  expect(attempt).toThrow(
    "length: must be at least the sum of minUpper, minLower, minNumeric and minSpecial (5), got 4",
  );
});

test.each([
  [{ length: 0 }, "length: must be at least 1"],
  [{ length: 4, upper: false, lower: false, numeric: false, special: false }, "at least one of special, upper"],
  [{ length: 4, number: false, numeric: true }, "number: is the deprecated name of numeric"],
])("inputs %j are refused", (inputs, message) => {
  expect(() => checkInputs(cloud, randomString, inputs)).toThrow(message);
});

test("a length that is not known yet is no reason to refuse the minimums", () => {
  expect(randomPassword.refuse?.({ length: UNKNOWN, minUpper: 3 }, { cloud })).toEqual([]);
});

test("the deprecated number alone decides numeric", () => {
  expect(checkInputs(cloud, randomString, { length: 4, number: false })).toMatchObject({ numeric: false });
});

test.each(["length", "keepers", "special", "minUpper", "overrideSpecial"])(
  "a change of %s replaces the password",
  (property) => {
    const olds = checkInputs(cloud, randomPassword, { length: 10 });
    const value =
      { length: 11, keepers: { a: "1" }, special: false, minUpper: 1, overrideSpecial: "-" }[property] ?? null;
    const { changes } = diff(randomPassword, olds, { ...olds, [property]: value }, cloud);
    expect(changes).toEqual([{ path: property, replace: true }]);
  },
);

test("empty keepers and none are the same", () => {
  const olds = checkInputs(cloud, randomPassword, { length: 10 });
  expect(diff(randomPassword, olds, { ...olds, keepers: {} }, cloud).changes).toEqual([]);
});
