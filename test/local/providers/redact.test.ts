import { redact } from "../../../local/providers/redact";

describe("an error that quotes what it was given", () => {
  test.each([
    ["a password", { password: "hunter22" }, "auth failed for hunter22"],
    ["a secret string", { secretString: "hunter22" }, "bad JSON: hunter22"],
    [
      "an entry of a Secret, in base64",
      { data: { key: Buffer.from("hunter22").toString("base64") } },
      "hunter22 rejected",
    ],
    ["that entry as it was given", { data: { key: "aHVudGVyMjI=" } }, "not base64? aHVudGVyMjI="],
    ["one password in a list", { authenticationMode: { passwords: ["hunter22"] } }, ">hunter22"],
  ])("does not show %s", (_what, inputs, text) => {
    const shown = redact(text, inputs);
    expect(shown).toContain("[secret]");
    expect(shown).not.toMatch(/hunter22|aHVudGVyMjI=/);
  });

  test("shows names and short words as they are", () => {
    expect(redact("orders is on", { identifier: "orders", password: "on" })).toBe("orders is on");
  });
});
