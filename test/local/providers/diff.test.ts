import { z } from "zod";
import { LocalCloud } from "../../../local/cloud/cloud";
import { UNKNOWN, type Bag, type Kind } from "../../../local/contract";
import { diff } from "../../../local/providers/diff";
import { TestCloud } from "../../support/test-cloud";

let base: TestCloud;
beforeAll(async () => void (base = await TestCloud.open({ mode: "paper" })));
afterAll(() => base.close());

const kind: Kind = {
  type: "test:index:Thing",
  inputs: z.strictObject({}),
  replaceOn: ["name", "spec.selector"],
  identify: () => "id",
  create: async () => ({}),
  update: async () => ({}),
  delete: async () => undefined,
};
const changes = (olds: Bag, news: Bag, over: Partial<Kind> = {}) =>
  diff({ ...kind, ...over }, olds, news, new LocalCloud(base)).changes.map(
    ({ path, replace }) => `${path}${replace ? " replaces" : ""}`,
  );

describe("the difference between old and new inputs", () => {
  test("is nothing between equal inputs, in whatever order they were written", () => {
    expect(changes({ a: 1, b: { c: [1, 2] } }, { b: { c: [1, 2] }, a: 1 })).toEqual([]);
  });

  test("is found property by property, in the path syntax of the engine", () => {
    expect(
      changes(
        { spec: { replicas: 1, list: [{ port: 1 }, { port: 2 }] }, data: { "a.b": "1" }, gone: 1 },
        { spec: { replicas: 2, list: [{ port: 1 }, { port: 3 }] }, data: { "a.b": "2" }, come: 1 },
      ),
    ).toEqual(["come", 'data["a.b"]', "gone", "spec.list[1].port", "spec.replicas"]);
  });

  test("takes a list of another length as one change", () => {
    expect(changes({ list: [1, 2] }, { list: [1] })).toEqual(["list"]);
  });

  test("replaces where the kind says so, and under that, but not beside it", () => {
    expect(
      changes(
        { name: "a", spec: { selector: { app: "a" }, selectors: 1 } },
        { name: "b", spec: { selector: { app: "b" }, selectors: 2 } },
      ),
    ).toEqual(["name replaces", "spec.selector.app replaces", "spec.selectors"]);
  });

  test("shows a value that is not known yet as a change", () => {
    expect(changes({ name: "a" }, { name: UNKNOWN })).toEqual(["name replaces"]);
  });

  test("always replaces where the kind has no update", () => {
    expect(changes({ size: 1 }, { size: 2 }, { update: undefined })).toEqual(["size replaces"]);
  });
});
