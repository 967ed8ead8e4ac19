import { createRequire } from "node:module";
import { join, sep } from "node:path";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import type { Project } from "../project";

const notTheProgram = `${sep}node_modules${sep}`;

/**
 * The program of a project as a function. It is loaded anew each time, since a Pulumi program registers its resources while its modules are
 * evaluated. It resolves packages from its own directory, as the language host would.
 */
export function programOf(project: Project): PulumiFn {
  const load = createRequire(join(project.directory, "package.json"));
  return async () => {
    const entry = load.resolve(project.main);
    for (const file of Object.keys(load.cache)) {
      if (file.startsWith(project.directory + sep) && !file.includes(notTheProgram) && isProgramFile(project, file))
        delete load.cache[file];
    }
    const exported = load(entry) as unknown;
    const outputs: unknown = typeof exported === "function" ? await (exported as () => unknown)() : exported;
    return outputs as Record<string, unknown>;
  };
}

/** Only what lies beside the program's entry is evaluated again; the command line's own modules may live in the same checkout. */
function isProgramFile(project: Project, file: string): boolean {
  return (
    file.startsWith(project.main) || (project.main === project.directory && !file.startsWith(join(__dirname, "..")))
  );
}
