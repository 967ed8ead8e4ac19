import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Command, InvalidArgumentError } from "commander";

import { runMatrix } from "./matrix";
import { failureLines, matrixDocument, matrixTable, placeText } from "./report";
import { SCENARIOS } from "./scenarios";

const DOCUMENT = join(__dirname, "../../../docs/benchmarks/crash-matrix.md");

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("Give a whole number above 0.");
  return value;
}

interface Options {
  trials?: number;
  seed: number;
  arenas: number;
  appointments: number;
  scenario?: string;
  only?: string;
  json?: boolean;
  write?: boolean;
}

const program = new Command("prove:crashes")
  .description(
    "Interrupts the schema hook in every way, at every boundary and inside steps, and compares with an undisturbed run",
  )
  .option("--trials <n>", "trials in all (default: each boundary once, and half as many moments)", wholeNumber)
  .option("--seed <n>", "chooses places and moments; the same seed repeats them", wholeNumber, 1)
  .option("--arenas <n>", "servers side by side", wholeNumber, 2)
  .option("--appointments <n>", "rows of the table that is written to", wholeNumber, 20_000)
  .option("--scenario <name>", `only this one of: ${SCENARIOS.map(({ name }) => name).join(", ")}`)
  .option("--only <scenario/number>", "only this trial of the seed")
  .option("--json", "print the outcome of every trial as JSON")
  .option("--write", "write docs/benchmarks/crash-matrix.md");

async function main(argv: string[]): Promise<void> {
  const options = program.parse(argv).opts<Options>();
  const scenarios = SCENARIOS.filter(
    ({ name }) =>
      (options.scenario === undefined || name === options.scenario) &&
      (options.only === undefined || options.only.startsWith(`${name}/`)),
  );
  if (scenarios.length === 0)
    throw new Error(`There is no such scenario; there are: ${SCENARIOS.map(({ name }) => name).join(", ")}`);
  const say = (text: string) => void (options.json === true ? process.stderr : process.stdout).write(`${text}\n`);
  say(`seed ${options.seed}`);
  const matrix = await runMatrix({
    scenarios,
    seed: options.seed,
    sizes: { patients: 500, appointments: options.appointments },
    arenas: options.only === undefined ? options.arenas : 1,
    trials: options.trials,
    only: options.only,
    onRehearsed: ({ name }, { boundaries, durationMs }, trials) =>
      say(`${name}: ${boundaries.length} boundaries, undisturbed ${Math.round(durationMs)} ms, ${trials} trials`),
    onTrial: ({ trial, struck, problems, durationMs }, done, total) =>
      say(
        `[${done}/${total}] ${problems.length === 0 ? "ok    " : "FAILED"} ${trial.id} in ${Math.round(durationMs)} ms: ` +
          trial.interruptions
            .map((each, index) => `${placeText(each)}${struck[index] === true ? "" : " (over before)"}`)
            .join(", then "),
      ),
  });
  const failures = failureLines(matrix);
  say(`\n${matrixTable(matrix)}\n`);
  failures.forEach(say);
  const command = `npm run prove:crashes -- ${argv.slice(2).join(" ")}`.trim();
  if (options.write === true) {
    mkdirSync(join(DOCUMENT, ".."), { recursive: true });
    writeFileSync(DOCUMENT, matrixDocument(matrix, command));
  }
  if (options.json === true)
    process.stdout.write(
      `${JSON.stringify({ seed: matrix.seed, durationMs: matrix.durationMs, outcomes: matrix.scenarios.flatMap(({ outcomes }) => outcomes) }, null, 2)}\n`,
    );
  if (failures.length > 0) process.exitCode = 1;
}

if (require.main === module)
  main(process.argv).catch((error: unknown) => {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
