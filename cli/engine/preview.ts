import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packages } from "../../local/catalogue";
import { openCloud } from "../../local/cloud/open";
import { servePackages } from "../../local/providers/serve";
import { askCloud, ensureCloud } from "../cloud/local-cloud";
import { localConfig } from "../local-config";
import { localStack } from "../options";
import { createPlaces, type StackPlaces } from "../places";
import { regionOf, type Project } from "../project";
import { releaseOf } from "../release";
import type { Terminal } from "../terminal/terminal";
import { collectSteps, type PreviewedStep } from "./preview-steps";
import { programOf } from "./program";
import { checkpointFile, openStack } from "./workspace";

/** Previews the stack against what runs here when it runs here, else on paper. @throws UserError listing every problem. */
export function previewStack(project: Project, places: StackPlaces, terminal: Terminal): Promise<PreviewedStep[]> {
  const runsHere = existsSync(checkpointFile(places.engineRoot, project.name, project.stack));
  return runsHere || project.stack === localStack
    ? previewHere(project, places, terminal)
    : previewOnPaper(project, terminal);
}

async function previewHere(project: Project, places: StackPlaces, terminal: Terminal): Promise<PreviewedStep[]> {
  createPlaces(places);
  const cloud = await ensureCloud(places, regionOf(project));
  await askCloud(places, "heal");
  const stack = await openStack({
    project,
    engineRoot: places.engineRoot,
    attachList: cloud.attachList,
    injected: await localConfig(project, places, cloud, releaseOf(places)),
    program: programOf(project),
  });
  return collectSteps(terminal, (watch) => stack.preview({ ...watch, color: "never" }));
}

/**
 * Previews a stack in paper mode: the program runs through the engine against providers that check every input and start nothing, with scratch state
 * and without credentials.
 */
async function previewOnPaper(project: Project, terminal: Terminal): Promise<PreviewedStep[]> {
  const scratch = mkdtempSync(join(tmpdir(), "plinth-paper-"));
  try {
    // A stack trace belongs into a log file, which a paper cloud has not.
    const warn = (message: string) => terminal.line(`  ! ${message.split("\n")[0]}`);
    const log = { info: () => undefined, warn };
    const cloud = await openCloud({
      mode: "paper",
      root: join(scratch, "cloud"),
      networkRegistry: join(scratch, "networks"),
      region: regionOf(project),
      log,
    });
    const served = await servePackages(packages, cloud);
    try {
      const stack = await openStack({
        project,
        engineRoot: join(scratch, "engine"),
        attachList: served.attachList,
        injected: {},
        program: programOf(project),
      });
      return await collectSteps(terminal, (watch) => stack.preview({ ...watch, color: "never" }));
    } finally {
      served.close();
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
