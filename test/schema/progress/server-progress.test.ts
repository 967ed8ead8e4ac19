import { fromAnalyze, fromCreateIndex, fromVacuum } from "../../../schema/progress/server-progress";

describe("what the server says of its progress", () => {
  it("is sessions while a build waits for older transactions", () => {
    expect(
      fromCreateIndex({
        phase: "waiting for writers before build",
        lockers_done: 1,
        lockers_total: 3,
        blocks_total: 9,
      }),
    ).toEqual({
      phase: "building index: waiting for writers before build",
      done: 1,
      total: 3,
      unit: "sessions waited for",
    });
  });

  it("is tuples where the server counts tuples, else blocks", () => {
    expect(
      fromCreateIndex({ phase: "building index: loading tuples in tree", tuples_done: 5, tuples_total: 10 }),
    ).toEqual({ phase: "building index: building index: loading tuples in tree", done: 5, total: 10, unit: "tuples" });
    expect(
      fromCreateIndex({ phase: "index validation: scanning table", blocks_done: 2, blocks_total: 8 }),
    ).toMatchObject({ done: 2, total: 8, unit: "blocks" });
  });

  it("is blocks for analyze and vacuum, and nothing yet when a field is missing", () => {
    expect(fromAnalyze({ phase: "acquiring sample rows", sample_blks_scanned: 3, sample_blks_total: 4 })).toMatchObject(
      {
        done: 3,
        total: 4,
      },
    );
    expect(fromVacuum({})).toEqual({ phase: "vacuuming: ", done: 0, total: 0, unit: "blocks" });
  });
});
