/** @file Bounds of parameters: the transforms that keep an optimizer within them, and random starts between them. */
import { NameError, ValueError } from "../errors.ts";
import { type Domain, reachesBeyond, remedyFor } from "../mechanisms/domain.ts";
import type { Parameter } from "../modules/trainable.ts";
import { nearestName } from "../util/suggest.ts";
import { ParameterTransform } from "./parameters.ts";
import { substream } from "./substream.ts";
import { identity, negativeSoftplus, sigmoid, softplus, type Transform } from "./transforms.ts";

/** The least and the largest value, both excluded, in the parameter's unit; infinite where there is no bound. */
export type Bound = readonly [lower: number, upper: number];

/** By key, or one for each parameter in order; what is left out has no bounds. */
export type Bounds = Readonly<Record<string, Bound>> | readonly (Bound | undefined)[];

/** How random starts lie between bounds: evenly, or evenly in the logarithm (both bounds above 0). */
export type Distribution = "uniform" | "logUniform";

/**
 * The bound of each parameter, in order.
 *
 * @param domains - which values each parameter may have; default: any.
 * @throws NameError for a key that no parameter has. ValueError for a lower bound that is not below the upper one, or
 * below what the parameter may be, a list of another length than the parameters, or a start that is not inside.
 */
export function boundsOf(
  bounds: Bounds,
  parameters: readonly Parameter[],
  domains: readonly Domain[] = [],
): (Bound | undefined)[] {
  const each = isList(bounds) ? inOrder(bounds, parameters) : byKey(bounds, parameters);
  for (const [k, { key, values }] of parameters.entries()) {
    const bound = each[k];
    if (bound === undefined) continue;
    const [lower, upper] = bound;
    if (!(lower < upper)) {
      throw new ValueError(`The bounds of ${key} are ${lower} and ${upper}.`, {
        subject: key,
        value: bound,
        remedy: "Give the lower bound first, and a larger one.",
      });
    }
    const domain = domains[k] ?? "any";
    if (reachesBeyond(lower, domain)) {
      throw new ValueError(`The bounds of ${key} begin at ${lower}, where it cannot be.`, {
        subject: key,
        value: bound,
        remedy: remedyFor(lower, domain),
      });
    }
    const outside = values.find((value) => !(value > lower && value < upper));
    if (outside === undefined) continue;
    throw new ValueError(`${key} begins with ${outside}, not between ${lower} and ${upper}.`, {
      subject: key,
      value: outside,
      remedy: "Give wider bounds, or a start inside.",
    });
  }
  return each;
}

/** A sigmoid between two bounds, a softplus beside one, and nothing where there is none. */
export function boundedTransform(
  bounds: readonly (Bound | undefined)[],
  parameters: readonly Parameter[],
): ParameterTransform {
  return new ParameterTransform(
    parameters.map(({ key }, k) => ({ key, transform: transformOf(bounds[k]) })),
  );
}

/**
 * Parameters drawn between their bounds. The same seed and number give the same ones.
 *
 * @throws ValueError for a parameter without two finite bounds, or with bounds that have no logarithm.
 */
export function drawStart(
  bounds: readonly (Bound | undefined)[],
  parameters: readonly Parameter[],
  seed: number,
  index: number,
  distribution: Distribution,
): Parameter[] {
  const random = substream(seed, index);
  return parameters.map(({ key, values }, k) => {
    const [lower, upper] = bounds[k] ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    const isLog = distribution === "logUniform";
    if (!(Number.isFinite(lower) && Number.isFinite(upper)) || (isLog && lower <= 0)) {
      throw new ValueError(`Between ${lower} and ${upper} no ${key} can be drawn.`, {
        subject: key,
        value: [lower, upper],
        remedy: `Give two finite bounds${isLog ? " above 0" : ""}: bounds: { ${key}: [lower, upper] }.`,
      });
    }
    return {
      key,
      values: values.map(() => {
        // Away from the bounds, where a sigmoid is flat
        const part = 0.01 + 0.98 * random.uniform();
        return isLog ? lower * (upper / lower) ** part : lower + (upper - lower) * part;
      }),
    };
  });
}

function isList(bounds: Bounds): bounds is readonly (Bound | undefined)[] {
  return Array.isArray(bounds);
}

function inOrder(
  bounds: readonly (Bound | undefined)[],
  parameters: readonly Parameter[],
): (Bound | undefined)[] {
  if (bounds.length === parameters.length) return [...bounds];
  throw new ValueError(`${bounds.length} bounds for ${parameters.length} parameters.`, {
    subject: "bounds",
    value: bounds.length,
    remedy: "Give one for each parameter, in the same order, or bounds by key.",
  });
}

function byKey(
  bounds: Readonly<Record<string, Bound>>,
  parameters: readonly Parameter[],
): (Bound | undefined)[] {
  const known = parameters.map(({ key }) => key);
  for (const key of Object.keys(bounds)) {
    if (known.includes(key)) continue;
    const suggestion = nearestName(key, known);
    throw new NameError(`There is no parameter ${JSON.stringify(key)} to be bounded.`, {
      subject: key,
      ...(suggestion === undefined
        ? { remedy: `Parameters are: ${known.join(", ")}.` }
        : { suggestion }),
    });
  }
  return parameters.map(({ key }) => (Object.hasOwn(bounds, key) ? bounds[key] : undefined));
}

function transformOf(bound: Bound | undefined): Transform {
  if (bound === undefined) return identity;
  const [lower, upper] = bound;
  if (Number.isFinite(lower)) {
    return Number.isFinite(upper) ? sigmoid(lower, upper) : softplus(lower);
  }
  return Number.isFinite(upper) ? negativeSoftplus(upper) : identity;
}
