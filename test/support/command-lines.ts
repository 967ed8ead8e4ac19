import { readFileSync, readdirSync } from "node:fs";

/** Collects the command lines of all processes of the machine until it is stopped, short-lived ones as far as it meets them. */
export class CommandLines {
  readonly #seen = new Set<string>();
  readonly #timer = setInterval(() => this.#look(), 50);

  static watch(): CommandLines {
    return new CommandLines();
  }

  stop(): ReadonlySet<string> {
    clearInterval(this.#timer);
    this.#look();
    return this.#seen;
  }

  #look(): void {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        this.#seen.add(readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "));
      } catch {
        // It ended between the two looks.
      }
    }
  }
}
