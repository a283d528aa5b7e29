/** Functions to 300 binary digits, as an oracle for rounding errors: fixed-point numbers in BigInt. */

const digits = 300n;
const one = 1n << digits;

/** A number `mantissa * 2^exponent`, exactly. */
interface Scaled {
  readonly mantissa: bigint;
  readonly exponent: number;
}

function decompose(x: number): Scaled {
  const bits = new BigUint64Array(Float64Array.of(x).buffer)[0] ?? 0n;
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  return { mantissa: x < 0 ? -mantissa : mantissa, exponent: Math.max(biased, 1) - 1075 };
}

function shift(a: bigint, by: number): bigint {
  return by >= 0 ? a << BigInt(by) : a >> BigInt(-by);
}

function fixed({ mantissa, exponent }: Scaled): bigint {
  return shift(mantissa, exponent + Number(digits));
}

const ln2 = atanhSeries(one / 3n) * 2n;

/** `z + z^3/3 + z^5/5 + ...` */
function atanhSeries(z: bigint): bigint {
  const square = (z * z) >> digits;
  let sum = 0n;
  for (let power = z, k = 1n; power !== 0n; power = (power * square) / one, k += 2n)
    sum += power / k;
  return sum;
}

/** exp(x) - 1 as a number of 300 significant digits. */
function expm1Exact(x: number): Scaled {
  const scaled = decompose(x);
  if (Math.abs(x) < 2 ** -100) return scaled;
  if (x < -400) return { mantissa: -one, exponent: -Number(digits) };
  const whole = Math.round(x / Math.LN2);
  const rest = fixed(scaled) - BigInt(whole) * ln2;
  let sum = 0n;
  for (let term = rest, k = 2n; term !== 0n; term = (term * rest) / (k * one), k++) sum += term;
  const exponent = whole - Number(digits);
  // The 1 has its own exponent
  const lift = Math.max(0, -whole);
  const drop = Math.max(0, whole);
  return drop > 290
    ? { mantissa: sum + one, exponent }
    : {
        mantissa: ((sum + one) << BigInt(drop)) - (one << BigInt(lift)),
        exponent: -lift - Number(digits),
      };
}

function expExact(x: number): Scaled {
  const whole = Math.round(x / Math.LN2);
  const rest = fixed(decompose(x)) - BigInt(whole) * ln2;
  let sum = one;
  for (let term = rest, k = 2n; term !== 0n; term = (term * rest) / (k * one), k++) sum += term;
  return { mantissa: sum, exponent: whole - Number(digits) };
}

function quotient(a: Scaled, b: Scaled): Scaled {
  return { mantissa: (a.mantissa << 400n) / b.mantissa, exponent: a.exponent - b.exponent - 400 };
}

function tanhExact(x: number): Scaled {
  if (Math.abs(x) < 2 ** -60) return decompose(x);
  if (Math.abs(x) > 300) return decompose(Math.sign(x));
  const above = expm1Exact(2 * x);
  const two = shift(2n, -above.exponent);
  return quotient(above, { mantissa: above.mantissa + two, exponent: above.exponent });
}

function logExact(x: number): Scaled {
  const { mantissa, exponent } = decompose(x);
  const length = mantissa.toString(2).length;
  let m = shift(mantissa, Number(digits) - length);
  let k = exponent + length;
  if (m < (one * 7n) / 10n) {
    m <<= 1n;
    k--;
  }
  const z = ((m - one) << digits) / (m + one);
  return { mantissa: 2n * atanhSeries(z) + BigInt(k) * ln2, exponent: -Number(digits) };
}

export const exact: Readonly<Record<string, (x: number) => Scaled>> = {
  exp: expExact,
  log: logExact,
  tanh: tanhExact,
  exprel: (x) => (x === 0 ? decompose(1) : quotient(expm1Exact(x), decompose(x))),
};

/** Difference of a double from a number, in units in the last place of that number. */
export function errorInUlp(computed: number, { mantissa, exponent }: Scaled): number {
  const length = mantissa.toString(2).length - (mantissa < 0n ? 1 : 0);
  const ulp = Math.max(exponent + length - 53, -1074);
  if (!Number.isFinite(computed)) return exponent + length > 1024 ? 0 : Number.POSITIVE_INFINITY;
  const own = decompose(computed);
  // In 2^-40 ulp
  const unit = ulp - 40;
  const difference = shift(own.mantissa, own.exponent - unit) - shift(mantissa, exponent - unit);
  return Math.abs(Number(difference)) / 2 ** 40;
}
