import type { EngineEvent, OpMap } from "@pulumi/pulumi/automation";
import pc from "picocolors";
import type { Terminal } from "../terminal/terminal";
import { problemText } from "./problem-text";

const verbs: Readonly<Record<string, { sign: string; doing: string; done: string }>> = {
  create: { sign: pc.green("+"), doing: "creating", done: "created" },
  update: { sign: pc.yellow("~"), doing: "updating", done: "updated" },
  delete: { sign: pc.red("-"), doing: "deleting", done: "deleted" },
  "create-replacement": { sign: pc.magenta("+-"), doing: "creating replacement", done: "created replacement" },
  "delete-replaced": { sign: pc.magenta("-+"), doing: "deleting replaced", done: "deleted replaced" },
  replace: { sign: pc.magenta("+-"), doing: "replacing", done: "replaced" },
  read: { sign: pc.cyan(">"), doing: "reading", done: "read" },
};

/** Turns the engine's events into lines: one when a slow step is under way, one when a step is done, diagnostics as they come. */
export class Progress {
  readonly #started = new Map<string, number>();
  readonly #problems: string[] = [];
  #changes: OpMap = {};
  #finished = 0;

  constructor(
    private readonly terminal: Terminal,
    private readonly preview: boolean,
  ) {}

  /** How many resources were created, updated …, by operation; told at the end of the run. */
  get changes(): OpMap {
    return this.#changes;
  }

  /** Error diagnostics of the run, without the engine's colour marks. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  handle(event: EngineEvent): void {
    if (event.resourcePreEvent) this.#begin(event.resourcePreEvent.metadata.op, event.resourcePreEvent.metadata.urn);
    if (event.resOutputsEvent) this.#end(event.resOutputsEvent.metadata);
    if (event.resOpFailedEvent) this.#fail(event.resOpFailedEvent.metadata);
    if (event.summaryEvent) this.#changes = event.summaryEvent.resourceChanges;
    if (event.diagnosticEvent) this.#diagnose(event.diagnosticEvent);
  }

  #begin(op: string, urn: string): void {
    const verb = verbs[op];
    if (!verb) return;
    this.#started.set(urn, Date.now());
    if (!this.preview) this.terminal.working(`${verb.doing} ${label(urn)}`);
  }

  #end({ op, urn, detailedDiff }: { op: string; urn: string; detailedDiff?: object | null }): void {
    const verb = verbs[op];
    if (!verb) return;
    const seconds = (Date.now() - (this.#started.get(urn) ?? Date.now())) / 1000;
    const paths = Object.keys(detailedDiff ?? {});
    const changes = paths.length > 0 ? pc.dim(` [${paths.join(", ")}]`) : "";
    const duration = !this.preview && seconds >= 0.5 ? pc.dim(` ${seconds.toFixed(1)} s`) : "";
    this.#finished += 1;
    this.terminal.line(`  ${verb.sign} ${label(urn)} ${this.preview ? op : verb.done}${duration}${changes}`);
  }

  #fail({ op, urn }: { op: string; urn: string }): void {
    this.terminal.line(`  ${pc.red("x")} ${label(urn)} ${op} failed`);
  }

  #diagnose({
    severity,
    message,
    urn,
    ephemeral,
  }: {
    severity: string;
    message: string;
    urn?: string;
    ephemeral?: boolean;
  }): void {
    const text = plain(message).trim();
    if (text === "" || /^(preview|update) (cancell?ed|failed)$/.test(text)) return;
    if (ephemeral) return this.terminal.working(`${urn ? `${label(urn)}: ` : ""}${text}`);
    const where = urn && !urn.includes("pulumi:pulumi:Stack") ? `${label(urn)}: ` : "";
    if (severity === "error") this.#report(`${where}${problemText(text)}`);
    else if (severity === "warning") this.terminal.line(`  ${pc.yellow("!")} ${where}${text}`);
    else if (severity === "info") this.terminal.line(`  ${pc.dim("i")} ${where}${text}`);
  }

  /** The engine tells of a program's exception twice, once with its stack. */
  #report(problem: string): void {
    if (!this.#problems.some((known) => known.startsWith(problem))) this.#problems.push(problem);
  }
}

/** `rds/instance primary`: the kind in short, then the resource's own name. */
function label(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  const type = types.slice(types.lastIndexOf("$") + 1);
  const [packageName = "", module = "", kind = ""] = type.split(":");
  const short =
    packageName === "pulumi" ? kind : module.split("/")[0] === "index" ? kind : `${module.split("/")[0]} ${kind}`;
  return `${short} ${pc.bold(name.join("::"))}`;
}

/** The engine marks colours as `<{%reset%}>`. */
function plain(text: string): string {
  return text.replace(/<\{%.*?%\}>/g, "");
}
