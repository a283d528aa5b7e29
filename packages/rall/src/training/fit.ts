/** @file Fitting: an optimizer led along an objective, watched, stopped and gone on with. */
import { NumericalError, PlatformError, RallError, ValueError } from "../errors.ts";
import type { Parameter } from "../modules/trainable.ts";
import type { Diagnostic } from "../morphology/diagnostic.ts";
import { KeptFile } from "../platform/kept-file.ts";
import { Pacer } from "../platform/pause.ts";
import { announce } from "../simulation/announce.ts";
import { check, number } from "../util/kinds.ts";
import { type Bound, boundedTransform, boundsOf, drawStart } from "./bounds.ts";
import { type Checkpoint, readCheckpoint } from "./checkpoint.ts";
import { type FitFacts, FitLog, readFit, type StartRecord } from "./fit-file.ts";
import { checkFitOptions, type FitOptions } from "./fit-options.ts";
import {
  bestOf,
  type FitPoint,
  type FitResult,
  type FitStart,
  type FitStatus,
  whyStopped,
} from "./fit-result.ts";
import { type Fittable, GradientSum } from "./fittable.ts";
import { fittable as fittableKind } from "./kinds.ts";
import type { ObjectiveInputs } from "./objective.ts";
import { globalNorm, type Iterate, type Optimizer } from "./optimizers/optimizer.ts";
import type { ParameterTransform } from "./parameters.ts";
import { checkPenalty } from "./regularizers.ts";

/**
 * Minimizes an objective.
 *
 * ```ts
 * cell.makeTrainable("HH_gNa");
 * const objective = await compileObjective(cell, { loss: meanSquaredError([target]) });
 * const { parameters, status } = await fit(objective, {
 *   optimizer: adam({ learningRate: 0.1 }),
 *   iterations: 100,
 *   bounds: { HH_gNa: [0.01, 1] },
 *   onIteration: ({ iteration, loss }) => console.log(iteration, loss),
 * });
 * cell.writeTrainables(parameters);
 * ```
 *
 * An iteration is one evaluation. A trial of a search (`lbfgs`, `cmaEs`) that is not finite or out of a parameter's domain
 * counts as worse than all others; with other optimizers it ends the start, with status `failed`. So ends a search in which no
 * trial was finite. With a checkpoint, a fit
 * that was killed at any moment and is called again ends with the same bits as one that ran through.
 *
 * @throws NameError for unknown options and keys, ValueError for options out of their domain, a checkpoint of another fit.
 *   The first error, if no evaluation of any start succeeded.
 */
export async function fit(objective: Fittable, options: FitOptions): Promise<FitResult> {
  check(objective, fittableKind, "objective");
  checkFitOptions(options);
  return new Fit(objective, options).go();
}

/** Code of the warning that a checkpoint could not be written. */
const unsaved = "unsaved-checkpoint";

/** A fit under way. */
class Fit {
  readonly #objective: Fittable;
  readonly #options: FitOptions;
  readonly #begin: readonly Parameter[];
  readonly #bounds: readonly (Bound | undefined)[];
  readonly #transform: ParameterTransform;
  readonly #facts: FitFacts;
  readonly #log: FitLog;
  readonly #checkpoint: Checkpoint | undefined;
  #best: FitPoint | undefined;
  readonly #warnings: Diagnostic[] = [];
  /** Why the first trial that counted as worst did. */
  #tooFar: unknown;
  readonly #pacer = new Pacer();

  constructor(objective: Fittable, options: FitOptions) {
    const { start, bounds = {}, multiStart, optimizer, identity = "" } = options;
    this.#objective = objective;
    this.#options = options;
    this.#begin = start ?? objective.parameters;
    if (this.#begin.length === 0) {
      throw new ValueError("There are no parameters to fit.", {
        subject: "parameters",
        remedy: "Call makeTrainable on what is to be fitted, before compileObjective.",
      });
    }
    this.#bounds = boundsOf(bounds, this.#begin, objective.domains);
    this.#transform = options.transform ?? boundedTransform(this.#bounds, this.#begin);
    this.#facts = {
      optimizer: optimizer.kind,
      parameters: this.#begin.map(({ key, values }) => [key, [...values]]),
      bounds: this.#bounds.map((bound) => bound ?? []),
      seed: multiStart?.seed ?? 0,
      distribution: multiStart?.distribution ?? "uniform",
      identity,
    };
    this.#log = new FitLog(this.#facts);
    const { checkpointFile } = options;
    this.#checkpoint =
      typeof checkpointFile === "string" ? new KeptFile(checkpointFile) : checkpointFile;
  }

  async go(): Promise<FitResult> {
    const unlock = await this.#checkpoint?.lock?.();
    try {
      return await this.#goOn();
    } finally {
      await unlock?.();
    }
  }

  async #goOn(): Promise<FitResult> {
    const saved = await this.#readCheckpoint();
    const count = this.#options.multiStart?.starts ?? 1;
    // All are drawn before the first runs, so that wrong bounds cost nothing
    const begins = Array.from({ length: count }, (_, number) => this.#startAt(number));
    const starts: FitStart[] = [];
    for (const [number, begin] of begins.entries()) {
      const start = await this.#runStart(number, begin, saved.get(number));
      starts.push(start);
      if (start.status.code === "cancelled") break;
    }
    return this.#summary(starts);
  }

  async #readCheckpoint(): Promise<Map<number, StartRecord>> {
    if (this.#checkpoint === undefined) return new Map();
    const text = await readCheckpoint(this.#checkpoint, (warning) => this.#warn(warning));
    if (text === undefined) return new Map();
    const saved = readFit(text, this.#facts, this.#begin);
    for (const { history, iterate } of saved.values())
      for (const point of history) this.#keep(point, iterate);
    return saved;
  }

  /** A disk that is full for now ends no fit: it goes on and tries again after the next iteration. */
  async #save(): Promise<void> {
    try {
      await this.#checkpoint?.write(this.#log.text());
    } catch (cause) {
      if (!(cause instanceof PlatformError)) throw cause;
      if (this.#warnings.some(({ code }) => code === unsaved)) return;
      const message = `The fit goes on, but cannot be saved: ${cause.message}`;
      this.#warn({ severity: "warning", code: unsaved, message });
    }
  }

  #warn(warning: Diagnostic): void {
    this.#warnings.push(warning);
    announce([warning], this.#options.onWarning);
  }

  #startAt(number: number): readonly Parameter[] {
    if (number === 0) return this.#begin;
    const { seed, distribution } = this.#facts;
    return drawStart(this.#bounds, this.#begin, seed, number, distribution);
  }

  async #runStart(
    number: number,
    begin: readonly Parameter[],
    saved: StartRecord | undefined,
  ): Promise<FitStart> {
    const { optimizer, signal, onIteration } = this.#options;
    const history = saved?.history ?? [];
    let at = saved?.iterate ?? plain(optimizer.start(vectorsOf(this.#transform.inverse(begin))));
    let status = whyStopped(history, at, this.#options);
    while (status === undefined) {
      await this.#pacer.breathe();
      try {
        signal?.throwIfAborted();
        const { point, next } = await this.#iterate(number, history.length, at);
        at = next;
        history.push(point);
        this.#keep(point, at);
      } catch (cause) {
        const iteration = `${history.length} iterations`;
        if (signal?.aborted === true) {
          status = { code: "cancelled", message: `cancelled after ${iteration}` };
        } else if (cause instanceof RallError) {
          status = { code: "failed", message: `after ${iteration}: ${cause.message}`, cause };
        } else throw cause;
        break;
      }
      await this.#save();
      const last = history.at(-1);
      if (last !== undefined) await onIteration?.(last, this.#best ?? last);
      status = whyStopped(history, at, this.#options);
    }
    const best = bestOf(history);
    if (best === undefined && status.code !== "cancelled" && status.code !== "failed")
      status = this.#nothingFinite(history.length);
    if (status.code === "failed") {
      const message = `Start ${number} of the fit failed ${status.message}`;
      this.#warn({ severity: "warning", code: "failed-start", message });
    }
    return { status, history, best, final: this.#values(at) };
  }

  #nothingFinite(evaluations: number): FitStatus {
    const cause =
      this.#tooFar ??
      new NumericalError("The loss was finite nowhere.", {
        subject: "loss",
        remedy: "Look at the loss and the regularizer, or begin elsewhere.",
      });
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `after ${evaluations} iterations, none of which was finite: ${why}`;
    return { code: "failed", message, cause };
  }

  /** Evaluates the objective where the optimizer is, and takes its step. */
  async #iterate(start: number, iteration: number, at: Iterate) {
    const { optimizer, regularizer } = this.#options;
    const parameters = this.#values(at);
    const { value, gradient } = await this.#evaluate(parameters, iteration);
    const cost = regularizer && checkPenalty(regularizer(parameters), parameters);
    const penalty = cost?.value ?? 0;
    const loss = Number.isFinite(value + penalty) ? value + penalty : Number.NaN;
    if (Number.isNaN(loss) && !optimizer.isSearch) {
      throw new NumericalError(`The loss is ${value}, the penalty of the regularizer ${penalty}.`, {
        subject: "loss",
        value: value + penalty,
        remedy: "Look at the loss and the regularizer at these parameters; bounds may help.",
      });
    }
    const slopes = vectorsOf(this.#transform.derivative(named(at.parameters, this.#begin)));
    const descent = slopes.map((slope, k) =>
      slope.map(
        (d, i) => d * ((gradient?.[k]?.values[i] ?? Number.NaN) + (cost?.gradient[k]?.[i] ?? 0)),
      ),
    );
    const point = {
      start,
      iteration,
      loss,
      penalty,
      gradientNorm: globalNorm(descent),
      parameters,
    };
    const evaluation = { value: Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss };
    return { point, next: plain(optimizer.step(at, { ...evaluation, gradient: descent })) };
  }

  /** The mean over the inputs of an iteration; without a gradient if the optimizer takes none. */
  async #evaluate(parameters: readonly Parameter[], iteration: number) {
    const { optimizer, inputs, signal, onProgress, onWarning } = this.#options;
    const given = inputs?.(iteration) ?? {};
    const batch = isBatch(given) ? given : [given];
    if (batch.length === 0) {
      throw new ValueError(`The batch of iteration ${iteration} is empty.`, {
        subject: "inputs",
        value: iteration,
        remedy: "Return at least one input.",
      });
    }
    const sum = new GradientSum(parameters);
    let value = 0;
    try {
      for (const one of batch) {
        const input = {
          ...one,
          ...(signal === undefined ? {} : { signal }),
          ...(onProgress === undefined ? {} : { onProgress }),
          ...(onWarning === undefined ? {} : { onWarning }),
        };
        if (takesGradients(optimizer)) {
          sum.add(1 / batch.length, await this.#objective.valueAndGradient(parameters, input));
        } else {
          const own = await this.#objective.value(parameters, input);
          check(own, number, "What the objective returned");
          value += own / batch.length;
        }
        await this.#pacer.breathe();
      }
    } catch (cause) {
      const isTooFar = cause instanceof NumericalError || cause instanceof ValueError;
      // Where the fit begins is no trial, but an optimizer that asks for candidates never goes there
      const isTrial = optimizer.isSearch && (iteration > 0 || !takesGradients(optimizer));
      if (!(isTooFar && isTrial) || signal?.aborted === true) throw cause;
      this.#tooFar ??= cause;
      return { value: Number.POSITIVE_INFINITY, gradient: undefined };
    }
    return takesGradients(optimizer) ? sum.total() : { value, gradient: undefined };
  }

  #values(at: Iterate): Parameter[] {
    const values = this.#transform.forward(named(at.parameters, this.#begin));
    return values.map(({ key, values }) => ({ key, values: values.map(withoutSign) }));
  }

  #keep(point: FitPoint, at: Iterate | undefined): void {
    if (this.#checkpoint !== undefined && at !== undefined) this.#log.add(point, at);
    this.#best = bestOf(this.#best === undefined ? [point] : [this.#best, point]);
  }

  #summary(starts: readonly FitStart[]): FitResult {
    const best = bestOf(starts.flatMap((start) => start.best ?? []));
    const failed = starts.find(({ status }) => status.code === "failed");
    if (best === undefined && failed !== undefined) throw failed.status.cause;
    const chosen = starts[best?.start ?? 0];
    const parameters = best?.parameters ?? this.#begin;
    const nothing = { start: 0, iteration: 0, loss: Number.NaN, penalty: 0 };
    const last = starts.at(-1)?.status;
    const own = chosen?.status ?? { code: "cancelled", message: "cancelled" };
    return {
      best: best ?? { ...nothing, gradientNorm: Number.NaN, parameters },
      parameters,
      final: chosen?.final ?? this.#begin,
      status: last?.code === "cancelled" ? last : own,
      history: chosen?.history ?? [],
      starts,
      warnings: this.#warnings,
    };
  }
}

/** Whether an optimizer looks at more than values; those that ask for candidates do not. */
function takesGradients(optimizer: Optimizer): boolean {
  return !("ask" in optimizer);
}

function isBatch(
  inputs: ObjectiveInputs | readonly ObjectiveInputs[],
): inputs is readonly ObjectiveInputs[] {
  return Array.isArray(inputs);
}

function vectorsOf(parameters: readonly Parameter[]): Float64Array[] {
  return parameters.map(({ values }) => values);
}

function named(vectors: readonly Float64Array[], like: readonly Parameter[]): Parameter[] {
  return like.map(({ key }, k) => ({ key, values: vectors[k] ?? new Float64Array() }));
}

/** Minus 0 as 0: text has none, and a fit that goes on from it is to have the same bits. */
function withoutSign(x: number): number {
  return x + 0;
}

function plain(at: Iterate): Iterate {
  return { ...at, parameters: at.parameters.map((vector) => vector.map(withoutSign)) };
}
