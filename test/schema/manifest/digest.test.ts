import { canonicalJson, digestOf } from "../../../schema/manifest/digest";

describe("a digest", () => {
  it("does not depend on the order of keys", () => {
    expect(digestOf({ a: 1, b: { c: [1, 2], d: 3 } })).toBe(digestOf({ b: { d: 3, c: [1, 2] }, a: 1 }));
  });

  it("depends on the order of lists and on every value", () => {
    expect(digestOf([1, 2])).not.toBe(digestOf([2, 1]));
    expect(digestOf({ a: "1" })).not.toBe(digestOf({ a: 1 }));
  });

  it("stays the same from release to release", () => {
    expect(canonicalJson({ b: 1, a: [{ d: null, c: "x" }] })).toBe('{"a":[{"c":"x","d":null}],"b":1}');
    expect(digestOf({ b: 1, a: 2 })).toBe("d3626ac30a87e6f7a6428233b3c68299976865fa5508e4267c5415c76af7a772");
  });
});
