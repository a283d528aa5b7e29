/** @file What a loss can be differentiated by, checked before a run: a gradient that is 0 by mistake looks like one that is 0 in truth. */
import { ModelError } from "../errors.ts";
import { inputNames } from "../expressions/expression.ts";
import {
  type Description,
  diffusionKey,
  placeInWords,
  type Trainable,
} from "../modules/description.ts";
import { isGeometryKey } from "../modules/geometry.ts";
import type { Diagnostic } from "../morphology/diagnostic.ts";
import type { Plan } from "../plan/plan.ts";
import { isWholeCurrent } from "../plan/recorded.ts";

/** @throws ModelError for a recording that is told after a step, where no derivative goes through. */
export function checkDifferentiable({ recordings }: Pick<Description, "recordings">): void {
  const row = recordings.find((one) => isWholeCurrent(one) || one.at === "end");
  if (row === undefined) return;
  throw new ModelError(`A loss has no gradient by ${row.name}, a recording of ${row.state}.`, {
    subject: row.name,
    value: row.state,
    remedy: isWholeCurrent(row)
      ? "Delete this recording; fit voltages, or currents of mechanisms (i_HH), which have gradients."
      : 'Record the current without at: "end", as the step took it.',
  });
}

/** @throws ModelError for a trainable that no equation of the model reads. */
export function checkTrainables(trainables: readonly Trainable[], plan: Plan): void {
  for (const { key, synapse } of trainables) {
    const isRead = synapse === undefined ? isReadInCompartments : isReadBySynapses;
    if (isRead(plan, key)) continue;
    throw new ModelError(`Nothing in the model reads ${key}, so that its gradient is 0.`, {
      subject: key,
      remedy: "Do not make it trainable, or insert what reads it.",
    });
  }
}

/** Where trainables overlap, the last decides; of a value that decides nowhere a fit learns nothing. */
export function warnOfOverlaps(trainables: readonly Trainable[]): Diagnostic[] {
  const warnings: Diagnostic[] = [];
  const decided = new Set<string>();
  for (const { key, synapse, groups } of trainables.toReversed()) {
    const nameOf = (index: number) => `${key} of ${placeInWords({ synapse, index })}`;
    for (const group of groups) {
      if (group.some((place) => !decided.has(nameOf(place)))) continue;
      const message = `${nameOf(group[0] ?? 0)} is trained twice: the later trainable decides everywhere, and the earlier one has a gradient of 0. Call deleteTrainables, and makeTrainable once for each number.`;
      warnings.push({ severity: "warning", code: "overlapping-trainable", message });
    }
    for (const group of groups) for (const place of group) decided.add(nameOf(place));
  }
  return warnings;
}

/** @throws ModelError for a run that has no number to differentiate by. */
export function checkVariables(sets: readonly unknown[], plan: Plan, hasStates: boolean): void {
  if (sets.length + plan.stimuli.length + plan.clamps.length > 0 || hasStates) return;
  throw new ModelError("Nothing is trainable.", {
    subject: "parameters",
    remedy: "Call makeTrainable on what is to be fitted.",
  });
}

function isReadInCompartments(plan: Plan, key: string): boolean {
  const { mechanisms, synapses, ions, parameters } = plan;
  const diffuses = ions.some(({ diffusion }) => diffusion !== undefined);
  if (isGeometryKey(key) && key !== "celsius" && (key !== "volume" || diffuses)) return true;
  const isParameter = parameters.has(key) || isGeometryKey(key);
  return (
    !isParameter ||
    ions.some((ion) => diffusionKey(ion.key) === key) ||
    mechanisms.some(({ reads }) => reads.has(key)) ||
    synapses.some(({ readings }) => [...readings.values()].some((reading) => reading.key === key))
  );
}

/** Delays are read by what brings the spikes. */
function isReadBySynapses({ synapses }: Plan, key: string): boolean {
  return synapses.some(
    ({ name, states, current, updates, arrivals = [] }) =>
      states.has(key) ||
      key === `${name}_delay` ||
      inputNames([current, ...[...updates, ...arrivals].map(({ value }) => value)]).has(key),
  );
}
