/**
 * @file Maps from all numbers to those that a parameter may have, so that an optimizer without bounds stays within bounds.
 */
import { ValueError } from "../errors.ts";
import { check, either, finite, flag, isArrayLike, type Kind } from "../util/kinds.ts";
import { transform as transformKind } from "./kinds.ts";

/** A map of one number, with its inverse and derivative; `index` is the position in the parameter. */
export interface Transform {
  /** From an unbounded number to a value of the parameter. */
  forward(x: number, index: number): number;
  /** @throws ValueError for a value outside the range. */
  inverse(y: number, index: number): number;
  /** Of `forward`. */
  derivative(x: number, index: number): number;
}

/** Leaves numbers as they are. */
export const identity: Transform = Object.freeze({
  forward: (x: number) => x,
  inverse: (y: number) => y,
  derivative: () => 1,
});

/** 1 / (1 + exp(-x)), exact for all x. */
export function logisticFunction(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/** log(1 + exp(x)), exact for all x. */
function softplusFunction(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** Between two bounds: `lower + (upper - lower) / (1 + exp(-x))`. @throws ValueError for bounds that are none. */
export function sigmoid(lower: number, upper: number): Transform {
  return bounded(lower, upper, 1);
}

/** The same with the logistic distribution of unit variance: `x` is multiplied by pi / sqrt(3). */
export function logistic(lower: number, upper: number): Transform {
  return bounded(lower, upper, Math.PI / Math.sqrt(3));
}

function bounded(lower: number, upper: number, slope: number): Transform {
  if (!(Number.isFinite(lower) && Number.isFinite(upper) && lower < upper)) {
    throw new ValueError(`There is nothing between ${lower} and ${upper}.`, {
      subject: "bounds",
      value: [lower, upper],
      remedy: "Give a lower and a larger upper bound, both finite.",
    });
  }
  const width = upper - lower;
  return Object.freeze({
    forward: (x: number) => lower + width * logisticFunction(slope * x),
    inverse(y: number) {
      if (!(y > lower && y < upper)) throw outOfRange(y, `between ${lower} and ${upper}`);
      return Math.log((y - lower) / (upper - y)) / slope;
    },
    derivative: (x: number) =>
      slope * width * logisticFunction(slope * x) * logisticFunction(-slope * x),
  });
}

/** Above a bound: `lower + log(1 + exp(x))`. */
export function softplus(lower: number): Transform {
  checkFinite("lower", lower);
  return Object.freeze({
    forward: (x: number) => lower + softplusFunction(x),
    inverse(y: number) {
      if (!(y > lower)) throw outOfRange(y, `above ${lower}`);
      return inverseSoftplus(y - lower);
    },
    derivative: (x: number) => logisticFunction(x),
  });
}

/** Below a bound: `upper - log(1 + exp(-x))`. */
export function negativeSoftplus(upper: number): Transform {
  checkFinite("upper", upper);
  return Object.freeze({
    forward: (x: number) => upper - softplusFunction(-x),
    inverse(y: number) {
      if (!(y < upper)) throw outOfRange(y, `below ${upper}`);
      return -inverseSoftplus(upper - y);
    },
    derivative: (x: number) => logisticFunction(-x),
  });
}

/** log(exp(y) - 1), exact for small and large y. */
function inverseSoftplus(y: number): number {
  return y + Math.log(-Math.expm1(-y));
}

/** `scale x + shift`. @throws ValueError for a scale of 0. */
export function affine(scale: number, shift: number): Transform {
  checkFinite("scale", scale);
  checkFinite("shift", shift);
  if (scale === 0) {
    throw new ValueError("An affine transform of scale 0 has no inverse.", {
      subject: "scale",
      value: 0,
    });
  }
  return Object.freeze({
    forward: (x: number) => scale * x + shift,
    inverse: (y: number) => (y - shift) / scale,
    derivative: () => scale,
  });
}

/** One after the other, the first one first. */
export function chain(...transforms: readonly Transform[]): Transform {
  for (const [k, one] of transforms.entries()) check(one, transformKind, `transforms[${k}]`);
  return Object.freeze({
    forward: (x: number, index: number) =>
      transforms.reduce((value, transform) => transform.forward(value, index), x),
    inverse: (y: number, index: number) =>
      transforms.reduceRight((value, transform) => transform.inverse(value, index), y),
    derivative(x: number, index: number) {
      let [value, slope] = [x, 1];
      for (const transform of transforms) {
        slope *= transform.derivative(value, index);
        value = transform.forward(value, index);
      }
      return slope;
    },
  });
}

const maskKind: Kind = {
  what: "an array of true and false, or of numbers",
  accepts: isArrayLike,
  inspect(value, subject) {
    if (!isArrayLike(value)) return;
    for (let k = 0; k < value.length; k++)
      check(value[k], either(flag, finite), `${subject}[${k}]`);
  },
};

/** A transform where the mask says so, by position in the parameter; elsewhere numbers stay as they are. */
export function masked(mask: ArrayLike<boolean | number>, transform: Transform): Transform {
  check(mask, maskKind, "mask");
  check(transform, transformKind, "transform");
  const at = (index: number) => (mask[index] ? transform : identity);
  return Object.freeze({
    forward: (x: number, index: number) => at(index).forward(x, index),
    inverse: (y: number, index: number) => at(index).inverse(y, index),
    derivative: (x: number, index: number) => at(index).derivative(x, index),
  });
}

/** A transform of your own functions. */
export function customTransform(functions: Transform): Transform {
  check(functions, transformKind, "functions");
  return Object.freeze({ ...functions });
}

function outOfRange(value: number, range: string): ValueError {
  return new ValueError(`${value} is not ${range}, where the transform maps to.`, {
    subject: "transform",
    value,
    remedy: "Give a value inside, or other bounds.",
  });
}

function checkFinite(subject: string, value: number): void {
  if (Number.isFinite(value)) return;
  throw new ValueError(`The ${subject} of a transform is ${value}.`, { subject, value });
}
