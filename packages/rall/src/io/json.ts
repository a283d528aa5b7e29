/** @file Reading JSON from anywhere: each access checks what it finds and knows where it is. */
import { ModelFileError } from "../errors.ts";

/** A part of a JSON document, with its path from the top. */
export class JsonPart {
  readonly value: unknown;
  readonly path: string;

  constructor(value: unknown, path = "$") {
    this.value = value;
    this.path = path;
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
    return new JsonPart(found, `${this.path}.${name}`);
  }

  /** Members of an object. */
  entries(): [string, JsonPart][] {
    return Object.entries(this.#object()).map(([name, value]) => [
      name,
      new JsonPart(value, `${this.path}.${name}`),
    ]);
  }

  /** Refuses members of other names. */
  only(names: readonly string[]): this {
    for (const [name, part] of this.entries()) {
      if (!names.includes(name))
        throw part.fail("is not known here.", `Known are: ${names.join(", ")}.`);
    }
    return this;
  }

  items(most: number): JsonPart[] {
    if (!Array.isArray(this.value)) throw this.fail(`is ${kindOf(this.value)}, not a list.`);
    if (this.value.length > most)
      throw this.fail(`has ${this.value.length} entries; at most ${most} are possible.`);
    return this.value.map((item: unknown, i) => new JsonPart(item, `${this.path}[${i}]`));
  }

  string(most = 10_000): string {
    if (typeof this.value !== "string") throw this.fail(`is ${kindOf(this.value)}, not a text.`);
    if (this.value.length > most)
      throw this.fail(`has ${this.value.length} characters; at most ${most} are possible.`);
    return this.value;
  }

  number(): number {
    if (typeof this.value !== "number" || !Number.isFinite(this.value))
      throw this.fail(`is ${kindOf(this.value)}, not a finite number.`);
    return this.value;
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
  return typeof value === "object" ? "an object" : JSON.stringify(value).slice(0, 40);
}
