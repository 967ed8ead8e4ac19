import { indexSchema } from "../../../schema/manifest/manifest-schema";
import { leafIndexName, leftoverNames, successorName } from "../../../schema/plan/index-names";
import { createIndexSql } from "../../../schema/plan/index-sql";

const build = (input: Record<string, unknown>, concurrently = true) =>
  createIndexSql(indexSchema.parse({ name: "i", keys: ["a"], purpose: "p", ...input }), {
    name: "i",
    on: '"public"."t"',
    concurrently,
  });

describe("CREATE INDEX", () => {
  it("names columns bare, with their order and operator class", () => {
    expect(build({ keys: ["a", "b desc nulls last", "c text_pattern_ops"] })).toBe(
      'create index concurrently "i" on "public"."t" using btree (a, b desc nulls last, c text_pattern_ops)',
    );
  });

  it("wraps expressions in parentheses, before their operator class", () => {
    expect(build({ keys: ["lower(a) text_pattern_ops", "a || ' ' || b"] })).toContain(
      "((lower(a)) text_pattern_ops, (a || ' ' || b))",
    );
  });

  it("carries uniqueness, method, included columns, storage parameters and predicate", () => {
    expect(build({ unique: true, include: ["b"], with: { fillfactor: 90 }, where: "a > 0" }, false)).toBe(
      'create unique index "i" on "public"."t" using btree (a) include ("b") with (fillfactor = 90) where a > 0',
    );
    expect(build({ method: "gin" })).toContain("using gin (a)");
  });
});

describe("index names", () => {
  const long = "idx_".padEnd(63, "x");

  it("never exceed what Postgres keeps, and stay different", () => {
    for (const name of [successorName(long), ...leftoverNames(long), leafIndexName("appointments_p2026_01", long)])
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
    expect(leafIndexName("appointments_p2026_01", long)).not.toBe(leafIndexName("appointments_p2026_02", long));
    expect(successorName(long)).not.toBe(long);
  });

  it("are plain while they fit", () => {
    expect(leafIndexName("a_p2026_01", "idx_a")).toBe("a_p2026_01_idx_a");
  });
});
