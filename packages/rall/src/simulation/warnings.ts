/** @file What is probably not meant, though it can be computed; `docs/warnings.md` lists all of it. */
import type { Description } from "../modules/description.ts";
import type { Diagnostic } from "../morphology/diagnostic.ts";
import type { Plan } from "../plan/plan.ts";
import type { Setup } from "./compile.ts";
import { warnOfCoupledStates } from "./coupled.ts";
import { warnOfNumbers, warnOfStimuli } from "./plausibility.ts";
import { warnOfInstability } from "./stability.ts";
import { warnOfStart } from "./start-states.ts";

/** Time step in ms above which gates are no longer resolved. */
const coarseStep = 0.5;

/** Warnings about a model, where it starts and its time step: all but those of its stimuli. */
export function warnOfModel(
  { description, dt, initialState }: Pick<Setup, "description" | "dt" | "initialState">,
  plan: Plan,
): Diagnostic[] {
  return [
    ...warnOfStep(description, dt),
    ...warnOfCoupledStates(description),
    ...(initialState === undefined ? warnOfStart(description, dt) : []),
    ...warnOfInstability(plan),
    ...warnOfNumbers(description),
  ];
}

/** Warnings about a run of a model before it begins. */
export function warnOfRun(
  setup: Pick<Setup, "description" | "dt" | "initialState">,
  plan: Plan,
): Diagnostic[] {
  return [...warnOfModel(setup, plan), ...warnOfStimuli(setup.description)];
}

function warnOfStep({ insertions }: Description, dt: number): Diagnostic[] {
  const hasGates = insertions.some(({ channel }) =>
    channel.states.some(({ gate }) => gate !== undefined),
  );
  if (!hasGates || dt <= coarseStep) return [];
  const message = `A time step of ${dt} ms is longer than the time constants of most gates: spikes may be missed or wrong. Usual is 0.025 ms.`;
  return [{ severity: "warning", code: "coarse-step", message }];
}
