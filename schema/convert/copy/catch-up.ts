import type { PerformContext } from "../../apply/perform";
import type { Session } from "../../database/sql";
import { SchemaError } from "../../errors";
import type { TableName } from "../attachments";
import { DRAIN_PACE, Pace } from "../pace";
import { StoppedError } from "../short-locks";
import { withSettings } from "../session-settings";
import { pendingChanges } from "./change-log";
import { DRAIN_SETTINGS, drainInSnapshot } from "./drain";
import type { Source } from "./source";

/** So few entries are drained within a few milliseconds. */
export const FEW_CHANGES = 100;
/** Rounds without getting closer after which the writers are simply faster. */
const PATIENCE = 10;

/**
 * Drains until few changes are left. Each round drains what is pending when it begins; a round that leaves no less than
 * the one before is fruitless. @returns entries drained.
 * @throws SchemaError when writers are faster than the copy for many rounds on end.
 */
export async function catchUp(
  session: Session,
  source: Source,
  shadow: TableName,
  conversion: string,
  context: Pick<PerformContext, "stopping" | "onProgress">,
  few = FEW_CHANGES,
): Promise<number> {
  const pace = new Pace(DRAIN_PACE);
  let drained = 0;
  let least = Number.POSITIVE_INFINITY;
  return withSettings(session, DRAIN_SETTINGS, async () => {
    for (let fruitless = 0; ;) {
      const pending = await pendingChanges(session, source.oid);
      if (pending <= few) return drained + (await drainInSnapshot(session, source, shadow, conversion, null));
      fruitless = pending < least ? 0 : fruitless + 1;
      least = Math.min(least, pending);
      if (fruitless > PATIENCE)
        throw new SchemaError({
          what: `${source.name} changes faster than its changes can be carried over`,
          got: `${pending} changes pending, no fewer than ${PATIENCE} rounds before (${least})`,
          cure: "Run the hook again when there are fewer writes: it goes on from here. Or take it back with plinth schema abort.",
        });
      for (let left = pending; left > 0;) {
        const stop = context.stopping();
        if (stop !== null) throw new StoppedError(stop);
        const did = await pace.batch((size) => drainInSnapshot(session, source, shadow, conversion, size));
        if (did === 0) break;
        left -= did;
        drained += did;
        context.onProgress({ phase: "catching up", done: pending - Math.max(0, left), total: pending, unit: "rows" });
      }
    }
  });
}
