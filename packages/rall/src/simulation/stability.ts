/** @file How long a step of explicit Euler may be. */
import type { Diagnostic } from "../morphology/diagnostic.ts";
import { voltageVectorfield } from "../numerics/voltage.ts";
import type { Plan } from "../plan/plan.ts";

/** Rounds of the power method: enough for two digits of the largest eigenvalue of a tree. */
const rounds = 60;

/**
 * Longest stable time step in ms of explicit Euler for the axial currents of a model: 2 over the largest eigenvalue of their
 * operator, found by the power method. The membrane makes it a little shorter. Infinite without axial currents.
 */
export function largestStableStep({ axial }: Pick<Plan, "axial">): number {
  const count = axial.parent.length;
  const none = { slope: new Float64Array(count), constant: new Float64Array(count) };
  // The fastest mode changes sign from compartment to compartment
  let mode = Float64Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 1 : -1 - 1e-3 * i));
  let rate = 0;
  for (let round = 0; round < rounds; round++) {
    const next = voltageVectorfield(axial, mode, none);
    rate = next.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (rate === 0) return Number.POSITIVE_INFINITY;
    mode = next.map((value) => value / rate);
  }
  return 2 / rate;
}

/** A warning if explicit Euler cannot be stable at the plan's time step. */
export function warnOfInstability(plan: Plan): Diagnostic[] {
  if (plan.solver !== "fwd_euler") return [];
  const stable = largestStableStep(plan);
  if (plan.dt <= stable) return [];
  const message =
    `Explicit Euler is unstable at dt = ${plan.dt} ms: the axial currents of this model allow about ` +
    `${Number(stable.toPrecision(2))} ms at most. Take shorter steps, longer compartments or an implicit solver.`;
  return [{ severity: "warning", code: "unstable-step", message }];
}
