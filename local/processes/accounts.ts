import { readFileSync } from "node:fs";

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
