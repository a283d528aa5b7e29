/** @file A kernel of the WebAssembly engine: one run on a machine. */
import { evaluate } from "../../expressions/evaluate.ts";
import type { Tree } from "../../numerics/tree.ts";
import { clampedRows } from "../../plan/clamped.ts";
import { isModelState } from "../../plan/mechanism.ts";
import type { Plan, States } from "../../plan/plan.ts";
import {
  isWholeCurrent,
  noWholeCurrents,
  recordsAtEnd,
  recordsWholeCurrents,
  type WholeCurrents,
  wholeCurrentKeys,
} from "../../plan/recorded.ts";
import { wholeCurrents } from "../../plan/whole-currents.ts";
import type { Kernel } from "../backend.ts";
import type { ConstantPool } from "./lanes.ts";
import { header, isHalved, type Layout, type TableLayout } from "./layout.ts";
import type { Lists } from "./lists.ts";
import { Machine } from "./machine.ts";
import { stiffness } from "./program.ts";
import { smoothCells } from "./smooth.ts";
import { gather, stepFields } from "./stepped-fields.ts";
import { cellSlots, fillTable, sampleCount, sampleVoltages, tableStride } from "./table.ts";

/**
 * Steps in one call. V8 replaces code by faster code only between calls, so that a call should not be long, but looking
 * after a run costs some microseconds each time.
 */
export function stepsPerCall(compartments: number): number {
  return Math.max(32, Math.min(1024, Math.floor(160_000 / compartments)));
}

export interface CompiledProgram {
  readonly module: WebAssembly.Module;
  readonly layout: Layout;
  readonly pool: ConstantPool;
  /** The machine that no run uses now, by whom it is kept for; it goes with them. */
  readonly idle: WeakMap<object, Machine>;
}

/** What a kernel is made of. */
export interface Run {
  readonly plan: Plan;
  readonly program: CompiledProgram;
  readonly machine: Machine;
  /** For whom the machine is kept after the run. */
  readonly owner: object;
  readonly lists: Lists;
  readonly chunk: number;
  readonly compileTime: number;
}

/** A machine with room for a run, new or one that another run of the same owner has left. */
export async function takeMachine(
  program: CompiledProgram,
  bytes: number,
  owner: object,
): Promise<Machine> {
  const idle = program.idle.get(owner);
  program.idle.delete(owner);
  const machine = idle ?? (await Machine.create(program.module, bytes));
  machine.reserve(bytes);
  return machine;
}

/** All that moves, at one moment. */
interface Kept {
  step: number;
  moving: Uint8Array;
  spikes: Uint8Array;
}

export class WasmKernel implements Kernel {
  readonly compileTime: number;
  readonly chunk: number;
  protected readonly plan: Plan;
  protected readonly program: CompiledProgram;
  protected readonly machine: Machine;
  readonly #owner: object;
  protected readonly lists: Lists;
  protected readonly buffer: ArrayBuffer;
  #marked: Kept = { step: 0, moving: new Uint8Array(), spikes: new Uint8Array() };
  /** Steps of the last call of `advance`. */
  #steps = 0;

  static async create(run: Run, uniform: ReadonlyMap<string, number>): Promise<WasmKernel> {
    const kernel = new WasmKernel(run);
    kernel.begin(uniform);
    return kernel;
  }

  protected constructor({ plan, program, machine, owner, lists, chunk, compileTime }: Run) {
    this.#owner = owner;
    this.chunk = chunk;
    this.plan = plan;
    this.program = program;
    this.machine = machine;
    this.lists = lists;
    this.buffer = machine.memory.buffer;
    this.compileTime = compileTime;
  }

  /** Writes everything into memory and evaluates what there is at the start. */
  protected begin(uniform: ReadonlyMap<string, number>): void {
    const { plan, program, machine, lists, buffer } = this;
    const { layout } = program;
    program.pool.write(buffer);
    this.#fill(uniform);
    lists.write(buffer);
    this.tabulate(
      layout.mechanisms.flatMap(({ table }, number) =>
        table === undefined ? [] : [{ table, sampler: `sample${number}` }],
      ),
      uniform,
    );
    lists.spikes.start(buffer, (state, compartment) => this.#value(state, compartment));
    machine.function("start")();
    for (const [key, values] of plan.currents ?? []) this.scatter(key, values);
    if (!layout.keepsSynapticCurrents) return;
    for (const [number, { currentName, before }] of plan.synapses.entries()) {
      const address = layout.synapses[number]?.columns.get(currentName) ?? 0;
      if (before !== undefined) new Float64Array(buffer, address, before.length).set(before);
    }
  }

  recordStart(): Float64Array {
    return this.#record(noWholeCurrents(this.plan.count));
  }

  async advance(steps: number): Promise<Float64Array> {
    return this.run(steps);
  }

  protected run(steps: number): Float64Array {
    const { recordings } = this.plan;
    this.#steps = steps;
    if (recordsWholeCurrents(recordings) || recordsAtEnd(this.plan)) return this.#look(steps);
    if (this.program.layout.isEliminated) this.machine.call("advance", steps);
    else for (let k = 0; k < steps; k++) this.#advanceInParts(k, steps);
    return new Float64Array(this.buffer, this.lists.output, recordings.length * steps).slice();
  }

  /** Steps after each of which currents are told that the program does not know. */
  #look(steps: number): Float64Array {
    const recorded = new Float64Array(this.plan.recordings.length * steps);
    for (let k = 0; k < steps; k++) {
      let currents = noWholeCurrents(this.plan.count);
      if (this.program.layout.isEliminated) this.machine.call("advance", 1);
      else currents = this.#advanceInParts(0, 1) ?? currents;
      for (const [row, value] of this.#record(currents).entries())
        recorded[row * steps + k] = value;
    }
    return recorded;
  }

  /** Values of the recordings now. */
  #record(currents: WholeCurrents): Float64Array {
    const { recordings } = this.plan;
    const memory = new DataView(this.buffer);
    const read = () => this.lists.recorded.map((address) => memory.getFloat64(address, true));
    const now = read();
    let atEnd = now;
    if (recordsAtEnd(this.plan)) {
      const kept = this.keep();
      this.machine.function("start")();
      atEnd = read();
      this.resume(kept);
    }
    return Float64Array.from(recordings, (row, k) => {
      const whole = wholeCurrentKeys.find((key) => isWholeCurrent(row) && key === row.state);
      if (whole !== undefined) return currents[whole][row.index] ?? Number.NaN;
      return (row.at === "end" ? atEnd : now)[k] ?? Number.NaN;
    });
  }

  /**
   * A step of a program that leaves the tree to others: all solvers but elimination.
   *
   * @param k - number of the step among `steps`, by which the program places what it records.
   * @returns the currents of whole compartments, if any is recorded.
   */
  #advanceInParts(k: number, steps: number): WholeCurrents | undefined {
    this.machine.function("begin")();
    const isBalanced = recordsWholeCurrents(this.plan.recordings);
    const begun = isBalanced ? this.#voltageNow() : undefined;
    stepFields({
      ...{ plan: this.plan, layout: this.program.layout },
      places: (address) => this.places(address),
      sample: (clamp) => this.lists.sample(this.buffer, clamp, this.step),
    });
    const solved = isBalanced ? this.#voltageNow() : undefined;
    this.machine.function("end")(k, steps);
    if (begun === undefined || solved === undefined) return undefined;
    const { layout } = this.program;
    return wholeCurrents(this.plan, {
      before: begun,
      slope: gather(this.plan, this.places(layout.diagonal)),
      right: gather(this.plan, this.places(layout.right)),
      solved,
      after: this.#voltageNow(),
      stimuli: gather(this.plan, this.column("i")),
    });
  }

  /** Voltages of all nodes. */
  #voltageNow(): Float64Array {
    return gather(this.plan, this.column("v"), this.plan.axial.parent.length);
  }

  spikes(): readonly (readonly number[])[] {
    return this.lists.spikes.recorded(this.buffer, this.step, this.#steps);
  }

  feed(stimuli: ArrayLike<number>, clamps: ArrayLike<number>): void {
    this.lists.feed(this.buffer, this.step, stimuli, clamps);
  }

  isFinite(): boolean {
    const [start, end] = this.program.layout.moving;
    const moving = new Float64Array(this.buffer, start, (end - start) / 8);
    // 0 for finite numbers, NaN for all others, and a sum of zeros is quicker than a branch for each
    let sum = 0;
    for (let k = 0; k < moving.length; k++) sum += (moving[k] ?? 0) * 0;
    return sum === 0;
  }

  states(): States {
    const { presence, states, schedule, count } = this.plan;
    const { keptCurrents, keepsSynapticCurrents } = this.program.layout;
    const gather = (key: string, from: number, to: number) => {
      const column = this.column(key);
      return Float64Array.from(
        schedule.place.subarray(from, to),
        (place) => column[place] ?? Number.NaN,
      );
    };
    const values: Record<string, Float64Array> = { v: gather("v", 0, count) };
    for (const key of [...states.keys(), ...keptCurrents].filter(isModelState)) {
      const present = presence.get(key);
      values[key] = gather(key, 0, count).map((value, i) =>
        present === undefined || present[i] === 1 ? value : Number.NaN,
      );
    }
    for (const [number, { columns }] of this.program.layout.synapses.entries()) {
      const plan = this.plan.synapses[number];
      if (plan === undefined) continue;
      const kept = keepsSynapticCurrents ? [plan.currentName] : [];
      for (const key of [...plan.states.keys(), ...kept]) {
        values[key] = new Float64Array(this.buffer, columns.get(key) ?? 0, plan.pre.length).slice();
      }
    }
    const joints = this.plan.ions.flatMap(({ key, diffusion }) =>
      diffusion === undefined ? [] : [[key, gather(key, count, schedule.place.length)] as const],
    );
    return {
      values,
      branchPoints: gather("v", count, schedule.place.length),
      ...(joints.length === 0 ? {} : { branchPointIons: Object.fromEntries(joints) }),
      sent: this.lists.spikes.sent(this.buffer, this.step),
    };
  }

  mark(): void {
    const { moving, spikes } = this.moving();
    const marked = this.#marked;
    if (marked.moving.length !== moving.length || marked.spikes.length !== spikes.length)
      this.#marked = this.keep();
    else {
      marked.step = this.step;
      marked.moving.set(moving);
      marked.spikes.set(spikes);
    }
  }

  restore(): void {
    this.resume(this.#marked);
  }

  keep(): Kept {
    const { moving, spikes } = this.moving();
    return { step: this.step, moving: moving.slice(), spikes: spikes.slice() };
  }

  resume(kept: Kept): void {
    new DataView(this.buffer).setInt32(header.step, kept.step, true);
    const { moving, spikes } = this.moving();
    moving.set(kept.moving);
    spikes.set(kept.spikes);
  }

  release(): void {
    if (!this.program.idle.has(this.#owner)) this.program.idle.set(this.#owner, this.machine);
  }

  protected get step(): number {
    return new DataView(this.buffer).getInt32(header.step, true);
  }

  /** All that a step changes and the next one reads. */
  protected moving(): { readonly moving: Uint8Array; readonly spikes: Uint8Array } {
    const bytes = ([start, end]: readonly [number, number]) =>
      new Uint8Array(this.buffer, start, end - start);
    return {
      moving: bytes(this.program.layout.moving),
      spikes: bytes(this.lists.spikes.moving),
    };
  }

  #value(state: string, compartment: number): number {
    return this.column(state)[this.plan.schedule.place[compartment] ?? 0] ?? Number.NaN;
  }

  protected column(name: string): Float64Array {
    return this.places(this.program.layout.columns.get(name) ?? 0);
  }

  /** The column at an address: one number per place. */
  protected places(address: number): Float64Array {
    return new Float64Array(this.buffer, address, 2 * this.program.layout.rows);
  }

  /** Fills tables from samples that the program itself computes, unless they hold the same functions already. */
  protected tabulate(
    tables: readonly { readonly table: TableLayout; readonly sampler: string }[],
    uniform: ReadonlyMap<string, number>,
  ): void {
    const { samples } = this.program.layout;
    const at = (row: number) =>
      new Float64Array(this.buffer, samples + 8 * sampleCount * row, sampleCount);
    for (const { table, sampler } of tables) {
      const values = table.parameters.map((name) => uniform.get(name)).join(" ");
      if (this.machine.tabulated.get(sampler) === values) continue;
      this.machine.tabulated.set(sampler, values);
      at(0).set(sampleVoltages());
      this.machine.function(sampler)();
      const length = (tableStride(table.functions.length) / 8) * cellSlots;
      fillTable(
        table.functions.map((_, k) => at(k + 1)),
        smoothCells(table.functions, uniform),
        new Float64Array(this.buffer, table.coefficients, length),
        new Int32Array(this.buffer, table.valid, cellSlots),
      );
    }
  }

  /** Writes all values of the plan. Places without a node hold what lets the arithmetic on them stay finite. */
  #fill(uniform: ReadonlyMap<string, number>): void {
    const { geometry, parameters, states, mechanisms, branchPoints, count, schedule } = this.plan;
    const { layout } = this.program;
    const { place } = schedule;
    new Uint8Array(this.buffer, 0, layout.columnsEnd).fill(0);
    for (const values of [Object.entries(geometry), parameters, states, this.plan.firstCurrents]) {
      for (const [key, column] of values) this.scatter(key, column);
    }
    const v = this.column("v");
    if (layout.synapses.length > 0)
      new Float64Array(this.buffer, (layout.columns.get("v") ?? 0) + layout.nowhere, 2).fill(
        v[0] ?? 0,
      );
    this.#fillJoints(v, branchPoints);
    for (const { key, diffusion } of this.plan.ions)
      if (diffusion !== undefined)
        this.#fillJoints(this.column(key), this.plan.joints.get(key) ?? []);
    for (const [name, address] of layout.uniform) {
      new Float64Array(this.buffer, address, 2).fill(uniform.get(name) ?? Number.NaN);
    }
    for (const [number, { weight, ion }] of layout.mechanisms.entries()) {
      const column = this.places(weight);
      for (let i = 0; i < count; i++) {
        // mA/cm2 over um2 is 1e-8 mA; in units of 100 nA = 1e-4 mA
        const area = (geometry.area[i] ?? 0) * 1e-4;
        const volume = ion?.isLinked === true ? (geometry.volume[i] ?? 0) : 1;
        column[place[i] ?? 0] =
          (mechanisms[number]?.present[i] ?? 0) * (ion === undefined ? area : volume);
      }
    }
    this.#fillSynapses(uniform);
    this.#fillTree();
  }

  /** Values of massless nodes, and their mirrors. */
  #fillJoints(column: Float64Array, values: ArrayLike<number>): void {
    const { count, schedule } = this.plan;
    for (let k = 0; k < values.length; k++) column[schedule.place[count + k] ?? 0] = values[k] ?? 0;
    for (const { mirror, near } of schedule.segments)
      for (const [lane, at] of near.entries()) column[2 * mirror + lane] = column[at] ?? 0;
  }

  /** Writes a column, if the program has it. */
  protected scatter(key: string, values: Float64Array): void {
    if (!this.program.layout.columns.has(key)) return;
    const { place } = this.plan.schedule;
    const column = this.column(key).fill(values[0] ?? 0);
    for (let i = 0; i < values.length; i++) column[place[i] ?? 0] = values[i] ?? 0;
  }

  #fillSynapses(uniform: ReadonlyMap<string, number>): void {
    for (const [number, synapse] of this.program.layout.synapses.entries()) {
      const plan = this.plan.synapses[number];
      if (plan === undefined) continue;
      const { pairs, pre, post, columns, presynaptic, hoisted } = synapse;
      for (const [key, values] of [...plan.parameters, ...plan.states]) {
        const address = columns.get(key);
        if (address === undefined) continue;
        // The empty half of the last pair repeats the last connection, so that its arithmetic stays finite
        const column = new Float64Array(this.buffer, address, 2 * pairs);
        column.fill(values.at(-1) ?? 0).set(values);
      }
      for (const [expression, address] of hoisted) {
        const value = evaluate(expression, Object.fromEntries(uniform));
        new Float64Array(this.buffer, address, 2).fill(value);
      }
      this.#fillOffsets(pre, plan.pre);
      this.#fillOffsets(post, plan.post);
      if (presynaptic === undefined) continue;
      const compartments = Int32Array.from(new Set(plan.pre));
      this.#fillOffsets(presynaptic.places, compartments);
      const rank = new Map(Array.from(compartments, (compartment, k) => [compartment, k]));
      const origins = new Int32Array(this.buffer, presynaptic.origin, 2 * pairs);
      for (const [edge, compartment] of plan.pre.entries())
        origins[edge] = 8 * (rank.get(compartment) ?? 0);
    }
  }

  /** Writes the offsets of compartments, and that of none in the empty half of the last pair. */
  #fillOffsets(address: number, compartments: Int32Array): void {
    const { place } = this.plan.schedule;
    const { length } = compartments;
    const offsets = new Int32Array(this.buffer, address, length + (length & 1));
    offsets.fill(this.program.layout.nowhere);
    for (let k = 0; k < length; k++) offsets[k] = 8 * (place[compartments[k] ?? 0] ?? 0);
  }

  #fillTree(): void {
    const { tree, dt, schedule, solver, count, ions } = this.plan;
    const { layout } = this.program;
    const { place } = schedule;
    const isHalf = isHalved(solver);
    const length = isHalf ? dt / 2 : dt;
    if (layout.gain !== 0) {
      const gain = this.places(layout.gain).fill(1);
      for (const at of place.subarray(0, count)) gain[at] = 2;
    }
    // What solves for the tree elsewhere needs the slopes alone
    this.#fillEquations("v", layout, layout.isEliminated ? tree : undefined, length);
    this.places(layout.diagonal).set(this.places(layout.base));
    for (const [number, { diffusion }] of ions.entries()) {
      const ion = layout.ions[number];
      if (ion === undefined) continue;
      if (!ion.isLinked || diffusion === undefined) this.places(ion.base).fill(1 / dt);
      else {
        this.#fillEquations(ion.key, ion, diffusion.scheduled, length);
        this.places(ion.jointDiagonal).set(this.places(ion.base));
      }
    }
  }

  /** Diagonals without membrane, and links; places without a node hold what lets the arithmetic on them stay finite. */
  #fillEquations(
    field: string,
    { base: baseAt, link: linkAt }: { readonly base: number; readonly link: number },
    tree: Tree | undefined,
    dt: number,
  ): void {
    const { place } = this.plan.schedule;
    const base = this.places(baseAt).fill(1);
    for (const at of place) base[at] = 0;
    if (tree === undefined) return;
    const link = this.places(linkAt);
    for (let i = 0; i < place.length; i++) {
      const at = place[i] ?? 0;
      const g = tree.conductance[i] ?? 0;
      base[at] = (base[at] ?? 0) + (tree.capacity[i] ?? 0) / dt + g;
      link[at] = g;
      const above = tree.parent[i] ?? -1;
      if (above < 0) continue;
      const near = place[above] ?? 0;
      base[near] = (base[near] ?? 0) + g;
    }
    for (const { compartment } of clampedRows(this.plan, field)) {
      const at = place[compartment] ?? 0;
      base[at] = (base[at] ?? 0) + stiffness;
    }
  }
}
