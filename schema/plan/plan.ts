import type { Manifest } from "../manifest/manifest-schema";
import { decideAnalyze } from "./decide/analyze";
import { decideDrops } from "./decide/drops";
import { decideGrants } from "./decide/grants";
import { decideIndexes } from "./decide/indexes";
import { decidePartitions } from "./decide/partitions";
import { decideRoles } from "./decide/roles";
import { decideRoutines } from "./decide/routines";
import { decideExtensions, decideSchemas } from "./decide/schemas";
import { decideSettings } from "./decide/settings";
import { decideStatistics } from "./decide/statistics";
import type { Facts } from "./facts";
import type { Step } from "./steps";

/**
 * Every object of the manifest as a step, in the order they are to be done. Pure: the same manifest and facts give the
 * same plan. `managedPasswords` are the login roles whose password we hold.
 */
export function plan(manifest: Manifest, facts: Facts, managedPasswords: Set<string> = new Set()): Step[] {
  const steps = [
    ...decideRoles(manifest, facts, managedPasswords),
    ...decideSchemas(manifest, facts),
    ...decideExtensions(manifest, facts),
    ...decideGrants(manifest, facts),
    // Before the partitions: a conversion carries privileges and settings along.
    ...decideSettings(manifest, facts),
    ...decidePartitions(manifest, facts),
    ...decideIndexes(manifest, facts),
    ...decideStatistics(manifest, facts),
    ...decideRoutines(manifest, facts),
  ];
  steps.push(...decideDrops(manifest, facts, steps));
  return [...steps, ...decideAnalyze(manifest, facts, steps)];
}
