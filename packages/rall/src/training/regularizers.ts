/**
 * @file What a parameter costs for itself, whatever the recordings: penalties of its size, or of its distance from what is
 * expected.
 */
import { NameError, ValueError } from "../errors.ts";
import { parameterList } from "../modules/trainable.ts";
import { check, either, isArrayLike, number, object, record, required } from "../util/kinds.ts";
import { nearestName } from "../util/suggest.ts";
import { inWords } from "../util/words.ts";
import type { Parameter } from "./parameters.ts";

/** A cost of parameters and its derivative by each value: one vector for each parameter, in the same order. */
export type Regularizer = (parameters: readonly Parameter[]) => {
  readonly value: number;
  readonly gradient: Float64Array[];
};

/**
 * What a regularizer returned.
 *
 * @throws ValueError for a value that is no number, or a gradient of another shape than the parameters.
 */
export function checkPenalty(
  penalty: ReturnType<Regularizer>,
  parameters: readonly Parameter[],
): ReturnType<Regularizer> {
  const { value, gradient } = penalty ?? {};
  const wanted = parameters.map(({ values }) => values.length);
  const lengths = Array.isArray(gradient)
    ? gradient.map((vector) => (isArrayLike(vector) ? vector.length : 0))
    : [];
  if (typeof value === "number" && lengths.join() === wanted.join()) return penalty;
  throw new ValueError(
    `The regularizer returned ${inWords(value)} with a gradient of lengths ${lengths.join(", ") || "none"}, for parameters of ${wanted.join(", ")}.`,
    {
      subject: "regularizer",
      value: penalty,
      remedy:
        "Return { value, gradient }: a number, and one vector for each parameter, as long as it.",
    },
  );
}

/** One strength for all parameters, or one for each key that is to be held; others are left alone. */
export type Strength = number | Readonly<Record<string, number>>;

/**
 * `strength` times the sum of `x^2`.
 *
 * @throws ValueError for a strength that is not finite. The regularizer throws `NameError` for a key that no parameter has.
 */
export function l2(strength: Strength): Regularizer {
  return regularizer(strengths(strength), (x, factor) => [factor * x * x, 2 * factor * x]);
}

/**
 * `strength` times the sum of `|x|`; the derivative at 0 is 0.
 *
 * @throws ValueError for a strength that is not finite. The regularizer throws `NameError` for a key that no parameter has.
 */
export function l1(strength: Strength): Regularizer {
  return regularizer(strengths(strength), (x, factor) => [
    factor * Math.abs(x),
    factor * Math.sign(x),
  ]);
}

/** What is expected of a parameter: a normal distribution, in the parameter's unit. */
export interface Expectation {
  readonly mean: number;
  readonly standardDeviation: number;
}

const expectation = object({ mean: required(number), standardDeviation: required(number) });
const expectationsKind = record(expectation, "an object of expectations by key");

/**
 * Minus the logarithm of the density of independent normal priors, without its constant: the sum of `((x - mean) /
 * standardDeviation)^2 / 2` over the parameters that have one. With a loss that is minus the logarithm of a likelihood,
 * the minimum is the maximum a posteriori.
 *
 * @throws ValueError for a mean that is not finite or a standard deviation that is not above 0. The regularizer throws
 * `NameError` for a key that no parameter has.
 */
export function gaussianPrior(expectations: Readonly<Record<string, Expectation>>): Regularizer {
  check(expectations, expectationsKind, "expectations");
  for (const [key, { mean, standardDeviation }] of Object.entries(expectations)) {
    if (!Number.isFinite(mean)) {
      throw new ValueError(`The mean of ${key} is ${mean}.`, { subject: key, value: mean });
    }
    if (!(standardDeviation > 0)) {
      throw new ValueError(`The standard deviation of ${key} is ${standardDeviation}.`, {
        subject: key,
        value: standardDeviation,
        remedy: "Give a number above 0.",
      });
    }
  }
  return regularizer(new Map(Object.entries(expectations)), (x, { mean, standardDeviation }) => {
    const z = (x - mean) / standardDeviation;
    return [(z * z) / 2, z / standardDeviation];
  });
}

const strengthKind = either(number, record(number, "an object of numbers by key"));

/** Settings by key, or one for all keys. */
function strengths(strength: Strength): ReadonlyMap<string, number> | number {
  check(strength, strengthKind, "strength");
  const values = typeof strength === "number" ? [strength] : Object.values(strength);
  for (const value of values) {
    if (Number.isFinite(value)) continue;
    throw new ValueError(`The strength is ${value}.`, {
      subject: "strength",
      value,
      remedy: "Give a finite number.",
    });
  }
  return typeof strength === "number" ? strength : new Map(Object.entries(strength));
}

/** The sum of a cost over all values of parameters that have a setting. */
function regularizer<Setting>(
  settings: ReadonlyMap<string, Setting> | Setting,
  cost: (x: number, setting: Setting) => readonly [value: number, derivative: number],
): Regularizer {
  return (parameters) => {
    check(parameters, parameterList, "parameters");
    if (settings instanceof Map) checkKeys(settings, parameters);
    let sum = 0;
    const gradient = parameters.map(({ key, values }) => {
      const setting: Setting | undefined = settings instanceof Map ? settings.get(key) : settings;
      return values.map((x) => {
        if (setting === undefined) return 0;
        const [value, derivative] = cost(x, setting);
        sum += value;
        return derivative;
      });
    });
    return { value: sum, gradient };
  };
}

function checkKeys(settings: ReadonlyMap<string, unknown>, parameters: readonly Parameter[]): void {
  const known = parameters.map(({ key }) => key);
  for (const key of settings.keys()) {
    if (known.includes(key)) continue;
    const suggestion = nearestName(key, known);
    throw new NameError(`There is no parameter ${JSON.stringify(key)} to regularize.`, {
      subject: key,
      ...(suggestion === undefined
        ? { remedy: `Parameters are: ${known.join(", ")}.` }
        : { suggestion }),
    });
  }
}
