/** @file Gradient descent, with momentum. */
import { flag, number, required } from "../../util/kinds.ts";
import { checkOptions } from "../../util/options.ts";
import { rate } from "../kinds.ts";
import { checkFraction, type DescentState, descent } from "./descent.ts";
import type { Optimizer } from "./optimizer.ts";
import type { Rate } from "./schedule.ts";

/** Settings of stochastic gradient descent. */
export interface SgdOptions {
  readonly learningRate: Rate;
  /** Part of each move that goes on in the next, from 0 up to 1; default 0. */
  readonly momentum?: number;
  /** Whether the gradient counts as it will be after the momentum's move (Sutskever et al. 2013, ICML); default false. */
  readonly nesterov?: boolean;
}

/**
 * Gradient descent: `x -= learningRate m` with `m = gradient + momentum m`; by Nesterov's rule `x -= learningRate
 * (gradient + momentum m)`. As `optax.sgd`.
 *
 * @throws NameError for an unknown option.
 * @throws ValueError for a momentum that is not from 0 up to 1.
 */
export function sgd(options: SgdOptions): Optimizer<DescentState> {
  const fields = { learningRate: required(rate), momentum: number, nesterov: flag };
  checkOptions(options, fields, "sgd");
  const { learningRate, momentum = 0, nesterov = false } = options;
  checkFraction("momentum", momentum);
  return descent({
    kind: "sgd",
    learningRate,
    memories: momentum === 0 ? 0 : 1,
    move: (_, rate) => (gradient, __, memory) => {
      if (momentum === 0) return rate * gradient;
      const trace = gradient + momentum * (memory[0] ?? 0);
      memory[0] = trace;
      return rate * (nesterov ? gradient + momentum * trace : trace);
    },
  });
}
