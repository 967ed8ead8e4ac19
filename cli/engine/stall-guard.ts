import type { EngineEvent } from "@pulumi/pulumi/automation";

const quietMs = 3_000;

/**
 * Ends a run that can no longer finish. When something a program awaits has failed (a data source that feeds a provider, say), the SDK never
 * resolves what depends on it, and an inline program would wait for ever: so once an error was reported, nothing is in flight and nothing
 * happens for a while, the run is aborted and the errors are shown.
 */
export class StallGuard {
  readonly #controller = new AbortController();
  readonly #onSignal = (signal: NodeJS.Signals) => {
    this.#interruptedBy = signal;
    // A terminal sends Ctrl-C to the engine too; a second one would make it drop what is in flight.
    if (signal === "SIGTERM" || !process.stdin.isTTY) this.#controller.abort();
  };
  readonly #inFlight = new Set<string>();
  #interruptedBy: NodeJS.Signals | undefined;
  #failed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    process.on("SIGINT", this.#onSignal).on("SIGTERM", this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The signal that asked the run to end, if one did. */
  get interruptedBy(): NodeJS.Signals | undefined {
    return this.#interruptedBy;
  }

  observe(event: EngineEvent): void {
    const begun = event.resourcePreEvent?.metadata;
    if (begun && begun.provider !== "") this.#inFlight.add(begun.urn);
    const ended = event.resOutputsEvent?.metadata ?? event.resOpFailedEvent?.metadata;
    if (ended) this.#inFlight.delete(ended.urn);
    if (event.diagnosticEvent?.severity === "error") this.#failed = true;
    clearTimeout(this.#timer);
    if (this.#failed && this.#inFlight.size === 0)
      this.#timer = setTimeout(() => this.#controller.abort(), quietMs).unref();
  }

  end(): void {
    clearTimeout(this.#timer);
    process.off("SIGINT", this.#onSignal).off("SIGTERM", this.#onSignal);
  }
}
