/** Misuse of every function of the entry `rall/expressions`. */
import * as expressions from "rall/expressions";
import { constant, input, parse, Tape } from "rall/expressions";
import { expect, test } from "vitest";
import { type Accepted, type Entry, method, misuse, type Table, uncovered } from "./mutate.ts";

const made = () => parse("exp(x) + y");
const numbers: Accepted = ["*", ["NaN"], "arithmetic of numbers goes on with NaN"];
/** Nodes are data, of which only what an operation has is read. */
const nodes = (place: string): readonly Accepted[] => [
  [place, ["unknown"], "nodes may have more"],
  [`${place}.args.0`, ["unknown"], "nodes may have more"],
];

const operation = (callee: unknown, ...args: readonly unknown[]): Entry => ({
  call: () => [callee, ...args],
  accepts: [numbers],
});
const { abs, add, and, divide, equal, exp, exprel, greater, greaterEqual } = expressions;
const { less, lessEqual, linoid, log, max, min, multiply, negate, not, or } = expressions;
const { power, safeExp, select, sigmoid, sqrt, subtract, tanh } = expressions;

const table: Table = {
  ...{ abs: operation(abs, 1), add: operation(add, 1, 2), and: operation(and, 1, 0) },
  ...{ divide: operation(divide, 1, 2), equal: operation(equal, 1, 2), exp: operation(exp, 1) },
  ...{ exprel: operation(exprel, 1, 0), greater: operation(greater, 1, 2) },
  ...{ greaterEqual: operation(greaterEqual, 1, 2), less: operation(less, 1, 2) },
  ...{
    lessEqual: operation(lessEqual, 1, 2),
    linoid: operation(linoid, 1),
    log: operation(log, 1),
  },
  ...{ max: operation(max, 1, 2), min: operation(min, 1, 2), multiply: operation(multiply, 1, 2) },
  ...{ negate: operation(negate, 1), not: operation(not, 1), or: operation(or, 1, 0) },
  ...{ power: operation(power, 1, 2), safeExp: operation(safeExp, 1, 20) },
  ...{
    select: operation(select, 1, 2, 3),
    sigmoid: operation(sigmoid, 1),
    sqrt: operation(sqrt, 1),
  },
  ...{ subtract: operation(subtract, 1, 2), tanh: operation(tanh, 1) },
  constant: { call: () => [constant, 1], accepts: [["0", ["NaN"], "`verify` refuses it"]] },
  input: { call: () => [input, "x"] },
  inputNames: { call: () => [expressions.inputNames, [made()]], accepts: nodes("0.0") },
  substitute: {
    call: () => [expressions.substitute, [made()], () => constant(1)],
    accepts: [...nodes("0.0"), ["1", ["function"], "a function that replaces nothing"]],
  },
  differentiate: { call: () => [expressions.differentiate, [made()], "x"], accepts: nodes("0.0") },
  gradient: {
    call: () => [expressions.gradient, made(), ["x"], { kind: "sigmoid", slope: 1 }],
    accepts: [...nodes("0"), ["2", ["undefined"], "it may be left out"]],
  },
  evaluate: {
    call: () => [expressions.evaluate, made(), { x: 1, y: 2 }],
    accepts: [
      ...nodes("0"),
      ["1.x", ["NaN"], "arithmetic of numbers goes on with NaN"],
      ["1.y", ["NaN"], "arithmetic of numbers goes on with NaN"],
      ["1", ["unknown"], "values that the expression does not read"],
    ],
  },
  Tape: { call: () => [Tape, [made()]], accepts: nodes("0.0") },
  parse: {
    call: () => [
      parse,
      "x + y",
      { names: new Set(["x"]), definitions: new Map([["y", constant(1)]]) },
    ],
  },
  print: { call: () => [expressions.print, made()], accepts: nodes("0") },
  nameShared: {
    call: () => [expressions.nameShared, [made()], new Set(["x"]), 1],
    accepts: nodes("0.0"),
  },
  simplify: { call: () => [expressions.simplify, [made()]], accepts: nodes("0.0") },
  verify: {
    call: () => [expressions.verify, made(), new Set(["x", "y"]), new WeakSet()],
    accepts: [...nodes("0"), ["1", ["undefined"], "any names"]],
  },
};

test("every export has an entry", () => expect(uncovered(expressions, table)).toEqual([]));

test.each(Object.entries(table))("%s", async (name, entry) => {
  expect(await misuse(name, entry)).toEqual([]);
});

test("a tape is run with a number for each input; what they are is not looked at, once per step", async () => {
  const call = method(() => new Tape([made()]), "run", [1, 2]);
  const accepts: readonly Accepted[] = [
    ["0.0", "all", "a tape is run for each compartment in each step of the reference backend"],
  ];
  expect(await misuse("run", { call, accepts })).toEqual([]);
});

test("operands that are expressions in part", () => {
  const wrong = { op: "add", args: [constant(1), "2"] } as never;
  for (const use of [expressions.print, (one: never) => expressions.simplify([one])])
    expect(() => use(wrong)).toThrow("expression");
  expect(() => add(input("x"), "2" as never)).toThrow('operand is "2"');
  const short = { op: "multiply", args: [input("x")] } as never;
  expect(() => expressions.differentiate([short], "x")).toThrow("operand");
});
