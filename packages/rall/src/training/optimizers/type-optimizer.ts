/** @file An optimizer of its own for each kind of parameter. */
import { NameError, ValueError } from "../../errors.ts";
import { check, having, list, record, required, text } from "../../util/kinds.ts";
import { nearestName } from "../../util/suggest.ts";
import { optimizer as optimizerKind, vectors as vectorsKind } from "../kinds.ts";
import {
  checkState,
  checkStep,
  type Iterate,
  type Optimizer,
  type OptimizerState,
} from "./optimizer.ts";
import { listOf, objectWith } from "./state-shape.ts";

export interface TypeOptimizerState extends OptimizerState {
  /** The state for each parameter. */
  readonly states: readonly OptimizerState[];
}

/**
 * Goes down each parameter by the optimizer given for its key: a radius takes other steps than a conductance. Jaxley's
 * `TypeOptimizer`.
 *
 *     typeOptimizer({ HH_gNa: adam({ learningRate: 0.01 }), radius: sgd({ learningRate: 1 }) }, cell.getParameters())
 *
 * @param parameters - what is to be fitted, in order; only keys count.
 * @throws NameError for a parameter without an optimizer or an optimizer without parameter.
 * @throws ValueError for a search (`lbfgs`, `cmaEs`), whose trials would get in each other's way.
 */
export function typeOptimizer(
  optimizers: Readonly<Record<string, Optimizer>>,
  parameters: readonly { readonly key: string }[],
): Optimizer<TypeOptimizerState> {
  check(optimizers, record(optimizerKind, "an object of optimizers by key"), "optimizers");
  check(parameters, keyed, "parameters");
  const keys = parameters.map(({ key }) => key);
  for (const [key, { kind, isSearch }] of Object.entries(optimizers)) {
    if (!keys.includes(key)) throw unmatched(`There is no parameter`, key, keys);
    if (!isSearch) continue;
    throw new ValueError(`${kind} cannot go by ${key} alone.`, {
      subject: key,
      value: kind,
      remedy: "Give an optimizer without trials, as adam or sgd, or this one for all parameters.",
    });
  }
  const each = keys.map((key) => {
    const optimizer = Object.hasOwn(optimizers, key) ? optimizers[key] : undefined;
    if (optimizer === undefined) {
      throw unmatched("There is no optimizer for", key, Object.keys(optimizers));
    }
    return optimizer;
  });
  const kind = "typeOptimizer";
  const isState = objectWith({ kind: (name) => typeof name === "string" });
  const shape = objectWith({ states: listOf(isState, keys.length) });
  const join = (iterates: readonly Iterate[]): Iterate<TypeOptimizerState> => ({
    parameters: iterates.flatMap((iterate) => iterate.parameters),
    state: { kind, states: iterates.map(({ state }) => state) },
  });
  return Object.freeze({
    kind,
    isSearch: false,
    start(vectors: readonly Float64Array[]) {
      check(vectors, vectorsKind, "parameters");
      checkCount(vectors.length, keys);
      return join(each.map((optimizer, k) => optimizer.start(vectors.slice(k, k + 1))));
    },
    step(at, evaluation) {
      checkStep(at, evaluation);
      const { parameters: vectors, state } = at;
      const { value, gradient } = evaluation;
      checkState(state, kind, shape);
      checkCount(vectors.length, keys);
      checkCount(gradient.length, keys);
      return join(
        each.map((optimizer, k) =>
          optimizer.step(
            { parameters: vectors.slice(k, k + 1), state: state.states[k] ?? { kind: "nothing" } },
            { value, gradient: gradient.slice(k, k + 1) },
          ),
        ),
      );
    },
  } satisfies Optimizer<TypeOptimizerState>);
}

const keyed = list(having({ key: required(text) }, "a parameter"), "a list of parameters");

function unmatched(problem: string, key: string, known: readonly string[]): NameError {
  const suggestion = nearestName(key, known);
  return new NameError(`${problem} ${JSON.stringify(key)}.`, {
    subject: key,
    ...(suggestion === undefined ? { remedy: `Known are: ${known.join(", ")}.` } : { suggestion }),
  });
}

function checkCount(count: number, keys: readonly string[]): void {
  if (count === keys.length) return;
  throw new ValueError(`${count} vectors for the parameters ${keys.join(", ")}.`, {
    subject: "parameters",
    value: count,
    remedy: "Give one for each, in the same order.",
  });
}
