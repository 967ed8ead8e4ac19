/** One thing wrong with one configuration value. */
export interface ConfigProblem {
  /** The key as the user wrote it, e.g. `plinth:database.instanceClass`. */
  readonly key: string;
  /** The value as given, shortened; "(not set)" when there was none. Never a secret. */
  readonly given: string;
  /** What is wrong, as half a sentence. */
  readonly problem: string;
  /** What to do about it. */
  readonly cure: string;
}

/** Every problem of a configuration at once, so that a user fixes it in one go. */
export class ConfigError extends Error {
  constructor(
    readonly stack_: string,
    readonly problems: readonly ConfigProblem[],
  ) {
    super(describe(stack_, problems));
    this.name = "ConfigError";
  }
}

function describe(stack: string, problems: readonly ConfigProblem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const lines = problems.map((p) => `  ${p.key}: ${p.problem}\n    given: ${p.given}\n    cure:  ${p.cure}`);
  return `The configuration of stack "${stack}" has ${count}:\n${lines.join("\n")}`;
}
