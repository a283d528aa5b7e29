/**
 * @file The arithmetic of the expression language as functions that work on numbers and on expressions alike: on numbers
 * alone they compute, otherwise they build the expression. One formula thus serves as documentation, as an oracle in
 * tests and as the source of compiled code.
 */
import {
  type Expression,
  type Operand,
  type OperationName,
  operation,
  toExpression,
} from "./expression.ts";
import { operations } from "./operations.ts";

/** What a function of such operands gives: a number if all of them are numbers, else an expression. */
export type Computed<Operands extends Operand> = Operands extends number ? number : Expression;

/** The joint type of an operation's operands: `number` only when every one of them is. */
export type Joint<Operands extends Operand> = [Operands] extends [number] ? number : Expression;

function apply<O extends Operand>(name: OperationName, ...args: O[]): Joint<O> {
  const numbers = args.filter((argument): argument is O & number => typeof argument === "number");
  const result =
    numbers.length === args.length
      ? operations[name].evaluate(...numbers)
      : operation(name, args.map(toExpression));
  return result as Joint<O>;
}

export const add = <A extends Operand, B extends Operand>(a: A, b: B) => apply<A | B>("add", a, b);
export const subtract = <A extends Operand, B extends Operand>(a: A, b: B) =>
  apply<A | B>("subtract", a, b);
export const multiply = <A extends Operand, B extends Operand>(a: A, b: B) =>
  apply<A | B>("multiply", a, b);
export const divide = <A extends Operand, B extends Operand>(a: A, b: B) =>
  apply<A | B>("divide", a, b);
export const negate = <A extends Operand>(a: A) => apply<A>("negate", a);
/** `base` to the power of `exponent`; a constant integer exponent is computed by multiplication. */
export const power = <A extends Operand, B extends Operand>(base: A, exponent: B) =>
  apply<A | B>("power", base, exponent);
export const exp = <A extends Operand>(a: A) => apply<A>("exp", a);
export const log = <A extends Operand>(a: A) => apply<A>("log", a);
export const tanh = <A extends Operand>(a: A) => apply<A>("tanh", a);
export const sqrt = <A extends Operand>(a: A) => apply<A>("sqrt", a);
export const abs = <A extends Operand>(a: A) => apply<A>("abs", a);
export const min = <A extends Operand, B extends Operand>(a: A, b: B) => apply<A | B>("min", a, b);
export const max = <A extends Operand, B extends Operand>(a: A, b: B) => apply<A | B>("max", a, b);
export const less = <A extends Operand, B extends Operand>(a: A, b: B) =>
  apply<A | B>("less", a, b);
export const lessEqual = <A extends Operand, B extends Operand>(a: A, b: B) =>
  apply<A | B>("lessEqual", a, b);
export const greater = <A extends Operand, B extends Operand>(a: A, b: B) =>
  apply<A | B>("less", b, a);
export const greaterEqual = <A extends Operand, B extends Operand>(a: A, b: B) =>
  apply<A | B>("lessEqual", b, a);
export const equal = <A extends Operand, B extends Operand>(a: A, b: B) =>
  apply<A | B>("equal", a, b);
export const not = <A extends Operand>(a: A) => apply<A>("not", a);
export const and = <A extends Operand, B extends Operand>(a: A, b: B) => apply<A | B>("and", a, b);
export const or = <A extends Operand, B extends Operand>(a: A, b: B) => apply<A | B>("or", a, b);
/** `yes` where `condition` holds, else `no`. */
export const select = <C extends Operand, A extends Operand, B extends Operand>(
  condition: C,
  yes: A,
  no: B,
) => apply<C | A | B>("select", condition, yes, no);

/**
 * The intrinsic that rate functions need: `(exp(x) - 1) / x`, which is 1 at 0, or for a higher `order` n its n-th
 * derivative, the integral of `t^n exp(t x)` over t from 0 to 1.
 */
export const exprel = <A extends Operand>(x: A, order = 0) => apply<A | number>("exprel", x, order);

/**
 * Exponential whose argument is cut off at `maximum` (default 20, as in Jaxley's `save_exp`), so that a rate stays
 * finite at absurd voltages. Its slope above the cut-off is 0.
 */
export const safeExp = <A extends Operand>(x: A, maximum = 20) => exp(min(x, maximum));

/**
 * `x / (safeExp(x) - 1)`, the shape of many opening rates, with its limit 1 at x = 0. Above the cut-off of `safeExp` the
 * denominator stays constant: the first factor then no longer changes and the second continues the straight line.
 */
export const linoid = <A extends Operand>(x: A) =>
  multiply(divide(1, exprel(min(x, 20))), max(1, divide(x, 20)));

/** `1 / (1 + safeExp(-x))`. */
export const sigmoid = <A extends Operand>(x: A) => divide(1, add(1, safeExp(negate(x))));
