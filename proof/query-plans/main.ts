import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { relative, resolve } from "node:path";

import { Command, InvalidArgumentError } from "commander";
import { Client, type ClientConfig } from "pg";

import { CLINIC_QUERIES } from "../../schema/clinic/queries";
import { BenchServer } from "../hook/bench/arena";
import { benchManifest } from "../hook/bench/the-hook";
import { HookBundle } from "../support/hook-bundle";
import { observeClinic } from "./observe";
import { renderDocument } from "./render";
import { pair, shortcomings } from "./verdict";

const DOCUMENT = resolve(__dirname, "../../docs/query-plans.md");

const say = (text: string) => void process.stderr.write(`${text}\n`);

function whole(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("give a whole number above 0");
}

async function applyManifest(master: ClientConfig): Promise<string> {
  const bundle = new HookBundle();
  try {
    const run = await bundle.run(master, {
      PLINTH_MANIFEST: bundle.writeManifest("plans", benchManifest("split")),
    });
    if (run.code !== 0) throw new Error(`the hook failed:\n${run.output}`);
    return run.lines.at(-1) ?? "";
  } finally {
    bundle.dispose();
  }
}

async function serverVersion(config: ClientConfig): Promise<string> {
  const client = new Client(config);
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string }>("select split_part(version(), ' ', 2) as version");
    return `PostgreSQL ${rows[0]?.version ?? ""}`;
  } finally {
    await client.end();
  }
}

interface Options {
  appointments: number;
  runs: number;
  output: string;
}

/** @returns what keeps the document from being good; it is written all the same. */
async function writePlans(options: Options): Promise<string[]> {
  const server = await BenchServer.start();
  const stop = () => void server.stop().finally(() => process.exit(130));
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    say(`loading ${options.appointments.toLocaleString("en")} appointments`);
    const { master } = await server.loadSeed(options.appointments, () => undefined);
    say("measuring without the manifest");
    const before = await observeClinic(master, options.runs);
    say("applying the manifest");
    say(await applyManifest(master));
    say("measuring with it");
    const after = await observeClinic(master, options.runs);
    const comparisons = pair(CLINIC_QUERIES, before, after);
    const [cpu] = cpus();
    const facts = {
      date: new Date().toISOString().slice(0, 10),
      command: `npm run docs:plans`,
      machine: `${cpus().length} × ${cpu?.model ?? "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
      server: await serverVersion(master),
      appointments: options.appointments,
      hook: "the hook applied `schema/clinic/manifest.json`: indexes, monthly partitions, extended statistics",
    };
    writeFileSync(options.output, renderDocument(facts, comparisons));
    say(`wrote ${relative(process.cwd(), options.output)}`);
    return shortcomings(comparisons);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    await server.stop();
  }
}

async function main(): Promise<void> {
  const program = new Command("docs:plans")
    .description("plans and times of the clinic's queries before and after the manifest, as docs/query-plans.md")
    .option("--appointments <n>", "rows of the table", whole, 5_000_000)
    .option("--runs <n>", "most runs of each query", whole, 20)
    .option("--output <file>", "write it there", (path: string) => resolve(path), DOCUMENT);
  program.parse();
  const missing = await writePlans(program.opts<Options>());
  if (missing.length === 0) return;
  for (const line of missing) say(`docs:plans: ${line}`);
  process.exitCode = 1;
}

if (require.main === module)
  main().catch((error: unknown) => {
    say(`docs:plans: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
