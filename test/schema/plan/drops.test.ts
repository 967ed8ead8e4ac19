import { parseManifest } from "../../../schema/manifest/parse-manifest";
import type { Facts } from "../../../schema/plan/facts";
import type { OwnedObject } from "../../../schema/plan/owned-sql";
import { plan } from "../../../schema/plan/plan";
import { emptyFacts, indexOn, plainTable } from "./some-facts";

const manifest = parseManifest({ version: 1, application: "clinic", tables: [{ name: "visits" }] }, "test");
const owned = (change: Partial<OwnedObject> = {}): OwnedObject => ({
  kind: "index",
  schema: "public",
  name: "idx_old",
  belongsTo: "visits",
  meaning: "btree (day date_ops)",
  application: "clinic",
  ...change,
});
const facts = (change: Partial<Facts>) => emptyFacts({ tables: [plainTable("visits")], ...change });
const about = (name: string, change: Partial<Facts>) =>
  plan(manifest, facts(change)).find(({ object }) => object.includes(name));

describe("what is no longer wanted", () => {
  it("is dropped concurrently when it is ours and still what we made", () => {
    expect(
      about("idx_old", { owned: [owned()], indexes: [indexOn("visits", "idx_old", "btree (day date_ops)")] }),
    ).toMatchObject({ action: "drop", operation: { kind: "drop-index", name: "idx_old" } });
  });

  it("stays when it is not ours", () => {
    expect(about("idx_old", { indexes: [indexOn("visits", "idx_old", "btree (day date_ops)")] })).toBeUndefined();
  });

  it("stays, and is told of, when somebody changed it since", () => {
    const step = about("idx_old", { owned: [owned()], indexes: [indexOn("visits", "idx_old", "btree (id int8_ops)")] });
    expect(step?.action).toBe("keep");
    expect(step?.reason).toMatch(/somebody changed it since we made it: drop it by hand/);
  });

  it("is nothing to do when it is gone already", () => {
    expect(about("idx_old", { owned: [owned()] })).toBeUndefined();
  });

  it("is dropped too when it is a routine or statistics of ours", () => {
    const routine = owned({ kind: "routine", name: "score", belongsTo: "bigint", meaning: "text" });
    expect(
      about("score", {
        owned: [routine],
        routines: [
          {
            schema: "public",
            name: "score",
            argumentTypes: "bigint",
            kind: "procedure",
            definition: "text",
            execute: [],
            publicMayExecute: false,
          },
        ],
      }),
    ).toMatchObject({
      action: "drop",
      operation: {
        statements: ['drop procedure "public"."score"(bigint)', expect.stringContaining("delete from plinth.owned")],
      },
    });
  });
});

describe("what a dead build left", () => {
  const broken = (name: string, change = {}) => ({
    indexes: [indexOn("visits", name, "btree (id int8_ops)", { valid: false, ...change })],
  });

  it.each(["pk_ccnew", "pk_ccnew1", "pk_ccold", "idx_plinth_next"])(
    "%s is dropped, whatever index it was of",
    (name) => {
      expect(about(name, broken(name))?.action).toBe("drop");
    },
  );

  it("stays while a session is building it, when it is valid, and when nothing tells that it is a leftover", () => {
    expect(about("pk_ccnew", broken("pk_ccnew", { building: true }))).toBeUndefined();
    expect(about("pk_ccnew", broken("pk_ccnew", { valid: true }))).toBeUndefined();
    expect(about("idx_theirs", broken("idx_theirs"))).toBeUndefined();
  });
});
