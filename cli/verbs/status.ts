import type { Command } from "commander";
import pc from "picocolors";
import { localStack, target, type CommonOptions } from "../options";
import type { Endpoints } from "../endpoints";
import type { StackStatus } from "../status";
import { maskPassword } from "../terminal/mask";

interface StatusOptions extends CommonOptions {
  readonly stack: string;
  readonly json?: boolean;
}

export function addStatus(program: Command): void {
  program
    .command("status")
    .description("show the endpoints and the live state of every resource of the stack on this machine")
    .option("-s, --stack <name>", "the stack to show", localStack)
    .option("--json", "print JSON on stdout; its connection URLs hold the passwords")
    .action(async (_options: unknown, command: Command) => status(command.optsWithGlobals<StatusOptions>()));
}

async function status(options: StatusOptions): Promise<void> {
  const { project, places } = target(options, options.stack);
  const { readStatus } = await import("../status");
  const found = await readStatus(project, places);
  const { stack, endpoints, live, alarms } = found;
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ stack, endpoints, resources: live.resources.length, alarms }, undefined, 2)}\n`
      : render(found),
  );
}

function render({ stack, endpoints, live, alarms }: StackStatus): string {
  const resources = live.resources.filter(({ type }) => !type.endsWith(":MetricAlarm"));
  // What has no more to say than that it is on record is counted; what lives, or failed, has a line.
  const lines = resources.filter(({ state }) => state !== "ready");
  const recorded = resources.filter(({ state }) => state === "ready");
  return [
    pc.bold(
      `stack ${stack}: ${live.resources.length} resources, ${live.processes.length} processes on ${live.network}.0.0/16`,
    ),
    ...lines.map(({ type, urn, phase, state }) => {
      const sign = phase === "ready" ? pc.green("●") : pc.red("●");
      return `  ${sign} ${shortType(type).padEnd(24)} ${nameOf(urn).padEnd(28)} ${pc.dim(state)}`;
    }),
    `  on record only: ${countByType(recorded.map(({ type }) => shortType(type)))}`,
    `  ${alarms.length} alarms (not evaluated yet; a later release will)`,
    ...renderEndpoints(endpoints),
    "",
  ].join("\n");
}

const shortType = (type: string) => type.split(":").at(-1) ?? type;
const nameOf = (urn: string) => urn.split("::").slice(3).join("::");

function countByType(types: readonly string[]): string {
  const names = [...new Set(types)].sort();
  return names.map((name) => `${types.filter((type) => type === name).length} ${name}`).join(", ") || "nothing";
}

/** For people: passwords are hidden; `plinth status --json` has them. */
export function renderEndpoints(endpoints: Endpoints): string[] {
  const lines = Object.entries(endpoints).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((url) => `  ${name.padEnd(10)} ${pc.cyan(maskPassword(String(url)))}`),
  );
  return lines.length > 0 ? [pc.bold("endpoints (passwords: plinth status --json)"), ...lines] : [];
}
