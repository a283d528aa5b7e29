/** @file What functions of training may be given, where several take the same. */
import { parameterList } from "../modules/trainable.ts";
import {
  callback,
  either,
  type Fields,
  having,
  list,
  number,
  numbers,
  required,
  text,
  tuple,
  vector,
} from "../util/kinds.ts";

/** A number that stays, or a schedule. */
export const rate = either(number, callback);

export const vectors = list(vector, "a list with a Float64Array for each parameter");

export const fittable = having(
  {
    parameters: required(parameterList),
    value: required(callback),
    valueAndGradient: required(callback),
  },
  "an objective, as compileObjective makes it",
);

export const optimizer = having(
  { kind: required(text), start: required(callback), step: required(callback) },
  "an optimizer, as adam makes it",
);

export const transform = having(
  {
    forward: required(callback),
    inverse: required(callback),
    derivative: required(callback),
  },
  "a transform { forward, inverse, derivative }",
);

/** Series of numbers, one for each of some rows. */
export const seriesList = list(numbers, "a list of series of numbers");

const time = tuple("two times [from, to] in ms", number, number);

/** Where losses look. */
export const rowFields: Fields = { rows: list(either(number, text), "a list of numbers or names") };
export const windowFields: Fields = {
  windows: list(time, "a list of windows [from, to] in ms"),
  ...rowFields,
};
export const windowKind = time;
