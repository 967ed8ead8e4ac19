import { namingFor } from "../../../local/providers/naming";
import { parseUrn } from "../../../local/providers/urn";

const urn = "urn:pulumi:prod::plinth::plinth:database:Database$aws:rds/instance:Instance::orders";
const seed = new Uint8Array([1, 2, 3]);

describe("automatic names", () => {
  test("are the resource's name, a dash and seven hex digits", () => {
    expect(namingFor(urn, undefined, seed).auto("identifier")).toMatch(/^orders-[0-9a-f]{7}$/);
  });

  test("are the same for the preview and the update after it, which have the same seed", () => {
    const name = () => namingFor(urn, undefined, seed).auto("identifier");
    expect(name()).toBe(name());
    expect(namingFor(urn, undefined, new Uint8Array([9])).auto("identifier")).not.toBe(name());
  });

  test("stay for the life of the resource", () => {
    expect(namingFor(urn, { identifier: "orders-0000000" }, seed).auto("identifier")).toBe("orders-0000000");
  });

  test("keep to the length that the service allows, digits included", () => {
    const name = namingFor(urn.replace("orders", "o".repeat(100)), undefined, seed).auto("x", { maxLength: 40 });
    expect(name).toMatch(/^o{32}-[0-9a-f]{7}$/);
  });

  test("take another prefix, separator and number of digits", () => {
    expect(namingFor(urn, undefined, seed).auto("x", { prefix: "p", separator: "", digits: 4 })).toMatch(
      /^porders[0-9a-f]{4}$/,
    );
  });
});

describe("a URN", () => {
  test("has the type of the resource itself, without its parents", () => {
    expect(parseUrn(urn)).toEqual({
      stack: "prod",
      project: "plinth",
      type: "aws:rds/instance:Instance",
      name: "orders",
    });
  });

  test("may have colons in its name", () => {
    expect(parseUrn("urn:pulumi:s::p::a:b:C::x::y").name).toBe("x::y");
  });
});
