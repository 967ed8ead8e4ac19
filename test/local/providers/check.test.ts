import { z } from "zod";
import { LocalCloud } from "../../../local/cloud/cloud";
import { UNKNOWN, type Bag, type Kind } from "../../../local/contract";
import { check } from "../../../local/providers/check";
import { TestCloud } from "../../support/test-cloud";
import { namingOf } from "../../support/test-kinds";

let base: TestCloud;
beforeAll(async () => void (base = await TestCloud.open({ mode: "paper" })));
afterAll(() => base.close());

const kind: Kind = {
  type: "test:index:Thing",
  inputs: z.strictObject({
    name: z.string().regex(/^[a-z]+$/, "must be lower case"),
    size: z.number().min(1),
    tags: z.record(z.string(), z.string()).optional(),
    rule: z.strictObject({ port: z.number().max(65_535, "is no port") }).optional(),
  }),
  defaults: (inputs) => ({ size: 1, ...inputs }),
  refuse: ({ name, size }) => (name === "big" && size === 1 ? [{ property: "size", reason: "is too small" }] : []),
  identify: () => "id",
  create: async () => ({}),
  delete: async () => undefined,
};
const problems = (news: Bag) => check(kind, news, namingOf("x"), new LocalCloud(base), undefined).problems;

describe("the check of a resource's inputs", () => {
  test("fills in defaults and finds nothing wrong with what is right", () => {
    expect(check(kind, { name: "a" }, namingOf("x"), new LocalCloud(base), undefined)).toEqual({
      inputs: { name: "a", size: 1 },
      problems: [],
    });
  });

  test("names every property that is not modelled, nested ones by their path", () => {
    expect(
      problems({ name: "a", color: "red", rule: { port: 1, proto: "tcp" } }).map(({ property }) => property),
    ).toEqual(["rule.proto", "color"]);
    expect(problems({ name: "a", color: "red" })[0]?.reason).toMatch(
      /is not a property of test:index:Thing that the local cloud models \(docs\/local\.md/,
    );
  });

  test("lists all wrong values at once, each with its path and reason", () => {
    expect(problems({ name: "A", rule: { port: 70_000 } })).toEqual([
      { property: "name", reason: "must be lower case" },
      { property: "rule.port", reason: "is no port" },
    ]);
  });

  test("says nothing about values that a preview cannot know, wherever they are", () => {
    expect(problems({ name: UNKNOWN, size: UNKNOWN, tags: UNKNOWN, rule: UNKNOWN })).toEqual([]);
    expect(problems({ name: "a", rule: { port: UNKNOWN } })).toEqual([]);
  });

  test("refuses an unmodelled property whose value is not known yet", () => {
    expect(problems({ name: "a", color: UNKNOWN }).map(({ property }) => property)).toEqual(["color"]);
  });

  test("asks the kind's own rules once the shape is right", () => {
    expect(problems({ name: "big" })).toEqual([{ property: "size", reason: "is too small" }]);
  });
});
