import { Client, type ClientConfig } from "pg";

import { loadClinic, type LoadProgress } from "../../../schema/clinic/load";
import { createRdsLikeDatabase } from "../../support/rds-like-master";
import { startThrowawayPostgres, type ThrowawayPostgres } from "../../support/throwaway-postgres";

/** A loaded clinic that contenders get copies of. */
export interface Seed {
  database: string;
  master: ClientConfig;
  appointments: number;
}

/** What RDS sets on an instance of this size, and durable: a stall of a write is also its fsync. */
const SETTINGS = {
  fsync: "on",
  shared_buffers: "2GB",
  effective_cache_size: "6GB",
  maintenance_work_mem: "256MB",
  max_wal_size: "8GB",
  checkpoint_timeout: "15min",
  wal_compression: "on",
  random_page_cost: "1.1",
  max_connections: "200",
  autovacuum_vacuum_cost_delay: "2ms",
  log_lock_waits: "on",
  deadlock_timeout: "200ms",
};

/** One server; every contender gets a copy of the same loaded clinic. */
export class BenchServer {
  readonly #postgres: ThrowawayPostgres;

  private constructor(postgres: ThrowawayPostgres) {
    this.#postgres = postgres;
  }

  static async start(): Promise<BenchServer> {
    return new BenchServer(await startThrowawayPostgres({ settings: SETTINGS }));
  }

  async loadSeed(appointments: number, onProgress: (progress: LoadProgress) => void): Promise<Seed> {
    const database = `bench_seed_${appointments}`;
    const master = await createRdsLikeDatabase(this.#postgres, database);
    await loadClinic(master, { appointments, patients: Math.max(1000, Math.round(appointments / 25)), onProgress });
    return { database, master, appointments };
  }

  /** A fresh copy under the given name. */
  async copy(name: string, seed: Seed): Promise<{ master: ClientConfig; superuser: ClientConfig }> {
    await this.#admin(`create database ${name} template ${seed.database} owner plinth_master strategy file_copy`);
    await this.#admin("checkpoint");
    return {
      master: this.#postgres.connection({ database: name, user: "plinth_master", password: "throwaway-master" }),
      superuser: this.#postgres.connection({ database: name }),
    };
  }

  async drop(name: string): Promise<void> {
    await this.#admin(`drop database if exists ${name} with (force)`);
  }

  async stop(): Promise<void> {
    await this.#postgres.stop();
  }

  async #admin(statement: string): Promise<void> {
    const client = new Client(this.#postgres.superuser);
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }
}
