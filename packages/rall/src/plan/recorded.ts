/** @file What the recordings of a plan ask of a step beyond its states. */
import type { RecordingRow } from "../modules/description.ts";

export const wholeCurrentKeys = ["i_clamp", "i_membrane"] as const;
export type WholeCurrentKey = (typeof wholeCurrentKeys)[number];

/** In nA, one per compartment. */
export type WholeCurrents = Readonly<Record<WholeCurrentKey, Float64Array>>;

export function isWholeCurrent({
  state,
  synapse,
}: Pick<RecordingRow, "state" | "synapse">): boolean {
  return synapse === undefined && wholeCurrentKeys.some((key) => key === state);
}

/** Whether a run needs the balance of each step. */
export function recordsWholeCurrents(recordings: readonly RecordingRow[]): boolean {
  return recordings.some(isWholeCurrent);
}

/** Before the first step nothing has flowed. */
export function noWholeCurrents(count: number): WholeCurrents {
  return { i_clamp: new Float64Array(count), i_membrane: new Float64Array(count) };
}

/** Whether the currents of stimuli are kept as the column `i`. */
export function keepsInjected({
  recordings,
}: {
  readonly recordings: readonly RecordingRow[];
}): boolean {
  return recordings.some(({ state }) => state === "i") || recordsWholeCurrents(recordings);
}

/** Whether currents are evaluated once more at the end of each step. */
export function recordsAtEnd({
  recordings,
}: {
  readonly recordings: readonly RecordingRow[];
}): boolean {
  return recordings.some(({ at }) => at === "end");
}
