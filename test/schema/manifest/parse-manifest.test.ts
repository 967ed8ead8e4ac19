import { SchemaError } from "../../../schema/errors";
import { parseManifest } from "../../../schema/manifest/parse-manifest";

const minimal = { version: 1, application: "clinic" };

function problemsOf(data: unknown): string {
  try {
    parseManifest(data, "test");
  } catch (error) {
    if (error instanceof SchemaError) return error.message;
    throw error;
  }
  throw new Error("the manifest was accepted");
}

describe("a manifest", () => {
  it("is accepted with nothing but its version and application, everything else empty", () => {
    expect(parseManifest(minimal, "test")).toEqual({
      ...minimal,
      maintenance: { reindex: { wastedMiB: 100, wastedPercent: 40 } },
      extensions: [],
      roles: [],
      schemas: [],
      grants: [],
      tables: [],
      routines: [],
    });
  });

  it("reports every problem at once, each with its path", () => {
    const message = problemsOf({
      ...minimal,
      colour: "red",
      roles: [{ name: "no spaces" }],
      tables: [{ name: "visits", indexes: [{ name: "x".repeat(64), keys: [], purpose: "" }] }],
    });
    expect(message).toContain('Unrecognized key: "colour"');
    expect(message).toContain("roles.0.name: must be a plain identifier");
    expect(message).toContain("tables.0.indexes.0.name: must be at most 63 bytes");
    expect(message).toContain("tables.0.indexes.0.keys: must name at least one column");
    expect(message).toContain("tables.0.indexes.0.purpose: must not be empty");
  });

  it("reports what only shows across fields: duplicates, unknown roles and tables, impossible indexes", () => {
    const index = { name: "same", keys: ["id"], purpose: "p" };
    const message = problemsOf({
      ...minimal,
      schemas: [{ name: "app", owner: "nobody" }],
      tables: [
        { name: "a", indexes: [index, { ...index, unique: true, method: "gin" }] },
        { name: "b", partition: { column: "day" }, indexes: [{ name: "u", unique: true, keys: ["id"], purpose: "p" }] },
      ],
      routines: [{ name: "f", kind: "function", argumentTypes: "", needs: ["missing"], sql: "select 1" }],
    });
    expect(message).toContain('indexes: "public.same" is declared twice');
    expect(message).toContain('schemas.app: role "nobody" is not declared');
    expect(message).toContain("only a btree index can be unique, not gin");
    expect(message).toContain('must contain its partition column "day"');
    expect(message).toContain('routines.f.needs: table "missing" is not declared');
  });

  it("may name predefined roles without declaring them", () => {
    const manifest = parseManifest({ ...minimal, roles: [{ name: "m", memberOf: ["pg_monitor", "rds_iam"] }] }, "test");
    expect(manifest.roles[0]?.memberOf).toEqual(["pg_monitor", "rds_iam"]);
  });
});
