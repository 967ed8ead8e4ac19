import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { StackPlaces } from "./places";

/** The release of the application's tables that this stack has seen; the post-deploy hook runs once for each. */
export function releaseOf(places: StackPlaces): string {
  const file = releaseFile(places);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : "none";
}

export const releaseFile = (places: StackPlaces) => join(places.engineRoot, "application-release");
