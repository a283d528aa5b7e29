/** @file The oracle for derivatives: each step is kept with all columns before each of its phases, and gone back over phase by phase. */

import type { PlanGradient } from "../../plan/gradient.ts";
import type { Plan } from "../../plan/plan.ts";
import type { DifferentiableKernel, DifferentiationOptions, Moment } from "../backend.ts";
import { addAt, type Columns, columnOf, copyColumns } from "./columns.ts";
import { fromDirection, toGradient, zeroColumns } from "./gradient.ts";
import { givenCurrents, ReferenceKernel } from "./kernel.ts";
import { copyMoving, copySenders, type Moving } from "./moving.ts";
import type { Passage, Phase } from "./phase.ts";

interface KeptMoment extends Moment {
  readonly moving: Moving;
}

/** A step that can be gone back over. */
interface TapedStep extends Passage {
  /** Columns before each phase, and at the end. */
  readonly columns: readonly Columns[];
}

export class ReferenceDifferentiableKernel extends ReferenceKernel implements DifferentiableKernel {
  readonly #options: DifferentiationOptions;
  #tape: TapedStep[] = [];
  #bars: Columns;
  #dots: Columns;
  #marked: { readonly tape: readonly TapedStep[]; readonly bars: Columns };

  constructor(plan: Plan, options: DifferentiationOptions) {
    super(plan, options);
    this.#options = options;
    this.#bars = this.#zeros();
    this.#dots = this.#zeros();
    this.#marked = { tape: [], bars: this.#bars };
  }

  keep(): KeptMoment {
    return { step: this.now.step, moving: copyMoving(this.now) };
  }

  resume({ moving }: KeptMoment): void {
    this.now = copyMoving(moving);
    this.#tape = [];
  }

  async tape(steps: number): Promise<Float64Array> {
    return this.run(steps, () => this.#tape.push(this.#tapeStep()));
  }

  startBackwards(byStates: Readonly<Record<string, Float64Array>>): void {
    this.#bars = this.#zeros();
    for (const [key, values] of Object.entries(byStates)) columnOf(this.#bars, key).set(values);
  }

  async reverse(steps: number, byRecordings: Float64Array): Promise<void> {
    for (let k = steps - 1; k >= 0; k--) {
      const taped = this.#tape.pop();
      if (taped === undefined) throw new TypeError("there is no step on the tape");
      this.#addRecordings(byRecordings, steps, k);
      reverseAll(this.stepPhases, taped, this.#bars);
    }
  }

  gradient(byStart: Float64Array): PlanGradient {
    this.#addRecordings(byStart, 1, 0);
    // What is given in the place of currents hides those of the start
    const given = Array.from(givenCurrents(this.plan).keys(), (name) => {
      const bar = columnOf(this.#bars, name);
      const hidden = bar.slice();
      bar.fill(0);
      return { bar, hidden };
    });
    reverseAll(this.startPhases, this.#evaluateStart(), this.#bars);
    for (const { bar, hidden } of given)
      for (const [i, value] of hidden.entries()) addAt(bar, i, value);
    return toGradient(this.plan, this.#options.wanted, this.#bars);
  }

  markBackwards(): void {
    this.#marked = { tape: [...this.#tape], bars: copyColumns(this.#bars) };
  }

  restoreBackwards(): void {
    this.#tape = [...this.#marked.tape];
    this.#bars = copyColumns(this.#marked.bars);
  }

  nonFiniteDerivative(): string | undefined {
    const { wanted } = this.#options;
    const { columns, area, capacity, synapses } = toGradient(this.plan, wanted, this.#bars);
    const all = [
      ...[...columns].filter(([key]) => wanted.keys.has(key)),
      ["area", area] as const,
      ["capacitance", capacity] as const,
      ...columns,
      ...synapses.flatMap((synapse) => [...synapse.columns]),
    ];
    return all.find(([, column]) => !column.every(Number.isFinite))?.[0];
  }

  startTangent(direction: PlanGradient): Float64Array {
    this.now = copyMoving(this.start);
    this.#dots = this.#zeros();
    fromDirection(this.plan, direction, this.#dots);
    const given = Array.from(
      givenCurrents(this.plan).keys(),
      (name) => [name, columnOf(this.#dots, name)] as const,
    );
    tangentAll(this.startPhases, this.#evaluateStart(), this.#dots);
    for (const [name, moves] of given) this.#dots.set(name, moves);
    return this.#recordMoves();
  }

  async advanceTangent(
    steps: number,
  ): Promise<{ readonly recordings: Float64Array; readonly tangents: Float64Array }> {
    const rows = this.plan.recordings.length;
    const tangents = new Float64Array(rows * steps);
    let k = 0;
    const recordings = this.run(steps, () => {
      tangentAll(this.stepPhases, this.#tapeStep(), this.#dots);
      for (const [row, moved] of this.#recordMoves().entries()) tangents[row * steps + k] = moved;
      k++;
    });
    return { recordings, tangents };
  }

  #tapeStep(): TapedStep {
    const columns: Columns[] = [];
    const { step } = this.now;
    this.step(() => columns.push(new Map(this.now.columns)));
    columns.push(new Map(this.now.columns));
    return { step, columns, sources: copySenders(this.now.sources) };
  }

  /** What is evaluated at the start, once more. */
  #evaluateStart(): TapedStep {
    const start = copyMoving(this.given);
    const columns = this.startPhases.map((phase) => {
      const before = new Map(start.columns);
      phase.run(start);
      return before;
    });
    return { step: 0, columns: [...columns, start.columns], sources: start.sources };
  }

  #addRecordings(byRecordings: Float64Array, steps: number, k: number): void {
    for (const [row, { state, index }] of this.plan.recordings.entries())
      addAt(columnOf(this.#bars, state), index, byRecordings[row * steps + k] ?? 0);
  }

  #recordMoves(): Float64Array {
    return Float64Array.from(
      this.plan.recordings,
      ({ state, index }) => columnOf(this.#dots, state)[index] ?? Number.NaN,
    );
  }

  #zeros(): Columns {
    return zeroColumns(this.plan, this.start.columns, this.#options.steps);
  }
}

function reverseAll(phases: readonly Phase[], taped: TapedStep, bars: Columns): void {
  for (const [k, phase] of [...phases.entries()].reverse()) {
    const [before, after] = [taped.columns[k], taped.columns[k + 1]];
    if (before !== undefined && after !== undefined) phase.reverse(before, after, bars, taped);
  }
}

function tangentAll(phases: readonly Phase[], taped: TapedStep, dots: Columns): void {
  for (const [k, phase] of phases.entries()) {
    const [before, after] = [taped.columns[k], taped.columns[k + 1]];
    if (before !== undefined && after !== undefined) phase.tangent(before, after, dots, taped);
  }
}
