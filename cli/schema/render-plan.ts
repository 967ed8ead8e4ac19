import pc from "picocolors";
import { duration } from "../../schema/hook/report";
import type { PlannedStep } from "./planned";

type Action = PlannedStep["action"];

const SIGNS: Record<Action, string> = {
  create: pc.green("+"),
  replace: pc.yellow("~"),
  adopt: pc.cyan("="),
  keep: pc.dim("="),
  pending: pc.blue("?"),
  drop: pc.red("-"),
  refused: pc.red("!"),
};

const UNITS = ["B", "kB", "MB", "GB", "TB"];

export function size(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log(bytes) / Math.log(1000)));
  const value = bytes / 1000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[power]}`;
}

/** Rough figures are shown rough: "about 120 MB, 3 s". */
export function about(step: PlannedStep): string | null {
  if (step.estimate === null) return null;
  const { bytes, seconds } = step.estimate;
  const time = seconds < 1 ? "under 1 s" : duration(Math.round(seconds) * 1000).replace(/\.00 s$/, " s");
  return bytes > 0 ? `about ${size(bytes)}, ${time}` : seconds < 1 ? time : `about ${time}`;
}

/** Text cut into lines of at most `width`, at spaces. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of text.split(" ")) {
    if (current !== "" && current.length + 1 + word.length > width) {
      lines.push(current);
      current = word;
    } else current = current === "" ? word : `${current} ${word}`;
  }
  return [...lines, current];
}

const INDENT = " ".repeat(13);

function renderStep(step: PlannedStep, width: number): string[] {
  const notes = [about(step), step.lock === "none" ? null : `lock: ${step.lock}`].filter((note) => note !== null);
  return [
    `  ${SIGNS[step.action]} ${step.action.padEnd(8)} ${pc.bold(step.object)}`,
    ...[step.reason, ...(notes.length > 0 ? [notes.join("; ")] : [])].flatMap((note) =>
      wrap(note, Math.max(30, width - INDENT.length)).map((text) => pc.dim(`${INDENT}${text}`)),
    ),
  ];
}

/** The plan for a person. What is as wanted is counted unless `all`. */
export function renderPlan(steps: readonly PlannedStep[], how: { title: string; all: boolean; width: number }): string {
  const count = (...actions: Action[]) => steps.filter(({ action }) => actions.includes(action)).length;
  const shown = steps.filter(({ action }) => how.all || action !== "keep");
  const totals = [
    `${count("create")} to create`,
    `${count("replace")} to replace`,
    `${count("drop")} to drop`,
    `${count("adopt")} adopted`,
    `${count("keep")} as wanted`,
    `${count("pending")} pending`,
    `${count("refused")} refused`,
  ].join(", ");
  const verdict =
    count("refused") > 0
      ? pc.red(`${totals}: what is refused says what to do`)
      : count("create", "replace", "drop") > 0
        ? `${totals}: 'plinth schema apply' does it`
        : pc.green(`${totals}: nothing to do`);
  return [pc.bold(how.title), ...shown.flatMap((step) => renderStep(step, how.width)), verdict].join("\n");
}
