import { Compartment, defineChannel, integrate, stepCurrent } from "rall";
import * as builtIn from "rall/channels";
import { Tape } from "rall/expressions";
import { describe, expect, test } from "vitest";
import { layOut, uniformValues } from "../../src/backends/wasm/layout.ts";
import { smoothCells } from "../../src/backends/wasm/smooth.ts";
import {
  cellSlots,
  coefficientCount,
  fillTable,
  sampleVoltages,
  tableRange,
  tableStride,
} from "../../src/backends/wasm/table.ts";
import { makePlan } from "../../src/plan/plan.ts";

const options = {
  dt: 0.025,
  slopes: "exact",
  tabulates: true,
  returnStates: false,
  initialState: undefined,
} as const;

describe("tables", () => {
  test.each(Object.values(builtIn).map((channel) => [channel.name, channel] as const))(
    "of %s differ from the functions by at most 1e-13 from -150 to 100 mV",
    (_, channel) => {
      const one = new Compartment();
      one.insert(channel);
      const plan = makePlan(one.root.description, options);
      const [mechanism] = layOut(plan, new Set(uniformValues(plan).keys())).mechanisms;
      const functions = mechanism?.table?.functions ?? [];
      if (functions.length === 0) return;
      const tape = new Tape(functions);
      const known = uniformValues(plan);
      const at = (v: number) =>
        tape.run(tape.inputs.map((name) => (name === "v" ? v : (known.get(name) ?? Number.NaN))));
      const voltages = sampleVoltages();
      const rows = Array.from(voltages, at);
      const samples = functions.map((_, f) =>
        Float64Array.from(rows, (row) => row[f] ?? Number.NaN),
      );
      const stride = tableStride(functions.length) / 8;
      const coefficients = new Float64Array(stride * cellSlots);
      const valid = new Int32Array(cellSlots);
      fillTable(samples, smoothCells(functions, known), coefficients, valid);
      expect(valid.reduce((sum, flag) => sum + flag, 0)).toBeGreaterThan(0.95 * tableRange.cells);
      let worst = 0;
      for (let k = 0; k < 20_000; k++) {
        const v = tableRange.low + (250 * (k + 0.37)) / 20_000;
        const scaled = (v - tableRange.low) / tableRange.width;
        const cell = Math.floor(scaled);
        if (valid[cell] !== 1) continue;
        for (const [f, expected] of at(v).entries()) {
          let sum = 0;
          for (let power = coefficientCount - 1; power >= 0; power--) {
            const place = cell * stride + 2 * coefficientCount * (f >> 1) + 2 * power + (f & 1);
            sum = sum * (scaled - cell - 0.5) + (coefficients[place] ?? Number.NaN);
          }
          worst = Math.max(worst, Math.abs(sum - expected) / Math.max(1, Math.abs(expected)));
        }
      }
      expect(worst).toBeLessThanOrEqual(1e-13);
    },
  );

  test("voltages outside of the range and at its ends are right", async () => {
    for (const v of [-400, -150, -149.99, 99.99, 100, 250, -40, -55]) {
      const one = new Compartment();
      one
        .insert(builtIn.HH)
        .insert(builtIn.CaT)
        .insert(builtIn.Na)
        .insert(builtIn.K)
        .set("v", v)
        .record("HH_m")
        .record();
      one.stimulate(stepCurrent({ delay: 0, duration: 1, amplitude: 0.01, tMax: 2 }));
      const [direct, tabulated] = await Promise.all(
        [false, true].map((tabulate) => integrate(one, { tabulate })),
      );
      for (const [row, series] of (direct?.recordings ?? []).entries()) {
        for (const [k, value] of series.entries()) {
          const error = Math.abs((tabulated?.recordings[row]?.[k] ?? Number.NaN) - value);
          expect(error, `${v} mV, sample ${k}`).toBeLessThanOrEqual(
            1e-11 * Math.max(1, Math.abs(value)),
          );
        }
      }
    }
  });

  test.each([
    ["select(v > th, 1, exp(v / 50))"],
    ["exp(-abs(v - th) / 10)"],
    ["exp(min(v, th) / 20) * max(th, v) / 50"],
    ["select(exp(v / 20) > exp(th / 20), tanh(v), 0.5)"],
    ["select(not v > th and v < th + 0.3, exp(v / 20), 0)"],
    ["1 / (1 + exp(-(v - th) / 1e-7))"],
    ["exp(-((v - th) / 1e-6)^2)"],
    ["log(1 + sqrt(abs(v - th)))"],
    ["exp(min(0, 1 / (v - th)))"],
    ["tanh((v - th) * 1e6)"],
    ["abs(v - th)^1.5 * exp(v / 50)"],
  ])("jumps and kinks of %s are where they are", async (equation) => {
    // Before, in and behind the places at which a cell is sampled
    const thresholds = [-50, -50.004, -50.0000001, -49.9999999, -50.2, -50.4999, -49.75, -64.75];
    const offsets = [-1e-3, -1e-6, -1e-9, 0, 1e-9, 1e-6, 1e-3, 0.003];
    for (const th of thresholds) {
      const Jumping = defineChannel("Jumping", {
        parameters: { th: { value: th } },
        states: { x: { value: 0, update: equation } },
      });
      const one = new Compartment();
      one.insert(Jumping).record("Jumping_x");
      const held = offsets.flatMap((offset) => [th + offset, -50 + offset]);
      one.clamp("v", Float64Array.from(held));
      const options = { tMax: (held.length - 1) * 0.025, backend: "wasm" } as const;
      const [direct, tabulated] = await Promise.all(
        [false, true].map((tabulate) => integrate(one, { ...options, tabulate })),
      );
      for (const [k, value] of (direct?.recordings[0] ?? []).entries()) {
        const own = tabulated?.recordings[0]?.[k] ?? Number.NaN;
        if (Number.isNaN(value)) expect(own).toBeNaN();
        else expect(Math.abs(own - value), `${th} ${held[k]}`).toBeLessThan(1e-12);
      }
    }
  });

  test("new values of uniform parameters fill new tables without compiling", async () => {
    const one = new Compartment();
    one.insert(builtIn.Na).insert(builtIn.K).insert(builtIn.Leak).record();
    one.stimulate(stepCurrent({ delay: 1, duration: 20, amplitude: 0.05, tMax: 30 }));
    await integrate(one, { tabulate: true });
    one.set("vt", -52);
    const tabulated = await integrate(one, { tabulate: true });
    expect(tabulated.statistics.compileTime).toBe(0);
    const { recordings } = await integrate(one, { tabulate: false });
    const worst = Math.max(
      ...(recordings[0] ?? []).map((v, k) => Math.abs(v - (tabulated.recordings[0]?.[k] ?? 0))),
    );
    expect(worst).toBeLessThan(1e-9);
  });
});
