/**
 * @file What each operation means: its type, its value, and its partial derivatives. Forward and reverse derivatives,
 * the evaluator, the simplifier's folding, the verifier and the printer's tests all read this one table.
 */
import { EquationError } from "../errors.ts";
import { exprel } from "../numerics/exprel.ts";
import { constant, type Expression, type OperationName, operation } from "./expression.ts";

/** A quantity, a truth value, or a quantity that must be a constant (the order of `exprel`). */
export type OperandType = "quantity" | "truth" | "constant";

export interface OperationMeaning {
  readonly operands: readonly OperandType[];
  readonly result: "quantity" | "truth";
  readonly commutative?: boolean;
  evaluate(...args: number[]): number;
  /**
   * Partial derivative with respect to argument `index`, or undefined where it is zero everywhere (comparisons). At a
   * kink (abs, min, max) the side is that of the first argument.
   */
  partial?(index: number, args: readonly Expression[], self: Expression): Expression | undefined;
}

const one = constant(1);
const truth = (condition: boolean) => (condition ? 1 : 0);
const isTrue = (value: number) => value !== 0;
const negated = (a: Expression) => operation("negate", [a]);
const times = (a: Expression, b: Expression) => operation("multiply", [a, b]);
const over = (a: Expression, b: Expression) => operation("divide", [a, b]);
const minus = (a: Expression, b: Expression) => operation("subtract", [a, b]);
const raised = (a: Expression, b: Expression) => operation("power", [a, b]);
const choose = (c: Expression, a: Expression, b: Expression) => operation("select", [c, a, b]);

/** Arguments of a node whose number the verifier guarantees. */
function pair(args: readonly Expression[]): readonly [Expression, Expression] {
  const [a, b] = args;
  if (a === undefined || b === undefined)
    throw new EquationError("An operation lacks an operand.", { value: args.length });
  return [a, b];
}

const first = (args: readonly Expression[]): Expression => pair([...args, one])[0];

const binary: readonly OperandType[] = ["quantity", "quantity"];
const unary: readonly OperandType[] = ["quantity"];
const zero = constant(0);

export const operations: Readonly<Record<OperationName, OperationMeaning>> = {
  add: {
    operands: binary,
    result: "quantity",
    commutative: true,
    evaluate: (a = 0, b = 0) => a + b,
    partial: () => one,
  },
  subtract: {
    operands: binary,
    result: "quantity",
    evaluate: (a = 0, b = 0) => a - b,
    partial: (index) => constant(index === 0 ? 1 : -1),
  },
  multiply: {
    operands: binary,
    result: "quantity",
    commutative: true,
    evaluate: (a = 0, b = 0) => a * b,
    partial: (index, args) => pair(args)[index === 0 ? 1 : 0],
  },
  divide: {
    operands: binary,
    result: "quantity",
    evaluate: (a = 0, b = 0) => a / b,
    partial: (index, args, self) => {
      const [, denominator] = pair(args);
      return index === 0 ? over(one, denominator) : negated(over(self, denominator));
    },
  },
  negate: {
    operands: unary,
    result: "quantity",
    evaluate: (a = 0) => -a,
    partial: () => constant(-1),
  },
  power: {
    operands: binary,
    result: "quantity",
    evaluate: (a = 0, b = 0) => a ** b,
    partial: (index, args, self) => {
      const [base, exponent] = pair(args);
      if (index === 1) {
        // 0^b is 0 for all b around, and log(0) is nothing to multiply with
        const positive = choose(operation("equal", [base, zero]), one, base);
        return exponent.op === "constant" ? undefined : times(self, operation("log", [positive]));
      }
      if (exponent.op === "constant")
        return times(exponent, raised(base, constant(exponent.value - 1)));
      // x^0 is 1 for all x, and 1 / 0 is nothing to multiply with
      const slope = times(exponent, raised(base, minus(exponent, one)));
      return choose(operation("equal", [exponent, zero]), zero, slope);
    },
  },
  exp: {
    operands: unary,
    result: "quantity",
    evaluate: (a = 0) => Math.exp(a),
    partial: (_, __, self) => self,
  },
  log: {
    operands: unary,
    result: "quantity",
    evaluate: (a = 0) => Math.log(a),
    partial: (_, args) => over(one, first(args)),
  },
  tanh: {
    operands: unary,
    result: "quantity",
    evaluate: (a = 0) => Math.tanh(a),
    partial: (_, __, self) => minus(one, times(self, self)),
  },
  sqrt: {
    operands: unary,
    result: "quantity",
    evaluate: (a = 0) => Math.sqrt(a),
    partial: (_, __, self) => over(constant(0.5), self),
  },
  abs: {
    operands: unary,
    result: "quantity",
    evaluate: (a = 0) => Math.abs(a),
    partial: (_, args) => choose(operation("less", [first(args), zero]), constant(-1), one),
  },
  min: {
    operands: binary,
    result: "quantity",
    commutative: true,
    evaluate: (a = 0, b = 0) => Math.min(a, b),
    partial: (index, args) => indicator("lessEqual", index, pair(args)),
  },
  max: {
    operands: binary,
    result: "quantity",
    commutative: true,
    evaluate: (a = 0, b = 0) => Math.max(a, b),
    partial: (index, [a, b]) => indicator("lessEqual", index, pair([b ?? one, a ?? one])),
  },
  exprel: {
    operands: ["quantity", "constant"],
    result: "quantity",
    evaluate: (x = 0, order = 0) => exprel(x, order),
    partial: (index, args) => {
      const [x, order] = pair(args);
      if (index === 1 || order.op !== "constant") return undefined;
      return operation("exprel", [x, constant(order.value + 1)]);
    },
  },
  less: { operands: binary, result: "truth", evaluate: (a = 0, b = 0) => truth(a < b) },
  lessEqual: { operands: binary, result: "truth", evaluate: (a = 0, b = 0) => truth(a <= b) },
  equal: {
    operands: binary,
    result: "truth",
    commutative: true,
    evaluate: (a = 0, b = 0) => truth(a === b),
  },
  not: { operands: ["truth"], result: "truth", evaluate: (a = 0) => truth(!isTrue(a)) },
  and: {
    operands: ["truth", "truth"],
    result: "truth",
    commutative: true,
    evaluate: (a = 0, b = 0) => truth(isTrue(a) && isTrue(b)),
  },
  or: {
    operands: ["truth", "truth"],
    result: "truth",
    commutative: true,
    evaluate: (a = 0, b = 0) => truth(isTrue(a) || isTrue(b)),
  },
  select: {
    operands: ["truth", "quantity", "quantity"],
    result: "quantity",
    evaluate: (condition = 0, yes = 0, no = 0) => (isTrue(condition) ? yes : no),
    partial: (index, args) => {
      if (index === 0) return undefined;
      return index === 1 ? choose(first(args), one, zero) : choose(first(args), zero, one);
    },
  },
};

/** 1 where the comparison of the two holds and `index` is 0, or where it fails and `index` is 1. */
function indicator(
  comparison: "lessEqual",
  index: number,
  [a, b]: readonly [Expression, Expression],
): Expression {
  const holds = operation(comparison, [a, b]);
  return index === 0 ? choose(holds, one, zero) : choose(holds, zero, one);
}
