/** @file What a backend is: something that turns a plan into a kernel that advances its states. */
import type { Plan, States } from "../plan/plan.ts";
import type { Memory } from "../util/memory.ts";

export interface Backend {
  readonly name: string;
  /**
   * Makes a kernel that stands at the start of the plan. `memory` keeps what was compiled, so that a plan that differs
   * only in numbers is not compiled again.
   */
  compile(plan: Plan, memory: Memory): Promise<Kernel>;
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
