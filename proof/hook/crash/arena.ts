import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Client, type ClientConfig } from "pg";

import { loadClinic } from "../../../schema/clinic/load";
import { HookBundle } from "../../support/hook-bundle";
import { createRdsLikeDatabase } from "../../support/rds-like-master";
import { startThrowawayPostgres, type ThrowawayPostgres } from "../../support/throwaway-postgres";
import type { Scenario } from "./scenarios";

export interface ArenaSizes {
  patients: number;
  appointments: number;
}

const MASTER = "plinth_master";

async function asSuperuser<T>(
  server: ThrowawayPostgres,
  database: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client(server.connection({ database }));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A server of its own with a small clinic, and a database to clone for each scenario: trials in two arenas never meet. */
export class Arena {
  readonly #templates = new Map<string, string>();
  readonly #secrets = mkdtempSync(join(tmpdir(), "plinth-crash-"));
  #clones = 0;

  private constructor(
    readonly server: ThrowawayPostgres,
    readonly bundle: HookBundle,
    private readonly master: ClientConfig,
  ) {}

  static async open(sizes: ArenaSizes): Promise<Arena> {
    const server = await startThrowawayPostgres({ settings: { max_wal_size: "1GB" } });
    const bundle = new HookBundle();
    try {
      const master = await createRdsLikeDatabase(server, "base", MASTER);
      await loadClinic(master, sizes);
      return new Arena(server, bundle, master);
    } catch (error) {
      bundle.dispose();
      await server.stop();
      throw error;
    }
  }

  /** Environment of a hook that applies the manifest. */
  environment(manifest: Scenario["manifest"]): Record<string, string> {
    for (const role of manifest.roles ?? [])
      if (role.login) writeFileSync(join(this.#secrets, role.name), `secret of ${role.name}`);
    return {
      PLINTH_MANIFEST: this.bundle.writeManifest("manifest", manifest),
      PLINTH_ROLE_PASSWORDS: this.#secrets,
    };
  }

  /** A new database as the scenario begins. @returns the master's connection to it. */
  async begin(scenario: Scenario): Promise<ClientConfig> {
    const template = this.#templates.get(scenario.name) ?? (await this.#makeTemplate(scenario));
    return this.#clone(template, `trial_${++this.#clones}`);
  }

  /** Removes a trial's database, and the roles its manifest made: roles belong to the whole server. */
  async end(connection: ClientConfig): Promise<void> {
    await asSuperuser(this.server, "postgres", async (client) => {
      await client.query(`drop database if exists ${connection.database} with (force)`);
      const strangers = await client.query<{ name: string }>(
        "select rolname as name from pg_roles where rolname !~ '^pg_' and rolname <> all (array['postgres', $1])",
        [MASTER],
      );
      // What the templates grant to them keeps them from being dropped; then they are part of the scenario's beginning.
      for (const { name } of strangers.rows) await client.query(`drop role ${name}`).catch(() => undefined);
    });
  }

  async close(): Promise<void> {
    this.bundle.dispose();
    rmSync(this.#secrets, { recursive: true, force: true });
    await this.server.stop();
  }

  async #clone(template: string, name: string): Promise<ClientConfig> {
    await asSuperuser(this.server, "postgres", (client) =>
      client.query(`create database ${name} owner ${MASTER} template ${template} strategy file_copy`),
    );
    return { ...this.master, database: name };
  }

  async #makeTemplate(scenario: Scenario): Promise<string> {
    const name = `template_${this.#templates.size}`;
    const connection = await this.#clone("base", name);
    if (scenario.before !== null) {
      const run = await this.bundle.run(connection, this.environment(scenario.before));
      if (run.code !== 0) throw new Error(`scenario ${scenario.name} cannot begin:\n${run.output}`);
    }
    await asSuperuser(this.server, name, async (client) => scenario.prepare?.(client));
    this.#templates.set(scenario.name, name);
    return name;
  }
}
