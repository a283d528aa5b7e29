/** Rounding errors of the engine's functions, against the same to 300 binary digits. */
import { parse } from "rall/expressions";
import { describe, expect, test } from "vitest";
import { compiled } from "./compiled.ts";
import { errorInUlp, exact } from "./exact.ts";

/** Numbers without a pattern, always the same (Park and Miller 1988, Comm. ACM 31:1192). */
function* uniform(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 48271) % 2147483647;
    yield state / 2147483647;
  }
}

const random = uniform(7);
const spread = (low: number, high: number, count: number) =>
  Array.from({ length: count }, () => low + (high - low) * random.next().value);
/** Numbers of all sizes, of both signs. */
const sizes = (low: number, high: number, count: number) =>
  spread(Math.log2(low), Math.log2(high), count).map((x, i) => (i % 2 === 0 ? 1 : -1) * 2 ** x);

const cases = {
  exp: {
    text: "exp(x)",
    bound: 1,
    xs: [...spread(-745.1, 709.78, 6000), ...spread(-1, 1, 6000), ...sizes(1e-300, 1, 2000)],
  },
  log: {
    text: "log(x)",
    bound: 1,
    xs: [
      ...spread(0.5, 2, 6000),
      ...spread(0.99, 1.01, 3000),
      ...sizes(2 ** -1074, 2 ** 1023, 5000).map(Math.abs),
    ],
  },
  tanh: {
    text: "tanh(x)",
    bound: 1,
    xs: [...spread(-22, 22, 5000), ...spread(-2, 2, 7000), ...sizes(1e-300, 1, 2000), 400, -1e300],
  },
  exprel: {
    text: "exprel(x)",
    bound: 2,
    xs: [
      ...spread(-800, 716.3, 5000),
      ...spread(-4, 4, 7000),
      ...sizes(1e-300, 1, 2000),
      709.9,
      716.35,
      -1e300,
    ],
  },
};

describe("functions in units in the last place", () => {
  test.each(Object.entries(cases))("%s", async (name, { text, bound, xs }) => {
    const values = await compiled(parse(text), xs);
    let worst = { error: 0, x: 0 };
    for (const [i, x] of xs.entries()) {
      const truth = exact[name]?.(x);
      if (truth === undefined) throw new Error(name);
      const error = errorInUlp(values[i] ?? Number.NaN, truth);
      if (!(error <= worst.error)) worst = { error, x };
    }
    expect(worst.error, `at ${worst.x}`).toBeLessThanOrEqual(bound);
  });

  test("of a gate's exponential, whose argument is known to be bounded", async () => {
    const xs = spread(-700, 20, 6000);
    const values = await compiled(parse("exp(min(x, 20))"), xs);
    for (const [i, x] of xs.entries()) {
      const truth = exact.exp?.(x) ?? { mantissa: 1n, exponent: 0 };
      expect(errorInUlp(values[i] ?? Number.NaN, truth), `at ${x}`).toBeLessThanOrEqual(1);
    }
  });

  test("at the ends of the numbers", async () => {
    const ends = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 0, -0];
    expect(await compiled(parse("exp(x)"), ends)).toEqual([Infinity, 0, Number.NaN, 1, 1]);
    expect(await compiled(parse("exprel(x)"), ends)).toEqual([Infinity, 0, Number.NaN, 1, 1]);
    expect(await compiled(parse("tanh(x)"), ends)).toEqual([1, -1, Number.NaN, 0, -0]);
    expect(await compiled(parse("log(x)"), [...ends, -1])).toEqual([
      Infinity,
      Number.NaN,
      Number.NaN,
      -Infinity,
      -Infinity,
      Number.NaN,
    ]);
  });
});
