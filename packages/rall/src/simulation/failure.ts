/** @file Where the numbers of a run stop being finite. */
import type { Kernel } from "../backends/backend.ts";
import { type Culprit, findCulprit } from "../backends/reference/diagnose.ts";
import { diffusionKey } from "../modules/description.ts";
import { sampleClock } from "../numerics/sample-times.ts";
import type { PlanGradient } from "../plan/gradient.ts";
import type { Plan, States } from "../plan/plan.ts";
import type { NonFinite } from "./result.ts";
import { largestStableStep } from "./stability.ts";

/** Runs step by step from a state that is still good to the first that is not. */
export async function locateFailure(
  kernel: Kernel,
  plan: Plan,
  from: number,
  keep: (block: Float64Array, step: number) => void,
): Promise<NonFinite> {
  for (let step = from; ; step++) {
    kernel.mark();
    const block = await kernel.advance(1);
    const bad = firstNonFinite(plan, kernel.states());
    if (bad === undefined) {
      keep(block, step);
      continue;
    }
    kernel.restore();
    return describeFailure(plan, bad, findCulprit(plan, kernel.states(), step), step);
  }
}

/** What failed, and where, in words. @param bad - a number that is not finite at the end of the step: perhaps a victim. */
function describeFailure(
  plan: Plan,
  bad: NonNullable<ReturnType<typeof firstNonFinite>>,
  culprit: Culprit | undefined,
  step: number,
): NonFinite {
  const time = sampleClock(plan.dt)(step + 1);
  const { mechanism } = culprit ?? { mechanism: undefined };
  const state = culprit?.key ?? bad.state;
  const compartment = culprit?.index ?? bad.compartment;
  const value = culprit?.value ?? bad.value;
  const isSynaptic = plan.synapses.some(
    ({ states, currentName }) => states.has(state) || currentName === state,
  );
  const what = `${culprit?.isSlope === true ? "the slope of " : ""}${state}`;
  const owner = mechanism === undefined ? "" : `, by the equations of ${mechanism}`;
  const from = culprit === undefined ? "" : ` It was made of ${inWords(culprit.inputs)}.`;
  const stable = plan.solver === "fwd_euler" ? largestStableStep(plan) : Number.POSITIVE_INFINITY;
  const advice =
    plan.dt > stable
      ? `Explicit Euler is stable up to about dt = ${Number(stable.toPrecision(2))} ms here; take shorter steps or an implicit solver.`
      : "Look at the parameters there and at the size of dt; what was recorded before is kept.";
  const message =
    `${what} of ${isSynaptic ? "synapse" : "compartment"} ${compartment} became ${value} at ${time} ms (step ${step})${owner}.` +
    `${from} ${advice}`;
  return { code: "nonFinite", message, step, time, state, mechanism, compartment, value };
}

/** Most numbers that are named. */
const mostInputs = 12;

function inWords(inputs: ReadonlyMap<string, number>): string {
  const named = Array.from(inputs, ([name, value]) => `${name} = ${Number(value.toPrecision(6))}`);
  const more = named.length > mostInputs ? `, and ${named.length - mostInputs} others` : "";
  return named.length === 0 ? "constants alone" : named.slice(0, mostInputs).join(", ") + more;
}

/** The first state that is not finite, where it exists. */
export function firstNonFinite({ presence }: Plan, { values }: States) {
  for (const [state, column] of Object.entries(values)) {
    const present = presence.get(state);
    for (let compartment = 0; compartment < column.length; compartment++) {
      const value = column[compartment] ?? Number.NaN;
      if (Number.isFinite(value) || (present !== undefined && present[compartment] !== 1)) continue;
      return { state, compartment, value };
    }
  }
  return undefined;
}

/** The first derivative that is not finite, by the name of what it is by. */
export function nonFiniteDerivative(plan: Plan, gradient: PlanGradient) {
  const { columns, area, capacity, conductance, ions, exchanges, synapses } = gradient;
  const named: (readonly [string, Float64Array])[] = [
    ...columns,
    ["area", area],
    ["capacitance", capacity],
    ["axial_resistivity", conductance],
    ["the conductance of gap junctions", exchanges],
    ...ions.flatMap((ion) => [
      ["volume", ion.volume] as const,
      [diffusionKey(ion.key), ion.conductance] as const,
    ]),
    ...synapses.flatMap((own, kind) => [
      ...own.columns,
      [`${plan.synapses[kind]?.name}_delay`, own.delays ?? new Float64Array()] as const,
    ]),
    ...gradient.stimuli.map((row) => ["a stimulus", row] as const),
    ...gradient.clamps.map((row, k) => [`the clamp of ${plan.clamps[k]?.state}`, row] as const),
  ];
  for (const [key, column] of named) {
    const index = column.findIndex((slope) => !Number.isFinite(slope));
    if (index >= 0) return { key, index, value: column[index] };
  }
  return undefined;
}
