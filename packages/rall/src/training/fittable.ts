/** @file A loss as a function of parameters, wherever it comes from: what a fit needs of an objective. */
import { ValueError } from "../errors.ts";
import type { Domain } from "../mechanisms/domain.ts";
import { type Parameter, parameterList } from "../modules/trainable.ts";
import { check, having, list, number, required, tuple } from "../util/kinds.ts";
import { fittable as fittableKind } from "./kinds.ts";
import type { ObjectiveInputs } from "./objective.ts";

/** A loss and its gradient by the parameters. */
export interface LossAndGradient {
  readonly value: number;
  /** By the parameters, in their shape. */
  readonly gradient: readonly Parameter[];
}

/** What can be fitted. `compileObjective` makes one; one of your own is any object with these. */
export interface Fittable {
  /** What the fit begins with, in the parameters' units. */
  readonly parameters: readonly Parameter[];
  /** Which values each parameter may have; bounds beyond are refused. Default: any. */
  readonly domains?: readonly Domain[];
  value(parameters: readonly Parameter[], inputs?: ObjectiveInputs): Promise<number>;
  valueAndGradient(
    parameters: readonly Parameter[],
    inputs?: ObjectiveInputs,
  ): Promise<LossAndGradient>;
}

/** Names and lengths, to compare sets of parameters by. */
export function shapeOf(parameters: readonly Parameter[]): string {
  return parameters.map(({ key, values }) => `${key} (${values.length})`).join(", ");
}

/**
 * Several objectives of the same parameters as one: the sum of their losses, each times its weight. So one cell is fitted to
 * several experiments, with stimuli and targets of their own. Inputs of an evaluation go to all of them.
 *
 * @throws ValueError for no objectives, a weight that is not finite, or objectives of different parameters.
 */
export function weightedObjectives(
  terms: readonly (readonly [weight: number, objective: Fittable])[],
): Fittable {
  check(terms, list(tuple("a pair [weight, objective]", number, fittableKind)), "terms");
  const [first] = terms;
  if (first === undefined) {
    throw new ValueError("There are no objectives to add up.", {
      subject: "objectives",
      remedy: "Give at least one: [[1, objective]].",
    });
  }
  const shape = shapeOf(first[1].parameters);
  for (const [k, [weight, { parameters }]] of terms.entries()) {
    if (!Number.isFinite(weight)) {
      throw new ValueError(`The weight of objective ${k} is ${weight}.`, {
        subject: "weights",
        value: weight,
        remedy: "Give a finite number.",
      });
    }
    if (shapeOf(parameters) === shape) continue;
    throw new ValueError(`Objective ${k} is of ${shapeOf(parameters)}, the first of ${shape}.`, {
      subject: "objectives",
      value: k,
      remedy: "Make the same things trainable, in the same order.",
    });
  }
  return Object.freeze({
    parameters: first[1].parameters,
    ...(first[1].domains === undefined ? {} : { domains: first[1].domains }),
    async value(parameters: readonly Parameter[], inputs?: ObjectiveInputs) {
      check(parameters, parameterList, "parameters");
      let sum = 0;
      for (const [weight, objective] of terms)
        sum += weight * (await objective.value(parameters, inputs));
      return sum;
    },
    async valueAndGradient(parameters: readonly Parameter[], inputs?: ObjectiveInputs) {
      check(parameters, parameterList, "parameters");
      const sum = new GradientSum(parameters);
      for (const [weight, objective] of terms)
        sum.add(weight, await objective.valueAndGradient(parameters, inputs));
      return sum.total();
    },
  });
}

const evaluatedKind = having(
  { value: required(number), gradient: required(parameterList) },
  "{ value, gradient }",
);

/** Losses and gradients, added up. */
export class GradientSum {
  #value = 0;
  readonly #gradient: Parameter[];

  constructor(parameters: readonly Parameter[]) {
    this.#gradient = parameters.map(({ key, values }) => ({
      key,
      values: new Float64Array(values.length),
    }));
  }

  /** @throws ValueError for a gradient of another shape than the parameters. */
  add(weight: number, evaluated: LossAndGradient): void {
    check(evaluated, evaluatedKind, "What the objective returned");
    const { value, gradient } = evaluated;
    if (shapeOf(gradient) !== shapeOf(this.#gradient)) {
      throw new ValueError(
        `A gradient by ${shapeOf(gradient)} does not fit ${shapeOf(this.#gradient)}.`,
        { subject: "gradient", remedy: "Give one number for each parameter, in the same order." },
      );
    }
    this.#value += weight * value;
    for (const [k, { values }] of this.#gradient.entries()) {
      const added = gradient[k]?.values ?? new Float64Array();
      for (let i = 0; i < values.length; i++)
        values[i] = (values[i] ?? 0) + weight * (added[i] ?? 0);
    }
  }

  total(): LossAndGradient {
    return { value: this.#value, gradient: this.#gradient };
  }
}
