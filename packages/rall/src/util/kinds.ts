/**
 * @file What values from outside may be: callers without types may give anything. A kind says it in words and tests it;
 * `fields` are the options of a function, each with its kind, so that keys and types stand in one place.
 */
import { NameError, type RallError, ValueError } from "../errors.ts";
import { nearestName } from "./suggest.ts";
import { inWords } from "./words.ts";

/** What a value may be. */
export interface Kind {
  /** In words, as they follow "Give". */
  readonly what: string;
  readonly accepts: (value: unknown) => boolean;
  /** Looks into a value that is accepted. @throws RallError for what is wrong within. */
  readonly inspect?: (value: unknown, subject: string) => void;
  /** Whether the option has to be there. */
  readonly isRequired?: boolean;
  /** The error for a value that is not accepted, where it is no `ValueError`. */
  readonly refuse?: (value: unknown, subject: string) => RallError;
}

/** Kinds of options, or of members of an object, by key; those that are not `required` may be left out. */
export type Fields = Readonly<Record<string, Kind>>;

/** @throws ValueError for a value that is not of the kind. */
export function check(value: unknown, kind: Kind, subject: string): void {
  if (!kind.accepts(value)) {
    if (kind.refuse !== undefined) throw kind.refuse(value, subject);
    throw new ValueError(`${subject} is ${inWords(value)}.`, {
      subject,
      value,
      remedy: `Give ${kind.what}.`,
    });
  }
  kind.inspect?.(value, subject);
}

/**
 * Values of arguments, each with its kind, by name.
 *
 * @throws ValueError for the first that is not of its kind.
 */
export function checkArguments(
  args: Readonly<Record<string, readonly [value: unknown, kind: Kind]>>,
): void {
  for (const [name, [value, kind]] of Object.entries(args)) check(value, kind, name);
}

/** A number, finite or not: its domain is looked at where it is known. */
export const number: Kind = { what: "a number", accepts: (value) => typeof value === "number" };

export const finite: Kind = { what: "a finite number", accepts: Number.isFinite };

export const positive: Kind = {
  what: "a finite number above 0",
  accepts: (value) => Number.isFinite(value) && Number(value) > 0,
};

export const whole: Kind = {
  what: "a whole number from 0",
  accepts: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
};

export const text: Kind = { what: "a text", accepts: (value) => typeof value === "string" };

export const flag: Kind = {
  what: "true or false",
  accepts: (value) => typeof value === "boolean",
};

export const callback: Kind = {
  what: "a function",
  accepts: (value) => typeof value === "function",
};

/** Numbers in an array of any type, or in anything with numbered entries and a length. */
export const numbers: Kind = {
  what: "an array of numbers",
  accepts: (value) => isArrayLike(value) && everyNumber(value),
};

/** Numbers in an array of any type, which has the methods of arrays. */
export const numberArray: Kind = {
  what: "an array of numbers",
  accepts: (value) => (Array.isArray(value) || isTypedArray(value)) && everyNumber(value),
};

export const finiteArray: Kind = {
  what: "an array of finite numbers",
  accepts: (value) =>
    (Array.isArray(value) || isTypedArray(value)) && Array.from(value).every(Number.isFinite),
};

export const numberOrNumbers = either(number, numbers);

/** Numbers as they come from Rall. Of any realm, so that a test runner with a realm of its own can give them. */
export const vector: Kind = {
  what: "a Float64Array",
  accepts: (value) => Object.prototype.toString.call(value) === "[object Float64Array]",
};

/** Whether something is an object with numbered entries: no text and no function, which have lengths, too. */
export function isArrayLike(value: unknown): value is ArrayLike<unknown> {
  if (typeof value !== "object" || value === null) return false;
  return "length" in value && Number.isSafeInteger(value.length) && Number(value.length) >= 0;
}

function isTypedArray(value: unknown): value is Float64Array {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function everyNumber(values: ArrayLike<unknown>): boolean {
  if (ArrayBuffer.isView(values))
    return !(values instanceof BigInt64Array) && !(values instanceof BigUint64Array);
  for (let k = 0; k < values.length; k++) if (typeof values[k] !== "number") return false;
  return true;
}

/** An object literal, as options are: no list, no function, no instance of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The prototype of object literals, of this realm or of another, has none of its own
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** One of some texts. */
export function choice(...known: readonly string[]): Kind {
  return {
    what: `one of ${known.map((one) => JSON.stringify(one)).join(", ")}`,
    accepts: (value) => typeof value === "string" && known.includes(value),
  };
}

export function instance(
  type: abstract new (...args: never[]) => object,
  what = `a ${type.name}`,
): Kind {
  return { what, accepts: (value) => value instanceof type };
}

/** What the first of some kinds that accepts it finds in order. */
export function either(...kinds: readonly Kind[]): Kind {
  const find = (value: unknown) => kinds.find(({ accepts }) => accepts(value));
  return {
    what: kinds.map(({ what }) => what).join(", or "),
    accepts: (value) => find(value) !== undefined,
    inspect: (value, subject) => find(value)?.inspect?.(value, subject),
  };
}

/** A list, each entry of a kind. */
export function list(item: Kind, what = "a list"): Kind {
  return {
    what,
    accepts: Array.isArray,
    inspect(value, subject) {
      if (!Array.isArray(value)) return;
      for (let k = 0; k < value.length; k++) check(value[k], item, `${subject}[${k}]`);
    },
  };
}

/** A list of as many entries as there are kinds, each of its own. */
export function tuple(what: string, ...items: readonly Kind[]): Kind {
  return {
    what,
    accepts: (value) => Array.isArray(value) && value.length === items.length,
    inspect(value, subject) {
      if (!Array.isArray(value)) return;
      for (const [k, item] of items.entries()) check(value[k], item, `${subject}[${k}]`);
    },
  };
}

/** Any object, of a class or not, that has some members; others are of no account. */
export function having(fields: Fields, what: string): Kind {
  return {
    what,
    accepts: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    inspect(value, subject) {
      if (typeof value !== "object" || value === null) return;
      for (const [key, kind] of Object.entries(fields)) {
        const member: unknown = Reflect.get(value, key);
        if (member !== undefined || kind.isRequired === true)
          check(member, kind, `${subject}.${key}`);
      }
    },
  };
}

/** What ends work that is under way; of any realm. */
export const abortSignal = having(
  { aborted: required(flag), throwIfAborted: required(callback) },
  "the signal of an AbortController",
);

/** An object whose members, of any name, are all of a kind. */
export function record(item: Kind, what = "an object"): Kind {
  return {
    what,
    accepts: isPlainObject,
    inspect(value, subject) {
      if (!isPlainObject(value)) return;
      for (const [key, member] of Object.entries(value)) check(member, item, `${subject}.${key}`);
    },
  };
}

/** An object of known members. */
export function object(fields: Fields, what = `an object { ${Object.keys(fields).join(", ")} }`) {
  return {
    what,
    accepts: isPlainObject,
    inspect: (value: unknown, subject: string) => checkFields(value, fields, subject),
  } satisfies Kind;
}

/** The same kind for an option that must be there. */
export function required(kind: Kind): Kind {
  return { ...kind, isRequired: true };
}

/**
 * Members of an object, each by its kind; a member that is undefined is not there.
 *
 * @throws NameError for a key that is not among the fields, with the nearest one. ValueError for what is no object or has a
 * member that is missing or of another kind.
 */
export function checkFields(value: unknown, fields: Fields, where: string): void {
  if (!isPlainObject(value)) {
    throw new ValueError(`What ${where} is given is ${inWords(value)}, no object.`, {
      subject: where,
      value,
      remedy: `Give an object with some of ${Object.keys(fields).join(", ")}.`,
    });
  }
  checkKeys(value, Object.keys(fields), where);
  for (const [key, kind] of Object.entries(fields)) {
    const member = value[key];
    if (member !== undefined || kind.isRequired === true) check(member, kind, key);
  }
}

/** @throws NameError for a key that is not among the known ones, with the nearest one. */
export function checkKeys(value: object, known: readonly string[], where: string): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const suggestion = nearestName(key, known);
    throw new NameError(`${where} has no option ${inWords(key)}.`, {
      subject: key,
      ...(suggestion === undefined
        ? { remedy: `Options are: ${known.join(", ")}.` }
        : { suggestion }),
    });
  }
}
