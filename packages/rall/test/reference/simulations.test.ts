/** Golden runs: every case in scope, on every backend. */
import { integrate, type SolverName, type States } from "rall";
import { describe, expect, test } from "vitest";
import { leftToLongRun } from "../long.ts";
import { buildRunnable, clampMode, outOfScope, samples, view } from "./build.ts";
import { type Column, expand, type GoldenCase, readCases, type StimulusStep } from "./case.ts";
import { addReferenceRounding } from "./rounding.ts";

const backends = ["reference", "wasm"] as const;
const cases = readCases();

/** Largest deviation of a row, relative to the row's largest value. */
function deviation(row: ArrayLike<number>, golden: readonly number[], every: number): number {
  let worst = 0;
  let scale = 1e-12;
  for (const [k, value] of golden.entries()) {
    worst = Math.max(worst, Math.abs((row[k * every] ?? Number.NaN) - value));
    if (Number.isNaN(row[k * every] ?? Number.NaN)) return Number.NaN;
    scale = Math.max(scale, Math.abs(value));
  }
  return worst / scale;
}

function expectRows(
  rows: readonly Float64Array[],
  golden: readonly (readonly number[])[],
  every: number,
  tolerance: number,
): void {
  expect(rows.length).toBe(golden.length);
  for (const [r, row] of rows.entries()) {
    const expected = golden[r] ?? [];
    expect(Math.ceil(row.length / every), `samples of row ${r}`).toBe(expected.length);
    expect(deviation(row, expected, every), `row ${r}`).toBeLessThanOrEqual(tolerance);
  }
}

/**
 * A current after the last step may be the small rest of large ones (a cell at rest), so that the scale of its own final
 * value says nothing; the common bound of the reference's README holds.
 */
const finalCurrentTolerance = 1e-8;

/** Compares states with the golden ones, key by key. */
export function expectStates(
  states: States,
  golden: Readonly<Record<string, Column>>,
  relative: number,
  absolute = 0,
): void {
  for (const [key, column] of Object.entries(golden)) {
    const values = states.values[key];
    expect(values, key).toBeDefined();
    const expected = expand(column, values?.length ?? 0);
    const scale = Math.max(
      ...expected.map((value) => (Number.isNaN(value) ? 0 : Math.abs(value))),
      1e-12,
    );
    for (const [i, value] of expected.entries()) {
      if (Number.isNaN(value)) continue;
      const error = Math.abs((values?.[i] ?? Number.NaN) - value);
      const tolerance = key.startsWith("i_") ? Math.max(relative, finalCurrentTolerance) : relative;
      expect(error, `${key} of compartment ${i}`).toBeLessThanOrEqual(
        Math.max(tolerance * scale, absolute),
      );
    }
  }
}

/** NEURON to 1e-9 mV (cells read from SWC, which it stores in float32, to 1e-4), closed forms of the scheme to 4e-11. */
function expectPeers(golden: GoldenCase, rows: readonly Float64Array[]): void {
  const worst = (expected: readonly number[], every: number, row: Float64Array | undefined) =>
    Math.max(...expected.map((value, k) => Math.abs((row?.[k * every] ?? Number.NaN) - value)));
  const { every = 1 } = (golden.neuron ?? {}) as { every?: number };
  for (const [r, expected] of ((golden.neuron_recordings ?? []) as number[][]).entries()) {
    expect(worst(expected, every, rows[r]), `NEURON, row ${r}`).toBeLessThanOrEqual(
      golden.tags.includes("swc") ? 1e-4 : 1e-9,
    );
  }
  const { discrete } = (golden.analytic ?? {}) as { discrete?: number[] };
  if (discrete?.length === rows[0]?.length) {
    expect(worst(discrete ?? [], 1, rows[0]), "closed form").toBeLessThanOrEqual(4e-11);
  }
}

const runOptions = (golden: GoldenCase) => ({
  dt: golden.model.dt,
  solver: (golden.model.solver ?? "bwd_euler") as SolverName,
  clamps: clampMode(golden.model),
  linearSolver: golden.model.voltage_solver ?? "hines",
  ...(golden.model.t_max === null ? {} : { tMax: golden.model.t_max }),
});

/** Interpreted, 1,000 compartments for 5,000 steps take half a minute. */
const leftOut = (golden: GoldenCase, backend: (typeof backends)[number]) =>
  backend === "reference" && golden.name === "analytic_rallpack1_n1000" ? leftToLongRun : undefined;

describe.each(backends)("on %s", (backend) => {
  for (const golden of cases.filter(({ kind }) => kind === "simulation")) {
    test(golden.name, async ({ skip }) => {
      const reason = outOfScope(golden) ?? leftOut(golden, backend);
      if (reason !== undefined) skip(reason);
      const module = buildRunnable(golden);
      addReferenceRounding(module, golden);
      const tolerance = golden.tolerance.relative_to_row_max;
      const recordings = golden.recordings as number[][];
      const every = golden.every as number;
      const options = {
        ...runOptions(golden),
        backend,
        returnStates: true,
        tabulate: false,
      } as const;
      const run = await integrate(module, { ...options, slopes: "difference" });
      expect(run.status.code).toBe("completed");
      expect(run.time.length).toBe(golden.time_points);
      expectRows(run.recordings, recordings, every, tolerance);
      const final = golden.final_state as
        | {
            compartments: Record<string, Column>;
            synapses?: Record<string, Column>;
            branchpoint_v?: number[];
          }
        | undefined;
      if (
        final !== undefined &&
        run.states !== undefined &&
        golden.model.checkpoint_lengths === null
      ) {
        expectStates(run.states, final.compartments, tolerance);
        expectStates(run.states, final.synapses ?? {}, tolerance);
        // With Crank and Nicolson's rule the reference's branch points swing about the voltage at which currents balance,
        // for ever and without effect on anything; ours have that voltage
        // (explicit solvers of the reference give none at all)
        const isBalanced = golden.model.solver === "bwd_euler";
        for (const [b, v] of (isBalanced ? (final.branchpoint_v ?? []) : []).entries()) {
          expect(run.states.branchPoints[b]).toBeCloseTo(v, 6);
        }
      }
      if (backend === "wasm") {
        const tabulated = await integrate(module, {
          ...options,
          slopes: "difference",
          tabulate: true,
        });
        expectRows(tabulated.recordings, recordings, every, 3 * tolerance);
      }
      // differences.md: the reference's slopes of synapses move both voltages, the exact ones only the post-synaptic
      if (module.root.description.synapses.length > 0) return;
      const exact = await integrate(module, { ...options, slopes: "exact" });
      expectPeers(golden, exact.recordings);
      const slopeError = golden.spread.exact_slope;
      if (slopeError !== undefined) {
        expectRows(exact.recordings, recordings, every, Math.max(tolerance, 2 * slopeError));
      }
    });
  }

  for (const golden of cases.filter(({ kind }) => kind === "resume")) {
    test(golden.name, async ({ skip }) => {
      const reason = outOfScope(golden);
      if (reason !== undefined) skip(reason);
      const module = buildRunnable(golden);
      const segments = golden.segments as {
        stimuli?: StimulusStep[];
        t_max?: number;
        time_points: number;
        recordings: number[][];
      }[];
      let states: States | undefined;
      for (const segment of segments) {
        module.deleteStimuli();
        for (const { current, where } of segment.stimuli ?? [])
          view(module, where).stimulate(samples(current));
        const run = await integrate(module, {
          dt: golden.model.dt,
          solver: (golden.model.solver ?? "bwd_euler") as SolverName,
          clamps: clampMode(golden.model),
          backend,
          slopes: "difference",
          returnStates: true,
          ...(segment.t_max === undefined ? {} : { tMax: segment.t_max }),
          ...(states === undefined ? {} : { initialState: states }),
        });
        expect(run.time.length).toBe(segment.time_points);
        expectRows(run.recordings, segment.recordings, 1, golden.tolerance.relative_to_row_max);
        states = run.states;
      }
    });
  }

  for (const golden of cases.filter(({ kind }) => kind === "steps")) {
    test(golden.name, async ({ skip }) => {
      const reason = outOfScope(golden);
      if (reason !== undefined) skip(reason);
      const module = buildRunnable(golden);
      const steps = golden.states_after_step as { compartments: Record<string, Column> }[];
      for (const [k, { compartments }] of steps.entries()) {
        if (k === 0) continue;
        const { states } = await integrate(module, {
          dt: golden.model.dt,
          solver: (golden.model.solver ?? "bwd_euler") as SolverName,
          clamps: clampMode(golden.model),
          tMax: (k - 0.5) * golden.model.dt,
          backend,
          slopes: "difference",
          returnStates: true,
        });
        if (states !== undefined)
          expectStates(states, compartments, golden.tolerance.relative, golden.tolerance.absolute);
      }
    });
  }
});
