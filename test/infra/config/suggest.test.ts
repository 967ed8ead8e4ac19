import { didYouMean, editDistance } from "../../../infra/config/suggest";

describe("suggestions", () => {
  test.each([
    ["", "", 0],
    ["kitten", "sitting", 3],
    ["abc", "", 3],
  ])("%p becomes %p in %i edits", (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits);
  });

  test("a slip of the keyboard is recognised, whatever the case", () => {
    expect(didYouMean("Databse", ["cache", "database"])).toBe("database");
  });

  test("a word that resembles nothing gets no suggestion", () => {
    expect(didYouMean("kubernetes", ["cache", "database"])).toBeUndefined();
  });
});
