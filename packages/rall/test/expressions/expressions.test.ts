import fc from "fast-check";
import { differentiate, evaluate, gradient, parse, print, simplify } from "rall/expressions";
import { describe, expect, test } from "vitest";
import { runs } from "../long.ts";
import { evaluateDual } from "./dual.ts";
import { expressions, points } from "./random.ts";

const one = (list: readonly unknown[]) => list.length === 1;

describe("derivatives", () => {
  test("forward and reverse agree with dual numbers", () => {
    fc.assert(
      fc.property(expressions, points, (expression, at) => {
        const expected = evaluateDual(expression, at, "x");
        fc.pre(Number.isFinite(expected.slope) && expected.size < 1e8);
        const tolerance = 1e-12 * (expected.size + Math.abs(expected.value) + 1);
        const [forward] = differentiate([expression], "x");
        const [reverse, byY] = gradient(expression, ["x", "y"]);
        if (forward === undefined || reverse === undefined || byY === undefined) throw new Error();
        expect(Math.abs(evaluate(forward, at) - expected.slope)).toBeLessThanOrEqual(tolerance);
        expect(Math.abs(evaluate(reverse, at) - expected.slope)).toBeLessThanOrEqual(tolerance);
        const other = evaluateDual(expression, at, "y");
        const bound = 1e-12 * (other.size + Math.abs(other.value) + 1);
        expect(Math.abs(evaluate(byY, at) - other.slope)).toBeLessThanOrEqual(bound);
      }),
      { numRuns: runs(600, 4000), seed: 1 },
    );
  });

  test("a derivative reads as one would write it", () => {
    const [slope] = differentiate([parse("gNa * m^3 * h * (v - eNa)")], "v");
    expect(slope && print(slope)).toMatchInlineSnapshot(`"gNa * m^3 * h"`);
  });
});

describe("simplify", () => {
  test("never changes a value beyond rounding", () => {
    fc.assert(
      fc.property(expressions, points, (expression, at) => {
        const before = evaluate(expression, at);
        fc.pre(Number.isFinite(before));
        const { size } = evaluateDual(expression, at, "x");
        const [simple] = simplify([expression]);
        if (simple === undefined) throw new Error();
        const scale = 1 + Math.abs(before) + (Number.isFinite(size) ? size : 0);
        expect(Math.abs(evaluate(simple, at) - before)).toBeLessThanOrEqual(1e-12 * scale);
      }),
      { numRuns: runs(600, 4000), seed: 2 },
    );
  });

  test.each([
    ["x + 0", "x"],
    ["1 * x * 1", "x"],
    ["x - x", "0"],
    ["-(-x)", "x"],
    ["2 * (3 * x)", "6 * x"],
    ["x / 4", "0.25 * x"],
    ["x^1 + x^0", "1 + x"],
    ["x * x", "x^2"],
    ["x - (-y)", "x + y"],
    ["select(1 < 2, x, y)", "x"],
  ])("%s is %s", (text, expected) => {
    const [simple] = simplify([parse(text)]);
    expect(simple && print(simple)).toBe(expected);
  });

  test("equal parts become one", () => {
    const [a, b] = simplify([parse("exp(x + y) * 2"), parse("exp(y + x) + 1")]);
    const parts = [a, b].map((root) =>
      root?.op === "multiply" || root?.op === "add" ? root.args[1] : root,
    );
    expect(parts[0]).toBe(parts[1]);
    expect(one(simplify([parse("x")]))).toBe(true);
  });
});

describe("text", () => {
  test("what is printed is read back as the same", () => {
    fc.assert(
      fc.property(expressions, points, (expression, at) => {
        const again = parse(print(expression));
        expect(Object.is(evaluate(again, at), evaluate(expression, at))).toBe(true);
        expect(print(parse(print(again)))).toBe(print(again));
      }),
      { numRuns: runs(300, 3000), seed: 3 },
    );
  });

  test.each([
    ["1 + 2 * 3 ^ 2", 19],
    ["-2 ^ 2", -4],
    ["2 ^ 3 ^ 2", 512],
    ["8 / 4 / 2", 1],
    ["5 - 3 - 1", 1],
    ["2 ** -1", 0.5],
    ["select(not 1 > 2 and 3 != 4, 10, 20)", 10],
    ["min(3, 1, 2) + max(1, 5)", 6],
    ["1.5e1 + .5", 15.5],
    ["safeExp(100) / exp(20)", 1],
    ["exprel(0) + exprel(0, 1)", 1.5],
    ["solveGateImplicit(0.5, 0.1, 1, 1)", 0.5],
  ])("%s = %d", (text, value) => {
    expect(evaluate(parse(text))).toBeCloseTo(value, 12);
  });

  const names = new Set(["v", "gNa", "dt"]);
  test.each([
    ["gN * v", 'Unknown name "gN". Did you mean "gNa"?', 1],
    ["v +\n  * 2", 'found "*"', 3],
    ["expp(v)", 'There is no function expp. Did you mean "exp"?', 1],
    ["exp(v", "Expected ), found the end", 6],
    ["v $ 2", 'The character "$" has no meaning', 3],
    ["1 < v < 3", "Comparisons do not chain", 7],
    ["exp(v, 2)", "was given 2 arguments", 1],
    ["exp + 1", "needs arguments", 1],
    ["", "empty", 1],
    ["v v", "Expected an operator or the end", 3],
  ])("%j is refused with its place", (text, message, column) => {
    expect(() => parse(text, { names })).toThrow(message);
    try {
      parse(text, { names });
    } catch (error) {
      expect(error).toHaveProperty("details.location.column", column);
    }
  });

  test("hostile texts neither crash nor hang", () => {
    expect(() => parse("(".repeat(100_000))).toThrow(/too long|nested too deeply/);
    expect(() => parse(`${"-".repeat(50_000)}x`)).toThrow("nested too deeply");
    const sum = parse(Array.from({ length: 20_000 }, () => "x").join("+"));
    expect(evaluate(sum, { x: 1 })).toBe(20_000);
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parse(text);
        } catch (error) {
          expect(error).toHaveProperty("code", "equation");
        }
      }),
      { numRuns: runs(300, 3000), seed: 4 },
    );
  });
});

describe("exprel", () => {
  /** The integral of t^n exp(t x), by its Taylor series, which converges everywhere and is exact enough for |x| <= 1. */
  const series = (x: number, n: number) => {
    let [sum, term] = [0, 1];
    for (let k = 0; k < 40; k++) {
      sum += term / (n + 1 + k);
      term *= x / (k + 1);
    }
    return sum;
  };

  test.each([0, 1, 2, 3])("order %i is right at and near its removable singularity", (order) => {
    for (const x of [
      0, 1e-300, -1e-300, 1e-16, -1e-12, 1e-8, -1e-8, 1e-5, -1e-3, 0.1, -0.3, 0.9, -1,
    ]) {
      const value = evaluate(parse(`exprel(x, ${order})`), { x });
      expect(Math.abs(value / series(x, order) - 1)).toBeLessThan(4e-16 * (order + 2));
      const [slope] = differentiate([parse(`exprel(x, ${order})`)], "x");
      if (slope === undefined) throw new Error();
      expect(Math.abs(evaluate(slope, { x }) / series(x, order + 1) - 1)).toBeLessThan(
        4e-16 * (order + 3),
      );
    }
  });

  test("linoid and its slope are finite and right around 0 and at the cut-off", () => {
    const text = parse("linoid(x)");
    const [slope] = differentiate([text], "x");
    if (slope === undefined) throw new Error();
    expect(evaluate(text, { x: 0 })).toBe(1);
    expect(evaluate(slope, { x: 0 })).toBe(-0.5);
    for (const x of [1e-9, -1e-9, 1e-6, 0.5, -3, 15, 19.9]) {
      expect(evaluate(text, { x }) / (x / Math.expm1(x))).toBeCloseTo(1, 14);
    }
    expect(evaluate(text, { x: 30 }) * Math.expm1(20)).toBeCloseTo(30, 10);
  });
});
