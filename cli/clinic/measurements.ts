import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Measurement } from "../../schema/clinic/measure";
import type { StackPlaces } from "../places";

const savedSchema = z.object({
  release: z.string(),
  at: z.string(),
  measurements: z.array(
    z.custom<Measurement>((value) => typeof value === "object" && value !== null && "p50Ms" in value),
  ),
});

export type SavedMeasurements = z.infer<typeof savedSchema>;

export function measurementFile(places: StackPlaces, when: "before" | "after"): string {
  return join(places.engineRoot, `queries-${when}-hook.json`);
}

/** Undefined when there is none, or a kill tore it. */
export function readMeasurements(file: string): SavedMeasurements | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return savedSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
