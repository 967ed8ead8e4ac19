import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Plinth } from "./plinth";

/** Every password that the stack keeps in Secrets Manager, from the local cloud's own records. */
export function passwordsOf(plinth: Plinth): string[] {
  const directory = join(plinth.places.cloudRoot, "records/resources");
  return readdirSync(directory)
    .filter((name) => name.includes(encodeURIComponent("secretsmanager/secretVersion:")))
    .map((name) => JSON.parse(readFileSync(join(directory, name), "utf8")) as { inputs: { secretString: string } })
    .map(({ inputs }) => (JSON.parse(inputs.secretString) as { password: string }).password);
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
