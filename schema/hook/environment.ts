import { readFileSync } from "node:fs";
import { checkServerIdentity, type ConnectionOptions } from "node:tls";

import type { ClientConfig } from "pg";
import { z } from "zod";

import { DEFAULT_BUDGETS, type Budgets } from "../apply/budgets";
import { SchemaError, errorMessage } from "../errors";

const seconds = (fallback: number) => z.coerce.number().positive().max(86_400).default(fallback);

const environmentSchema = z.object({
  PGHOST: z.string().min(1),
  PGPORT: z.coerce.number().int().min(1).max(65_535).default(5432),
  PGDATABASE: z.string().min(1),
  PGUSER: z.string().min(1),
  PGPASSWORD: z.string().optional(),
  PGSSLMODE: z.enum(["disable", "require", "verify-ca", "verify-full"]).default("verify-full"),
  PGSSLROOTCERT: z.string().optional(),
  PLINTH_MANIFEST: z.string().min(1),
  PLINTH_ROLE_PASSWORDS: z.string().optional(),
  /** Name of the Job or person on whose behalf it runs, for the ledger. */
  PLINTH_ACTOR: z.string().max(200).optional(),
  /** How long to wait for the database to answer at all. */
  PLINTH_START_DEADLINE_SECONDS: seconds(120),
  /** How long to wait for another runner to finish. */
  PLINTH_RUNNER_WAIT_SECONDS: seconds(300),
  PLINTH_SHORT_LOCK_SECONDS: seconds(DEFAULT_BUDGETS.shortLockSeconds),
  PLINTH_BUILD_LOCK_SECONDS: seconds(DEFAULT_BUDGETS.buildLockSeconds),
  PLINTH_ATTEMPTS: z.coerce.number().int().min(1).max(100).default(DEFAULT_BUDGETS.attempts),
  /** Longest stall of one attempt at the cut-over of a conversion, in milliseconds. */
  PLINTH_CUT_OVER_LOCK_MS: z.coerce.number().int().min(1).max(10_000).default(DEFAULT_BUDGETS.cutOverLockMs),
  PLINTH_CUT_OVER_ATTEMPTS: z.coerce.number().int().min(1).max(100_000).default(DEFAULT_BUDGETS.cutOverAttempts),
});

export interface HookSettings {
  connection: ClientConfig;
  manifestPath: string;
  passwordDirectory: string | null;
  startDeadlineSeconds: number;
  runnerWaitSeconds: number;
  budgets: Budgets;
  actor?: string;
}

function tls(mode: string, host: string, rootCertificate: string | undefined): false | ConnectionOptions {
  if (mode === "disable") return false;
  if (mode === "require") return { rejectUnauthorized: false };
  let ca: string | undefined;
  try {
    ca = rootCertificate === undefined ? undefined : readFileSync(rootCertificate, "utf8");
  } catch (error) {
    throw new SchemaError(
      {
        what: `The CA file cannot be read: ${errorMessage(error)}`,
        got: rootCertificate ?? "",
        cure: "Point PGSSLROOTCERT at the CA bundle.",
      },
      error,
    );
  }
  // pg gives Node no host name for an address, and Node would then check the certificate against "localhost".
  const identity: ConnectionOptions["checkServerIdentity"] =
    mode === "verify-full" ? (_name, certificate) => checkServerIdentity(host, certificate) : () => undefined;
  return { ca, rejectUnauthorized: true, checkServerIdentity: identity };
}

/** @throws SchemaError that lists every variable that is missing or wrong. */
export function readEnvironment(environment: Record<string, string | undefined>): HookSettings {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new SchemaError({
      what: `The environment has ${problems.length} problem${problems.length === 1 ? "" : "s"}:\n  ${problems.join("\n  ")}\n`,
      got: parsed.error.issues
        .map(
          (issue) =>
            `${String(issue.path[0])}=${issue.path[0] === "PGPASSWORD" ? "***" : (environment[String(issue.path[0])] ?? "unset")}`,
        )
        .join(", "),
      cure: "Set PGHOST, PGDATABASE, PGUSER, PLINTH_MANIFEST (and PGPORT, PGPASSWORD, PGSSLMODE, PGSSLROOTCERT, PLINTH_ROLE_PASSWORDS) for the hook.",
    });
  }
  const env = parsed.data;
  return {
    connection: {
      host: env.PGHOST,
      port: env.PGPORT,
      database: env.PGDATABASE,
      user: env.PGUSER,
      password: env.PGPASSWORD,
      ssl: tls(env.PGSSLMODE, env.PGHOST, env.PGSSLROOTCERT),
      application_name: "plinth-hook",
      keepAlive: true,
    },
    manifestPath: env.PLINTH_MANIFEST,
    passwordDirectory: env.PLINTH_ROLE_PASSWORDS ?? null,
    startDeadlineSeconds: env.PLINTH_START_DEADLINE_SECONDS,
    runnerWaitSeconds: env.PLINTH_RUNNER_WAIT_SECONDS,
    actor: env.PLINTH_ACTOR,
    budgets: {
      ...DEFAULT_BUDGETS,
      shortLockSeconds: env.PLINTH_SHORT_LOCK_SECONDS,
      buildLockSeconds: env.PLINTH_BUILD_LOCK_SECONDS,
      attempts: env.PLINTH_ATTEMPTS,
      cutOverLockMs: env.PLINTH_CUT_OVER_LOCK_MS,
      cutOverAttempts: env.PLINTH_CUT_OVER_ATTEMPTS,
    },
  };
}
