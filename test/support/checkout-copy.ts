import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";

/** What `plinth` and the program are made of. */
const parts = [
  ...["bin", "cli", "infra", "local", "schema"],
  ...["Pulumi.yaml", "Pulumi.local.yaml", "Pulumi.prod.yaml", "package.json", "package-lock.json", "tsconfig.json"],
];

type Settings = Record<string, unknown>;

/** Another checkout of this repository, as a second clone would be, with the packages of the first. */
export class CheckoutCopy {
  readonly #stackFile: string;
  readonly #original: Settings;

  private constructor(readonly directory: string) {
    this.#stackFile = join(directory, "Pulumi.local.yaml");
    this.#original = (parse(readFileSync(this.#stackFile, "utf8")) as { config: Settings }).config;
  }

  static make(from: string, directory: string): CheckoutCopy {
    mkdirSync(directory, { mode: 0o755 });
    for (const part of parts) cpSync(join(from, part), join(directory, part), { recursive: true });
    // Package by package: what is cached beside them belongs to the first checkout, and would grow with every copy.
    mkdirSync(join(directory, "node_modules"));
    for (const name of readdirSync(join(from, "node_modules")).filter((each) => each !== ".cache"))
      symlinkSync(join(from, "node_modules", name), join(directory, "node_modules", name));
    return new CheckoutCopy(directory);
  }

  /** Writes the stack's configuration anew: what the repository has, with `changes` laid over it, group by group. */
  configure(changes: Settings): void {
    const config = { ...this.#original };
    for (const [key, value] of Object.entries(changes))
      config[key] = isGroup(value) && isGroup(config[key]) ? { ...config[key], ...value } : value;
    writeFileSync(this.#stackFile, stringify({ config }));
  }
}

function isGroup(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
