/**
 * @file Transcendental functions on pairs of doubles, emitted inline. The reduction of the exponential is that of Cody
 * and Waite (Software Manual for the Elementary Functions, 1980): x = k ln 2 + r with |r| <= ln 2 / 2 and ln 2 in two
 * parts. Coefficients were fitted at Chebyshev nodes in 60 digits (error of exp below 2e-17 before rounding).
 */
import type { Local } from "./assembler.ts";
import type { Lanes } from "./lanes.ts";

const log2e = Math.LOG2E;
const ln2High = 0.6931467056274414;
const ln2Low = 4.7493250390316726e-7;
/** Adding and subtracting it rounds to a whole number, which then stands in the low bits. */
const roundingShift = 1.5 * 2 ** 52;

/** `(exp(r) - 1 - r) / r^2` for |r| <= ln 2 / 2. */
const expTail = [
  0.5000000000000001, 0.16666666666666669, 0.04166666666662399, 0.008333333333330051,
  0.0013888888917281794, 0.00019841269863105968, 2.480152119021773e-5, 2.7557268378684192e-6,
  2.7620138719733994e-7, 2.5100424157005067e-8,
];

/** `(log((1 + s) / (1 - s)) - 2 s) / s^3` in powers of s^2, for |s| <= 0.1716. */
const logTail = [
  0.666666666666667, 0.3999999999989889, 0.28571428626253836, 0.22222211089379496,
  0.1818289243253687, 0.15331611722055008, 0.14617807153417325,
];

interface Reduced {
  /** Whole number k as a double, and shifted so that its low bits are k. */
  readonly whole: Local;
  readonly shifted: Local;
  /** r, and what its rounding lost. */
  readonly rest: Local;
  readonly lost: Local;
}

/** x = k ln 2 + r. */
function reduce(to: Lanes, x: Local): Reduced {
  const shift = to.constant(roundingShift);
  const shifted = to.add(to.mul(x, to.constant(log2e)), shift);
  const whole = to.sub(shifted, shift);
  const high = to.sub(x, to.mul(whole, to.constant(ln2High)));
  const low = to.mul(whole, to.constant(ln2Low));
  const rest = to.sub(high, low);
  return { whole, shifted, rest, lost: to.sub(to.sub(high, rest), low) };
}

/** `exp(r) - 1 - r`, with what the rounding of r lost. */
function expRest(to: Lanes, { rest, lost }: Reduced): Local {
  return to.add(lost, to.mul(to.mul(rest, rest), to.estrin(rest, expTail)));
}

/** 2^k for the k in the low bits of `shifted`, by writing the exponent's bits. */
function powerOfTwo(to: Lanes, shifted: Local): Local {
  return to.shift("i64x2.shl", to.op("i64x2.add", shifted, to.bits(1023n)), 52);
}

/**
 * exp(x). `isBoundedAbove` says that x is known to stay below 700: then one scaling does, and results below 1e-307 are
 * that instead of still smaller.
 */
export function emitExp(to: Lanes, x: Local, isBoundedAbove = false): Local {
  const lower = to.op("f64x2.pmax", x, to.constant(isBoundedAbove ? -708 : -746));
  const clamped = isBoundedAbove ? lower : to.op("f64x2.pmin", lower, to.constant(710));
  const reduced = reduce(to, clamped);
  const { whole, shifted, rest } = reduced;
  const fraction = to.add(to.constant(1), to.add(rest, expRest(to, reduced)));
  if (isBoundedAbove) return to.mul(fraction, powerOfTwo(to, shifted));
  // In two factors, because 2^k itself may be subnormal or infinite where the result is neither.
  const shift = to.constant(roundingShift);
  const halfShifted = to.add(to.mul(whole, to.constant(0.5)), shift);
  const half = to.sub(halfShifted, shift);
  const otherShifted = to.add(to.sub(whole, half), shift);
  const scaled = to.mul(fraction, powerOfTwo(to, halfShifted));
  return to.mul(scaled, powerOfTwo(to, otherShifted));
}

/** (exp(x) - 1) / x, and 1 at x = 0. */
export function emitExprel(to: Lanes, x: Local): Local {
  // Beyond these limits the result is -1 / x to rounding, or infinite
  const limited = to.op("f64x2.pmin", to.op("f64x2.pmax", x, to.constant(-600)), to.constant(717));
  const reduced = reduce(to, limited);
  const { whole, shifted, rest } = reduced;
  const series = to.add(to.constant(1), to.mul(rest, to.estrin(rest, expTail)));
  // exp(x) - 1 = 2^16 (2^(k-16) (exp(r) - 1) + (2^(k-16) - 2^-16)): exp(x) itself may overflow where the result does not
  const scale = powerOfTwo(to, to.op("i64x2.sub", shifted, to.bits(16n)));
  const grown = to.mul(to.add(rest, expRest(to, reduced)), scale);
  const numerator = to.add(grown, to.sub(scale, to.constant(2 ** -16)));
  const isHuge = to.op("f64x2.lt", to.constant(717), x);
  const divisor = to.select(isHuge, limited, x);
  const quotient = to.mul(to.div(numerator, divisor), to.constant(2 ** 16));
  const isSmall = to.op("f64x2.eq", whole, to.constant(0));
  return to.select(isSmall, series, quotient);
}

/** A sum and its rounding error (Knuth 1997, The Art of Computer Programming 2, 4.2.2). */
function twoSum(to: Lanes, a: Local, b: Local): [Local, Local] {
  const sum = to.add(a, b);
  const other = to.sub(sum, a);
  return [sum, to.add(to.sub(a, to.sub(sum, other)), to.sub(b, other))];
}

/** A product and its rounding error (Dekker 1971, Numer. Math. 18:224). */
function twoProduct(to: Lanes, a: Local, b: Local): [Local, Local] {
  const split = (x: Local): [Local, Local] => {
    const scaled = to.mul(x, to.constant(2 ** 27 + 1));
    const high = to.sub(scaled, to.sub(scaled, x));
    return [high, to.sub(x, high)];
  };
  const product = to.mul(a, b);
  const [[aHigh, aLow], [bHigh, bLow]] = [split(a), split(b)];
  const cross = to.add(to.sub(to.mul(aHigh, bHigh), product), to.mul(aHigh, bLow));
  return [product, to.add(to.add(cross, to.mul(aLow, bHigh)), to.mul(aLow, bLow))];
}

/**
 * tanh(x) = (E - 1) / (E + 1) with E = exp(2 |x|), and the sign of x. E is carried as a sum of two doubles, because neither
 * difference nor quotient may lose anything.
 */
export function emitTanh(to: Lanes, x: Local): Local {
  const doubled = to.mul(to.op("f64x2.abs", x), to.constant(2));
  const reduced = reduce(to, to.op("f64x2.pmin", doubled, to.constant(60)));
  const scale = powerOfTwo(to, reduced.shifted);
  const [grown, grownLost] = twoSum(to, reduced.rest, expRest(to, reduced));
  const [high, highLost] = twoSum(to, to.constant(1), grown);
  const exponential = to.mul(high, scale);
  const low = to.mul(to.add(highLost, grownLost), scale);
  const [upper, upperLost] = twoSum(to, exponential, to.constant(-1));
  const [under, underLost] = twoSum(to, exponential, to.constant(1));
  const quotient = to.div(upper, under);
  const [product, productLost] = twoProduct(to, quotient, under);
  const difference = to.sub(to.sub(upper, product), productLost);
  const rest = to.sub(to.add(upperLost, low), to.mul(quotient, to.add(underLost, low)));
  const magnitude = to.add(quotient, to.div(to.add(difference, rest), under));
  const sign = to.op("v128.and", x, to.bits(1n << 63n));
  return to.op("v128.or", magnitude, sign);
}

/** log(x), with -infinity at 0 and NaN below. */
export function emitLog(to: Lanes, x: Local): Local {
  const isTiny = to.op("f64x2.lt", x, to.constant(2 ** -1022));
  const lifted = to.select(isTiny, to.mul(x, to.constant(2 ** 54)), x);
  // Exponent counted so that the mantissa m lies between sqrt(1/2) and sqrt(2)
  const offset = to.bits(0x3fe6a09e667f3bcdn);
  const fromOffset = to.op("i64x2.sub", lifted, offset);
  const exponentBits = to.op("v128.and", fromOffset, to.bits(0xfff0000000000000n));
  const m = to.op("i64x2.sub", lifted, exponentBits);
  // The exponent with sign as a double: biased so that it is positive, then put into the low bits of a large double
  const biased = to.op("i64x2.add", exponentBits, to.bits(1023n << 52n));
  const positive = to.shift("i64x2.shr_u", biased, 52);
  const asDouble = to.op("v128.or", positive, to.bits(0x4330000000000000n));
  const bias = to.select(isTiny, to.constant(2 ** 52 + 1023 + 54), to.constant(2 ** 52 + 1023));
  const k = to.sub(asDouble, bias);
  const f = to.sub(m, to.constant(1));
  const s = to.div(f, to.add(to.constant(2), f));
  const z = to.mul(s, s);
  const tail = to.mul(z, to.polynomial(z, logTail));
  const halfSquare = to.mul(to.mul(f, f), to.constant(0.5));
  // log(1 + f) = f - (f^2/2 - s (f^2/2 + tail)), as in Tang 1990, ACM Trans. Math. Softw. 16:378
  const correction = to.mul(s, to.add(halfSquare, tail));
  const small = to.add(correction, to.mul(k, to.constant(ln2Low)));
  const mantissa = to.sub(f, to.sub(halfSquare, small));
  const result = to.add(to.mul(k, to.constant(ln2High)), mantissa);
  const atZero = to.op("f64x2.eq", x, to.constant(0));
  const isNegative = to.op("f64x2.lt", x, to.constant(0));
  const isHuge = to.op("v128.not", to.op("f64x2.lt", x, to.constant(Number.POSITIVE_INFINITY)));
  const withHuge = to.select(isHuge, x, result);
  const withZero = to.select(atZero, to.constant(Number.NEGATIVE_INFINITY), withHuge);
  return to.select(isNegative, to.constant(Number.NaN), withZero);
}

/** x^n for a whole number n, by repeated squaring. */
export function emitIntegerPower(to: Lanes, x: Local, n: number): Local {
  let result: Local | undefined;
  let square = x;
  for (let rest = Math.abs(n); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result === undefined ? square : to.mul(result, square);
    if (rest > 1) square = to.mul(square, square);
  }
  if (result === undefined) return to.constant(1);
  return n < 0 ? to.div(to.constant(1), result) : result;
}

/**
 * x^n for any numbers, with the cases of ECMAScript's `**`: 1 for n = 0 whatever x is, and for a negative x NaN unless n is whole;
 * then the sign of x if n is odd.
 */
export function emitPower(to: Lanes, x: Local, n: Local): Local {
  const magnitude = emitExp(to, to.mul(n, emitLog(to, to.op("f64x2.abs", x))));
  const isWhole = (value: Local) => to.op("f64x2.eq", to.op("f64x2.nearest", value), value);
  const half = to.mul(n, to.constant(0.5));
  const isEven = isWhole(half);
  const sign = to.op("v128.and", x, to.bits(1n << 63n));
  const signed = to.select(isEven, magnitude, to.op("v128.or", magnitude, sign));
  const ofNegative = to.select(isWhole(n), signed, to.constant(Number.NaN));
  const isNegative = to.op("f64x2.lt", x, to.constant(0));
  const result = to.select(isNegative, ofNegative, magnitude);
  return to.select(to.op("f64x2.eq", n, to.constant(0)), to.constant(1), result);
}

/**
 * Derivative of order n of exprel, the integral of t^n exp(t x) over t from 0 to 1. For |x| <= n + 2 its series (for
 * negative x after Kummer's transformation, Abramowitz and Stegun 13.1.27), with a fixed number of terms; elsewhere the
 * recurrence from order 0.
 */
export function emitExprelDerivative(to: Lanes, x: Local, order: number): Local {
  const limit = order + 2;
  const near = to.op("f64x2.pmin", to.op("f64x2.pmax", x, to.constant(-limit)), to.constant(limit));
  const isNegative = to.op("f64x2.lt", near, to.constant(0));
  const size = to.op("f64x2.abs", near);
  const count = 24 + 6 * order;
  const upward: number[] = [];
  const kummer: number[] = [];
  for (let k = 0, a = 1, b = 1 / (order + 1); k < count; k++) {
    upward.push(a / (order + 1 + k));
    kummer.push(b);
    a /= k + 1;
    b /= order + 2 + k;
  }
  const positive = to.polynomial(size, upward);
  const decay = emitExp(to, to.op("f64x2.neg", size), true);
  const negative = to.mul(decay, to.polynomial(size, kummer));
  const series = to.select(isNegative, negative, positive);
  let far = emitExprel(to, x);
  const exponential = emitExp(to, x);
  for (let n = 1; n <= order; n++) {
    far = to.div(to.sub(exponential, to.mul(to.constant(n), far)), x);
  }
  const isNear = to.op("f64x2.le", to.op("f64x2.abs", x), to.constant(limit));
  return to.select(isNear, series, far);
}
