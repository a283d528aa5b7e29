/** @file What a fit gives back, and when it stops. */
import type { Parameter } from "../modules/trainable.ts";
import type { Diagnostic } from "../morphology/diagnostic.ts";
import type { Iterate } from "./optimizers/optimizer.ts";

/** One evaluation of the objective. */
export interface FitPoint {
  /** Number of the start, from 0. */
  readonly start: number;
  /** Number of the evaluation among those of its start, from 0. */
  readonly iteration: number;
  /** What is minimized, penalty included; NaN where the run stopped being finite. */
  readonly loss: number;
  /** The part of it that the regularizer adds. */
  readonly penalty: number;
  /** Root of the sum of squares of the derivatives that the optimizer sees (by unbounded numbers); NaN without gradients. */
  readonly gradientNorm: number;
  /** Where it was, in the parameters' units. */
  readonly parameters: readonly Parameter[];
}

/** How a fit ended. */
export interface FitStatus {
  /**
   * `completed`: all iterations; `converged`: a tolerance was reached, or the optimizer found nothing lower; `stalled`: no
   * lower loss for as long as `patience` says; `cancelled`: by the signal; `failed`: an evaluation threw an error.
   */
  readonly code: "completed" | "converged" | "stalled" | "cancelled" | "failed";
  readonly message: string;
  /** The error of a fit that failed. */
  readonly cause?: unknown;
}

/** One start of a fit. */
export interface FitStart {
  readonly status: FitStatus;
  /** All evaluations, in order. */
  readonly history: readonly FitPoint[];
  /** That with the lowest loss; undefined if there was none. */
  readonly best: FitPoint | undefined;
  /** Where the optimizer would look next, in the parameters' units. */
  readonly final: readonly Parameter[];
}

/** What a fit gives. */
export interface FitResult {
  /** The point with the lowest loss of all starts. */
  readonly best: FitPoint;
  /** Its parameters: what `module.writeTrainables` takes. */
  readonly parameters: readonly Parameter[];
  /**
   * Where the optimizer of the same start would look next. With batches, whose losses cannot be compared with each other,
   * this is the result.
   */
  readonly final: readonly Parameter[];
  /** How the start of `best` ended; `cancelled` if the fit was. */
  readonly status: FitStatus;
  /** All evaluations of the start of `best`, in order. */
  readonly history: readonly FitPoint[];
  /** All starts, in order. */
  readonly starts: readonly FitStart[];
  /** What is probably not meant, or was mended: a checkpoint that was damaged. */
  readonly warnings: readonly Diagnostic[];
}

export interface StoppingRules {
  /** Most evaluations of each start. */
  readonly iterations: number;
  /** Stops when the loss is not above; default: never. */
  readonly lossTolerance?: number;
  /** Stops when `gradientNorm` is not above; default: never. */
  readonly gradientTolerance?: number;
  /** Stops after so many iterations without a lower loss; default: never. */
  readonly patience?: number;
}

/** Why there is nothing more to do after these evaluations; undefined if there is. A function of them alone, so that a fit that goes on decides alike. */
export function whyStopped(
  history: readonly FitPoint[],
  { stopped }: Pick<Iterate, "stopped">,
  { iterations, lossTolerance, gradientTolerance, patience }: StoppingRules,
): FitStatus | undefined {
  const last = history.at(-1);
  if (last !== undefined) {
    const { loss, gradientNorm } = last;
    if (lossTolerance !== undefined && loss <= lossTolerance)
      return { code: "converged", message: `the loss is not above ${lossTolerance}` };
    if (gradientTolerance !== undefined && gradientNorm <= gradientTolerance)
      return { code: "converged", message: `the gradient is not above ${gradientTolerance}` };
  }
  if (stopped !== undefined) return { code: "converged", message: stopped };
  const since = history.length - 1 - (bestOf(history)?.iteration ?? history.length - 1);
  if (patience !== undefined && since >= patience)
    return { code: "stalled", message: `no lower loss in ${since} iterations` };
  return history.length >= iterations
    ? { code: "completed", message: `${history.length} iterations` }
    : undefined;
}

/** The first of those with the lowest finite loss. */
export function bestOf(points: readonly FitPoint[]): FitPoint | undefined {
  let best: FitPoint | undefined;
  for (const point of points) {
    if (Number.isFinite(point.loss) && !(best !== undefined && best.loss <= point.loss))
      best = point;
  }
  return best;
}
