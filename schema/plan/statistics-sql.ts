import type { WantedStatistics } from "../manifest/manifest-schema";

/** CREATE STATISTICS; `name` and `on` are already qualified and quoted. */
export function createStatisticsSql(statistics: WantedStatistics, how: { name: string; on: string }): string {
  return `create statistics ${how.name} (${statistics.kinds.join(", ")}) on ${statistics.columns.join(", ")} from ${how.on}`;
}
