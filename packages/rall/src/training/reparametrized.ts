/** @file An objective of other numbers than those of the model: the chain rule, where the model's values follow from a few. */
import { type Parameter, parameterList } from "../modules/trainable.ts";
import { callback, check, object, required } from "../util/kinds.ts";
import type { Fittable } from "./fittable.ts";
import { fittable as fittableKind } from "./kinds.ts";
import type { ObjectiveInputs } from "./objective.ts";

/** A map from parameters to others, with its derivative. */
export interface Reparametrization {
  /** Your own parameters, with the values that the fit begins with. */
  readonly parameters: readonly Parameter[];
  /** Parameters of the objective that follow from yours. */
  readonly forward: (own: readonly Parameter[]) => readonly Parameter[];
  /**
   * The gradient by your parameters at `own`, given that by those of the objective: the transposed Jacobian of `forward`
   * times `gradient`.
   */
  readonly pullBack: (
    own: readonly Parameter[],
    gradient: readonly Parameter[],
  ) => readonly Parameter[];
}

const mapKind = object({
  parameters: required(parameterList),
  forward: required(callback),
  pullBack: required(callback),
});

/**
 * An objective of parameters of your own: a profile of conductances along the dendrite, say, that a few numbers describe.
 *
 * ```ts
 * cell.branch("all").comp("all").makeTrainable("HH_gNa"); // one per compartment, at distances x
 * const objective = reparametrized(await compileObjective(cell, { loss }), {
 *   parameters: [{ key: "slope", values: Float64Array.of(1e-4) }],
 *   forward: ([slope]) => [{ key: "HH_gNa", values: x.map((um) => 0.1 + slope.values[0] * um) }],
 *   pullBack: (_, [byNa]) => [
 *     { key: "slope", values: Float64Array.of(x.reduce((sum, um, k) => sum + um * byNa.values[k], 0)) },
 *   ],
 * });
 * ```
 */
export function reparametrized(objective: Fittable, map: Reparametrization): Fittable {
  check(objective, fittableKind, "objective");
  check(map, mapKind, "map");
  const { parameters, forward, pullBack } = map;
  const followed = (own: readonly Parameter[]) => {
    check(own, parameterList, "parameters");
    return forward(own);
  };
  return Object.freeze({
    parameters,
    async value(own: readonly Parameter[], inputs?: ObjectiveInputs) {
      return objective.value(followed(own), inputs);
    },
    async valueAndGradient(own: readonly Parameter[], inputs?: ObjectiveInputs) {
      const { value, gradient } = await objective.valueAndGradient(followed(own), inputs);
      return { value, gradient: pullBack(own, gradient) };
    },
  });
}
