import type { Arena } from "./arena";
import { catalogueOf } from "./catalogue";
import { OracleWriter } from "./oracle-writer";
import type { Scenario } from "./scenarios";
import { isBoundary } from "./strike";
import { judge, type Reference } from "./trial";
import type { Boundary } from "./trial-plan";
import { WireTap } from "./wire-tap";

export interface Rehearsal extends Reference {
  boundaries: Boundary[];
  durationMs: number;
}

/**
 * Runs the scenario undisturbed, under the same writes as the trials: it shows where the boundaries are and what the
 * database must be in the end.
 * @throws when that run itself goes wrong: then there is nothing to compare with.
 */
export async function rehearse(arena: Arena, scenario: Scenario, seed: number): Promise<Rehearsal> {
  const connection = await arena.begin(scenario);
  const tap = await WireTap.open(arena.server);
  const writer = await OracleWriter.start(connection, seed);
  const seen: { what: string; at: number }[] = [];
  tap.watch({
    onStatement: (sql) => {
      if (isBoundary(sql)) seen.push({ what: sql.trim().replace(/\s+/g, " ").slice(0, 60), at: performance.now() });
      return "pass";
    },
    onCaught: () => undefined,
  });
  try {
    const started = performance.now();
    const run = await arena.bundle.run(
      { ...connection, port: tap.port },
      arena.environment(scenario.manifest),
      scenario.args,
    );
    const ended = performance.now();
    await writer.stop();
    const problems = [
      ...(run.code === 0 ? [] : [`it failed:\n${run.output}`]),
      ...(await judge(connection, writer, null)),
    ];
    if (problems.length > 0)
      throw new Error(`The undisturbed run of "${scenario.name}" goes wrong:\n${problems.join("\n")}`);
    return {
      catalogue: await catalogueOf(connection),
      boundaries: seen.map(({ what, at }, index) => ({ what, lastsMs: (seen[index + 1]?.at ?? ended) - at })),
      durationMs: ended - started,
    };
  } finally {
    await writer.stop();
    await tap.close();
    await arena.end(connection);
  }
}
