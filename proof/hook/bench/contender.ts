import type { ClientConfig } from "pg";

/** What a contender works with: its own copy of the clinic, under load. */
export interface Arena {
  /** The master user, as the hook has it. */
  master: ClientConfig;
  superuser: ClientConfig;
  /** What was measured since the last call belongs to this phase. */
  phaseEnded: (phase: string) => void;
  /** Longest time it may take before it is broken off, in seconds. */
  limitSeconds: number;
}

/** One way to bring indexes or partitions to a live table. */
export interface Contender {
  name: string;
  what: string;
  /** @returns remarks for the report: what it did. @throws what the report then shows as its failure. */
  run: (arena: Arena) => Promise<string[]>;
}
