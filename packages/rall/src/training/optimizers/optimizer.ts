/**
 * @file What an optimizer is: a rule that says, from the value and the gradient where it has been, where to look next. It
 * never calls the objective, so that this may be anywhere (in a worker, on another machine), and a fit may stop and go on
 * after any evaluation:
 *
 *     let at = optimizer.start(parameters);
 *     for (let k = 0; k < 100; k++) at = optimizer.step(at, await objective(at.parameters));
 */
import { ValueError } from "../../errors.ts";
import { check, having, number, required, text } from "../../util/kinds.ts";
import { vectors } from "../kinds.ts";
import type { Shape } from "./state-shape.ts";

/** What an objective gives back at some parameters. */
export interface Evaluation {
  readonly value: number;
  /** The derivative by each parameter: vectors of the same lengths. */
  readonly gradient: readonly Float64Array[];
}

/** What an optimizer remembers: plain data (numbers, strings, arrays and objects of them), which JSON keeps to the bit. */
export interface OptimizerState {
  /** Name of the optimizer that it belongs to. */
  readonly kind: string;
}

/** Where an optimizer is. */
export interface Iterate<State extends OptimizerState = OptimizerState> {
  /** Where the objective is to be evaluated next. */
  readonly parameters: readonly Float64Array[];
  readonly state: State;
  /** Why there is nowhere better to go; then `parameters` are the best found, and steps do nothing. */
  readonly stopped?: string;
}

/** Functions without state of their own; vectors that they get are neither changed nor kept. */
export interface Optimizer<State extends OptimizerState = OptimizerState> {
  /** Name of the method. */
  readonly kind: string;
  /**
   * Whether parameters on the way are trials (along a line, of a population), some of them worse than what was found
   * before: keep those with the lowest value.
   */
  readonly isSearch: boolean;
  /** Begins from some parameters. @throws ValueError for values that are not finite. */
  start(parameters: readonly Float64Array[]): Iterate<State>;
  /**
   * The next iterate, given the evaluation at the parameters of this one.
   *
   * @throws ValueError for a gradient that is not finite or does not fit the parameters, and for a state of another
   * optimizer.
   */
  step(at: Iterate<State>, evaluation: Evaluation): Iterate<State>;
}

/** Vectors as plain data. Minus 0 becomes 0, which JSON has not. */
export function toNumbers(vectors: readonly Float64Array[]): number[][] {
  return vectors.map((vector) => Array.from(vector, (x) => x + 0));
}

/** @throws ValueError for parameters that are not finite. */
export function checkParameters(parameters: readonly Float64Array[]): void {
  check(parameters, vectors, "parameters");
  checkFinite(parameters, "value");
}

const stateKind = having({ kind: required(text) }, "the state of an optimizer");
const iterateKind = having(
  { parameters: required(vectors), state: required(stateKind) },
  "where an optimizer is: what its start or step returned",
);
const evaluationKind = having(
  { value: required(number), gradient: required(vectors) },
  "an evaluation { value, gradient }",
);

/** @throws ValueError for anything but an iterate. */
export function checkIterate(at: unknown): void {
  check(at, iterateKind, "at");
}

/** @throws ValueError for anything but an iterate and an evaluation. What is in them is looked at by each optimizer. */
export function checkStep(at: unknown, evaluation: unknown): void {
  checkIterate(at);
  check(evaluation, evaluationKind, "evaluation");
}

/** @throws ValueError for a gradient that is not finite or has other lengths than the parameters. */
export function checkGradient(
  gradient: readonly Float64Array[],
  parameters: readonly Float64Array[],
): void {
  checkLengths(gradient, parameters);
  checkFinite(gradient, "gradient");
}

/** @throws ValueError for a gradient of other lengths than the parameters. */
export function checkLengths(
  gradient: readonly Float64Array[],
  parameters: readonly Float64Array[],
): void {
  const lengths = (vectors: readonly Float64Array[]) => vectors.map(({ length }) => length);
  if (lengths(gradient).join() !== lengths(parameters).join()) {
    throw new ValueError(
      `The gradient has lengths ${lengths(gradient).join(", ")}, the parameters ${lengths(parameters).join(", ")}.`,
      {
        subject: "gradient",
        value: lengths(gradient),
        remedy: "Give one vector for each parameter, as long as it.",
      },
    );
  }
}

/** @throws ValueError for a state of another optimizer, of other parameters, or changed so that it is none. */
export function checkState(state: OptimizerState, kind: string, shape: Shape): void {
  if (state.kind !== kind) {
    throw new ValueError(`A state of ${state.kind} is no state of ${kind}.`, {
      subject: "state",
      value: state.kind,
      remedy: "Go on with the optimizer that was started.",
    });
  }
  if (shape(state)) return;
  throw new ValueError(`This state of ${kind} does not fit the parameters.`, {
    subject: "state",
    value: kind,
    remedy: "Go on with the parameters that were started with and the same options.",
  });
}

function checkFinite(vectors: readonly Float64Array[], what: string): void {
  for (const [k, vector] of vectors.entries()) {
    const at = vector.findIndex((x) => !Number.isFinite(x));
    if (at < 0) continue;
    throw new ValueError(`The ${what} of parameter ${k} is ${vector[at]} at ${at}.`, {
      subject: what,
      value: vector[at],
      remedy: "Look for where the run stops being finite; smaller steps or bounds may help.",
    });
  }
}

/** Square root of the sum of all squares. */
export function globalNorm(vectors: readonly Float64Array[]): number {
  let sum = 0;
  for (const vector of vectors) for (const x of vector) sum += x * x;
  return Math.sqrt(sum);
}
