import * as fc from "fast-check";

import { redact } from "../../../schema/apply/redact";

describe("a blocker's query in a log", () => {
  it.each([
    [
      "select * from patients where last_name = 'O''Hara' and id = 42",
      "select * from patients where last_name = ? and id = ?",
    ],
    ["update p set note = E'it\\'s', n = 1.5", "update p set note = ?, n = ?"],
    ["do $body$ begin perform 'x'; end $body$", "do ?"],
    ["insert into t2 values (1, 'a\nb')", "insert into t2 values (?, ?)"],
    ["select 'never closed", "select ?"],
  ])("%s", (query, bare) => {
    expect(redact(query)).toBe(bare);
  });

  it("is cut", () => {
    expect(redact(`select ${"a".repeat(200)}`)).toHaveLength(120);
  });

  it("never shows what a string literal held", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z ]{3,20}$/), (name) => {
        const secret = `zq${name}qz`;
        expect(redact(`select 1 from p where n = '${secret.replaceAll("'", "''")}'`)).not.toContain(secret);
      }),
    );
  });
});
