import { parseManifest } from "../../../schema/manifest/parse-manifest";
import { estimateIndex, estimateStep } from "../../../schema/plan/estimate";
import type { TableFact } from "../../../schema/plan/facts";

const table: TableFact = {
  schema: "public",
  name: "visits",
  owner: "me",
  kind: "plain",
  estimatedRows: 5_000_000,
  bytes: 859 * 1024 * 1024,
  columnBytes: { id: 8, day: 4, note: 200 },
  partitionKey: null,
  partitionStrategy: null,
  leaves: [],
  partitionBlockers: [],
};

function index(keys: string[], method: "btree" | "brin" | "gin" | "hash" = "btree") {
  const manifest = parseManifest(
    {
      version: 1,
      application: "a",
      tables: [{ name: "visits", indexes: [{ name: "i", keys, method, purpose: "p" }] }],
    },
    "test",
  );
  const [found] = manifest.tables[0]?.indexes ?? [];
  if (found === undefined) throw new Error("no index");
  return found;
}

describe("what a step is expected to cost", () => {
  it("a B-tree over one bigint of 5 million rows is near the 107 MB that Postgres needs for it", () => {
    const { bytes, seconds } = estimateIndex(index(["id"]), table);
    expect(bytes / 1e6).toBeGreaterThan(90);
    expect(bytes / 1e6).toBeLessThan(130);
    expect(seconds).toBe(5);
  });

  it("a wider key costs more, an unknown column something, a BRIN next to nothing", () => {
    const narrow = estimateIndex(index(["id"]), table).bytes;
    expect(estimateIndex(index(["note"]), table).bytes).toBeGreaterThan(narrow * 5);
    expect(estimateIndex(index(["lower(x)"]), table).bytes).toBeGreaterThan(narrow);
    expect(estimateIndex(index(["day"], "brin"), table).bytes).toBeLessThan(100_000);
  });

  it("a table that was never analysed counts as empty, not as minus one row", () => {
    expect(estimateIndex(index(["id"]), { ...table, estimatedRows: -1 }).bytes).toBe(0);
  });

  it("a step that changes the catalogue only has none", () => {
    expect(
      estimateStep(
        {
          kind: "grant",
          object: "grants",
          action: "create",
          reason: "",
          lock: "catalogue only",
          operation: { kind: "statements", statements: [] },
        },
        { tables: [table] } as unknown as Parameters<typeof estimateStep>[1],
      ),
    ).toBeNull();
  });
});
