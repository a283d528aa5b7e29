/** @file What is to be fitted: which places share a value, and the values that fitting begins with. */
import { ValueError } from "../errors.ts";
import { type Domain, strictest } from "../mechanisms/domain.ts";
import { check, having, list, numberOrNumbers, required, text, vector } from "../util/kinds.ts";
import type { Description, Trainable } from "./description.ts";
import { domainsOf } from "./values.ts";

export type { Trainable } from "./description.ts";

/** A named vector of numbers: one for each group of places that share a value. */
export interface Parameter {
  readonly key: string;
  readonly values: Float64Array;
}

const parameter = having(
  { key: required(text), values: required(vector) },
  "a parameter { key, values }",
);
export const parameterList = list(parameter, "a list of parameters { key, values }");

/** What shares a value: all that is in view, what belongs to one cell or branch, or nothing. */
export type Sharing = "all" | "cell" | "branch" | "each";

/** What shares a value that is fitted. */
export interface TrainableOptions {
  /**
   * Number of the group of each compartment (synapse) of the view that has the key; those of one number share a value. The values
   * stand in the order of the numbers. Default: by the last step to the view.
   */
  readonly share?: ArrayLike<number>;
}

/** A trainable as it is asked for. */
export interface Request {
  readonly key: string;
  readonly synapse: string | undefined;
  readonly places: ArrayLike<number>;
  /** Present value at each place. */
  readonly values: ArrayLike<number>;
  /** Group of each place. */
  readonly share: ArrayLike<number>;
  /** One value for all groups, or one for each; undefined: the mean of the values of each. */
  readonly initial: number | ArrayLike<number> | undefined;
}

/** @throws ValueError for more or fewer initial values than groups, or groups that do not fit the places. */
export function makeTrainable(request: Request): Trainable {
  const { key, synapse, places, values, share, initial } = request;
  if (initial !== undefined) check(initial, numberOrNumbers, `The initial value of ${key}`);
  if (share.length !== places.length) {
    throw new ValueError(
      `share has ${share.length} numbers for ${places.length} ${placesInWords(synapse)} with ${key}.`,
      { subject: "share", value: share.length, remedy: "Give the number of a group for each." },
    );
  }
  const members = new Map<number, Map<number, number>>();
  const seen = new Set<number>();
  for (const [k, place] of Array.from(places).entries()) {
    const group = share[k] ?? Number.NaN;
    if (!Number.isInteger(group)) {
      throw new ValueError(`share has ${group} among its numbers.`, {
        subject: "share",
        value: group,
        remedy: "Give whole numbers: 0, 0, 1 for two groups, the first of two.",
      });
    }
    if (seen.has(place)) continue;
    seen.add(place);
    const own = members.get(group) ?? new Map<number, number>();
    own.set(place, values[k] ?? Number.NaN);
    members.set(group, own);
  }
  const groups = [...members].sort(([a], [b]) => a - b).map(([, own]) => own);
  if (initial !== undefined && typeof initial !== "number" && initial.length !== groups.length) {
    throw new ValueError(
      `${key} was given ${initial.length} initial values for ${groups.length} parameters.`,
      {
        subject: key,
        value: initial.length,
        remedy: "Give one number for all, or one for each group that shares a value.",
      },
    );
  }
  const first = (own: ReadonlyMap<number, number>, k: number) =>
    (typeof initial === "number" ? initial : initial?.[k]) ?? mean([...own.values()]);
  return {
    key,
    synapse,
    groups: groups.map((own) => Int32Array.from(own.keys())),
    initial: Float64Array.from(groups, first),
  };
}

/** Of equal values it is that value, to the last bit. */
function mean(values: readonly number[]): number {
  const [first = Number.NaN] = values;
  return first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
}

/** Which values a trainable may have: what holds at all of its places. */
export function domainOf(description: Description, { key, synapse, groups }: Trainable): Domain {
  if (synapse === undefined) {
    const domainAt = domainsOf(description, key);
    return strictest(groups.flatMap((group) => Array.from(group, domainAt)));
  }
  const table = description.synapses.find((one) => one.synapse.name === synapse);
  const all = [...(table?.synapse.parameters ?? []), ...(table?.synapse.states ?? [])];
  return all.find((quantity) => quantity.key === key)?.domain ?? "any";
}

export function placesInWords(synapse: string | undefined): string {
  return synapse === undefined ? "compartments" : `synapses (${synapse})`;
}

/** All places of a trainable, group by group. */
export function placesOf(trainable: Trainable): Int32Array {
  const places = new Int32Array(countPlaces(trainable));
  let at = 0;
  for (const group of trainable.groups) {
    places.set(group, at);
    at += group.length;
  }
  return places;
}

/** Of one value per group, one per place, in the order of `placesOf`. */
export function spreadOverPlaces(
  trainable: Trainable,
  byGroup: ArrayLike<number>,
): Float64Array<ArrayBuffer> {
  const values = new Float64Array(countPlaces(trainable));
  let at = 0;
  for (const [k, { length }] of trainable.groups.entries()) {
    values.fill(byGroup[k] ?? Number.NaN, at, at + length);
    at += length;
  }
  return values;
}

function countPlaces({ groups }: Trainable): number {
  return groups.reduce((sum, { length }) => sum + length, 0);
}

/** Of one number per place, in the order of `placesOf`, the sums over the groups: turns derivatives by places into those by values. */
export function sumOverGroups(
  { groups }: Trainable,
  byPlace: ArrayLike<number>,
): Float64Array<ArrayBuffer> {
  let at = 0;
  return Float64Array.from(groups, (group) => {
    let sum = 0;
    for (let k = 0; k < group.length; k++) sum += byPlace[at++] ?? Number.NaN;
    return sum;
  });
}

/** The trainables without the places that are gone; groups and trainables that have none left go with them. */
export function withoutPlaces(
  trainables: readonly Trainable[],
  isGone: (trainable: Trainable) => (place: number) => boolean,
): readonly Trainable[] {
  return trainables.flatMap((trainable) => {
    const { groups, initial } = trainable;
    const isAway = isGone(trainable);
    const left = groups.flatMap((group, k) => {
      const places = group.filter((place) => !isAway(place));
      return places.length === 0 ? [] : [{ places, value: initial[k] ?? Number.NaN }];
    });
    if (left.length === 0) return [];
    const kept = left.map(({ places }) => places);
    return [{ ...trainable, groups: kept, initial: Float64Array.from(left, ({ value }) => value) }];
  });
}
