/** What the user can mend: what went wrong, what was given, the cure. Shown as one line, without a stack trace. */
export class UserError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UserError";
  }
}
