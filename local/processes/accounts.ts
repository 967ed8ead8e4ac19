import { readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The user of Debian's Postgres packages: Postgres and PgBouncer refuse to run as root. */
const serviceAccount = "postgres";

/** Who runs the database, cache and pods: the service account when we are root, ourselves otherwise. */
export function unprivilegedAccount(): Account {
  const uid = process.getuid?.() ?? -1;
  const gid = process.getgid?.() ?? -1;
  if (uid !== 0) return { name: "self", uid, gid };
  const found = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .find(([name]) => name === serviceAccount);
  if (!found)
    throw new Error(`there is no user '${serviceAccount}' to run Postgres as (root is refused); run 'make setup'`);
  return { name: serviceAccount, uid: Number(found[2]), gid: Number(found[3]) };
}

/** The nearest directory on the way to `path` that the account may not pass through; undefined when it can reach all of it. */
export function barrier(path: string, account: Account): string | undefined {
  const above = dirname(path);
  const higher = above === path ? undefined : barrier(above, account);
  return higher ?? (mayPass(path, account) ? undefined : path);
}

function mayPass(directory: string, account: Account): boolean {
  const { uid, gid, mode } = statSync(directory);
  if (account.uid === 0) return true;
  const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
  return ((mode >> shift) & 1) === 1;
}
