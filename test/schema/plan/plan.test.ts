import { parseManifest } from "../../../schema/manifest/parse-manifest";
import type { ManifestInput } from "../../../schema/manifest/manifest-schema";
import type { Facts } from "../../../schema/plan/facts";
import { plan } from "../../../schema/plan/plan";
import { emptyFacts, indexOn, plainTable } from "./some-facts";

const planned = (input: Partial<ManifestInput>, facts: Partial<Facts>, passwords: string[] = []) =>
  plan(
    parseManifest({ version: 1, application: "clinic", ...input }, "test"),
    emptyFacts(facts),
    new Set(passwords),
  ).map((step) => ({
    ...step,
    short: `${step.action} ${step.object}`,
  }));

const visits = { name: "visits", indexes: [{ name: "idx_day", keys: ["day"], purpose: "counts a day" }] };
const understood = {
  indexes: { "public.idx_day": { kind: "meaning" as const, meaning: "btree (day)" } },
  statistics: {},
  routines: {},
};

describe("an index", () => {
  const decide = (indexes: Facts["indexes"], wanted: Facts["wanted"] = understood) =>
    planned({ tables: [visits] }, { tables: [plainTable("visits")], indexes, wanted })[0];

  it("is pending while its table does not exist", () => {
    expect(planned({ tables: [visits] }, {}).map((step) => step.short)).toEqual(["pending index public.idx_day"]);
  });

  it("is created when nothing like it exists", () => {
    expect(decide([])).toMatchObject({ action: "create", lock: "share update exclusive: reads and writes go on" });
  });

  it("is kept when the one of its name means the same", () => {
    expect(decide([indexOn("visits", "idx_day", "btree (day)")])?.action).toBe("keep");
  });

  it("is replaced when the one of its name means something else", () => {
    expect(decide([indexOn("visits", "idx_day", "btree (id)")])).toMatchObject({
      action: "replace",
      reason: "it is btree (id)",
    });
  });

  it("is replaced when the one of its name is invalid and nobody is building it", () => {
    expect(decide([indexOn("visits", "idx_day", "btree (day)", { valid: false })])?.action).toBe("replace");
  });

  it("is pending while another session builds it", () => {
    expect(decide([indexOn("visits", "idx_day", "btree (day)", { valid: false, building: true })])?.action).toBe(
      "pending",
    );
  });

  it("is adopted when a valid one of another name means the same", () => {
    const step = decide([indexOn("visits", "visits_day", "btree (day)")]);
    expect(step?.action).toBe("adopt");
    expect(step?.operation).toBeUndefined();
  });

  it("is not adopted from an invalid one", () => {
    expect(decide([indexOn("visits", "visits_day", "btree (day)", { valid: false })])?.action).toBe("create");
  });

  it("is replaced, not adopted, when a replacement stopped half-way", () => {
    expect(decide([indexOn("visits", "idx_day_plinth_next", "btree (day)")])?.action).toBe("replace");
  });

  it("loses the leftovers of earlier attempts", () => {
    const leftovers = [
      indexOn("visits", "idx_day", "btree (day)"),
      indexOn("visits", "idx_day_ccnew", "btree (day)", { valid: false }),
    ];
    expect(decide(leftovers)).toMatchObject({ action: "replace", reason: "an earlier attempt left idx_day_ccnew" });
  });

  it("is refused when a constraint has its name and another meaning", () => {
    expect(decide([indexOn("visits", "idx_day", "unique btree (id)", { constraint: true })])?.action).toBe("refused");
  });

  it("is refused when the server rejects its definition, and pending when a column is not there yet", () => {
    const invalid = { kind: "invalid" as const, message: "syntax error", sqlState: "42601" };
    const missing = { kind: "missing" as const, what: 'column "day" does not exist', sqlState: "42703" };
    expect(decide([], { ...understood, indexes: { "public.idx_day": invalid } })?.action).toBe("refused");
    expect(decide([], { ...understood, indexes: { "public.idx_day": missing } })?.action).toBe("pending");
  });
});

describe("partitions", () => {
  const partitioned = { name: "visits", partition: { column: "day", premake: 6 } };
  const offered = [{ name: "pg_partman", availableVersion: "4.7.2", installedVersion: null, schema: null }];
  const decide = (facts: Partial<Facts>) =>
    planned({ tables: [partitioned] }, { extensions: offered, ...facts }).find((step) => step.kind === "partitions");
  const set = {
    parent: "public.visits",
    control: "day",
    interval: "1 mon",
    premake: 6,
    retention: null,
    retentionKeepsTable: true,
  };
  const parent = plainTable("visits", { kind: "partitioned", partitionKey: "day", partitionStrategy: "range" });
  const partman = { version: "4.7.2", schema: "partman", sets: [set] };

  it("are made from a plain table under a lock that is named", () => {
    expect(decide({ tables: [plainTable("visits")] })).toMatchObject({
      action: "create",
      lock: "short: reads and writes go on, but for moments under the cut-over budget",
    });
  });

  it("go on where a conversion stopped, and say how far it came", () => {
    const wish = { column: "day", interval: "1 month" as const, premake: 4, history: "split" as const };
    const begun = { schema: "public", name: "visits", phase: "copied", cutOver: false, wish };
    const step = decide({ tables: [plainTable("visits")], conversions: [begun] });
    expect(step).toMatchObject({ action: "replace", operation: { mode: "convert" } });
    expect(step?.reason).toContain("phase copied");
  });

  it("remove the old table of a conversion that is cut over, although pg_partman keeps the new one already", () => {
    const wish = { column: "day", interval: "1 month" as const, premake: 4, history: "split" as const };
    const begun = { schema: "public", name: "visits", phase: "cut-over", cutOver: true, wish };
    expect(decide({ tables: [parent], partman, conversions: [begun] })).toMatchObject({
      action: "replace",
      operation: { mode: "convert" },
    });
  });

  it("are refused when the manifest changed its mind about a conversion that is half-way", () => {
    const wish = { column: "day", interval: "1 week" as const, premake: 4, history: "split" as const };
    const begun = { schema: "public", name: "visits", phase: "copied", cutOver: false, wish };
    const step = decide({ tables: [plainTable("visits")], conversions: [begun] });
    expect(step?.action).toBe("refused");
    expect(step?.reason).toContain("plinth schema abort public.visits");
  });

  it("are refused with every obstacle and the way around it", () => {
    const partitionBlockers = [
      { kind: "inbound-foreign-key" as const, name: "notes_visit_fkey", detail: "notes" },
      { kind: "unique-without-key" as const, name: "visits_pkey", detail: "create unique index ..." },
    ];
    const step = decide({ tables: [plainTable("visits", { partitionBlockers })] });
    expect(step?.action).toBe("refused");
    expect(step?.reason).toContain("alter table notes drop constraint notes_visit_fkey");
    expect(step?.reason).toContain("unique index visits_pkey lacks day");
  });

  it("are refused on a server without pg_partman", () => {
    expect(decide({ tables: [plainTable("visits")], extensions: [] })?.action).toBe("refused");
  });

  it("are kept when pg_partman keeps them as wanted, whichever version wrote the interval", () => {
    expect(decide({ tables: [parent], partman })?.action).toBe("keep");
    expect(decide({ tables: [parent], partman: { ...partman, sets: [{ ...set, interval: "1 month" }] } })?.action).toBe(
      "keep",
    );
  });

  it("get their upkeep corrected when it differs", () => {
    expect(decide({ tables: [parent], partman: { ...partman, sets: [{ ...set, premake: 4 }] } })?.action).toBe(
      "replace",
    );
  });

  it("are handed to pg_partman when the table is partitioned without it, and refused by another key", () => {
    expect(decide({ tables: [parent], partman: { ...partman, sets: [] } })).toMatchObject({
      action: "create",
      operation: { mode: "register" },
    });
    expect(decide({ tables: [{ ...parent, partitionKey: "id" }], partman })?.action).toBe("refused");
  });
});

describe("roles and privileges", () => {
  const roles = [{ name: "app", login: true }];
  const grants = [{ role: "app", schema: "public", tables: ["select" as const] }];
  const appRole = { name: "app", login: true, superuser: false, memberOf: [], settings: {}, passwordAccepted: true };

  it("sets a password only when the server does not take it", () => {
    expect(planned({ roles }, { roles: [appRole] }, ["app"]).map((step) => step.short)).toEqual([
      "keep role app",
      "keep password of app",
    ]);
    const stale = { ...appRole, passwordAccepted: false };
    expect(planned({ roles }, { roles: [stale] }, ["app"])[1]?.short).toBe("replace password of app");
  });

  it("never carries a password in a plan", () => {
    expect(JSON.stringify(planned({ roles }, {}, ["app"]))).not.toMatch(/SCRAM|md5/);
  });

  it("refuses a role that is a superuser", () => {
    expect(planned({ roles }, { roles: [{ ...appRole, superuser: true }] })[0]?.action).toBe("refused");
  });

  it("grants what present tables lack, and refuses tables it may not grant on", () => {
    const mine = { schema: "public", name: "t", kind: "table" as const, owner: "master", privileges: {} };
    const steps = (owner: string) =>
      planned({ roles, grants }, { roles: [appRole], relationPrivileges: [{ ...mine, owner }] });
    expect(steps("master").find((step) => step.object === "privileges of app in public")).toMatchObject({
      action: "create",
      operation: { statements: ['grant select on table "public"."t" to "app"'] },
    });
    expect(steps("stranger").find((step) => step.object === "privileges of app in public")?.action).toBe("refused");
  });

  it("takes CREATE on a schema away from everybody", () => {
    const schemas = [{ name: "public", owner: "master", usage: [], publicMayCreate: true }];
    expect(planned({ schemas: [{ name: "public" }] }, { schemas })[0]).toMatchObject({
      action: "replace",
      operation: { statements: ['revoke create on schema "public" from public'] },
    });
  });
});

describe("a plan", () => {
  it("does settings before partitions and indexes after, so that each finds what it stands on", () => {
    const table = { ...visits, partition: { column: "day" }, settings: { fillfactor: 90 } };
    const extensions = [{ name: "pg_partman", availableVersion: "4.7.2", installedVersion: null, schema: null }];
    const facts = { tables: [plainTable("visits")], wanted: understood, extensions };
    const kinds = planned({ extensions: [{ name: "pg_partman" }], tables: [table] }, facts).map((step) => step.kind);
    expect(kinds).toEqual(["extension", "settings", "partitions", "index", "analyze"]);
  });

  it("is the same for the same manifest and facts", () => {
    expect(planned({ tables: [visits] }, { tables: [plainTable("visits")], wanted: understood })).toEqual(
      planned({ tables: [visits] }, { tables: [plainTable("visits")], wanted: understood }),
    );
  });
});
