import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { compareMeasurements, renderComparison } from "../../schema/clinic/compare";
import { loadClinic, type LoadProgress } from "../../schema/clinic/load";
import { measureClinic, type Measurement } from "../../schema/clinic/measure";
import { runUpdate, type Changes } from "../engine/update";
import type { StackPlaces } from "../places";
import type { Project } from "../project";
import { releaseFile, releaseOf } from "../release";
import { readAdministrator } from "../status";
import type { Terminal } from "../terminal/terminal";
import { bar } from "../terminal/bar";
import { UserError } from "../user-error";
import { measurementFile, readMeasurements } from "./measurements";

export interface ClinicOptions {
  readonly project: Project;
  readonly places: StackPlaces;
  readonly terminal: Terminal;
  readonly patients: number;
  readonly appointments: number;
  readonly seed: number;
}

export interface ClinicReport {
  /** The second update, which let the hook work on the new tables; undefined when it had run before. */
  readonly hook?: Changes;
  readonly lines: readonly string[];
}

/**
 * Plays the application: migrates and fills its tables once, then announces the release, so that the post-deploy hook runs on them. Each stage
 * leaves a file when it is done; a killed run goes on from there.
 */
export async function bringClinic(options: ClinicOptions): Promise<ClinicReport> {
  const { places, terminal } = options;
  const connection = await readAdministrator(options.project, places);
  const load = await loadClinic(connection, {
    patients: options.patients,
    appointments: options.appointments,
    seed: options.seed,
    onProgress: (progress) => terminal.progress(loading(progress)),
  }).catch((error: unknown) => {
    throw new UserError(`the clinic was not loaded: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  });
  terminal.rest();
  const size = `${load.patients.toLocaleString("en")} patients, ${load.appointments.toLocaleString("en")} appointments, ${load.encounters.toLocaleString("en")} encounters`;
  terminal.line(
    load.loaded ? `loaded ${size} in ${(load.durationMs / 1000).toFixed(1)} s` : `the clinic is there: ${size}`,
  );

  const release = `clinic-${migrationDigest()}-${options.patients}-${options.appointments}-${options.seed}`;
  const measure = async (): Promise<Measurement[]> => {
    const measured = await measureClinic(connection, {
      onProgress: (name, done, total) => terminal.progress(`measuring ${bar(done, total)} ${name}`),
    });
    terminal.rest();
    return measured;
  };
  let hook: Changes | undefined;
  if (releaseOf(places) !== release) {
    write(
      measurementFile(places, "before"),
      JSON.stringify({ release, at: new Date().toISOString(), measurements: await measure() }),
    );
    write(releaseFile(places), release);
    terminal.line("the application's tables are there: running the post-deploy hook on them");
    hook = await runUpdate(options);
  }
  // Also when an earlier run ended in between: the update that came before this has finished the hook's work.
  if (readMeasurements(measurementFile(places, "after"))?.release !== release) {
    write(
      measurementFile(places, "after"),
      JSON.stringify({ release, at: new Date().toISOString(), measurements: await measure() }),
    );
  }
  return { hook, lines: renderReport(places, release, hook !== undefined) };
}

/** Before and after, when both were measured for this release. */
function renderReport(places: StackPlaces, release: string, fresh: boolean): string[] {
  const before = readMeasurements(measurementFile(places, "before"));
  const after = readMeasurements(measurementFile(places, "after"));
  if (before?.release !== release || after?.release !== release) {
    return [
      "the run that was to measure the typical queries after the hook was interrupted; there is nothing to compare",
    ];
  }
  const when = fresh ? "measured in this run" : `measured ${before.at} and ${after.at}`;
  return [
    `typical queries before and after the hook, ${when}:`,
    renderComparison(compareMeasurements(before.measurements, after.measurements)),
  ];
}

function loading({ phase, done, total }: LoadProgress): string {
  return `loading ${phase} ${bar(done, total)} ${done.toLocaleString("en")} of ${total.toLocaleString("en")}`;
}

/** The application's tables are part of its release: other tables are another release. */
function migrationDigest(): string {
  const migration = readFileSync(require.resolve("../../schema/clinic/tables.sql"));
  return createHash("sha256").update(migration).digest("hex").slice(0, 8);
}

function write(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
}
