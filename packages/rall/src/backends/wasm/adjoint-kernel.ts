/** @file A run with derivatives: a kernel that keeps its steps on a tape and goes back over them. */
import type { PlanGradient } from "../../plan/gradient.ts";
import type { DifferentiableKernel } from "../backend.ts";
import type { AdjointLayout } from "./adjoint-layout.ts";
import { Columns } from "./columns.ts";
import { type Run, WasmKernel } from "./kernel.ts";
import { header } from "./layout.ts";
import { OutsideFields } from "./outside-fields.ts";
import { PlanNumbers } from "./plan-numbers.ts";

export class WasmDifferentiableKernel extends WasmKernel implements DifferentiableKernel {
  readonly #adjoint: AdjointLayout;
  readonly #columns: Columns;
  readonly #numbers: PlanNumbers;
  #outside: OutsideFields;
  readonly #steps: number;
  readonly #tape: number;
  readonly #start: ReturnType<WasmKernel["keep"]>;
  /** Of forward mode. */
  #direction: PlanGradient | undefined;
  #byStimuli: Float64Array[] = [];
  #byClamps: Float64Array[] = [];
  /** Steps on the tape. */
  #taped = 0;
  #marked = {
    ...{ step: 0, tape: 0, taped: 0 },
    ...{ derivatives: new Uint8Array(), spikes: new Uint8Array() },
  };

  /**
   * @param tape - where the tape stands in memory.
   * @param steps - of the whole run.
   */
  constructor(
    run: Run,
    adjoint: AdjointLayout,
    tape: number,
    steps: number,
    uniform: ReadonlyMap<string, number>,
  ) {
    super(run);
    this.#adjoint = adjoint;
    this.#columns = new Columns(this.buffer, this.plan, this.program.layout);
    this.#numbers = new PlanNumbers(this.#columns, adjoint, this.lists);
    this.#outside = new OutsideFields(this.#columns, adjoint);
    this.#steps = steps;
    this.#tape = tape;
    this.begin(uniform);
    this.tabulate(
      adjoint.tables.map((table, k) => ({ table, sampler: `sampleDerivatives${k}` })),
      uniform,
    );
    this.#start = this.keep();
    this.#numbers.fill(this.#tape);
  }

  async tape(steps: number): Promise<Float64Array> {
    if (this.#taped === 0) {
      const [start, end] = this.program.layout.moving;
      new Uint8Array(this.buffer).copyWithin(this.#tape, start, end);
      this.#columns.setInteger(header.tape, this.#tape);
    }
    this.#taped += steps;
    this.#columns.setInteger(header.isTaped, 1);
    const recorded = this.run(steps);
    this.#columns.setInteger(header.isTaped, 0);
    return recorded;
  }

  override resume(moment: ReturnType<WasmKernel["keep"]>): void {
    super.resume(moment);
    this.#taped = 0;
  }

  startBackwards(byStates: Readonly<Record<string, Float64Array>>): void {
    const { plan, program } = this;
    this.#numbers.clear(this.#tape);
    this.#outside = new OutsideFields(this.#columns, this.#adjoint);
    const zeros = () => new Float64Array(this.#steps);
    this.#byStimuli = plan.stimuli.map(zeros);
    this.#byClamps = plan.clamps.map(zeros);
    const { columns, synapses } = program.layout;
    for (const [key, values] of Object.entries(byStates)) {
      const address = columns.get(key);
      if (address !== undefined) {
        this.#columns.spread(address + this.#adjoint.bars, values);
        continue;
      }
      for (const { columns: own, plan: synapse } of synapses) {
        const at = own.get(key);
        if (at === undefined) continue;
        this.#columns.list(at + this.#adjoint.bars, synapse.pre.length).set(values);
      }
    }
  }

  async reverse(steps: number, byRecordings: Float64Array): Promise<void> {
    const { plan, program, lists } = this;
    this.#columns.list(lists.given, byRecordings.length).set(byRecordings);
    const last = this.step;
    if (program.layout.isEliminated) this.machine.call("reverse", steps);
    else this.#reverseInParts(steps);
    this.#taped -= steps;
    const from = last - steps;
    for (let n = 0; n < plan.stimuli.length; n++) {
      const block = this.#columns.list(lists.byStimuli + 8 * steps * n, steps);
      this.#byStimuli[n]?.set(block, from);
    }
    for (const [row, { number }] of lists.clampRows.entries()) {
      const block = this.#columns.list(lists.byClamps + 8 * steps * row, steps);
      this.#byClamps[number]?.set(block, from);
    }
  }

  markBackwards(): void {
    const [start, end] = this.#adjoint.cleared;
    const [barsStart, barsEnd] = this.lists.spikes.bars;
    this.#marked = {
      step: this.step,
      tape: new DataView(this.buffer).getInt32(header.tape, true),
      taped: this.#taped,
      derivatives: new Uint8Array(this.buffer, start, end - start).slice(),
      spikes: new Uint8Array(this.buffer, barsStart, barsEnd - barsStart).slice(),
    };
  }

  restoreBackwards(): void {
    const { step, tape, taped, derivatives, spikes } = this.#marked;
    this.#columns.setInteger(header.step, step);
    this.#columns.setInteger(header.tape, tape);
    this.#taped = taped;
    new Uint8Array(this.buffer).set(derivatives, this.#adjoint.cleared[0]);
    new Uint8Array(this.buffer).set(spikes, this.lists.spikes.bars[0]);
  }

  nonFiniteDerivative(): string | undefined {
    return this.#numbers.nonFinite();
  }

  gradient(byStart: Float64Array): PlanGradient {
    const { plan, lists } = this;
    const { bars } = this.#adjoint;
    const memory = new DataView(this.buffer);
    for (const [row, address] of lists.recorded.entries()) {
      const at = address + bars;
      memory.setFloat64(at, memory.getFloat64(at, true) + (byStart[row] ?? 0), true);
    }
    this.resume(this.#start);
    // Currents of a former run are given, those of the model were evaluated
    if (plan.currents === undefined) {
      for (const [key, column] of plan.firstCurrents) this.scatter(key, column);
      this.machine.function("reverseStart")();
      this.resume(this.#start);
    }
    const outside = this.#outside;
    return {
      ...this.#numbers.gradient(outside),
      stimuli: this.#byStimuli,
      clamps: this.#byClamps,
    };
  }

  startTangent(direction: PlanGradient): Float64Array {
    const { plan, lists } = this;
    this.#numbers.clear(this.#tape);
    this.#outside = new OutsideFields(this.#columns, this.#adjoint);
    this.#direction = direction;
    this.#numbers.setDirection(direction);
    this.resume(this.#start);
    if (plan.currents === undefined) {
      for (const [key, column] of plan.firstCurrents) this.scatter(key, column);
      this.machine.function("moveStart")();
      this.resume(this.#start);
    }
    const memory = new DataView(this.buffer);
    return Float64Array.from(lists.recorded, (address) =>
      memory.getFloat64(address + this.#adjoint.bars, true),
    );
  }

  async advanceTangent(
    steps: number,
  ): Promise<{ readonly recordings: Float64Array; readonly tangents: Float64Array }> {
    const { plan, program, lists, machine } = this;
    const rows = plan.recordings.length;
    const from = this.step;
    const give = (block: number, row: number, samples: Float64Array | undefined) => {
      const target = this.#columns.list(block + 8 * steps * row, steps).fill(0);
      target.set(samples?.subarray(from, from + steps) ?? []);
    };
    for (let n = 0; n < plan.stimuli.length; n++)
      give(lists.byStimuli, n, this.#direction?.stimuli[n]);
    for (const [row, { number }] of lists.clampRows.entries())
      give(lists.byClamps, row, this.#direction?.clamps[number]);
    const [begin, end] = [machine.function("moveBegin"), machine.function("moveEnd")];
    const recordings = new Float64Array(rows * steps);
    for (let k = 0; k < steps; k++) {
      this.#taped = 0;
      const recorded = await this.tape(1);
      for (let row = 0; row < rows; row++) recordings[row * steps + k] = recorded[row] ?? 0;
      begin(k, steps);
      if (program.layout.isEliminated) machine.function("moveFields")(k, steps);
      else if (this.#direction !== undefined)
        this.#outside.move(this.#direction, this.#tape, from + k);
      end(k, steps);
    }
    return { recordings, tangents: this.#columns.list(lists.given, rows * steps).slice() };
  }

  /** Steps backwards of a program that leaves the trees to others. */
  #reverseInParts(steps: number): void {
    const [end, begin] = [
      this.machine.function("reverseEnd"),
      this.machine.function("reverseBegin"),
    ];
    for (let k = steps - 1; k >= 0; k--) {
      end(k, steps);
      this.#outside.reverse((clamp, by) => {
        const row = this.lists.clampRows.findIndex(({ number }) => number === clamp);
        const cell = this.#columns.list(this.lists.byClamps + 8 * (steps * row + k), 1);
        cell[0] = (cell[0] ?? 0) + by;
      });
      begin(k, steps);
    }
  }
}
