/** @file Adam (Kingma and Ba 2015, ICLR, arXiv:1412.6980), and with weights that decay on their own. */
import { type Fields, flag, number, required } from "../../util/kinds.ts";
import { checkOptions } from "../../util/options.ts";
import { rate } from "../kinds.ts";
import { checkFraction, checkNotNegative, type DescentState, descent } from "./descent.ts";
import type { Optimizer } from "./optimizer.ts";
import type { Rate } from "./schedule.ts";

/** Settings of Adam. */
export interface AdamOptions {
  readonly learningRate: Rate;
  /** Part of the mean of gradients that stays from step to step; default 0.9. */
  readonly beta1?: number;
  /** Part of the mean of their squares that stays; default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the mean of squares; default 1e-8. */
  readonly epsilon?: number;
  /** Whether the mean counts as it will be after the next step (Dozat 2016, ICLR workshop); default false. */
  readonly nesterov?: boolean;
}

/** Settings of Adam with decay of weights. */
export interface AdamWOptions extends AdamOptions {
  /** Part of each parameter, times the learning rate, that is taken off in each step; default 1e-4. */
  readonly weightDecay?: number;
}

const fields: Fields = {
  learningRate: required(rate),
  ...{ beta1: number, beta2: number, epsilon: number },
  nesterov: flag,
};

/**
 * Adam: `x -= learningRate m / (sqrt(v) + epsilon)`, where m and v are exponential means of the gradient and of its
 * square, both freed from having begun as 0. As `optax.adam`.
 *
 * @throws NameError for an unknown option.
 * @throws ValueError for a beta that is not from 0 up to 1 or a negative epsilon.
 */
export function adam(options: AdamOptions): Optimizer<DescentState> {
  checkOptions(options, fields, "adam");
  return decaying("adam", options, 0);
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019, ICLR, arXiv:1711.05101): each step also takes
 * `learningRate weightDecay x` off. As `optax.adamw`.
 *
 * @throws NameError for an unknown option.
 * @throws ValueError for a beta that is not from 0 up to 1, a negative epsilon or decay.
 */
export function adamW(options: AdamWOptions): Optimizer<DescentState> {
  checkOptions(options, { ...fields, weightDecay: number }, "adamW");
  const { weightDecay = 1e-4, ...rest } = options;
  checkNotNegative("weightDecay", weightDecay);
  return decaying("adamW", rest, weightDecay);
}

function decaying(kind: string, options: AdamOptions, decay: number): Optimizer<DescentState> {
  const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, nesterov = false } = options;
  checkFraction("beta1", beta1);
  checkFraction("beta2", beta2);
  checkNotNegative("epsilon", epsilon);
  return descent({
    kind,
    learningRate,
    memories: 2,
    move(count, rate) {
      // What is missing from a mean that began as 0
      const filled = (beta: number, steps: number) => 1 - beta ** steps;
      const now = filled(beta1, count + 1);
      const next = filled(beta1, count + 2);
      const squares = filled(beta2, count + 1);
      return (gradient, parameter, memory) => {
        const mean = beta1 * (memory[0] ?? 0) + (1 - beta1) * gradient;
        const square = beta2 * (memory[1] ?? 0) + (1 - beta2) * gradient * gradient;
        memory[0] = mean;
        memory[1] = square;
        const direction = nesterov
          ? (beta1 * mean) / next + ((1 - beta1) * gradient) / now
          : mean / now;
        const scaled = direction / (Math.sqrt(square / squares) + epsilon);
        return rate * (scaled + decay * parameter);
      };
    },
  });
}
