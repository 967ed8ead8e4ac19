import pc from "picocolors";

const width = () => (process.stderr.columns || 100) - 1;

/**
 * Lines and one status line on stderr, so that stdout stays clean for `--json` and pipes. The status line, with the seconds it has taken so far,
 * exists only on a terminal; elsewhere a heartbeat is printed every ten seconds, so that a log shows that something goes on.
 */
export class Terminal {
  #status: string | undefined;
  #since = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #lastBeat = Date.now();

  constructor(private readonly interactive = process.stderr.isTTY === true) {}

  line(text: string): void {
    this.#erase();
    process.stderr.write(`${text}\n`);
    this.#lastBeat = Date.now();
    this.#draw();
  }

  /** Says what is being worked on now. */
  working(text: string): void {
    this.#status = text;
    this.#since = Date.now();
    this.#timer ??= setInterval(() => this.#tick(), this.interactive ? 200 : 1_000).unref();
    this.#draw();
  }

  /** Says how far the same work has come; its seconds go on counting. */
  progress(text: string): void {
    if (this.#status === undefined) return this.working(text);
    this.#status = text;
    this.#draw();
  }

  /** Ends the status line. */
  rest(): void {
    this.#erase();
    this.#status = undefined;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    if (this.interactive) return this.#draw();
    if (this.#status === undefined || Date.now() - this.#lastBeat < 10_000) return;
    this.#lastBeat = Date.now();
    process.stderr.write(`  … ${this.#status} (${this.#seconds()} s)\n`);
  }

  #draw(): void {
    if (!this.interactive || this.#status === undefined) return;
    const text = `  … ${this.#status} ${this.#seconds()} s`;
    process.stderr.write(`\r\x1b[2K${pc.dim(text.slice(0, width()))}`);
  }

  #erase(): void {
    if (this.interactive && this.#status !== undefined) process.stderr.write("\r\x1b[2K");
  }

  #seconds(): number {
    return Math.round((Date.now() - this.#since) / 1000);
  }
}
