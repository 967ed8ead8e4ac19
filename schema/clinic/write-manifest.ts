import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { clinicManifest } from "./clinic-manifest";

/** The exact text of manifest.json. */
export function renderClinicManifest(): string {
  return `${JSON.stringify(clinicManifest(), null, 2)}\n`;
}

if (require.main === module) writeFileSync(join(__dirname, "manifest.json"), renderClinicManifest());
