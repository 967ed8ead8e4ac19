import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Plinth } from "./plinth";

interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What the stack keeps in Secrets Manager, from the local cloud's own records. */
function credentialsOf(plinth: Plinth): Credentials[] {
  const directory = join(plinth.places.cloudRoot, "records/resources");
  return readdirSync(directory)
    .filter((name) => name.includes(encodeURIComponent("secretsmanager/secretVersion:")))
    .map((name) => JSON.parse(readFileSync(join(directory, name), "utf8")) as { inputs: { secretString: string } })
    .map(({ inputs }) => JSON.parse(inputs.secretString) as Credentials);
}

export function passwordsOf(plinth: Plinth): string[] {
  return credentialsOf(plinth).map(({ password }) => password);
}

/** The writer's URL with the database's master user in it. */
export function administratorUrl(plinth: Plinth, writer: string): string {
  const admin = credentialsOf(plinth).find(({ username }) => username === "plinth_admin");
  if (!admin) throw new Error("the stack keeps no password of plinth_admin");
  const url = new URL(writer);
  url.username = admin.username;
  url.password = admin.password;
  return url.href;
}

/** Regular files under the directory that hold one of the texts, as they are or in base64. */
export function filesWith(directory: string, texts: readonly string[]): { file: string; mode: number }[] {
  const needles = texts.flatMap((text) => [text, Buffer.from(text).toString("base64").replace(/=+$/, "")]);
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => {
      const content = readFileSync(file);
      return needles.some((needle) => content.includes(needle));
    })
    .map((file) => ({ file: file.slice(directory.length + 1), mode: statSync(file).mode & 0o777 }));
}
