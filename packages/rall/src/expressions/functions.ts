/** @file The functions that a text may call, by name. */
import { ghk, nernst, q10 } from "./electrochemistry.ts";
import { constant, type Expression, toExpression } from "./expression.ts";
import { exponentialEuler, solveGateExponential, solveGateImplicit } from "./gates.ts";
import * as math from "./math.ts";

export interface TextFunction {
  readonly parameters: string;
  readonly least: number;
  readonly most: number;
  readonly about: string;
  build(args: readonly Expression[]): Expression;
}

const missing = constant(Number.NaN);

function unary(about: string, build: (a: Expression) => Expression): TextFunction {
  return { parameters: "x", least: 1, most: 1, about, build: ([a = missing]) => build(a) };
}

function folded(about: string, build: (a: Expression, b: Expression) => Expression): TextFunction {
  return {
    parameters: "a, b, ...",
    least: 2,
    most: 32,
    about,
    build: (args) => args.reduce((a, b) => build(a, b)),
  };
}

export const textFunctions: Readonly<Record<string, TextFunction>> = {
  exp: unary("exponential", math.exp),
  log: unary("natural logarithm", math.log),
  tanh: unary("hyperbolic tangent", math.tanh),
  sqrt: unary("square root", math.sqrt),
  abs: unary("absolute value", math.abs),
  min: folded("smallest argument", math.min),
  max: folded("largest argument", math.max),
  exprel: {
    parameters: "x, order = 0",
    least: 1,
    most: 2,
    about: "(exp(x) - 1) / x, which is 1 at x = 0, or its derivative of the given order",
    build: ([x = missing, order]) => {
      if (order === undefined) return math.exprel(x);
      return { op: "exprel", args: [x, order] };
    },
  },
  safeExp: {
    parameters: "x, maximum = 20",
    least: 1,
    most: 2,
    about: "exponential whose argument is cut off at the maximum",
    build: ([x = missing, maximum = constant(20)]) => math.exp(math.min(x, maximum)),
  },
  linoid: unary("x / (safeExp(x) - 1), which is 1 at x = 0", math.linoid),
  sigmoid: unary("1 / (1 + safeExp(-x))", math.sigmoid),
  select: {
    parameters: "condition, yes, no",
    least: 3,
    most: 3,
    about: "`yes` where the condition holds, else `no`",
    build: ([condition = missing, yes = missing, no = missing]) => math.select(condition, yes, no),
  },
  exponentialEuler: gateStep("xInf, tau", "step of dx/dt = (xInf - x) / tau", exponentialEuler),
  solveGateExponential: gateStep(
    "alpha, beta",
    "exact step of dx/dt = alpha (1 - x) - beta x",
    solveGateExponential,
  ),
  nernst: {
    parameters: "inside, outside, valence, kelvin",
    least: 4,
    most: 4,
    about: "Nernst's potential in mV",
    build: ([inside = missing, outside = missing, valence = missing, kelvin = missing]) =>
      toExpression(nernst(inside, outside, valence, kelvin)),
  },
  ghk: {
    parameters: "v, inside, outside, valence, kelvin",
    least: 5,
    most: 5,
    about: "current (mA/cm2) by Goldman, Hodgkin and Katz for a permeability of 1 cm/s; mM",
    build: ([
      v = missing,
      inside = missing,
      outside = missing,
      valence = missing,
      kelvin = missing,
    ]) => toExpression(ghk(v, inside, outside, valence, kelvin)),
  },
  q10: {
    parameters: "base, celsius, reference",
    least: 3,
    most: 3,
    about: "base^((celsius - reference) / 10)",
    build: ([base = missing, celsius = missing, reference = missing]) =>
      toExpression(q10(base, celsius, reference)),
  },
  solveGateImplicit: gateStep(
    "alpha, beta",
    "backward Euler step of dx/dt = alpha (1 - x) - beta x",
    solveGateImplicit,
  ),
};

function gateStep(
  rates: string,
  about: string,
  build: (x: Expression, dt: Expression, a: Expression, b: Expression) => Expression,
): TextFunction {
  return {
    parameters: `x, dt, ${rates}`,
    least: 4,
    most: 4,
    about,
    build: ([x = missing, dt = missing, a = missing, b = missing]) => build(x, dt, a, b),
  };
}
