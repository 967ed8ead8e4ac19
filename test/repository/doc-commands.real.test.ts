import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { ClientConfig } from "pg";

import { loadClinic } from "../../schema/clinic/load";
import { checkout } from "../support/plinth";
import { createRdsLikeDatabase } from "../support/rds-like-master";
import { temporaryDirectory } from "../support/temporary-directory";
import { startThrowawayPostgres, type ThrowawayPostgres } from "../support/throwaway-postgres";

const DOCUMENTS = [
  "docs/schema.md",
  "docs/indexes.md",
  "docs/partitions.md",
  "docs/maintenance.md",
  "docs/runbooks/schema.md",
];

/** Exit codes that a command may end with on a database on which everything has been applied. */
const EXPECTED: Record<string, number[]> = {
  "schema plan": [0],
  "schema apply": [0],
  "schema ledger": [0],
  "schema health": [0],
  // The documents speak of a table called TABLE: there is no conversion of it.
  "schema abort": [1],
};

function commandsOf(document: string): string[] {
  const text = readFileSync(join(checkout, document), "utf8");
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block = ""]) => block.split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "");
}

describe("the commands in the documents about the schema", () => {
  const directory = temporaryDirectory();
  let postgres: ThrowawayPostgres;
  let master: ClientConfig;

  const run = (command: string) => {
    const [program, name, ...args] = command.split(/\s+/);
    expect(`${program} ${name}`).toBe("npx plinth");
    return spawnSync(process.execPath, [join(checkout, "bin/plinth.js"), ...args], {
      cwd: checkout,
      encoding: "utf8",
      env: {
        ...process.env,
        PLINTH_HOME: join(directory(), "home"),
        PGHOST: String(master.host),
        PGPORT: String(master.port),
        PGDATABASE: String(master.database),
        PGUSER: String(master.user),
        PGPASSWORD: String(master.password),
        PGSSLMODE: "disable",
      },
    });
  };

  beforeAll(async () => {
    postgres = await startThrowawayPostgres();
    master = await createRdsLikeDatabase(postgres, "documents");
    await loadClinic(master, { patients: 200, appointments: 2000 });
    const applied = run("npx plinth schema apply");
    expect(applied.stderr).not.toMatch(/! refused/);
    expect(applied.status).toBe(0);
  });

  afterAll(async () => postgres?.stop());

  it.each(DOCUMENTS.flatMap((document) => commandsOf(document).map((command) => [document, command])))(
    "%s: %s",
    (_document, command) => {
      const verb = command.split(/\s+/).slice(2, 4).join(" ");
      const ended = run(command);
      expect(`${ended.status} ${ended.stderr}`).toMatch(new RegExp(`^(${(EXPECTED[verb] ?? []).join("|")}) `));
      expect(ended.stderr).not.toMatch(/unknown (command|option)/);
    },
  );

  it.each(DOCUMENTS)("%s has commands, each known here", (document) => {
    const commands = commandsOf(document);
    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) expect(Object.keys(EXPECTED)).toContain(command.split(/\s+/).slice(2, 4).join(" "));
  });
});
