/** @file What files say of a result besides its numbers. */
import type { Result } from "../simulation/result.ts";
import { check, having, list, number, numbers, required, text } from "../util/kinds.ts";

/** What is written of a result. */
export type Written = Pick<
  Result,
  "time" | "dt" | "recordings" | "names" | "labels" | "units" | "places" | "spikes" | "status"
>;

const anObject = having({}, "an object");
const spikeRow = having({ label: required(text), times: required(numbers) }, "a row of spikes");
const spikes = required(list(spikeRow));
const spikesKind = having({ spikes }, "a result of integrate");
const writtenKind = having(
  {
    ...{ time: required(numbers), dt: required(number), recordings: required(list(numbers)) },
    ...{ names: required(list(text)), labels: required(list(text)), units: required(list(text)) },
    ...{ places: required(list(anObject)), spikes },
    status: required(having({ code: required(text), message: required(text) }, "a status")),
  },
  "a result of integrate",
);

/** @throws ValueError for what is no result. */
export function checkWritten(result: unknown): void {
  check(result, writtenKind, "result");
}

/** @throws ValueError for what has no spikes. */
export function checkSpikes(result: unknown): void {
  check(result, spikesKind, "result");
}

const format = "rall-traces";
const version = 1;

/** The part that all rows share. */
export function facts({ dt, status }: Written) {
  const { code, message } = status;
  return { format, version, status: { code, message }, dt_ms: dt };
}

/** Name, unit and place of each recording. */
export function rowFacts({ names, labels, units, places }: Written) {
  return names.map((name, row) => ({
    name,
    label: labels[row] ?? name,
    unit: units[row] ?? "",
    place: places[row],
  }));
}

/** Name and place of each row of spikes. */
export function spikeFacts({ spikes }: Written) {
  return spikes.map(({ name, label, place }) => ({ name, label, place }));
}
