/** @file How much a loss depends on each compartment: the gradient with a parameter of its own for each. */
import type { Module } from "rall";
import { compileObjective, type ObjectiveOptions } from "rall/training";

/**
 * For each compartment the sum over what is trained of `|x dLoss/dx|`, how the loss changes with relative changes of the values
 * there, at the values that the trainables begin with; NaN where nothing is trained. Undefined if there is one compartment
 * only, or if only synapses are trained.
 */
export async function sensitivityOf(
  model: Module,
  options: ObjectiveOptions,
): Promise<Float64Array | undefined> {
  const count = model.compartments.length;
  const trainables = model.trainables.filter(({ synapse }) => synapse === undefined);
  if (count < 2 || trainables.length === 0) return undefined;
  const twin = model.copy();
  twin.writeTrainables(twin.getParameters());
  twin.deleteTrainables();
  const places = trainables.map(({ key, groups }) => {
    const own = groups.flatMap((group) => [...group]);
    twin.select(own).makeTrainable(key, undefined, { share: own.map((_, k) => k) });
    return own.toSorted((a, b) => a - b);
  });
  const start = twin.getParameters();
  const objective = await compileObjective(twin, options);
  const { gradient } = await objective.valueAndGradient(start);
  const sum = new Float64Array(count).fill(Number.NaN);
  for (const [k, { values }] of gradient.entries()) {
    for (const [i, slope] of values.entries()) {
      const place = places[k]?.[i] ?? 0;
      const before = sum[place] ?? Number.NaN;
      const own = Math.abs(slope * (start[k]?.values[i] ?? 0));
      sum[place] = (Number.isNaN(before) ? 0 : before) + own;
    }
  }
  return sum;
}
