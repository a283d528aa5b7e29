/**
 * Misuse of public functions, made from valid calls: each argument, member of an object and first entry of a list in turn becomes
 * something else, as plain JavaScript may give it. Each must give a `RallError`, or be listed with a reason as legitimate.
 */
import { RallError } from "rall";

/** A function or class, and arguments that are valid: all options, so that each is tried. */
export type Call = readonly [callee: unknown, ...args: readonly unknown[]];

/** Values that are legitimate at a place (`1.dt`; `*` for any rest of a path), and why. */
export type Accepted = readonly [
  place: string,
  values: readonly MisuseName[] | "all",
  reason: string,
];

export interface Entry {
  /** Made anew for each misuse, since calls may change what they are given. */
  readonly call: () => Call | Promise<Call>;
  readonly accepts?: readonly Accepted[];
}

export type Table = Readonly<Record<string, Entry>>;

const values = {
  undefined: () => undefined,
  null: () => null,
  NaN: () => Number.NaN,
  text: () => "text",
  number: () => 5,
  true: () => true,
  object: () => ({}),
  list: () => [],
  function: () => () => undefined,
  date: () => new Date(0),
  unknown: () => undefined,
} as const;

/** `unknown` is a key that nothing knows, in an object. */
export type MisuseName = keyof typeof values;

/** An entry for a method of an instance, with its arguments. */
export function method<Instance extends object>(
  make: () => Instance | Promise<Instance>,
  name: keyof Instance & string,
  ...args: readonly unknown[]
): () => Promise<Call> {
  return async () => {
    const owner = await make();
    const member = owner[name];
    if (typeof member !== "function") throw new Error(`${name} is no method`);
    return [member.bind(owner), ...args];
  };
}

const depths = new WeakMap<object, number>();

/** A value that Rall has made, as results, trees or states: nothing is changed deeper within it than `depth`. */
export function made<Value extends object>(value: Value, depth = 0): Value {
  depths.set(value, depth);
  return value;
}

interface Misuse {
  /** Position of the argument, then keys: `1.dt`. */
  readonly place: string;
  readonly name: MisuseName;
  readonly args: readonly unknown[];
}

/** What goes wrong where a call is misused: one line each. Nothing if all is refused or listed. */
export async function misuse(name: string, { call, accepts = [] }: Entry): Promise<string[]> {
  const wrong: string[] = [];
  const valid = await call();
  const first = await outcome(valid[0], valid.slice(1));
  if (first !== undefined) return [`${name}: the valid call gives ${describe(first.error)}`];
  const used = new Set<Accepted>();
  const count = misusesOf(valid).length;
  for (let k = 0; k < count; k++) {
    // Arguments of this call alone
    const [callee, ...args] = await call();
    const one = misusesOf([callee, ...args])[k];
    if (one === undefined) continue;
    const failure = await outcome(callee, one.args);
    if (failure?.error instanceof RallError) continue;
    const what = `${name} with ${one.place} = ${one.name}`;
    if (failure !== undefined) wrong.push(`${what}: ${describe(failure.error)}`);
    else {
      const reason = accepts.find((accepted) => isAccepted(one, accepted));
      if (reason === undefined) wrong.push(`${what}: nothing`);
      else used.add(reason);
    }
  }
  const idle = accepts.filter((one) => !used.has(one));
  return [...wrong, ...idle.map(([place]) => `${name}: nothing at ${place} needs to be accepted`)];
}

/** Names of functions and classes that a table has no entry for, and entries that nothing is called. */
export function uncovered(
  exported: Readonly<Record<string, unknown>>,
  table: Table,
  elsewhere: readonly string[] = [],
): string[] {
  const functions = Object.keys(exported).filter(
    (name) => typeof exported[name] === "function" && !elsewhere.includes(name),
  );
  return symmetricDifference(functions, Object.keys(table));
}

/** The same for the methods of a class, those that it inherits included. */
export function uncoveredMethods(
  type: { readonly prototype: object },
  table: Table,
  inherited: readonly string[] = [],
): string[] {
  const own = methodsOf(type).filter((name) => !inherited.includes(name));
  return symmetricDifference(own, Object.keys(table));
}

/** Names of the methods of a class, those that it inherits included. */
export function methodsOf(type: { readonly prototype: object }): string[] {
  const names = new Set<string>();
  for (
    let prototype: unknown = type.prototype;
    typeof prototype === "object" && prototype !== null && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype)))
      if (typeof value === "function" && name !== "constructor") names.add(name);
  }
  return [...names];
}

function symmetricDifference(a: readonly string[], b: readonly string[]): string[] {
  return [...a.filter((one) => !b.includes(one)), ...b.filter((one) => !a.includes(one))];
}

function isAccepted({ place, name }: Misuse, [pattern, names]: Accepted): boolean {
  const fits = pattern.endsWith("*") ? place.startsWith(pattern.slice(0, -1)) : place === pattern;
  return fits && (names === "all" || names.includes(name));
}

function misusesOf([callee, ...args]: Call): Misuse[] {
  const required = typeof callee === "function" ? callee.length : 0;
  return args.flatMap((arg, k) =>
    replacements(arg, String(k), 4).flatMap(({ place, name, value }): Misuse[] => {
      // Left out is no misuse of what may be left out
      if (name === "undefined" && (place !== String(k) || k >= required)) return [];
      return [{ place, name, args: args.map((own, i) => (i === k ? value : own)) }];
    }),
  );
}

interface Replacement {
  readonly place: string;
  readonly name: MisuseName;
  readonly value: unknown;
}

/** What can stand in the place of a value: all that is of another kind, and the value itself with something else within. */
function replacements(value: unknown, place: string, depth: number): Replacement[] {
  const within = Math.min(depth, depthOf(value)) - 1;
  const names = Object.keys(values) as MisuseName[];
  const found = names.flatMap((name): Replacement[] => {
    if (name === "unknown" || isSameKind(name, value)) return [];
    return [{ place, name, value: values[name]() }];
  });
  if (within < 0) return found;
  if (isPlain(value)) {
    found.push({ place, name: "unknown", value: { ...value, nothing_knows_this: 1 } });
    for (const [key, member] of Object.entries(value)) {
      for (const inner of replacements(member, `${place}.${key}`, within))
        found.push({ ...inner, value: { ...value, [key]: inner.value } });
    }
  } else if (Array.isArray(value) && value.length > 0) {
    for (const inner of replacements(value[0], `${place}.0`, within))
      found.push({ ...inner, value: [inner.value, ...value.slice(1)] });
  }
  return found;
}

/** Channels and synapses are frozen: only Rall makes them. */
function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return depths.get(value) ?? (Object.isFrozen(value) ? 0 : Number.POSITIVE_INFINITY);
}

/** Whether the replacement says nothing new: it is as good as what stands there. */
function isSameKind(name: MisuseName, value: unknown): boolean {
  if (name === "object") return isPlain(value);
  if (name === "list") return Array.isArray(value) || ArrayBuffer.isView(value);
  if (name === "text") return typeof value === "string";
  if (name === "number") return typeof value === "number";
  return name === "true" && typeof value === "boolean";
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

/** What a call throws, now or later; undefined if it ends well. */
async function outcome(
  callee: unknown,
  args: readonly unknown[],
): Promise<{ readonly error: unknown } | undefined> {
  if (typeof callee !== "function") throw new Error("What is called is no function");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("it does not end within 2 minutes")), 120_000);
  });
  try {
    await Promise.race([toTheEnd(callee, args), late]);
    return undefined;
  } catch (error) {
    return { error };
  } finally {
    clearTimeout(timer);
  }
}

async function toTheEnd(callee: unknown, args: readonly unknown[]): Promise<void> {
  if (typeof callee !== "function") return;
  const isClass = /^class\b/.test(Function.prototype.toString.call(callee));
  const result: unknown = await (isClass
    ? Reflect.construct(callee, args)
    : Reflect.apply(callee, undefined, args));
  // What is computed only when it is asked for
  if (typeof result !== "object" || result === null || !("next" in result)) return;
  const next: unknown = result.next;
  if (typeof next !== "function") return;
  for (let k = 0; k < 1000; k++) {
    const step: unknown = await Reflect.apply(next, result, []);
    if (typeof step !== "object" || step === null || !("done" in step) || step.done === true)
      return;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `throws ${String(error)}`;
  return `${error.name}: ${error.message.split("\n")[0]}`;
}
