/**
 * @file Where functions of the voltage are surely smooth, so that a few samples tell how they go in between: interval arithmetic
 * (Moore 1966, Interval Analysis) over each cell of a table. A comparison must have one result in all of the cell, `min`, `max`
 * and `abs` one branch; and what an exponential, a logarithm or a quotient is taken of may change only a little, for something
 * steep looks like a jump.
 */
import {
  type Expression,
  type Operation,
  operands,
  topologicalOrder,
} from "../../expressions/expression.ts";
import { operations } from "../../expressions/operations.ts";
import { exprel } from "../../numerics/exprel.ts";
import { tableRange } from "./table.ts";

/** Bounds of a function in each cell, and whether it is smooth there. Truths are 0 to 0, 1 to 1, or 0 to 1 where both occur. */
interface Bounds {
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly isSmooth: Uint8Array;
}

/** Bounds in one cell. */
interface Interval {
  readonly low: number;
  readonly high: number;
  readonly isSmooth: boolean;
}

/** Largest change of an exponent within a cell, and largest ratio of what is divided by or raised to a power. */
const largestChange = 4;
const largestRatio = 4;
/** By which part bounds are wider than computed: more than rounding, here or in a program, can do. */
const slack = 1e-13;

const unknown: Interval = {
  low: Number.NEGATIVE_INFINITY,
  high: Number.POSITIVE_INFINITY,
  isSmooth: false,
};

/**
 * 1 for each cell of a table in which all functions are smooth.
 *
 * @param values - of all that the functions read besides `v`.
 */
export function smoothCells(
  functions: readonly Expression[],
  values: ReadonlyMap<string, number>,
): Uint8Array {
  const { low, width, cells } = tableRange;
  const fixed = new Map<Expression, number>();
  const varying = new Map<Expression, Bounds>();
  const bounds = (of: (cell: number) => Interval): Bounds => {
    const made: Bounds = {
      low: new Float64Array(cells),
      high: new Float64Array(cells),
      isSmooth: new Uint8Array(cells),
    };
    for (let cell = 0; cell < cells; cell++) {
      const interval = of(cell);
      made.low[cell] = interval.low;
      made.high[cell] = interval.high;
      made.isSmooth[cell] = interval.isSmooth ? 1 : 0;
    }
    return made;
  };
  const at = (node: Expression, cell: number): Interval => {
    const own = varying.get(node);
    const value = fixed.get(node) ?? Number.NaN;
    if (own === undefined) return { low: value, high: value, isSmooth: true };
    return {
      low: own.low[cell] ?? Number.NaN,
      high: own.high[cell] ?? Number.NaN,
      isSmooth: own.isSmooth[cell] === 1,
    };
  };
  for (const node of topologicalOrder(functions)) {
    if (node.op === "constant") fixed.set(node, node.value);
    else if (node.op === "input" && node.name !== "v")
      fixed.set(node, values.get(node.name) ?? Number.NaN);
    else if (node.op === "input") {
      // A voltage at a border may be looked up on either side
      const border = slack * Math.abs(low);
      varying.set(
        node,
        bounds((cell) => ({
          low: low + width * cell - border,
          high: low + width * (cell + 1) + border,
          isSmooth: true,
        })),
      );
    } else if (operands(node).every((argument) => fixed.has(argument))) {
      const known = operands(node).map((argument) => fixed.get(argument) ?? Number.NaN);
      fixed.set(node, operations[node.op].evaluate(...known));
    } else {
      const own = operands(node);
      varying.set(
        node,
        bounds((cell) => {
          const interval = intervalOf(
            node,
            own.map((argument) => at(argument, cell)),
          );
          return operations[node.op].result === "truth" ? interval : widened(interval);
        }),
      );
    }
  }
  return Uint8Array.from({ length: cells }, (_, cell) =>
    functions.every((node) => at(node, cell).isSmooth) ? 1 : 0,
  );
}

function widened({ low, high, isSmooth }: Interval): Interval {
  if (Number.isNaN(low) || Number.isNaN(high)) return unknown;
  return { low: low - slack * Math.abs(low), high: high + slack * Math.abs(high), isSmooth };
}

function intervalOf(
  node: Operation,
  [a = unknown, b = unknown, c = unknown]: Interval[],
): Interval {
  const areSmooth = a.isSmooth && b.isSmooth;
  switch (node.op) {
    case "add":
      return { low: a.low + b.low, high: a.high + b.high, isSmooth: areSmooth };
    case "subtract":
      return { low: a.low - b.high, high: a.high - b.low, isSmooth: areSmooth };
    case "multiply":
      return product(a, b);
    case "divide":
      return hasSign(b) ? product(a, inverse(b)) : unknown;
    case "negate":
      return { low: -a.high, high: -a.low, isSmooth: a.isSmooth };
    case "power":
      return powerOf(a, b);
    case "exp":
      return grown(a, Math.exp);
    case "tanh":
      return grown(a, Math.tanh);
    case "exprel":
      return grown(a, (x) => exprel(x, b.low));
    case "log":
      return a.low > 0 ? { ...mapped(a, Math.log), isSmooth: a.isSmooth && isNarrow(a) } : unknown;
    case "sqrt":
      return a.low > 0
        ? { ...mapped(a, Math.sqrt), isSmooth: a.isSmooth && isNarrow(a) }
        : { low: 0, high: Math.sqrt(Math.max(0, a.high)), isSmooth: false };
    case "abs":
      if (a.low >= 0) return a;
      if (a.high <= 0) return { low: -a.high, high: -a.low, isSmooth: a.isSmooth };
      return { low: 0, high: Math.max(-a.low, a.high), isSmooth: false };
    case "min":
      if (a.high <= b.low) return a;
      if (b.high <= a.low) return b;
      return { low: Math.min(a.low, b.low), high: Math.min(a.high, b.high), isSmooth: false };
    case "max":
      if (a.low >= b.high) return a;
      if (b.low >= a.high) return b;
      return { low: Math.max(a.low, b.low), high: Math.max(a.high, b.high), isSmooth: false };
    case "select":
      if (a.low >= 1) return b;
      if (a.high <= 0) return c;
      return { low: Math.min(b.low, c.low), high: Math.max(b.high, c.high), isSmooth: false };
    case "less":
      return truth(a.high < b.low, a.low >= b.high);
    case "lessEqual":
      return truth(a.high <= b.low, a.low > b.high);
    case "equal":
      return truth(false, a.high < b.low || b.high < a.low);
    case "not":
      return { low: 1 - a.high, high: 1 - a.low, isSmooth: true };
    case "and":
      return { low: Math.min(a.low, b.low), high: Math.min(a.high, b.high), isSmooth: true };
    case "or":
      return { low: Math.max(a.low, b.low), high: Math.max(a.high, b.high), isSmooth: true };
  }
}

function truth(isTrue: boolean, isFalse: boolean): Interval {
  return { low: isTrue ? 1 : 0, high: isFalse ? 0 : 1, isSmooth: true };
}

function product(a: Interval, b: Interval): Interval {
  const corners = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high];
  return {
    low: Math.min(...corners),
    high: Math.max(...corners),
    isSmooth: a.isSmooth && b.isSmooth,
  };
}

function hasSign({ low, high }: Interval): boolean {
  return low > 0 || high < 0;
}

/** Whether numbers of one sign differ by a small factor only. */
function isNarrow({ low, high }: Interval): boolean {
  const [one, other] = [Math.abs(low), Math.abs(high)];
  return Math.max(one, other) <= largestRatio * Math.min(one, other);
}

function inverse(a: Interval): Interval {
  return { low: 1 / a.high, high: 1 / a.low, isSmooth: a.isSmooth && isNarrow(a) };
}

function mapped({ low, high }: Interval, f: (x: number) => number) {
  return { low: f(low), high: f(high) };
}

/** A rising function that follows exponentials of its argument. */
function grown(a: Interval, f: (x: number) => number): Interval {
  return { ...mapped(a, f), isSmooth: a.isSmooth && a.high - a.low <= largestChange };
}

function powerOf(a: Interval, b: Interval): Interval {
  const exponent = b.low;
  if (exponent === b.high && Number.isInteger(exponent)) {
    if (exponent < 0)
      return hasSign(a) ? inverse(powerOf(a, { ...b, low: -exponent, high: -exponent })) : unknown;
    const [one, other] = [a.low ** exponent, a.high ** exponent];
    const hasZero = exponent % 2 === 0 && !hasSign(a);
    return {
      low: hasZero && exponent > 0 ? 0 : Math.min(one, other),
      high: Math.max(one, other),
      isSmooth: a.isSmooth,
    };
  }
  if (!(a.low > 0)) return unknown;
  const logarithm = { ...mapped(a, Math.log), isSmooth: a.isSmooth && isNarrow(a) };
  return grown(widened(product(b, logarithm)), Math.exp);
}
