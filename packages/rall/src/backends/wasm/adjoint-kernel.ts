/** @file A run with derivatives: a kernel that keeps its steps on a tape and goes back over them. */
import { reverseField, tangentField } from "../../numerics/field-adjoint.ts";
import type { Tree } from "../../numerics/tree.ts";
import type { IonGradient, PlanGradient } from "../../plan/gradient.ts";
import { exchangeSlopes } from "../../plan/junctions.ts";
import type { DifferentiableKernel } from "../backend.ts";
import type { AdjointLayout, FieldAdjoint } from "./adjoint-layout.ts";
import { type Run, WasmKernel } from "./kernel.ts";
import { header, isHalved } from "./layout.ts";
import { exchange } from "./program.ts";

/** Sums of derivatives by a tree that is not solved in the program. */
interface TreeSums {
  readonly conductance: Float64Array;
  readonly capacity: Float64Array;
}

export class WasmDifferentiableKernel extends WasmKernel implements DifferentiableKernel {
  readonly #adjoint: AdjointLayout;
  readonly #steps: number;
  readonly #tape: number;
  readonly #start: ReturnType<WasmKernel["keep"]>;
  /** Of forward mode. */
  #direction: PlanGradient | undefined;
  #byStimuli: Float64Array[] = [];
  #byClamps: Float64Array[] = [];
  #voltageSums: TreeSums;
  #ionSums: TreeSums[] = [];
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
    this.#steps = steps;
    this.#tape = tape;
    this.begin(uniform);
    this.tabulate(
      adjoint.tables.map((table, k) => ({ table, sampler: `sampleDerivatives${k}` })),
      uniform,
    );
    this.#start = this.keep();
    this.#voltageSums = sumsOf(this.plan.axial);
    this.#fill();
  }

  async tape(steps: number): Promise<Float64Array> {
    if (this.#taped === 0) {
      const [start, end] = this.program.layout.moving;
      new Uint8Array(this.buffer).copyWithin(this.#tape, start, end);
      this.#header(header.tape, this.#tape);
    }
    this.#taped += steps;
    return this.run(steps, "tape", "tapeEnd");
  }

  override resume(moment: ReturnType<WasmKernel["keep"]>): void {
    super.resume(moment);
    this.#taped = 0;
  }

  startBackwards(byStates: Readonly<Record<string, Float64Array>>): void {
    const { plan, program } = this;
    this.#clear();
    const zeros = () => new Float64Array(this.#steps);
    this.#byStimuli = plan.stimuli.map(zeros);
    this.#byClamps = plan.clamps.map(zeros);
    const { columns, synapses } = program.layout;
    for (const [key, values] of Object.entries(byStates)) {
      const address = columns.get(key);
      if (address !== undefined) {
        this.#spread(address + this.#adjoint.bars, values);
        continue;
      }
      for (const { columns: own, plan: synapse } of synapses) {
        const at = own.get(key);
        if (at === undefined) continue;
        this.#list(at + this.#adjoint.bars, synapse.pre.length).set(values);
      }
    }
  }

  async reverse(steps: number, byRecordings: Float64Array): Promise<void> {
    const { plan, program, lists } = this;
    this.#list(lists.given, byRecordings.length).set(byRecordings);
    const last = this.step;
    if (program.layout.isEliminated) this.machine.call("reverse", steps);
    else this.#reverseInParts(steps);
    this.#taped -= steps;
    const from = last - steps;
    for (let n = 0; n < plan.stimuli.length; n++) {
      const block = this.#list(lists.byStimuli + 8 * steps * n, steps);
      this.#byStimuli[n]?.set(block, from);
    }
    for (const [row, { number }] of lists.clampRows.entries()) {
      const block = this.#list(lists.byClamps + 8 * steps * row, steps);
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
    this.#header(header.step, step);
    this.#header(header.tape, tape);
    this.#taped = taped;
    new Uint8Array(this.buffer).set(derivatives, this.#adjoint.cleared[0]);
    new Uint8Array(this.buffer).set(spikes, this.lists.spikes.bars[0]);
  }

  nonFiniteDerivative(): string | undefined {
    const { plan, program } = this;
    const { columns, synapses } = program.layout;
    const { bars, sums, voltage, cleared } = this.#adjoint;
    const [start, end] = cleared;
    if (sumsToZero(this.#list(start, (end - start) / 8))) return undefined;
    const isBad = (address: number | undefined, present?: Uint8Array) =>
      address !== undefined && !this.#gather(address, present).every(Number.isFinite);
    for (const [key, address] of sums) if (isBad(address)) return key;
    for (const [key, address] of [
      ["area", voltage.weight],
      ["capacitance", voltage.capacity],
    ] as const)
      if (isBad(address)) return key;
    for (const key of ["v", ...plan.states.keys()]) {
      const address = columns.get(key);
      if (address !== undefined && isBad(address + bars, plan.presence.get(key))) return key;
    }
    for (const [kind, { columns: own, plan: synapse }] of synapses.entries()) {
      const isBadList = (at: number) => !this.#list(at, synapse.pre.length).every(Number.isFinite);
      for (const [key, at] of this.#adjoint.synapses[kind]?.sums ?? [])
        if (isBadList(at)) return key;
      for (const key of synapse.states.keys()) {
        const at = own.get(key);
        if (at !== undefined && isBadList(at + bars)) return key;
      }
    }
    return undefined;
  }

  gradient(byStart: Float64Array): PlanGradient {
    const { plan, program, lists } = this;
    const { layout } = program;
    const { bars, voltage, sums, synapses } = this.#adjoint;
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
    const columns = new Map<string, Float64Array>();
    const { currents, currentNames } = plan;
    const moving = ["v", ...plan.states.keys(), ...(currents === undefined ? [] : currentNames)];
    for (const key of moving) {
      const address = layout.columns.get(key);
      if (address !== undefined)
        columns.set(key, this.#gather(address + bars, plan.presence.get(key)));
    }
    for (const [key, address] of sums) columns.set(key, this.#gather(address));
    const { capacity, conductance } = this.#treeGradient(voltage, this.#voltageSums);
    const exchanges = this.#exchangeGradient(capacity);
    return {
      columns,
      area: this.#gather(voltage.weight).map((sum) => sum * 1e-4),
      capacity,
      conductance,
      exchanges,
      ions: plan.ions.map((_, number) => this.#ionGradient(number)),
      synapses: plan.synapses.map(({ pre, states }, kind) => {
        const own = new Map<string, Float64Array>();
        const adjoint = synapses[kind];
        for (const key of states.keys()) {
          const at = layout.synapses[kind]?.columns.get(key);
          if (at !== undefined) own.set(key, this.#list(at + bars, pre.length).slice());
        }
        for (const [key, at] of adjoint?.sums ?? [])
          own.set(key, this.#list(at, pre.length).slice());
        const delays = adjoint?.arrival?.delays ?? 0;
        return {
          columns: own,
          delays:
            delays === 0
              ? undefined
              : this.#list(delays, pre.length).map((sum) => sum / (2 * plan.dt)),
        };
      }),
      stimuli: this.#byStimuli,
      clamps: this.#byClamps,
    };
  }

  startTangent(direction: PlanGradient): Float64Array {
    const { plan, lists } = this;
    this.#clear();
    this.#direction = direction;
    this.#spreadDirection(direction);
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
      const target = this.#list(block + 8 * steps * row, steps).fill(0);
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
      if (program.layout.isEliminated) machine.function("moveFields")();
      else this.#moveFields();
      end(k, steps);
    }
    return { recordings, tangents: this.#list(lists.given, rows * steps).slice() };
  }

  /** Writes a direction where the program reads it. */
  #spreadDirection(direction: PlanGradient): void {
    const { plan, program, lists } = this;
    const { layout } = program;
    const { bars, sums, voltage, ions, synapses } = this.#adjoint;
    const h = isHalved(plan.solver) ? plan.dt / 2 : plan.dt;
    const { currents, currentNames } = plan;
    const moving = ["v", ...plan.states.keys(), ...(currents === undefined ? [] : currentNames)];
    for (const [key, values] of direction.columns) {
      const address = layout.columns.get(key);
      if (moving.includes(key) && address !== undefined) this.#spread(address + bars, values);
      else this.#spread(sums.get(key) ?? 0, values);
    }
    this.#spread(
      voltage.weight,
      direction.area.map((dot) => dot * 1e-4),
    );
    this.#spreadTree(voltage, direction, h);
    for (const [n, ion] of direction.ions.entries()) {
      const field = ions[n];
      if (field === undefined || ion.volume.length === 0) continue;
      this.#spread(field.weight, ion.volume);
      this.#spreadTree(field, { capacity: ion.volume, conductance: ion.conductance }, h);
    }
    for (const [kind, { columns }] of direction.synapses.entries()) {
      const own = layout.synapses[kind];
      for (const [key, values] of columns) {
        const state = plan.synapses[kind]?.states.has(key) === true;
        const at = state ? (own?.columns.get(key) ?? 0) + bars : synapses[kind]?.sums.get(key);
        if (at !== undefined) this.#list(at, values.length).set(values);
      }
    }
    const memory = new DataView(this.buffer);
    for (const [k, { a, b, conductance }] of plan.exchanges.entries()) {
      const slopes = exchangeSlopes(conductance, plan.tree.capacity, a, b, plan.dt);
      for (const [n, at] of [exchange.byGain, exchange.byLoss].entries()) {
        const slope = slopes[n === 0 ? 0 : 1];
        const dot =
          slope.conductance * (direction.exchanges[k] ?? 0) +
          slope.a * (direction.capacity[a] ?? 0) +
          slope.b * (direction.capacity[b] ?? 0);
        memory.setFloat64((lists.exchanges[k] ?? 0) + at, dot, true);
      }
    }
  }

  /** How capacities and links move, in the order of the elimination. */
  #spreadTree(field: FieldAdjoint, { capacity, conductance }: TreeSums, h: number): void {
    if (field.capacity === 0 || field.link === 0) return;
    this.#spread(
      field.capacity,
      capacity.map((dot) => dot / h),
    );
    const { place, edge, factor } = this.plan.schedule;
    const links = this.places(field.link);
    for (const [node, link] of edge.entries())
      if (link >= 0) links[place[node] ?? 0] = (conductance[link] ?? 0) * (factor[node] ?? 1);
  }

  /** Puts values of compartments into a column, if there is one. */
  #spread(address: number, values: ArrayLike<number>): void {
    if (address === 0) return;
    const { place } = this.plan.schedule;
    const column = this.places(address);
    for (let i = 0; i < values.length; i++) column[place[i] ?? 0] = values[i] ?? 0;
  }

  /** Sets all derivatives and directions to 0. */
  #clear(): void {
    const { plan, lists } = this;
    for (const [start, end] of [this.#adjoint.cleared, lists.spikes.bars])
      new Uint8Array(this.buffer, start, end - start).fill(0);
    this.#fill();
    const memory = new DataView(this.buffer);
    for (const entry of lists.exchanges) {
      memory.setFloat64(entry + exchange.byGain, 0, true);
      memory.setFloat64(entry + exchange.byLoss, 0, true);
    }
    this.#voltageSums = sumsOf(plan.axial);
    this.#ionSums = plan.ions.map(({ diffusion }) => sumsOf(diffusion?.tree));
  }

  /** Steps backwards of a program that leaves the trees to others. */
  #reverseInParts(steps: number): void {
    const [end, begin] = [
      this.machine.function("reverseEnd"),
      this.machine.function("reverseBegin"),
    ];
    for (let k = steps - 1; k >= 0; k--) {
      end(k, steps);
      this.#reverseFields();
      begin(k, steps);
    }
  }

  #reverseFields(): void {
    const { plan, program } = this;
    const { axial, ions, dt, count, schedule } = plan;
    const { layout } = program;
    const { place } = schedule;
    const memory = new DataView(this.buffer);
    const end = memory.getInt32(header.tape, true);
    const old = memory.getInt32(header.begun, true);
    const offsetOf = (address: number) =>
      this.#adjoint.extras.find((extra) => extra.address === address)?.offset ?? 0;
    const gather = (address: number, nodes = count) => {
      const column = this.places(address);
      return Float64Array.from({ length: nodes }, (_, i) => column[place[i] ?? 0] ?? 0);
    };
    const reverse = (
      tree: Tree,
      key: string,
      at: { readonly slope: number; readonly right: number },
      field: FieldAdjoint,
      sums: TreeSums,
      isPerCapacity: boolean,
    ) => {
      const nodes = tree.parent.length;
      const value = (layout.columns.get(key) ?? 0) - layout.moving[0];
      const unit = (i: number) => (isPerCapacity ? (tree.capacity[i] ?? 0) : 1);
      const [ownSlope, ownRight] = [at.slope, at.right].map((one) => gather(end + offsetOf(one)));
      if (ownSlope === undefined || ownRight === undefined) return;
      const bars = this.places((layout.columns.get(key) ?? 0) + this.#adjoint.bars);
      const bar = new Float64Array(nodes);
      for (let i = 0; i < count; i++) bar[i] = bars[place[i] ?? 0] ?? 0;
      const slope = ownSlope.map((one, i) => one * unit(i));
      const right = ownRight.map((one, i) => one * unit(i));
      const before = gather((field.slot === "old" ? old : end) + field.offset, nodes);
      const after = gather(end + value, nodes);
      const by = reverseField(plan, tree, before, after, slope, right, dt, bar, sums);
      const [byRight, byDiagonal] = [this.places(field.right), this.places(field.diagonal)];
      for (let i = 0; i < count; i++) {
        const p = place[i] ?? 0;
        const [r, d] = [by.right[i] ?? 0, by.slope[i] ?? 0];
        byRight[p] = r * unit(i);
        byDiagonal[p] = d * unit(i);
        bars[p] = (by.values[i] ?? 0) - (slope[i] ?? 0) * r;
        if (isPerCapacity)
          sums.capacity[i] =
            (sums.capacity[i] ?? 0) + r * (ownRight[i] ?? 0) + d * (ownSlope[i] ?? 0);
      }
    };
    const { diagonal: slope, right } = layout;
    reverse(axial, "v", { slope, right }, this.#adjoint.voltage, this.#voltageSums, false);
    for (const [number, { key, diffusion }] of ions.entries()) {
      const [ion, field] = [layout.ions[number], this.#adjoint.ions[number]];
      const sums = this.#ionSums[number];
      if (ion === undefined || field === undefined || sums === undefined) continue;
      if (diffusion !== undefined) reverse(diffusion.tree, key, ion, field, sums, true);
      else this.#reverseAlone(key, field, end, old, offsetOf(ion.slope));
    }
  }

  /** How the fields move in a program that leaves the trees to others. */
  #moveFields(): void {
    const { plan, program } = this;
    const { axial, ions, dt, count, schedule } = plan;
    const { layout } = program;
    const { place } = schedule;
    const memory = new DataView(this.buffer);
    const slots = { old: this.#tape, end: memory.getInt32(header.tape, true) };
    const gather = (address: number, nodes = count) => {
      const column = this.places(address);
      return Float64Array.from({ length: nodes }, (_, i) => column[place[i] ?? 0] ?? 0);
    };
    const extra = (address: number) =>
      slots.end + (this.#adjoint.extras.find((one) => one.address === address)?.offset ?? 0);
    const move = (
      tree: Tree,
      key: string,
      at: { readonly slope: number; readonly right: number },
      field: FieldAdjoint,
      dots: TreeSums,
      isPerCapacity: boolean,
    ) => {
      const nodes = tree.parent.length;
      const address = layout.columns.get(key) ?? 0;
      const unit = (i: number) => (isPerCapacity ? (tree.capacity[i] ?? 0) : 1);
      const scaled = (values: Float64Array) => values.map((value, i) => value * unit(i));
      const [slope, right] = [gather(extra(at.slope)), gather(extra(at.right))];
      const byVolume = (values: Float64Array, own: Float64Array) =>
        scaled(values).map((value, i) =>
          isPerCapacity ? value + (dots.capacity[i] ?? 0) * (own[i] ?? 0) : value,
        );
      const column = this.places(address + this.#adjoint.bars);
      const values = new Float64Array(nodes);
      for (let i = 0; i < count; i++) values[i] = column[place[i] ?? 0] ?? 0;
      const moved = tangentField(
        plan,
        tree,
        gather(slots[field.slot] + field.offset, nodes),
        gather(slots.end + address - layout.moving[0], nodes),
        scaled(slope),
        scaled(right),
        dt,
        {
          values,
          right: byVolume(gather(field.right), right),
          slope: byVolume(gather(field.diagonal), slope),
          ...dots,
        },
      );
      for (let i = 0; i < count; i++) column[place[i] ?? 0] = moved[i] ?? 0;
    };
    const { diagonal: slope, right } = layout;
    const { capacity, conductance } = this.#direction ?? sumsOf(axial);
    const nodes = (values: Float64Array, tree: Tree) => {
      const all = new Float64Array(tree.parent.length);
      all.set(values);
      return all;
    };
    move(
      axial,
      "v",
      { slope, right },
      this.#adjoint.voltage,
      { capacity: nodes(capacity, axial), conductance },
      false,
    );
    for (const [n, { key, diffusion }] of ions.entries()) {
      const [ion, field, own] = [layout.ions[n], this.#adjoint.ions[n], this.#direction?.ions[n]];
      if (ion === undefined || field === undefined) continue;
      if (diffusion !== undefined && own !== undefined) {
        const { tree } = diffusion;
        const dots = { capacity: nodes(own.volume, tree), conductance: own.conductance };
        move(tree, key, ion, field, dots, true);
        continue;
      }
      const address = layout.columns.get(key) ?? 0;
      const [ownSlope, before, after, byRight, byDiagonal, dots] = [
        extra(ion.slope),
        slots[field.slot] + field.offset,
        slots.end + address - layout.moving[0],
        field.right,
        field.diagonal,
        address + this.#adjoint.bars,
      ].map((one) => this.places(one));
      if (!ownSlope || !before || !after || !byRight || !byDiagonal || !dots) continue;
      for (const p of place.subarray(0, count)) {
        const change = (after[p] ?? 0) - (before[p] ?? 0);
        const flow = (byRight[p] ?? 0) - (byDiagonal[p] ?? 0) * change;
        dots[p] = (dots[p] ?? 0) + flow / (1 / dt + (ownSlope[p] ?? 0));
      }
    }
  }

  /** A concentration that does not diffuse: backward Euler by itself. */
  #reverseAlone(
    key: string,
    field: FieldAdjoint,
    end: number,
    old: number,
    slopeOffset: number,
  ): void {
    const { layout } = this.program;
    const { dt, schedule, count } = this.plan;
    const address = layout.columns.get(key) ?? 0;
    const bars = this.places(address + this.#adjoint.bars);
    const slope = this.places(end + slopeOffset);
    const before = this.places((field.slot === "old" ? old : end) + field.offset);
    const after = this.places(end + address - layout.moving[0]);
    const [byRight, byDiagonal] = [this.places(field.right), this.places(field.diagonal)];
    for (const p of schedule.place.subarray(0, count)) {
      const lambda = (bars[p] ?? 0) / (1 / dt + (slope[p] ?? 0));
      byRight[p] = lambda;
      byDiagonal[p] = -lambda * ((after[p] ?? 0) - (before[p] ?? 0));
      bars[p] = lambda / dt;
    }
  }

  /** Writes what steps backwards read besides the tape. */
  #fill(): void {
    const { plan, lists, program } = this;
    const { layout } = program;
    const { place } = plan.schedule;
    const { voltage, ions, inverseGain, slot } = this.#adjoint;
    const h = isHalved(plan.solver) ? plan.dt / 2 : plan.dt;
    const changed = this.#tape - 2 * slot;
    this.#header(header.tapeStart, this.#tape);
    this.#header(header.changed, changed);
    this.#header(header.isChanged, plan.clamps.length + plan.exchanges.length > 0 ? 1 : 0);
    this.#header(header.given, lists.given);
    this.#header(header.byStimuli, lists.byStimuli);
    this.#header(header.byClamps, lists.byClamps);
    const rate = this.places(voltage.rate);
    const half = inverseGain === 0 ? undefined : this.places(inverseGain).fill(1);
    for (let i = 0; i < plan.count; i++) {
      rate[place[i] ?? 0] = (plan.tree.capacity[i] ?? 0) / h;
      if (half !== undefined) half[place[i] ?? 0] = 0.5;
    }
    for (const [number, { diffusion }] of plan.ions.entries()) {
      const column = this.places(ions[number]?.rate ?? 0);
      const isLinked = layout.ions[number]?.isLinked === true;
      for (let i = 0; i < plan.count; i++)
        column[place[i] ?? 0] = isLinked ? (diffusion?.tree.capacity[i] ?? 0) / h : 1 / plan.dt;
    }
  }

  #ionGradient(number: number): IonGradient {
    const { plan } = this;
    const ion = plan.ions[number];
    const field = this.#adjoint.ions[number];
    const sums = this.#ionSums[number];
    if (ion === undefined || field === undefined || sums === undefined)
      throw new TypeError(`the plan has no ion ${number}`);
    if (ion.diffusion === undefined)
      return { key: ion.key, volume: new Float64Array(), conductance: new Float64Array() };
    const { capacity, conductance } = this.#treeGradient(field, sums);
    const weights = this.#gather(field.weight);
    return { key: ion.key, volume: capacity.map((sum, i) => sum + (weights[i] ?? 0)), conductance };
  }

  /** Derivatives by capacities and by the links of the tree as it is, not as it is eliminated. */
  #treeGradient(field: FieldAdjoint, sums: TreeSums): TreeSums {
    const { plan, program } = this;
    if (!program.layout.isEliminated)
      return {
        capacity: sums.capacity.slice(0, plan.count),
        conductance: sums.conductance.slice(),
      };
    const { place, edge, factor } = plan.schedule;
    const h = isHalved(plan.solver) ? plan.dt / 2 : plan.dt;
    const conductance = new Float64Array(plan.axial.parent.length);
    const links = field.link === 0 ? undefined : this.places(field.link);
    for (const [node, link] of edge.entries()) {
      if (link < 0) continue;
      const sum = links?.[place[node] ?? 0] ?? 0;
      conductance[link] = (conductance[link] ?? 0) + sum * (factor[node] ?? 1);
    }
    return { capacity: this.#gather(field.capacity).map((sum) => sum / h), conductance };
  }

  #exchangeGradient(capacity: Float64Array): Float64Array {
    const { exchanges, tree, dt } = this.plan;
    const memory = new DataView(this.buffer);
    return Float64Array.from(exchanges, ({ a, b, conductance }, k) => {
      const entry = this.lists.exchanges[k] ?? 0;
      const slopes = exchangeSlopes(conductance, tree.capacity, a, b, dt);
      const by = [exchange.byGain, exchange.byLoss].map((at) =>
        memory.getFloat64(entry + at, true),
      );
      const total = (which: "conductance" | "a" | "b") =>
        (by[0] ?? 0) * slopes[0][which] + (by[1] ?? 0) * slopes[1][which] * -1;
      capacity[a] = (capacity[a] ?? 0) + total("a");
      capacity[b] = (capacity[b] ?? 0) + total("b");
      return total("conductance");
    });
  }

  /** A column by compartment; 0 for one that there is not, and where the key is not. */
  #gather(address: number, present?: Uint8Array): Float64Array {
    const { place } = this.plan.schedule;
    const { count } = this.plan;
    if (address === 0) return new Float64Array(count);
    const column = this.places(address);
    return Float64Array.from({ length: count }, (_, i) =>
      present?.[i] === 0 ? 0 : (column[place[i] ?? 0] ?? 0),
    );
  }

  #list(address: number, length: number): Float64Array {
    return new Float64Array(this.buffer, address, length);
  }

  #header(address: number, value: number): void {
    new DataView(this.buffer).setInt32(address, value, true);
  }
}

function sumsOf(tree: Tree | undefined): TreeSums {
  const nodes = tree?.parent.length ?? 0;
  return { conductance: new Float64Array(nodes), capacity: new Float64Array(nodes) };
}

/** 0 for finite numbers, NaN for all others: a sum of zeros is quicker than a branch for each. */
function sumsToZero(values: Float64Array): boolean {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += (values[k] ?? 0) * 0;
  return sum === 0;
}
