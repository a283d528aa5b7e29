/** @file What a backend is: something that turns a plan into a kernel that advances its states. */
import type { Surrogate } from "../expressions/surrogate.ts";
import type { PlanGradient, Wanted } from "../plan/gradient.ts";
import type { Plan, States } from "../plan/plan.ts";
import type { Memory } from "../util/memory.ts";

/** What turns a plan into a kernel. */
export interface Backend {
  readonly name: string;
  /**
   * Makes a kernel that stands at the start of the plan. `memory` keeps what was compiled, so that a plan that differs
   * only in numbers is not compiled again.
   */
  compile(plan: Plan, memory: Memory): Promise<Kernel>;
  /** The same with derivatives. */
  differentiate(
    plan: Plan,
    memory: Memory,
    options: DifferentiationOptions,
  ): Promise<DifferentiableKernel>;
  /** Bytes that moments and steps on the tape would take. */
  sizes(
    plan: Plan,
    memory: Memory,
    options: Omit<DifferentiationOptions, "tapeLength" | "owner">,
  ): Promise<{ readonly moment: number; readonly step: number }>;
}

export interface DifferentiationOptions {
  readonly wanted: Wanted;
  /** Which of both ways of differentiating is meant; a kernel goes one of them. */
  readonly mode: "backwards" | "forwards";
  /** Slope of thresholds and resets; undefined: none. */
  readonly surrogate: Surrogate | undefined;
  /** Most steps that are taped before they are gone back over. */
  readonly tapeLength: number;
  /** For whom the tape's memory is kept for another evaluation, and with whom it goes; default: the `Memory` of the model. */
  readonly owner?: object;
  /** Number of steps of the whole run: the length of the derivatives by samples of stimuli and clamps. */
  readonly steps: number;
}

/** A running simulation. Asynchronous where work may happen elsewhere. */
export interface Kernel {
  /** Time spent compiling, in ms; 0 when an earlier program served. */
  readonly compileTime: number;
  /** Most steps that are run at once, between two looks at progress and finiteness. */
  readonly chunk: number;
  /** Values of the recordings before the first step. */
  recordStart(): Float64Array;
  /**
   * Runs `steps` further steps, at most `chunk`.
   *
   * @returns the recordings, row by row: entry `row * steps + k` is that after step k.
   */
  advance(steps: number): Promise<Float64Array>;
  /** Numbers of the steps within the last call of `advance` after which each recorded source spiked, ascending. */
  spikes(): readonly (readonly number[])[];
  /** Gives the next step samples of its own: one for each stimulus and each clamp of the plan. */
  feed(stimuli: ArrayLike<number>, clamps: ArrayLike<number>): void;
  /** Whether all numbers that move are finite: a quick look, after which `states` tells which is not. */
  isFinite(): boolean;
  /** The current states. */
  states(): States;
  /** Goes back to the states that `mark` was last called at. */
  restore(): void;
  mark(): void;
  /** The run is over: what the kernel holds may serve another. */
  release(): void;
}

/** All that moves at one moment, for going back to it. */
export interface Moment {
  readonly step: number;
}

/**
 * A kernel that also goes backwards. The loss is known by its derivatives by recordings, which are given row by row as `advance`
 * gives the recordings; steps are gone back over from the last to the first, a taped stretch at a time:
 *
 *     moment = keep(); ... resume(moment); tape(n); reverse(by recordings of these n steps); ... ; gradient(by those at the start)
 */
export interface DifferentiableKernel extends Kernel {
  keep(): Moment;
  resume(moment: Moment): void;
  /** As `advance`, and remembers what `reverse` needs; at most `chunk` steps at once and `tapeLength` since the last `reverse`. */
  tape(steps: number): Promise<Float64Array>;
  /** Derivatives of the loss by the states at the end, to be given before the first `reverse`. */
  startBackwards(byStates: Readonly<Record<string, Float64Array>>): void;
  /**
   * Goes back over the last `steps` steps on the tape (at most `chunk`). Derivatives go on from those that the last call ended with.
   *
   * @param byRecordings - entry `row * steps + k`, as `tape` gives recordings.
   */
  reverse(steps: number, byRecordings: Float64Array): Promise<void>;
  /** The derivatives of the loss, when all steps have been gone back over. @param byStart - by what `recordStart` gave. */
  gradient(byStart: Float64Array): PlanGradient;
  /** Notes where the way back stands, for `restoreBackwards`. */
  markBackwards(): void;
  restoreBackwards(): void;
  /** Key of a derivative that is not finite: of a parameter rather than of a state; undefined if all are. */
  nonFiniteDerivative(): string | undefined;
  /**
   * Begins the forward mode at the start of the plan, whose numbers move in the given direction.
   *
   * @returns how the recordings at the start move.
   */
  startTangent(direction: PlanGradient): Float64Array;
  /** As `advance`, and how the recordings move. */
  advanceTangent(
    steps: number,
  ): Promise<{ readonly recordings: Float64Array; readonly tangents: Float64Array }>;
}
