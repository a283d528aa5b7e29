/** @file The rows of a result in words: where the model gave a row no name, its state and place. */
import type { Description } from "../modules/description.ts";
import {
  placeFinder,
  placeInShort,
  type RecordedPlace,
  recordedPlaceFinder,
} from "../modules/place.ts";
import { defaultName, defaultSpikeName } from "../modules/placement.ts";
import type { SpikeTimes } from "./result.ts";

/** Label and place of each recording. */
export function recordedRows(
  description: Description,
): readonly { readonly label: string; readonly place: RecordedPlace }[] {
  const placeOf = recordedPlaceFinder(description);
  return description.recordings.map((row) => {
    const place = placeOf(row);
    const where = placeInShort(description, place);
    const { synapse, state } = row;
    const isNamed = row.name !== defaultName(description, row);
    const of = synapse === undefined ? "" : `${row.index} at`;
    return { place, label: isNamed ? row.name : inWords(state, of, where) };
  });
}

/** Name, label and place of each row of spikes. */
export function spikeRows(description: Description): readonly Omit<SpikeTimes, "times">[] {
  const placeOf = placeFinder(description);
  return description.spikeRecordings.map(({ name, compartment }) => {
    const place = placeOf(compartment);
    const isNamed = name !== defaultSpikeName(description, compartment);
    const label = isNamed ? name : inWords("spikes", placeInShort(description, place));
    return { name, label, compartment, place };
  });
}

function inWords(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" ");
}
