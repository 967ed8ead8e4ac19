import { createParentSql } from "../../../schema/apply/partman-calls";
import { upkeepSql } from "../../../schema/plan/partman-upkeep-sql";

const wish = { column: "day", interval: "1 month" as const, premake: 6, history: "split" as const };
const call = { parent: "public.visits", wish, start: "2022-11-23", premake: 8 };

describe("the calls of pg_partman", () => {
  it("name every argument, because versions 4 and 5 order them differently", () => {
    const sql = createParentSql({ version: "5.2.4", schema: "partman" }, call);
    expect(sql).toBe(
      `select "partman"."create_parent"(p_parent_table => 'public.visits', p_control => 'day', p_interval => '1 month', ` +
        "p_premake => 8, p_jobmon => false, p_start_partition => '2022-11-23')",
    );
  });

  it("give the type to version 4 only, which has no default for it", () => {
    expect(createParentSql({ version: "4.7.2", schema: "partman" }, call)).toContain("p_type => 'native'");
    expect(createParentSql({ version: "5.2.4", schema: "partman" }, call)).not.toContain("p_type");
  });

  it("start with the present when the table is empty", () => {
    expect(createParentSql({ version: "4.7.2", schema: "partman" }, { ...call, start: null })).not.toContain(
      "p_start_partition",
    );
  });

  it("never let a partition past retention be dropped", () => {
    expect(upkeepSql("partman", "public.visits", { ...wish, retention: "7 years" })).toContain(
      "retention = '7 years', retention_keep_table = true",
    );
    expect(upkeepSql("partman", "public.visits", wish)).toContain("retention = null");
  });
});
