/** @file Optimizers and losses by their names on the command line. */
import {
  adam,
  adamW,
  cmaEs,
  type Loss,
  lbfgs,
  meanSquaredError,
  type Optimizer,
  phasePlane,
  polyak,
  rmsProp,
  sgd,
  softDtw,
} from "rall/training";
import { UsageError } from "./failure.ts";
import type { Target } from "./target.ts";

interface Settings {
  readonly learningRate: number | undefined;
  readonly seed: number;
}

/** Rates are of the unbounded numbers behind values between bounds, on which a step of 0.1 is a small one. */
const optimizers: Readonly<Record<string, (settings: Settings) => Optimizer | undefined>> = {
  adam: ({ learningRate = 0.1 }) => adam({ learningRate }),
  adamw: ({ learningRate = 0.1 }) => adamW({ learningRate }),
  rmsprop: ({ learningRate = 0.05 }) => rmsProp({ learningRate }),
  sgd: ({ learningRate }) => (learningRate === undefined ? undefined : sgd({ learningRate })),
  polyak: ({ learningRate = 0.5 }) => polyak({ learningRate }),
  lbfgs: () => lbfgs(),
  "cma-es": ({ seed }) => cmaEs({ seed, standardDeviation: 0.5 }),
};

/** @throws UsageError for an unknown name, or gradient descent without its rate. */
export function optimizerCalled(command: string, name: string, settings: Settings): Optimizer {
  const make = Object.hasOwn(optimizers, name) ? optimizers[name] : undefined;
  if (make === undefined) {
    const known = Object.keys(optimizers).join(", ");
    throw new UsageError(
      `There is no optimizer ${JSON.stringify(name)}; there are ${known}.`,
      command,
    );
  }
  const optimizer = make(settings);
  if (optimizer === undefined) {
    throw new UsageError(`${name} needs --learning-rate, which depends on the loss.`, command);
  }
  return optimizer;
}

const losses: Readonly<Record<string, (target: Target) => Loss>> = {
  mse: ({ series, rows, windows }) => meanSquaredError(series, { rows, windows }),
  "phase-plane": ({ series, rows, windows }) => phasePlane(series, { rows, windows }),
  // Bends of more than 20 ms are no longer the same events
  "soft-dtw": ({ series, rows, windows }) =>
    softDtw(series, { rows, windows, band: 20, stride: 4 }),
};

/** @throws UsageError for an unknown name. */
export function lossCalled(command: string, name: string, target: Target): Loss {
  const make = Object.hasOwn(losses, name) ? losses[name] : undefined;
  if (make !== undefined) return make(target);
  const known = Object.keys(losses).join(", ");
  throw new UsageError(`There is no loss ${JSON.stringify(name)}; there are ${known}.`, command);
}
