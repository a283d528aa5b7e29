/**
 * @file Steps as long as the loss is high over the slope: Polyak's rule, and the weaker form of it by which Jaxley fits
 * cells.
 */
import { ValueError } from "../../errors.ts";
import { number } from "../../util/kinds.ts";
import { checkOptions } from "../../util/options.ts";
import { rate } from "../kinds.ts";
import { checkNotNegative } from "./descent.ts";
import {
  checkGradient,
  checkParameters,
  checkState,
  checkStep,
  globalNorm,
  type Optimizer,
  type OptimizerState,
} from "./optimizer.ts";
import { type Rate, scheduleOf } from "./schedule.ts";
import { isCount, objectWith } from "./state-shape.ts";

/** Settings of Polyak's momentum. */
export interface PolyakOptions {
  /** By what the step is multiplied; default 1. */
  readonly learningRate?: Rate;
  /** Power of the gradient's norm; default 2, which is Polyak's rule. Less makes steps depend more on how steep it is. */
  readonly beta?: number;
  /** The lowest value that the loss can have; default 0. */
  readonly optimum?: number;
}

export interface PolyakState extends OptimizerState {
  /** How many steps were taken. */
  readonly count: number;
}

/**
 * `x -= learningRate (loss - optimum) / ||gradient||^beta gradient`, with the norm over all parameters (Polyak 1969, USSR
 * Comput. Math. Math. Phys. 9(3); with beta below 2, as in the L5PC fit of Deistler et al. 2025, Nature Methods). Where
 * the gradient is 0 it stays.
 *
 * @throws NameError for an unknown option.
 * @throws ValueError for a beta that is negative, an optimum that is not finite. A step throws for a value that is not
 * finite.
 */
export function polyak(options: PolyakOptions = {}): Optimizer<PolyakState> {
  checkOptions(options, { learningRate: rate, beta: number, optimum: number }, "polyak");
  const { beta = 2, optimum = 0 } = options;
  const learningRate = scheduleOf(options.learningRate ?? 1);
  checkNotNegative("beta", beta);
  if (!Number.isFinite(optimum)) {
    throw new ValueError(`The optimum is ${optimum}.`, { subject: "optimum", value: optimum });
  }
  const kind = "polyak";
  return Object.freeze({
    kind,
    isSearch: false,
    start(parameters: readonly Float64Array[]) {
      checkParameters(parameters);
      return { parameters: parameters.map((x) => x.slice()), state: { kind, count: 0 } };
    },
    step(at, evaluation) {
      checkStep(at, evaluation);
      const { parameters, state } = at;
      const { value, gradient } = evaluation;
      checkState(state, kind, objectWith({ count: isCount }));
      checkGradient(gradient, parameters);
      const norm = globalNorm(gradient);
      const factor = (learningRate(state.count) * (value - optimum)) / norm ** beta;
      const length = norm === 0 ? 0 : factor;
      if (!Number.isFinite(length)) {
        throw new ValueError(`The value is ${value} with a gradient of norm ${norm}.`, {
          subject: "value",
          value,
          remedy: "Look for where the run stops being finite, or give a learning rate that is.",
        });
      }
      return {
        parameters: parameters.map((values, k) =>
          values.map((x, i) => x - length * (gradient[k]?.[i] ?? 0)),
        ),
        state: { kind, count: state.count + 1 },
      };
    },
  } satisfies Optimizer<PolyakState>);
}
