import { rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { claimFile } from "../../local/cloud/claim-file";
import { processIdentity } from "../../local/processes/process-identity";
import { UserError } from "../user-error";

const holderSchema = z.object({ pid: z.number().int(), identity: z.string() });

/** Does the work while no other command updates the stack of this directory. @throws UserError naming the one that does. */
export async function whileUpdating<T>(engineRoot: string, work: () => Promise<T>): Promise<T> {
  const path = join(engineRoot, "update.json");
  const mine = { pid: process.pid, identity: processIdentity(process.pid) ?? "" };
  const isStale = ({ pid, identity }: typeof mine) => processIdentity(pid) !== identity;
  const other = claimFile(path, mine, { schema: holderSchema, isStale, mode: 0o600 });
  if (other) {
    throw new UserError(
      `another update of this stack is running (pid ${other.pid}); wait for it to finish, or end it with 'kill ${other.pid}'`,
    );
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
