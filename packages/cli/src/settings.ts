/** @file Options of the form `PLACE,NAME=VALUE,...`. */
import { nearestName } from "rall";
import { UsageError } from "./failure.ts";
import { number } from "./options.ts";

/** What stands before the first comma, and the settings after it. */
export class Settings {
  readonly subject: string;
  readonly #command: string;
  readonly #option: string;
  readonly #text: string;
  readonly #values = new Map<string, string>();

  /** @throws UsageError for a setting without value and one that stands there twice. */
  constructor(command: string, option: string, text: string) {
    [this.#command, this.#option, this.#text] = [command, option, text];
    const [subject = "", ...settings] = text.split(",");
    this.subject = subject.trim();
    for (const setting of settings) {
      const at = setting.indexOf("=");
      const name = setting.slice(0, Math.max(0, at)).trim();
      if (name === "") throw this.fail(`${JSON.stringify(setting)} is not of the form NAME=VALUE`);
      if (this.#values.has(name)) throw this.fail(`${name} stands there twice`);
      this.#values.set(name, setting.slice(at + 1).trim());
    }
  }

  get names(): string[] {
    return [...this.#values.keys()];
  }

  /** @throws UsageError for a name that is not among those known. */
  only(known: readonly string[]): void {
    for (const name of this.names) {
      if (known.includes(name)) continue;
      const near = nearestName(name, known);
      const help =
        near === undefined
          ? `there are ${known.join(", ")}`
          : `did you mean ${JSON.stringify(near)}?`;
      throw this.fail(`it has no ${JSON.stringify(name)}; ${help}`);
    }
  }

  text(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** @throws UsageError if it is missing or no number. */
  number(name: string): number {
    const [value, ...others] = this.numbers(name) ?? [];
    if (value === undefined) throw this.fail(`it lacks ${name}=...`);
    if (others.length > 0) throw this.fail(`${name} is one number`);
    return value;
  }

  /** Numbers divided by colons. */
  numbers(name: string): number[] | undefined {
    const parts = this.text(name)?.split(":");
    return parts?.map((part) => number(this.#command, `${name} of ${this.#option}`, part));
  }

  fail(problem: string): UsageError {
    return new UsageError(
      `${this.#option} ${JSON.stringify(this.#text)}: ${problem}${problem.endsWith("?") ? "" : "."}`,
      this.#command,
    );
  }
}
