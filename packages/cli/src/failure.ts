/** A mistake in how the command was called; shown without a stack, with exit code 2. */
export class UsageError extends Error {
  readonly command: string;

  constructor(message: string, command: string) {
    super(message);
    this.name = "UsageError";
    this.command = command;
  }
}
