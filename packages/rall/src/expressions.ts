/**
 * The expression language of Rall: text to expression and back, evaluation, exact derivatives, simplification, and the
 * arithmetic that works on numbers and expressions alike.
 *
 * @module rall/expressions
 */
export { differentiate, gradient } from "./expressions/derivative.ts";
export { evaluate, Tape } from "./expressions/evaluate.ts";
export {
  type Constant,
  constant,
  type Expression,
  type Input,
  input,
  inputNames,
  type Operand,
  type Operation,
  type OperationName,
  substitute,
} from "./expressions/expression.ts";
export {
  abs,
  add,
  and,
  divide,
  equal,
  exp,
  exprel,
  greater,
  greaterEqual,
  type Joint,
  less,
  lessEqual,
  linoid,
  log,
  max,
  min,
  multiply,
  negate,
  not,
  or,
  power,
  safeExp,
  select,
  sigmoid,
  sqrt,
  subtract,
  tanh,
} from "./expressions/math.ts";
export { type ParseOptions, parse } from "./expressions/parse.ts";
export { print } from "./expressions/print.ts";
export { nameShared, type SharedParts } from "./expressions/shared.ts";
export { simplify } from "./expressions/simplify.ts";
export { verify } from "./expressions/verify.ts";
