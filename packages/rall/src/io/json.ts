/** @file Reading JSON from anywhere: each access checks what it finds and knows where it is. */
import { ModelFileError } from "../errors.ts";
import { inWords } from "../util/words.ts";
import { Budget, type FileLimits } from "./budget.ts";

/** A part of a JSON document, with its path from the top. */
export class JsonPart {
  readonly value: unknown;
  /** What is left of the limits of the whole document. */
  readonly budget: Budget;
  readonly #above: JsonPart | undefined;
  readonly #step: string | number;

  /** @param step - name or number of the part within the part above it. */
  constructor(value: unknown, budget = new Budget(), above?: JsonPart, step: string | number = "") {
    this.value = value;
    this.budget = budget;
    this.#above = above;
    this.#step = step;
  }

  /** Where the part stands, as `$.channels[0].current`; put together only when it is asked for. */
  get path(): string {
    if (this.#above === undefined) return "$";
    const step = this.#step;
    return this.#above.path + (typeof step === "number" ? `[${step}]` : `.${step}`);
  }

  /** Counts what the part makes. @throws ModelFileError if there is more in the document than its limits say. */
  spend(what: keyof FileLimits, amount: number): void {
    this.budget.spend(what, amount, this.path);
  }

  /** This part with another value. */
  with(value: unknown): JsonPart {
    return new JsonPart(value, this.budget, this.#above, this.#step);
  }

  #below(value: unknown, step: string | number): JsonPart {
    return new JsonPart(value, this.budget, this, step);
  }

  fail(problem: string, remedy?: string): ModelFileError {
    return new ModelFileError(`${this.path}: ${problem}`, {
      subject: this.path,
      value: this.value,
      ...(remedy === undefined ? {} : { remedy }),
    });
  }

  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** A member of an object; `isAbsent` if the object has none of this name. */
  at(name: string): JsonPart {
    const value = this.#object();
    const found = Object.hasOwn(value, name) ? value[name] : undefined;
    return this.#below(found, name);
  }

  /** Members of an object. */
  entries(): [string, JsonPart][] {
    return Object.entries(this.#object()).map(([name, value]) => [name, this.#below(value, name)]);
  }

  /** Refuses members of other names. */
  only(names: readonly string[]): this {
    for (const name of Object.keys(this.#object())) {
      if (!names.includes(name))
        throw this.at(name).fail("is not known here.", `Known are: ${names.join(", ")}.`);
    }
    return this;
  }

  /** The entries of a list, not looked at. */
  list(most: number): readonly unknown[] {
    if (!Array.isArray(this.value)) throw this.fail(`is ${kindOf(this.value)}, not a list.`);
    if (this.value.length > most)
      throw this.fail(`has ${this.value.length} entries; at most ${most} are possible.`);
    return this.value;
  }

  /** One entry of a list. */
  item(list: readonly unknown[], index: number): JsonPart {
    return this.#below(list[index], index);
  }

  items(most: number): JsonPart[] {
    return this.list(most).map((item, i) => this.#below(item, i));
  }

  string(most = 10_000): string {
    if (typeof this.value !== "string") throw this.fail(`is ${kindOf(this.value)}, not a text.`);
    if (this.value.length > most)
      throw this.fail(`has ${this.value.length} characters; at most ${most} are possible.`);
    return this.value;
  }

  number(): number {
    if (typeof this.value !== "number" || !Number.isFinite(this.value)) throw this.notFinite();
    return this.value;
  }

  notFinite(): ModelFileError {
    return this.fail(`is ${kindOf(this.value)}, not a finite number.`);
  }

  whole(least: number, most: number): number {
    const value = this.number();
    if (!Number.isInteger(value) || value < least || value > most)
      throw this.fail(`is ${value}, not a whole number from ${least} to ${most}.`);
    return value;
  }

  boolean(): boolean {
    if (typeof this.value !== "boolean")
      throw this.fail(`is ${kindOf(this.value)}, not true or false.`);
    return this.value;
  }

  /** The result of `read`, or undefined if this part is absent. */
  optional<T>(read: (part: JsonPart) => T): T | undefined {
    return this.isAbsent ? undefined : read(this);
  }

  #object(): Readonly<Record<string, unknown>> {
    const { value } = this;
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw this.fail(`is ${kindOf(value)}, not an object.`);
    return value as Readonly<Record<string, unknown>>;
  }
}

function kindOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : inWords(value);
}
