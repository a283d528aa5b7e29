/** @file What is recorded, in words: where the user gave a row no name, its state and place. */
import type { Description } from "./description.ts";
import {
  type Place,
  placeFinder,
  placeInShort,
  type RecordedPlace,
  recordedPlaceFinder,
} from "./place.ts";
import { defaultName, defaultSpikeName } from "./placement.ts";
import { unitOf } from "./units.ts";

/** A recording. */
export interface RecordedRow {
  readonly name: string;
  /** Its name for people: by place (`v soma(0.5)`, `v apical 100(0.9)`) unless it was given one. */
  readonly label: string;
  /** `mV`, `mA/cm2`; empty for numbers without a unit (gates). */
  readonly unit: string;
  readonly place: RecordedPlace;
}

/** A compartment whose spikes are recorded. */
export interface RecordedSpikes {
  readonly name: string;
  /** Its name for people: by place (`spikes soma(0.5)`) unless it was given one. */
  readonly label: string;
  readonly place: Place;
}

/** All recordings of a module, in the order of the calls. */
export function recordedRows(description: Description): RecordedRow[] {
  const placeOf = recordedPlaceFinder(description);
  return description.recordings.map((row) => {
    const { name, state, synapse, index, at } = row;
    const place = placeOf(row);
    const of = synapse === undefined ? "" : `${index} at`;
    const isNamed = name !== defaultName(description, row);
    const label = isNamed ? name : joined(state, at ?? "", of, placeInShort(description, place));
    return { name, label, unit: unitOf(description, state) ?? "", place };
  });
}

/** All compartments whose spikes are recorded, in the order of the calls. */
export function recordedSpikes(description: Description): RecordedSpikes[] {
  const placeOf = placeFinder(description);
  return description.spikeRecordings.map(({ name, compartment }) => {
    const place = placeOf(compartment);
    const isNamed = name !== defaultSpikeName(description, compartment);
    const label = isNamed ? name : joined("spikes", placeInShort(description, place));
    return { name, label, place };
  });
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" ");
}
