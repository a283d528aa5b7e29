/** @file Models with very many mechanisms, or very long equations. */
import { Branch, Cell, Compartment, defineChannel, integrate, PlatformError } from "rall";
import { HH } from "rall/channels";
import { compileObjective, type Loss } from "rall/training";
import { expect, test } from "vitest";
import { assemble, FunctionBuilder } from "../../src/backends/wasm/assembler.ts";

/** A cell with so many channels of Hodgkin and Huxley that together are one. */
function crowd(count: number): Cell {
  const cell = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0] });
  for (let k = 0; k < count; k++) {
    cell.insert(HH, { name: `H${k}` });
    for (const [key, value] of [
      ["gNa", 0.12],
      ["gK", 0.036],
      ["gLeak", 3e-4],
    ] as const) {
      const name: string = `H${k}_${key}`;
      cell.set(name, value / count);
    }
  }
  cell.set("v", -65).initStates();
  cell.branch(0).comp(0).record("v").stimulate(new Float64Array(80).fill(0.3));
  return cell;
}

const last: Loss = (recordings) => ({
  value: recordings[0]?.at(-1) ?? Number.NaN,
  gradient: recordings.map((row) => row.map((_, k) => (k === row.length - 1 ? 1 : 0))),
});

test("150 channels run, and have gradients, like the one that they are together", async () => {
  const [one, many] = await Promise.all([1, 150].map((count) => integrate(crowd(count), {})));
  for (const [k, v] of (one?.recordings[0] ?? []).entries())
    expect(Math.abs((many?.recordings[0]?.[k] ?? 0) - v)).toBeLessThan(1e-9);
  const slopes = await Promise.all(
    [1, 60].map(async (count) => {
      const cell = crowd(count);
      const name: string = "H0_gNa";
      cell.makeTrainable(name);
      const objective = await compileObjective(cell, { loss: last });
      const { gradient } = await objective.valueAndGradient(cell.getParameters());
      return gradient[0]?.values[0] ?? Number.NaN;
    }),
  );
  expect(Math.abs((slopes[1] ?? 0) / (slopes[0] ?? 0) - 1)).toBeLessThan(1e-9);
});

test("an equation beyond all measure is refused in words", async () => {
  const sum = Array.from({ length: 2000 }, (_, k) => `exp(-(v + ${k}) / 1e4)`);
  const some = defineChannel("Some", { current: `1e-9 * (${sum.join(" + ")})` });
  const one = new Compartment();
  one.insert(some).record("v");
  const options = { tMax: 0.1 } as const;
  const [found, expected] = await Promise.all([
    integrate(one, { ...options, backend: "wasm" }),
    integrate(one, { ...options, backend: "reference" }),
  ]);
  expect(found.recordings[0]?.[3]).toBeCloseTo(expected.recordings[0]?.[3] ?? 0, 9);
  const f = new FunctionBuilder("f", []);
  for (let k = 0; k < 50_001; k++) f.i32(k).set(f.local("i32"));
  expect(() => assemble([f])).toThrow(PlatformError);
  expect(() => assemble([f])).toThrow(/too large for WebAssembly: .* 50001 variables/);
});
