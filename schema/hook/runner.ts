import type { ClientConfig } from "pg";

import type { Budgets } from "../apply/budgets";
import type { Manifest } from "../manifest/manifest-schema";
import type { RunContext } from "./apply-manifest";
import { connectWithin, requireDirectPrimary, settleSession } from "./connect";
import type { RunListener } from "./listener";
import { line } from "./report";
import { loginProbe, readRolePasswords } from "./role-passwords";
import { asOnlyRunner } from "./runner-lock";
import { StopSignal } from "./stop-signal";

/** What a run needs to know, whoever starts it: the Job or a person. */
export interface RunnerSettings {
  connection: ClientConfig;
  passwordDirectory: string | null;
  startDeadlineSeconds: number;
  runnerWaitSeconds: number;
  budgets: Budgets;
  actor?: string;
}

/** The database as messages may show it: no password. */
export function targetOf({ host, port, database }: ClientConfig): string {
  return `${host}:${port}/${database}`;
}

/**
 * Connects straight to the primary and works there, as the only runner unless the work only reads. A signal cancels what
 * the session runs.
 * @throws SchemaError when the server is a standby, behind a pooler or out of reach, or another runner does not end in time.
 */
export async function withRunner<T>(
  manifest: Manifest,
  settings: RunnerSettings,
  follow: { print: (text: string) => void; listener: RunListener; exclusive: boolean },
  work: (context: RunContext) => Promise<T>,
): Promise<T> {
  const { connection } = settings;
  const { print } = follow;
  const passwords = readRolePasswords(settings.passwordDirectory, manifest);
  const stop = new StopSignal();
  const target = targetOf(connection);
  const client = await connectWithin(connection, settings.startDeadlineSeconds, (why) =>
    print(line("waiting", `for ${target}: ${why}`)),
  );
  try {
    await requireDirectPrimary(client, target);
    await settleSession(client);
    await stop.watch(client, connection);
    const context: RunContext = {
      session: client,
      connection,
      budgets: settings.budgets,
      passwords,
      passwordAccepted: loginProbe(connection, passwords),
      print,
      listener: follow.listener,
      stopping: stop.reason,
      actor: settings.actor,
    };
    if (!follow.exclusive) return await work(context);
    return await asOnlyRunner(
      client,
      { waitSeconds: settings.runnerWaitSeconds, stopping: stop.reason },
      (who) => print(line("waiting", `for another runner: ${who}`)),
      () => work(context),
    );
  } finally {
    await client.end();
  }
}
