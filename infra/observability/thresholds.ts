import { cacheThresholds } from "./thresholds/cache";
import { databaseThresholds } from "./thresholds/database";
import { poolerThresholds } from "./thresholds/pooler";
import type { Threshold } from "./thresholds/threshold";

/** Every alarm of the stack: one row per thing that must not go unnoticed. */
export const thresholds: readonly Threshold[] = [...databaseThresholds, ...poolerThresholds, ...cacheThresholds];

/** Names under which configuration may change a threshold. */
export const thresholdIds: readonly string[] = thresholds.map((threshold) => threshold.id);
