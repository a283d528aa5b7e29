/** @file What files say of a result besides its numbers. */
import type { Result } from "../simulation/result.ts";

/** What is written of a result. */
export type Written = Pick<
  Result,
  "time" | "dt" | "recordings" | "names" | "labels" | "units" | "places" | "spikes" | "status"
>;

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
