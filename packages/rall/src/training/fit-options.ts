/** @file What a fit is told. */
import { ValueError } from "../errors.ts";
import { type Parameter, parameterList } from "../modules/trainable.ts";
import { type OnWarning, onWarningKind } from "../simulation/announce.ts";
import {
  abortSignal,
  callback,
  choice,
  either,
  type Fields,
  having,
  type Kind,
  list,
  number,
  object,
  record,
  required,
  text,
  tuple,
} from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import type { Bounds, Distribution } from "./bounds.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { FitPoint, StoppingRules } from "./fit-result.ts";
import { optimizer as optimizerKind } from "./kinds.ts";
import type { ObjectiveInputs } from "./objective.ts";
import type { Optimizer } from "./optimizers/optimizer.ts";
import type { ParameterTransform } from "./parameters.ts";
import type { Regularizer } from "./regularizers.ts";
import { checkWhole } from "./substream.ts";

/** Where a fit starts, more than once. */
export interface MultiStart {
  /** How many starts, that of the fit without this being the first. */
  readonly starts: number;
  /** What decides the others: a whole number from 0; default 0. */
  readonly seed?: number;
  /** How they lie between the bounds; default `uniform`. */
  readonly distribution?: Distribution;
}

/** How a fit is made. */
export interface FitOptions extends StoppingRules {
  readonly optimizer: Optimizer;
  /** What the fit begins with, in the parameters' units; default: the objective's parameters. */
  readonly start?: readonly Parameter[];
  /** Between which values parameters stay, by key or in order; default: wherever the optimizer goes. */
  readonly bounds?: Bounds;
  /** From the numbers that the optimizer moves to values; default: a sigmoid between two bounds, a softplus beside one. */
  readonly transform?: ParameterTransform;
  /** Fits from other starts too, one after the other, each with all iterations; needs bounds. */
  readonly multiStart?: MultiStart;
  /** A cost of the parameters' values, added to the loss. */
  readonly regularizer?: Regularizer;
  /**
   * What an iteration is evaluated with (stimuli, values, a loss): one input, or a batch of them, over which losses and
   * gradients are averaged. Must depend on the number of the iteration alone: `(k) => loader.batch(k).map(toInputs)`.
   */
  readonly inputs?: (iteration: number) => ObjectiveInputs | readonly ObjectiveInputs[];
  /** Called after each iteration, when it has been saved; what it returns is waited for. */
  readonly onIteration?: (point: FitPoint, best: FitPoint) => void | Promise<void>;
  /** Called within an iteration with the steps done and all there are to do. */
  readonly onProgress?: (done: number, all: number) => void;
  /** Ends the fit, also within an iteration, with the best so far. */
  readonly signal?: AbortSignal;
  /**
   * Where the fit is saved after each iteration, and goes on from if something is there: the path of a file, or anything that
   * keeps a text. Beside a file, `NAME.previous` is what was saved before, used if the file is damaged; `NAME.lock` keeps out
   * other fits.
   */
  readonly checkpointFile?: string | Checkpoint;
  /** What else tells the fit from others (a hash of its data, say): a checkpoint with another is refused; default "". */
  readonly identity?: string;
  /**
   * What is done with each warning, those of the objective included: a function of it, or false for nothing. Default: one line each on the
   * console. A start that fails is worth a warning, too.
   */
  readonly onWarning?: OnWarning;
}

const bound = tuple("two numbers [lower, upper]", number, number);
const unbounded: Kind = { what: "undefined", accepts: (value) => value === undefined };
const checkpoint = having(
  {
    ...{ read: required(callback), write: required(callback) },
    ...{ readPrevious: callback, lock: callback },
  },
  "an object { read, write }",
);
const multiStartFields = {
  starts: required(number),
  seed: number,
  distribution: choice("uniform", "logUniform"),
};
const transformKind = having(
  { forward: required(callback), inverse: required(callback), derivative: required(callback) },
  "a ParameterTransform",
);

const optionFields: Fields = {
  optimizer: required(optimizerKind),
  iterations: required(number),
  ...{ lossTolerance: number, gradientTolerance: number, patience: number },
  start: parameterList,
  bounds: either(list(either(bound, unbounded)), record(bound, "an object of bounds by key")),
  transform: transformKind,
  multiStart: object(multiStartFields),
  regularizer: callback,
  inputs: callback,
  ...{ onIteration: callback, onProgress: callback, signal: abortSignal },
  checkpointFile: either(text, checkpoint),
  identity: text,
  onWarning: onWarningKind,
};

/** @throws NameError for unknown options, ValueError for those out of their domain. */
export function checkFitOptions(options: FitOptions): void {
  checkOptions(options, optionFields, "fit");
  const { iterations, patience, multiStart = { starts: 1 } } = options;
  checkWhole("seed", multiStart.seed ?? 0);
  for (const [subject, value] of [
    ["iterations", iterations],
    ["patience", patience ?? 1],
    ["starts", multiStart.starts],
  ] as const) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new ValueError(`${subject} is ${value}.`, {
      subject,
      value,
      remedy: "Give a whole number from 1.",
    });
  }
  for (const subject of ["lossTolerance", "gradientTolerance"] as const) {
    const value = options[subject] ?? 0;
    if (Number.isFinite(value)) continue;
    throw new ValueError(`${subject} is ${value}.`, { subject, value, remedy: "Give a number." });
  }
}
