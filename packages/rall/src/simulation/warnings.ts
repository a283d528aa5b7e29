/** @file What is probably not meant, though it can be computed. */
import { Tape } from "../expressions/evaluate.ts";
import { sourceOf } from "../modules/channels.ts";
import type { Description } from "../modules/description.ts";
import type { Diagnostic } from "../morphology/diagnostic.ts";
import { warnOfCoupledStates } from "./coupled.ts";

/** Time step in ms above which gates are no longer resolved. */
const coarseStep = 0.5;

/** Warnings about a run of a model with steps of `dt` ms; `isFresh`: it starts from the states of the model. */
export function findWarnings(description: Description, dt: number, isFresh: boolean): Diagnostic[] {
  const warnings: Diagnostic[] = [];
  const hasGates = description.insertions.some(({ channel }) =>
    channel.states.some(({ gate }) => gate !== undefined),
  );
  if (hasGates && dt > coarseStep) {
    warnings.push({
      severity: "warning",
      code: "coarse-step",
      message: `A time step of ${dt} ms is longer than the time constants of most gates: spikes may be missed or wrong. Usual is 0.025 ms.`,
    });
  }
  warnings.push(...warnOfCoupledStates(description));
  if (!isFresh) return warnings;
  for (const { channel, present } of description.insertions) {
    const at = present.indexOf(1);
    const untouched = channel.states.find(({ key, gate, value, initial }) => {
      const column = description.columns.get(key);
      if (gate === undefined || initial === undefined || column?.[at] !== value) return false;
      if (!column.every((other, i) => other === value || present[i] !== 1)) return false;
      const tape = new Tape([initial]);
      const inputs = tape.inputs.map((local) => sourceOf(description, channel, local, dt)(at));
      return Math.abs((tape.run(inputs)[0] ?? value) - value) > 1e-3;
    });
    if (untouched === undefined) continue;
    warnings.push({
      severity: "warning",
      code: "default-states",
      message: `${untouched.key} still has its default, ${untouched.value}, which is not its steady state. Call initStates() before a run that should start at rest.`,
    });
  }
  return warnings;
}
