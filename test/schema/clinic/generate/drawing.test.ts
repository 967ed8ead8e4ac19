import { Drawing } from "../../../../schema/clinic/generate/drawing";

describe("a drawing", () => {
  const draw = new Drawing(3);

  it("depends on seed, row and salt, and on no clock or random source", () => {
    expect(draw.uniform("i", 4)).toContain("hashint8extended(i, 3004)");
    expect(new Drawing(3).uniform("i", 4)).toBe(draw.uniform("i", 4));
    expect(new Drawing(4).uniform("i", 4)).not.toBe(draw.uniform("i", 4));
    expect(draw.pick("i", 1, ["a", "b"])).not.toMatch(/random|now\(/);
  });

  it("quotes the words it picks from", () => {
    expect(draw.pick("i", 1, ["O'Neill"])).toContain("'O''Neill'");
  });
});
