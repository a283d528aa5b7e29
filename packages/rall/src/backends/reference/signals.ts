/** @file What is given from outside in each step: currents that are injected, and values that are clamped. */
import { perMicrosiemens } from "../../plan/junctions.ts";
import type { Plan } from "../../plan/plan.ts";
import { addAt, type Columns, columnOf, names } from "./columns.ts";
import type { Moving } from "./moving.ts";
import type { Passage, Phase } from "./phase.ts";

/** Samples of all stimuli and clamps, which a single step may have of its own. */
export class Signals {
  readonly #plan: Plan;
  #fed: { readonly stimuli: ArrayLike<number>; readonly clamps: ArrayLike<number> } | undefined;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** @param fed - samples of the next step; undefined for those of the plan. */
  feed(fed?: { readonly stimuli: ArrayLike<number>; readonly clamps: ArrayLike<number> }): void {
    this.#fed = fed;
  }

  stimulus(number: number, step: number): number {
    return this.#fed?.stimuli[number] ?? this.#plan.stimuli[number]?.samples[step] ?? 0;
  }

  clamp(number: number, step: number): number {
    return this.#fed?.clamps[number] ?? this.#plan.clamps[number]?.samples[step] ?? 0;
  }
}

/** Adds stimuli to the balance, and keeps them as the column `i`. */
export class Stimuli implements Phase {
  readonly #plan: Plan;
  readonly #signals: Signals;

  constructor(plan: Plan, signals: Signals) {
    this.#plan = plan;
    this.#signals = signals;
  }

  run({ columns, step }: Moving): void {
    this.#inject(columns, (number) => this.#signals.stimulus(number, step));
  }

  reverse(_: Columns, __: Columns, bars: Columns, { step }: Passage): void {
    const [injected, right] = [columnOf(bars, "i"), columnOf(bars, names.right("v"))];
    for (const [number, { compartment, samples }] of this.#plan.stimuli.entries()) {
      // After its samples a stimulus is 0, whatever these are
      if (step >= samples.length) continue;
      columnOf(bars, names.stimulus(number))[step] =
        (injected[compartment] ?? 0) + perMicrosiemens * (right[compartment] ?? 0);
    }
    injected.fill(0);
  }

  tangent(_: Columns, __: Columns, dots: Columns, { step }: Passage): void {
    this.#inject(dots, (number) =>
      step < (this.#plan.stimuli[number]?.samples.length ?? 0)
        ? (columnOf(dots, names.stimulus(number))[step] ?? 0)
        : 0,
    );
  }

  #inject(columns: Columns, sampleOf: (number: number) => number): void {
    const injected = new Float64Array(this.#plan.count);
    for (const [number, { compartment }] of this.#plan.stimuli.entries())
      addAt(injected, compartment, sampleOf(number));
    const right = columnOf(columns, names.right("v")).slice();
    // nA in units of 100 nA
    for (const [i, current] of injected.entries()) addAt(right, i, perMicrosiemens * current);
    columns.set("i", injected);
    columns.set(names.right("v"), right);
  }
}

/** Clamps of the voltage, or of all other states. */
export class Clamps implements Phase {
  readonly #clamps: readonly (readonly [number, Plan["clamps"][number]])[];
  readonly #signals: Signals;

  constructor(plan: Plan, signals: Signals, isVoltage: boolean) {
    this.#clamps = [...plan.clamps.entries()].filter(
      ([, { state }]) => (state === "v") === isVoltage,
    );
    this.#signals = signals;
  }

  run({ columns, step }: Moving): void {
    this.#write(columns, (number) => this.#signals.clamp(number, step));
  }

  reverse(_: Columns, __: Columns, bars: Columns, { step }: Passage): void {
    for (const [number, { state, index }] of this.#clamps.toReversed()) {
      const column = columnOf(bars, state);
      columnOf(bars, names.clamp(number))[step] = column[index] ?? 0;
      column[index] = 0;
    }
  }

  tangent(_: Columns, __: Columns, dots: Columns, { step }: Passage): void {
    this.#write(dots, (number) => columnOf(dots, names.clamp(number))[step] ?? 0);
  }

  #write(columns: Columns, sampleOf: (number: number) => number): void {
    for (const [number, { state, index }] of this.#clamps) {
      const column = columnOf(columns, state).slice();
      column[index] = sampleOf(number);
      columns.set(state, column);
    }
  }
}
