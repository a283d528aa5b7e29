/** @file What a run came to that is probably not meant. */
import type { Diagnostic } from "../morphology/diagnostic.ts";
import type { Plan } from "../plan/plan.ts";
import type { Status } from "./result.ts";

/** mV that no membrane stands: recordings of neurons lie between -120 and 60. */
const largestVoltage = 200;
/** Time in ms from which on a run in which nothing happens is worth a word, and the change in mV that is something. */
const [worthSaying, something] = [10, 1];

export interface Outcome {
  readonly plan: Plan;
  readonly status: Status;
  /** Time in ms that was simulated. */
  readonly end: number;
  readonly recordings: readonly Float64Array[];
  /** Voltages of all compartments at the end. */
  readonly voltages: Float64Array;
  /** Whether it started from the states of the model, not from those of another run. */
  readonly isFresh: boolean;
}

/** Looks at all samples of recorded voltages, and at all voltages at the end. */
export function warnOfOutcome(outcome: Outcome): Diagnostic[] {
  const { status } = outcome;
  if (status.code === "nonFinite")
    return [{ severity: "warning", code: "non-finite", message: status.message }];
  return [...warnOfVoltages(outcome), ...warnOfSilence(outcome)];
}

function warnOfVoltages({ plan, recordings, voltages }: Outcome): Diagnostic[] {
  let [value, where] = [0, ""];
  const look = (series: Float64Array, place: (k: number) => string) => {
    for (let k = 0; k < series.length; k++) {
      const v = series[k] ?? 0;
      if (Math.abs(v) > Math.max(largestVoltage, Math.abs(value))) [value, where] = [v, place(k)];
    }
  };
  for (const [row, { state, synapse, name }] of plan.recordings.entries())
    if (state === "v" && synapse === undefined)
      look(recordings[row] ?? new Float64Array(), () => name);
  look(voltages, (k) => `compartment ${k}`);
  if (where === "") return [];
  const message = `The voltage of ${where} reaches ${Number(value.toPrecision(4))} mV, which no membrane stands. Look at the units: stimuli are in nA, conductances in S/cm2 and uS, lengths in um.`;
  return [{ severity: "warning", code: "large-voltage", message }];
}

function warnOfSilence({ plan, status, end, recordings, isFresh }: Outcome): Diagnostic[] {
  const { stimuli, clamps, events } = plan;
  const isDriven =
    stimuli.some(({ samples }) => samples.some((nA) => nA !== 0)) ||
    clamps.length > 0 ||
    events.sources.some(({ kind }) => kind === "train");
  if (isDriven || !isFresh || status.code !== "completed" || end < worthSaying) return [];
  const voltages = recordings.filter((_, row) => {
    const recording = plan.recordings[row];
    return recording?.state === "v" && recording.synapse === undefined;
  });
  const isStill = (series: Float64Array) =>
    series.every((v) => Math.abs(v - (series[0] ?? v)) <= something);
  if (voltages.length === 0 || !voltages.every(isStill)) return [];
  const message = `Nothing drives this run (no stimulus, clamp or spike train), and no recorded voltage moved by more than ${something} mV in ${end} ms. Call stimulate(...) for a response.`;
  return [{ severity: "warning", code: "no-input", message }];
}
