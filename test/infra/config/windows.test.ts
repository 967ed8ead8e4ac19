import { windowProblems } from "../../../infra/config/windows";
import { parseConfig, type StackConfig } from "../../../infra/config/parse-config";
import { stackConfig } from "../../support/stack-config";

const prod = parseConfig(stackConfig("prod"), "prod");

function problems(database: Partial<StackConfig["database"]>, cache: Partial<StackConfig["cache"]> = {}): string[] {
  const config = { ...prod, database: { ...prod.database, ...database }, cache: { ...prod.cache, ...cache } };
  return windowProblems(config).map(({ key, problem }) => `${key} ${problem}`);
}

describe("windows of backups and maintenance", () => {
  test("the defaults do not meet", () => {
    expect(problems({})).toEqual([]);
  });

  test.each([
    ["01:00-02:00", "sun:01:30-sun:02:30"],
    ["01:00-02:00", "sun:00:30-sun:04:00"],
    ["23:30-00:30", "mon:00:00-mon:01:00"],
    ["00:00-01:00", "sun:23:30-mon:00:30"],
  ])("a daily backup at %s and maintenance at %s overlap", (backupWindow, maintenanceWindow) => {
    expect(problems({ backupWindow, maintenanceWindow })).toEqual([
      `plinth:database.maintenanceWindow overlaps the daily backupWindow ${backupWindow}`,
    ]);
  });

  test("windows that touch do not overlap", () => {
    expect(problems({ backupWindow: "01:00-02:00", maintenanceWindow: "sun:02:00-sun:03:00" })).toEqual([]);
  });

  test("RDS wants half an hour, ElastiCache a whole one", () => {
    expect(problems({ backupWindow: "01:00-01:30" }, { snapshotWindow: "00:00-00:30" })).toEqual([
      "plinth:cache.snapshotWindow is shorter than 60 minutes",
    ]);
    expect(problems({ backupWindow: "01:00-01:29" })).toEqual([
      "plinth:database.backupWindow is shorter than 30 minutes",
    ]);
  });

  test("maintenance lasts a day at most", () => {
    expect(problems({}, { maintenanceWindow: "sun:05:00-mon:06:00" })[0]).toBe(
      "plinth:cache.maintenanceWindow lasts 1500 minutes, allowed are 60 to 1440",
    );
  });
});
