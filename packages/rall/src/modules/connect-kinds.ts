/** @file What functions that connect may be given. */
import { synapseKind } from "../mechanisms/synapse.ts";
import {
  callback,
  checkArguments,
  either,
  type Fields,
  flag,
  having,
  instance,
  isArrayLike,
  isPlainObject,
  list,
  number,
  numberOrNumbers,
  object,
  record,
  required,
  text,
} from "../util/kinds.ts";
import { viewKind } from "./navigation.ts";
import { SpikeTrain } from "./spike-train.ts";

/** A value that is undefined is not given. */
const notGiven = { what: "undefined", accepts: (value: unknown) => value === undefined };
export const values = record(either(numberOrNumbers, callback, notGiven));
export const cellOptions = { values, postCompartments: text, seed: number, autapses: flag };
const train = instance(SpikeTrain);
const sender = either(viewKind, train, list(train, "a list of spike trains"));
const row = { what: "a list with one entry per column", accepts: isArrayLike };

/** The rows of a matrix of connections. */
export const matrixKind = list(row, "a list of rows");

/** Kinds of what all functions that connect are given. */
export function checkSides(pre: unknown, post: unknown, synapse: unknown): void {
  checkArguments({
    pre: [pre, sender],
    post: [post, viewKind],
    synapse: [synapse, synapseKind],
  });
}

const place = either(number, object({ cell: required(number), branch: number, loc: number }));
const places: Fields = { pre: required(place), post: required(place) };
const tableRow = {
  ...having(places, "a row { pre, post, ... }"),
  accepts: isPlainObject,
};

/** The rows of a table of connections. */
export const tableKind = list(tableRow, "a list of rows");
