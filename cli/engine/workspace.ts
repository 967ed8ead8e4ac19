import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { LocalWorkspace, Stack, type PulumiFn } from "@pulumi/pulumi/automation";
import { parse, stringify } from "yaml";
import { z } from "zod";
import type { Project } from "../project";
import { locatePulumi } from "../pulumi-cli/locate";

export interface EngineOptions {
  readonly project: Project;
  /** Private directory of this stack's engine side. */
  readonly engineRoot: string;
  /** Value of PULUMI_DEBUG_PROVIDERS. */
  readonly attachList: string;
  /** Config values that only this machine knows, over those of Pulumi.<stack>.yaml. May hold secrets: the file is private. */
  readonly injected: Readonly<Record<string, unknown>>;
  readonly program: PulumiFn;
  /** Leave the configuration of the last update as it is (for reading outputs). */
  readonly keepConfig?: boolean;
}

const savedStackSchema = z.looseObject({ encryptionsalt: z.string().optional() });

/**
 * Sets up the engine for a stack on this machine: a file backend and a workspace of its own, so that neither the checkout nor the user's Pulumi
 * login is touched.
 */
export async function openStack(options: EngineOptions): Promise<Stack> {
  const { project, engineRoot } = options;
  const workDir = join(engineRoot, "workspace");
  const backend = join(engineRoot, "backend");
  for (const directory of [workDir, backend, join(engineRoot, "home")])
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  writePrivate(
    join(workDir, "Pulumi.yaml"),
    stringify({ name: project.name, runtime: "nodejs", main: ".", backend: { url: `file://${backend}` } }),
  );
  const stackFile = join(workDir, `Pulumi.${project.stack}.yaml`);
  const salt = existsSync(stackFile)
    ? savedStackSchema.parse(parse(readFileSync(stackFile, "utf8")) ?? {}).encryptionsalt
    : undefined;
  if (!options.keepConfig || salt === undefined) {
    const settings = { config: { ...project.config, ...options.injected } };
    writePrivate(stackFile, stringify(salt === undefined ? settings : { encryptionsalt: salt, ...settings }));
  }
  const pulumi = locatePulumi();
  // The Automation API looks the command up on PATH.
  process.env.PATH = `${dirname(pulumi.path)}:${process.env.PATH ?? ""}`;
  const workspace = await LocalWorkspace.create({
    workDir,
    pulumiHome: join(engineRoot, "home"),
    program: options.program,
    envVars: {
      PULUMI_CONFIG_PASSPHRASE: passphrase(engineRoot),
      PULUMI_DEBUG_PROVIDERS: options.attachList,
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    },
  });
  return Stack.createOrSelect(project.stack, workspace);
}

/** Where the engine keeps its state of this stack, for reading only. */
export function checkpointFile(engineRoot: string, project: string, stack: string): string {
  return join(engineRoot, "backend", ".pulumi", "stacks", project, `${stack}.json`);
}

function passphrase(engineRoot: string): string {
  const file = join(engineRoot, "passphrase");
  if (!existsSync(file)) writePrivate(file, randomBytes(32).toString("base64url"));
  return readFileSync(file, "utf8");
}

function writePrivate(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  writeFileSync(`${file}.draft`, text, { mode: 0o600 });
  renameSync(`${file}.draft`, file);
}
