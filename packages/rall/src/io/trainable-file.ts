/** @file What is trained in a model file. */
import { RallError } from "../errors.ts";
import type { Description, Trainable } from "../modules/description.ts";
import { addTrainable } from "../modules/feed.ts";
import { makeTrainable, placesOf } from "../modules/trainable.ts";
import type { JsonPart } from "./json.ts";
import { type JsonSeries, readSeries, seriesToJson } from "./series.ts";

/** A trainable: its places, the group of each, and the initial value of each group. */
export interface JsonTrainable {
  readonly key: string;
  readonly synapse?: string;
  readonly places: JsonSeries;
  readonly share: JsonSeries;
  readonly initial: JsonSeries;
}

export function trainableToJson(trainable: Trainable): JsonTrainable {
  const { key, synapse, groups, initial } = trainable;
  return {
    key,
    ...(synapse === undefined ? {} : { synapse }),
    places: seriesToJson(placesOf(trainable)),
    share: seriesToJson(groups.flatMap((group, k) => Array.from(group, () => k))),
    initial: seriesToJson(initial),
  };
}

/** Reads a trainable into a model. @param most - numbers that a series may have. */
export function readTrainable(part: JsonPart, description: Description, most: number): void {
  part.only(["key", "synapse", "places", "share", "initial"]);
  const kind = part.at("synapse").optional((one) => one.string());
  const table = description.synapses.find(({ synapse }) => synapse.name === kind);
  if (kind !== undefined && table === undefined)
    throw part.at("synapse").fail("is no synapse of the file.");
  const count = table?.pre.length ?? description.count;
  const places = readSeries(part.at("places"), { most });
  if (places.some((place) => !Number.isInteger(place) || place < 0 || place >= count))
    throw part.at("places").fail(`has numbers that are not from 0 to ${count - 1}.`);
  const request = {
    key: part.at("key").string(),
    synapse: kind,
    places,
    values: places,
    share: readSeries(part.at("share"), { length: places.length, most }),
    initial: readSeries(part.at("initial"), { most }),
  };
  try {
    addTrainable(description, makeTrainable(request));
  } catch (error) {
    if (!(error instanceof RallError)) throw error;
    throw part.fail(error.message);
  }
}
