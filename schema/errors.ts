/** The one error a person is meant to read: what went wrong, what was given, what to do about it. */
export class SchemaError extends Error {
  readonly what: string;
  readonly got: string;
  readonly cure: string;

  constructor(report: { what: string; got: string; cure: string }, cause?: unknown) {
    super(`${report.what} (got: ${report.got}). ${report.cure}`, cause === undefined ? undefined : { cause });
    this.name = "SchemaError";
    this.what = report.what;
    this.got = report.got;
    this.cure = report.cure;
  }
}

/** SQLSTATE of an error raised by the server, or the socket's error code, or "" when it has none. */
export function errorCode(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}

export function errorMessage(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(errorMessage).join("; ");
  return error instanceof Error ? error.message : String(error);
}
