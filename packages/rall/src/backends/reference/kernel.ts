/**
 * @file The oracle: a time step as the equations say it, one compartment after the other, in plain TypeScript. Slow and
 * obvious; every other backend is compared with it.
 */
import type { SentSpikes } from "../../plan/events.ts";
import { isModelState } from "../../plan/mechanism.ts";
import type { Plan, States } from "../../plan/plan.ts";
import { recordsAtEnd, recordsWholeCurrents } from "../../plan/recorded.ts";
import { wholeCurrents } from "../../plan/whole-currents.ts";
import type { Kernel } from "../backend.ts";
import { type Columns, columnOf, givenColumns, names } from "./columns.ts";
import { copyMoving, type Moving, startOf } from "./moving.ts";
import type { Phase } from "./phase.ts";
import { Signals } from "./signals.ts";
import { Watch } from "./spikes.ts";
import { startPhases, stepPhases, voltageTree, type Ways } from "./step.ts";

const noWays: Ways = {
  wanted: { keys: new Set(), geometry: false, delays: false },
  surrogate: undefined,
};

export class ReferenceKernel implements Kernel {
  readonly compileTime = 0;
  readonly chunk = 16;
  protected readonly plan: Plan;
  /** What is evaluated at the start, and a step. */
  protected readonly startPhases: readonly Phase[];
  protected readonly stepPhases: readonly Phase[];
  /** The start before and after anything is evaluated. */
  protected readonly given: Moving;
  protected readonly start: Moving;
  protected now: Moving;
  readonly #signals: Signals;
  readonly #fixed: ReadonlySet<string>;
  #marked: Moving;
  /** Steps of the last call of `advance`. */
  #steps = 0;

  constructor(plan: Plan, ways: Ways = noWays) {
    this.plan = plan;
    this.#signals = new Signals(plan);
    this.#fixed = new Set(givenColumns(plan).keys());
    this.startPhases = startPhases(plan, ways);
    this.stepPhases = stepPhases(plan, ways, this.#signals);
    this.given = startOf(plan, voltageTree(plan).parent.length);
    const start = copyMoving(this.given);
    for (const phase of this.startPhases) phase.run(start);
    for (const [name, column] of givenCurrents(plan)) start.columns.set(name, column.slice());
    new Watch(plan, ways.surrogate).note(start, 0);
    this.start = start;
    this.now = copyMoving(start);
    this.#marked = start;
  }

  recordStart(): Float64Array {
    return this.#record();
  }

  spikes(): readonly (readonly number[])[] {
    const first = this.now.step - this.#steps;
    return this.plan.events.recorded.map(({ source }) => {
      const { spikes } = this.now.sources[source] ?? { spikes: new Map() };
      return [...spikes.keys()].map((at) => at - first - 1).filter((step) => step >= 0);
    });
  }

  async advance(steps: number): Promise<Float64Array> {
    return this.run(steps, () => this.step());
  }

  /** Runs and records steps. */
  protected run(steps: number, step: () => void): Float64Array {
    const recorded = new Float64Array(this.plan.recordings.length * steps);
    this.#steps = steps;
    this.#forgetArrived();
    for (let k = 0; k < steps; k++) {
      step();
      for (const [row, value] of this.#record().entries()) recorded[row * steps + k] = value;
    }
    return recorded;
  }

  /** @param look - called before each phase. */
  protected step(look: () => void = () => {}): void {
    for (const phase of this.stepPhases) {
      look();
      phase.run(this.now);
    }
    this.#balance();
    this.now.step++;
    this.#signals.feed();
  }

  feed(stimuli: ArrayLike<number>, clamps: ArrayLike<number>): void {
    this.#signals.feed({ stimuli, clamps });
  }

  isFinite(): boolean {
    return [...this.now.columns].every(
      ([name, column]) => this.#fixed.has(name) || column.every(Number.isFinite),
    );
  }

  states(): States {
    const { count, presence, states, currentNames, synapses } = this.plan;
    const column = (key: string) => columnOf(this.now.columns, key);
    const values: Record<string, Float64Array> = { v: column("v").slice(0, count) };
    for (const synapse of synapses) {
      for (const key of [...synapse.states.keys(), synapse.currentName])
        values[key] = column(key).slice();
    }
    for (const key of [...states.keys(), ...currentNames].filter(isModelState)) {
      const present = presence.get(key);
      values[key] = column(key).map((value, i) =>
        present === undefined || present[i] === 1 ? value : Number.NaN,
      );
    }
    return { values, branchPoints: column("v").slice(count), sent: this.#sent() };
  }

  mark(): void {
    this.#marked = copyMoving(this.now);
  }

  restore(): void {
    this.now = copyMoving(this.#marked);
  }

  release(): void {}

  /** Spikes that have arrived everywhere, and in the step before. */
  #forgetArrived(): void {
    for (const [number, { spikes }] of this.now.sources.entries()) {
      const first = this.now.step - (this.plan.events.longest[number] ?? 0) - 1;
      for (const at of spikes.keys()) if (at < first) spikes.delete(at);
    }
  }

  #sent(): SentSpikes[] {
    const { dt, events } = this.plan;
    return this.now.sources.flatMap(({ spikes }, source) =>
      [...spikes].flatMap(([at, count]) => {
        const steps = this.now.step - at;
        return steps <= (events.longest[source] ?? 0) ? [{ source, age: steps * dt, count }] : [];
      }),
    );
  }

  /** Keeps the currents of whole compartments where they are recorded. */
  #balance(): void {
    const { plan, now } = this;
    if (!recordsWholeCurrents(plan.recordings)) return;
    const column = (name: string) => columnOf(now.columns, name);
    const currents = wholeCurrents(plan, {
      before: column(names.before("v")),
      slope: column(names.slope("v")),
      right: column(names.right("v")),
      solved: column(names.nodes("v")),
      after: column("v"),
      stimuli: column("i"),
    });
    for (const [key, values] of Object.entries(currents)) now.columns.set(key, values);
  }

  /** Values of the recordings now. */
  #record(): Float64Array {
    const { columns } = this.now;
    const atEnd = recordsAtEnd(this.plan) ? this.#currentsNow() : columns;
    return Float64Array.from(this.plan.recordings, ({ state, index, at }) => {
      return columnOf(at === "end" ? atEnd : columns, state)[index] ?? Number.NaN;
    });
  }

  /** Columns with the currents as all states stand now. */
  #currentsNow(): Columns {
    const now = copyMoving(this.now);
    for (const phase of this.startPhases) phase.run(now);
    return now.columns;
  }
}

/** Currents that a former run ended with, in the place of those at the start. */
export function givenCurrents({ currents, synapses }: Plan): Map<string, Float64Array> {
  const given = new Map(currents);
  for (const { currentName, before } of synapses)
    if (before !== undefined) given.set(currentName, before);
  return given;
}
