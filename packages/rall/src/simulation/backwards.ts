/** @file A run forwards and back: recordings, a loss of them, and its derivatives by the numbers of the plan. */
import type { DifferentiableKernel } from "../backends/backend.ts";
import { NumericalError } from "../errors.ts";
import { sampleClock } from "../numerics/sample-times.ts";
import type { PlanGradient } from "../plan/gradient.ts";
import type { Plan } from "../plan/plan.ts";
import { Pacer } from "../platform/pause.ts";
import { firstNonFinite, locateFailure, nonFiniteDerivative } from "./failure.ts";

/** A loss of recordings and final states. */
export interface Evaluated {
  readonly value: number;
  /** Derivatives by each row of recordings, start included, and by final states. */
  readonly byRecordings: readonly Float64Array[];
  readonly byStates: Readonly<Record<string, Float64Array>>;
}

export interface BackwardsOptions {
  /** As `checkpoints.ts` makes them. */
  readonly lengths: readonly number[];
  readonly signal: AbortSignal | undefined;
  /** Called between chunks with the steps done and all there are to do, forwards, repeated, and back. */
  readonly onProgress: ((done: number, all: number) => void) | undefined;
}

/** What a derivative that is not finite comes from. */
const advice =
  "Look at the equations that read it there: a square root or logarithm at 0, a power of 0, or numbers that grow without bound.";

/**
 * Runs `steps` steps and goes back over them. No step is run beyond them.
 *
 * @param evaluate - the loss, called once, when all recordings are there.
 * @throws NumericalError for a state or derivative that is not finite; what `signal` says when it aborts.
 */
export async function runBackwards(
  kernel: DifferentiableKernel,
  plan: Plan,
  steps: number,
  evaluate: (recordings: Float64Array[]) => Evaluated,
  options: BackwardsOptions,
): Promise<{ readonly value: number; readonly gradient: PlanGradient }> {
  const run = new BackwardsRun(kernel, plan, steps, evaluate, options);
  return run.go();
}

/** Steps that `#span` runs for a span of `length` steps, forwards and back. */
function workOf([, ...inner]: readonly number[], length: number): number {
  if (inner.length === 0) return 2 * length;
  const part = product(inner);
  const repeated = Math.max(0, Math.ceil(length / part) - 1);
  const last = length - repeated * part;
  return repeated * (part + workOf(inner, part)) + workOf(inner, last);
}

function product(lengths: readonly number[]): number {
  return lengths.reduce((all, one) => all * one, 1);
}

class BackwardsRun {
  readonly #kernel: DifferentiableKernel;
  readonly #plan: Plan;
  readonly #steps: number;
  readonly #evaluate: (recordings: Float64Array[]) => Evaluated;
  readonly #options: BackwardsOptions;
  readonly #recordings: Float64Array[];
  #loss: Evaluated | undefined;
  /** Number of the next step. */
  #at = 0;
  #work = 0;
  readonly #allWork: number;
  readonly #pacer = new Pacer();

  constructor(
    kernel: DifferentiableKernel,
    plan: Plan,
    steps: number,
    evaluate: (recordings: Float64Array[]) => Evaluated,
    options: BackwardsOptions,
  ) {
    this.#kernel = kernel;
    this.#plan = plan;
    this.#steps = steps;
    this.#evaluate = evaluate;
    this.#options = options;
    this.#recordings = plan.recordings.map(() => new Float64Array(steps + 1));
    this.#allWork = workOf(options.lengths, steps);
  }

  async go() {
    this.#keep(this.#kernel.recordStart(), 0, 1);
    await this.#span(0, this.#steps, true);
    const loss = this.#loss ?? this.#finish();
    const gradient = this.#kernel.gradient(
      Float64Array.from(loss.byRecordings, (row) => row[0] ?? 0),
    );
    this.#check(gradient);
    return { value: loss.value, gradient };
  }

  /** Goes over a span forwards and back; the kernel stands at its start. @param isFirst - whether for the first time. */
  async #span(level: number, length: number, isFirst: boolean): Promise<void> {
    const { lengths } = this.#options;
    if (level >= lengths.length - 1) {
      const chunks = await this.#advance(length, isFirst, true);
      if (isFirst) this.#finish();
      for (const steps of chunks.reverse()) await this.#reverse(steps);
      return;
    }
    const part = product(lengths.slice(level + 1));
    const moments: { readonly moment: ReturnType<DifferentiableKernel["keep"]>; at: number }[] = [];
    let rest = length;
    for (; rest > part; rest -= part) {
      moments.push({ moment: this.#kernel.keep(), at: this.#at });
      await this.#advance(part, isFirst, false);
    }
    // The last part is gone back over at once
    await this.#span(level + 1, rest, isFirst);
    for (let last = moments.pop(); last !== undefined; last = moments.pop()) {
      this.#kernel.resume(last.moment);
      this.#at = last.at;
      await this.#span(level + 1, part, false);
    }
  }

  /** Runs steps, on the tape or not. @returns how many in each call. */
  async #advance(length: number, isFirst: boolean, isTaped: boolean): Promise<number[]> {
    const kernel = this.#kernel;
    const chunks: number[] = [];
    for (let done = 0; done < length; ) {
      const steps = Math.min(kernel.chunk, length - done);
      await this.#breathe(steps);
      if (isFirst) kernel.mark();
      const block = await (isTaped ? kernel.tape(steps) : kernel.advance(steps));
      if (isFirst) {
        if (!kernel.isFinite() && firstNonFinite(this.#plan, kernel.states()) !== undefined)
          await this.#failForwards();
        this.#keep(block, this.#at + 1, steps);
      }
      this.#at += steps;
      done += steps;
      chunks.push(steps);
    }
    return chunks;
  }

  async #reverse(steps: number): Promise<void> {
    const from = this.#at - steps;
    await this.#breathe(steps);
    this.#kernel.markBackwards();
    await this.#kernel.reverse(steps, this.#byRecordings(from, steps));
    if (this.#kernel.nonFiniteDerivative() !== undefined) await this.#failBackwards(from, steps);
    this.#at = from;
  }

  /** Derivatives by the recordings of some steps, row by row. */
  #byRecordings(from: number, steps: number): Float64Array {
    const rows = this.#loss?.byRecordings ?? [];
    const given = new Float64Array(rows.length * steps);
    for (const [row, series] of rows.entries())
      given.set(series.subarray(from + 1, from + 1 + steps), row * steps);
    return given;
  }

  #finish(): Evaluated {
    const loss = this.#evaluate(this.#recordings);
    this.#loss = loss;
    this.#kernel.startBackwards(loss.byStates);
    return loss;
  }

  #keep(block: Float64Array, from: number, length: number): void {
    for (const [row, series] of this.#recordings.entries())
      series.set(block.subarray(row * length, (row + 1) * length), from);
  }

  async #breathe(steps: number): Promise<void> {
    const { signal, onProgress } = this.#options;
    await this.#pacer.breathe();
    signal?.throwIfAborted();
    this.#work += steps;
    onProgress?.(this.#work, this.#allWork);
  }

  /** Derivatives by what is given, and by the start, where currents are evaluated before the first step. */
  #check(gradient: PlanGradient): void {
    const bad = nonFiniteDerivative(this.#plan, gradient);
    if (bad === undefined) return;
    const { key, index, value } = bad;
    throw new NumericalError(`The derivative of the loss by ${key} is ${value} (at ${index}).`, {
      subject: key,
      value,
      remedy: advice,
    });
  }

  async #failForwards(): Promise<never> {
    this.#kernel.restore();
    const failure = await locateFailure(this.#kernel, this.#plan, this.#at, () => {});
    throw new NumericalError(failure.message, { subject: failure.state, value: failure.value });
  }

  /** Goes back step by step to the one whose derivatives are not finite. */
  async #failBackwards(from: number, steps: number): Promise<never> {
    this.#kernel.restoreBackwards();
    let step = from + steps - 1;
    for (; step > from; step--) {
      await this.#kernel.reverse(1, this.#byRecordings(step, 1));
      if (this.#kernel.nonFiniteDerivative() !== undefined) break;
    }
    if (step === from) await this.#kernel.reverse(1, this.#byRecordings(step, 1));
    const key = this.#kernel.nonFiniteDerivative() ?? "v";
    throw new NumericalError(
      `The derivative of the loss by ${key} stopped being finite at step ${step} (${sampleClock(this.#plan.dt)(step)} ms), on the way back from the end.`,
      {
        subject: key,
        value: step,
        remedy: advice,
      },
    );
  }
}
