import { readFileSync } from "node:fs";
import fc from "fast-check";
import { integrate, parseSwc, stepCurrent } from "rall";
import { HH, Leak } from "rall/channels";
import { evaluate, parse } from "rall/expressions";
import { describe, expect, test } from "vitest";
import wabt from "wabt";
import { printProgram, programBytes } from "../../src/backends/wasm/backend.ts";
import { makePlan, printPlan } from "../../src/plan/plan.ts";
import { runs } from "../long.ts";
import { compiled } from "./compiled.ts";
import { buildRandom, randomModels } from "./random-models.ts";

const cellFile = new URL("../reference/swc/syn_random_tree.swc", import.meta.url);
const options = {
  dt: 0.025,
  slopes: "exact",
  tabulates: false,
  returnStates: false,
  initialState: undefined,
} as const;

function smallCell() {
  const cell = parseSwc(readFileSync(cellFile, "utf8"), { ncomp: 3 });
  cell.insert(Leak);
  cell.group("soma").insert(HH);
  cell.set("axial_resistivity", 120).initStates();
  cell
    .group("soma")
    .branch(0)
    .comp(0)
    .record("v")
    .stimulate(stepCurrent({ delay: 1, duration: 3, amplitude: 2, tMax: 10 }));
  return cell;
}

test("random models give the same on both backends", async () => {
  await fc.assert(
    fc.asyncProperty(randomModels, fc.boolean(), fc.boolean(), async (model, isExact, tabulate) => {
      const cell = buildRandom(model);
      const slopes = isExact ? "exact" : "difference";
      const [reference, wasm] = await Promise.all(
        (["reference", "wasm"] as const).map((backend) =>
          integrate(cell, { dt: 0.05, backend, slopes, tabulate, returnStates: true }),
        ),
      );
      expect(wasm?.status).toEqual(reference?.status);
      for (const [row, expected] of (reference?.recordings ?? []).entries()) {
        const scale = Math.max(...expected.map(Math.abs), 1e-6);
        const worst = Math.max(
          ...expected.map((value, k) =>
            Math.abs((wasm?.recordings[row]?.[k] ?? Number.NaN) - value),
          ),
        );
        expect(worst / scale, wasm?.names[row]).toBeLessThanOrEqual(1e-10);
      }
      for (const [key, values] of Object.entries(reference?.states?.values ?? {})) {
        const scale = Math.max(...values.filter(Number.isFinite).map(Math.abs), 1e-6);
        for (const [i, value] of values.entries()) {
          const other = wasm?.states?.values[key]?.[i] ?? Number.NaN;
          if (Number.isNaN(value)) expect(other).toBeNaN();
          else expect(Math.abs(other - value) / scale, `${key} ${i}`).toBeLessThanOrEqual(1e-10);
        }
      }
    }),
    { numRuns: runs(40, 300), seed: 5 },
  );
});

describe("generated code", () => {
  test("is valid to an independent tool", async () => {
    const { readWasm } = await wabt();
    const check = (bytes: Uint8Array) => {
      const module = readWasm(bytes, { simd: true });
      expect(() => module.validate()).not.toThrow();
      module.destroy();
      expect(WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)).toBe(true);
    };
    check(programBytes(makePlan(smallCell().root.description, options)));
    fc.assert(
      fc.property(randomModels, fc.boolean(), (model, tabulates) =>
        check(
          programBytes(
            makePlan(buildRandom(model).root.description, {
              ...options,
              tabulates,
              returnStates: true,
            }),
          ),
        ),
      ),
      { numRuns: runs(15, 60), seed: 6 },
    );
  });

  test("the plan of a small model can be read", () => {
    expect(printPlan(makePlan(smallCell().root.description, options))).toMatchInlineSnapshot(`
      "51 compartments, 8 branch points, dt = 0.025 ms
      Leak in 51 compartments
        i_Leak += Leak_gLeak * (v - Leak_eLeak)
        slope Leak_gLeak
      HH in 6 compartments
        HH_m <- HH_m * exp(-(dt * (max(1, -0.005000000000000001 * (40 + v)) / exprel(min(20, -0.1 * (40 + v))) + 4 * exp(min(20, -0.05555555555555555 * (65 + v)))))) + max(1, -0.005000000000000001 * (40 + v)) / exprel(min(20, -0.1 * (40 + v))) / (max(1, -0.005000000000000001 * (40 + v)) / exprel(min(20, -0.1 * (40 + v))) + 4 * exp(min(20, -0.05555555555555555 * (65 + v)))) * (1 - exp(-(dt * (max(1, -0.005000000000000001 * (40 + v)) / exprel(min(20, -0.1 * (40 + v))) + 4 * exp(min(20, -0.05555555555555555 * (65 + v)))))))
        HH_h <- HH_h * exp(-(dt * (0.07 * exp(min(20, -0.05 * (65 + v))) + 1 / (1 + exp(min(20, -0.1 * (35 + v))))))) + 0.07 * exp(min(20, -0.05 * (65 + v))) / (0.07 * exp(min(20, -0.05 * (65 + v))) + 1 / (1 + exp(min(20, -0.1 * (35 + v))))) * (1 - exp(-(dt * (0.07 * exp(min(20, -0.05 * (65 + v))) + 1 / (1 + exp(min(20, -0.1 * (35 + v))))))))
        HH_n <- HH_n * exp(-(dt * (0.1 * (max(1, -0.005000000000000001 * (55 + v)) / exprel(min(20, -0.1 * (55 + v)))) + 0.125 * exp(min(20, -0.0125 * (65 + v)))))) + 0.1 * (max(1, -0.005000000000000001 * (55 + v)) / exprel(min(20, -0.1 * (55 + v)))) / (0.1 * (max(1, -0.005000000000000001 * (55 + v)) / exprel(min(20, -0.1 * (55 + v)))) + 0.125 * exp(min(20, -0.0125 * (65 + v)))) * (1 - exp(-(dt * (0.1 * (max(1, -0.005000000000000001 * (55 + v)) / exprel(min(20, -0.1 * (55 + v)))) + 0.125 * exp(min(20, -0.0125 * (65 + v)))))))
        i_HH += HH_gNa * HH_m^3 * HH_h * (v - HH_eNa) + HH_gK * HH_n^4 * (v - HH_eK) + HH_gLeak * (v - HH_eLeak)
        slope HH_gLeak + (HH_gNa * HH_m^3 * HH_h + HH_gK * HH_n^4)
      1 stimuli, 0 clamps, 1 recordings"
    `);
  });

  test("so can its program", () => {
    const text = printProgram(makePlan(smallCell().root.description, options));
    expect(text).toContain("f64x2.mul");
    expect(text.startsWith("(func advance (param i32)")).toBe(true);
  });
});

describe("functions in WebAssembly", () => {
  const spread = (low: number, high: number) =>
    Array.from({ length: 4001 }, (_, k) => low + ((high - low) * k) / 4000);

  test.each([
    ["exp(x)", [...spread(-745, 709), ...spread(-1, 1)], 3e-16],
    ["exp(min(x, 20))", spread(-600, 40), 3e-16],
    ["log(x)", [...spread(1e-3, 4), ...spread(0.99, 1.01), 1e-320, 1e300, 2 ** -1022], 4e-16],
    ["tanh(x)", [...spread(-25, 25), ...spread(-1e-3, 1e-3)], 8e-16],
    ["exprel(x)", [...spread(-60, 60), ...spread(-1e-3, 1e-3), 0, 1e-300, 700, -700], 5e-16],
    ["exprel(x, 1)", [...spread(-20, 20), 0, 1e-9], 1e-14],
    ["exprel(x, 3)", [...spread(-20, 20), 0, 1e-9], 1e-13],
    ["x^5 + x^-2", spread(0.5, 3), 1e-15],
    ["x^1.7", spread(0.01, 50), 5e-15],
    ["sqrt(abs(x)) + max(x, 1) - min(x, -1)", spread(-4, 4), 1e-15],
    ["select(x < 2 and 1 < 2, 1, 3) + select(2 < 1 or x < 3, 5, 7)", [-1, 0, 1, 2, 3, 4], 0],
    ["select(x < 0 or x >= 2 and not x == 3, 1, 2)", [-1, 0, 1, 2, 3, 4], 0],
  ])("%s", async (text, xs, tolerance) => {
    const expression = parse(text);
    const values = await compiled(expression, xs);
    for (const [i, x] of xs.entries()) {
      const expected = evaluate(expression, { x });
      const error = Math.abs((values[i] ?? Number.NaN) - expected);
      // One unit in the last place of a subnormal number is large in relative terms
      expect(error, `at ${x}`).toBeLessThanOrEqual(
        Math.max(tolerance * Math.abs(expected), 1e-323),
      );
    }
  });

  test("special values", async () => {
    const at = (text: string, ...xs: number[]) => compiled(parse(text), xs);
    expect(
      await at(
        "exp(x)",
        Number.NaN,
        1000,
        -1000,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
      ),
    ).toEqual([Number.NaN, Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY, 0]);
    expect(await at("log(x)", 0, -1, Number.POSITIVE_INFINITY, Number.NaN, 1)).toEqual([
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NaN,
      0,
    ]);
    expect(await at("tanh(x)", 0, 800, -800, Number.NaN)).toEqual([0, 1, -1, Number.NaN]);
    const powers = async (text: string, ...xs: number[]) => {
      const expression = parse(text);
      const expected = xs.map((x) => evaluate(expression, { x }));
      const found = await compiled(expression, xs);
      for (const [k, value] of expected.entries()) {
        const own = found[k] ?? 0;
        if (Number.isFinite(value) && value !== 0)
          expect(Math.abs(own / value - 1), `${text} at ${xs[k]}`).toBeLessThan(1e-12);
        else expect(own, `${text} at ${xs[k]}`).toBe(value);
      }
    };
    const bases = [-3.7, -2, -1, -0.4, 0, 0.4, 1, 2.5, 40, -40, Number.NaN];
    for (const exponent of ["2", "3", "-3", "0", "65", "-66", "600", "1.5", "-0.5", "0.3"]) {
      await powers(`x^${exponent}`, ...bases);
      await powers(`x^(${exponent} + 0 * min(x, 1))`, ...bases);
      await powers(`tanh(x)^(${exponent})`, ...bases);
    }
    for (const base of ["-2", "-1", "0", "0.5", "1", "3"])
      await powers(`(${base})^x`, -3, -2, -1, -0.5, 0, 0.5, 1, 2, 3, 66, 1e16, Number.NaN);
    expect(await at("exprel(x)", Number.NEGATIVE_INFINITY, 0, Number.NaN)).toEqual([
      0,
      1,
      Number.NaN,
    ]);
  });
});
