import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * Removes what an engine that was killed while it wrote its state left beside it. The state itself is replaced in one step, but its attributes
 * (`*.attrs`, a checksum nobody needs) are written where they lie, and the engine refuses to read a state whose attributes are empty; drafts
 * (`*.tmp`) would pile up. Only while no engine runs. @returns how many files it removed.
 */
export function mendState(engineRoot: string): number {
  const folder = join(engineRoot, "backend", ".pulumi");
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name));
  const remains = files.filter((file) => file.endsWith(".tmp") || (file.endsWith(".attrs") && isTorn(file)));
  for (const file of remains) rmSync(file, { force: true });
  return remains.length;
}

function isTorn(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return false;
  } catch (error) {
    if (error instanceof SyntaxError) return true;
    throw error;
  }
}
