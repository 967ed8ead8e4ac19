import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A machine of its own for the search of the Pulumi CLI: an empty home and a directory that is all of its PATH. */
export class FakeMachine {
  readonly #root = mkdtempSync(join(tmpdir(), "plinth-fake-machine-"));
  readonly env = { HOME: join(this.#root, "home"), PATH: join(this.#root, "bin") };

  /** Puts an executable that answers `version` into `directory`/bin or into PATH, and counts how often it is asked. */
  writePulumi(version: string, path = join(this.env.PATH, "pulumi")): string {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `#!/bin/sh\necho asked >>'${this.#askedFile}'\necho v${version}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  get timesAsked(): number {
    return existsSync(this.#askedFile) ? readFileSync(this.#askedFile, "utf8").trim().split("\n").length : 0;
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  get #askedFile(): string {
    return join(this.#root, "asked");
  }
}
