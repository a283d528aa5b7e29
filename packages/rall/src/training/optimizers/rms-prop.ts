/** @file RMSProp (Tieleman and Hinton 2012, Coursera lecture 6e; Graves 2013, arXiv:1308.0850). */
import { flag, number, required } from "../../util/kinds.ts";
import { checkOptions } from "../../util/options.ts";
import { rate } from "../kinds.ts";
import { checkFraction, checkNotNegative, type DescentState, descent } from "./descent.ts";
import type { Optimizer } from "./optimizer.ts";
import type { Rate } from "./schedule.ts";

/** Settings of RMSProp. */
export interface RmsPropOptions {
  readonly learningRate: Rate;
  /** Part of the mean of squares that stays from step to step; default 0.9. */
  readonly decay?: number;
  /** Added to the mean of squares; default 1e-8. */
  readonly epsilon?: number;
  /** Whether the variance of gradients scales them in place of the mean of squares; default false. */
  readonly centered?: boolean;
  /** Part of each move that goes on in the next; default 0. */
  readonly momentum?: number;
  /** Whether the momentum is Nesterov's; default false. */
  readonly nesterov?: boolean;
}

/**
 * Gradient descent scaled by the root of an exponential mean of squares: `x -= learningRate gradient / sqrt(v + epsilon)`;
 * with momentum, moves are summed up as in `sgd`, after the learning rate. As `optax.rmsprop`.
 *
 * @throws NameError for an unknown option.
 * @throws ValueError for a decay or momentum that is not from 0 up to 1 or a negative epsilon.
 */
export function rmsProp(options: RmsPropOptions): Optimizer<DescentState> {
  const fields = {
    learningRate: required(rate),
    ...{ decay: number, epsilon: number, centered: flag, momentum: number, nesterov: flag },
  };
  checkOptions(options, fields, "rmsProp");
  const {
    learningRate,
    decay = 0.9,
    epsilon = 1e-8,
    centered = false,
    momentum = 0,
    nesterov = false,
  } = options;
  checkFraction("decay", decay);
  checkFraction("momentum", momentum);
  checkNotNegative("epsilon", epsilon);
  return descent({
    kind: "rmsProp",
    learningRate,
    memories: 3,
    move: (_, rate) => (gradient, __, memory) => {
      const square = decay * (memory[0] ?? 0) + (1 - decay) * gradient * gradient;
      const mean = decay * (memory[1] ?? 0) + (1 - decay) * gradient;
      const spread = centered ? square - mean * mean : square;
      const scaled = (rate * gradient) / Math.sqrt(spread + epsilon);
      const trace = scaled + momentum * (memory[2] ?? 0);
      memory[0] = square;
      memory[1] = mean;
      memory[2] = trace;
      return nesterov ? scaled + momentum * trace : trace;
    },
  });
}
