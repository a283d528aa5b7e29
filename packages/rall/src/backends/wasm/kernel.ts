/** @file A kernel of the WebAssembly engine: one run on a machine. */
import { evaluate } from "../../expressions/evaluate.ts";
import type { Plan, States } from "../../plan/plan.ts";
import type { Kernel } from "../backend.ts";
import type { ConstantPool } from "./lanes.ts";
import { header, type Layout } from "./layout.ts";
import { Lists } from "./lists.ts";
import { Machine } from "./machine.ts";
import { cellSlots, fillTable, sampleCount, sampleVoltages, tableStride } from "./table.ts";

/**
 * Steps in one call. V8 replaces code by faster code only between calls, so that a call should not be long, but looking
 * after a run costs some microseconds each time.
 */
function stepsPerCall(compartments: number): number {
  return Math.max(32, Math.min(1024, Math.floor(160_000 / compartments)));
}

export interface CompiledProgram {
  readonly module: WebAssembly.Module;
  readonly layout: Layout;
  readonly pool: ConstantPool;
  /** Machines that no run uses now. */
  readonly idle: Machine[];
}

export class WasmKernel implements Kernel {
  readonly compileTime: number;
  readonly chunk: number;
  readonly #plan: Plan;
  readonly #program: CompiledProgram;
  readonly #machine: Machine;
  readonly #lists: Lists;
  readonly #buffer: ArrayBuffer;
  #marked = { step: 0, moving: new Uint8Array(), spikes: new Uint8Array() };
  /** Steps of the last call of `advance`. */
  #steps = 0;

  static async create(
    plan: Plan,
    program: CompiledProgram,
    uniform: ReadonlyMap<string, number>,
    compileTime: number,
  ): Promise<WasmKernel> {
    const chunk = stepsPerCall(plan.count);
    const lists = new Lists(plan, program.layout, program.pool.end, chunk);
    const machine = program.idle.pop() ?? (await Machine.create(program.module, lists.size));
    machine.reserve(lists.size);
    const kernel = new WasmKernel(plan, program, machine, lists, chunk, compileTime);
    program.pool.write(machine.memory.buffer);
    kernel.#fill(uniform);
    lists.write(machine.memory.buffer);
    kernel.#tabulate(uniform);
    lists.spikes.start(machine.memory.buffer, (state, compartment) =>
      kernel.#value(state, compartment),
    );
    if (program.layout.keepsCurrents) {
      machine.function("start")();
      for (const [key, values] of plan.currents ?? []) kernel.#scatter(key, values);
      for (const [number, { currentName, before }] of plan.synapses.entries()) {
        const address = program.layout.synapses[number]?.columns.get(currentName) ?? 0;
        if (before !== undefined)
          new Float64Array(machine.memory.buffer, address, before.length).set(before);
      }
    }
    return kernel;
  }

  private constructor(
    plan: Plan,
    program: CompiledProgram,
    machine: Machine,
    lists: Lists,
    chunk: number,
    compileTime: number,
  ) {
    this.chunk = chunk;
    this.#plan = plan;
    this.#program = program;
    this.#machine = machine;
    this.#lists = lists;
    this.#buffer = machine.memory.buffer;
    this.compileTime = compileTime;
  }

  recordStart(): Float64Array {
    const memory = new DataView(this.#buffer);
    return Float64Array.from(this.#lists.recorded, (address) => memory.getFloat64(address, true));
  }

  async advance(steps: number): Promise<Float64Array> {
    this.#machine.caller.advance(steps);
    this.#steps = steps;
    const rows = this.#lists.recorded.length;
    return new Float64Array(this.#buffer, this.#lists.output, rows * steps).slice();
  }

  spikes(): readonly (readonly number[])[] {
    return this.#lists.spikes.recorded(this.#buffer, this.#step, this.#steps);
  }

  isFinite(): boolean {
    const [start, end] = this.#program.layout.moving;
    const moving = new Float64Array(this.#buffer, start, (end - start) / 8);
    // 0 for finite numbers, NaN for all others, and a sum of zeros is quicker than a branch for each
    let sum = 0;
    for (let k = 0; k < moving.length; k++) sum += (moving[k] ?? 0) * 0;
    return sum === 0;
  }

  states(): States {
    const { presence, states, currentNames, schedule, count } = this.#plan;
    const { keepsCurrents } = this.#program.layout;
    const gather = (key: string, from: number, to: number) => {
      const column = this.#column(key);
      return Float64Array.from(
        schedule.place.subarray(from, to),
        (place) => column[place] ?? Number.NaN,
      );
    };
    const values: Record<string, Float64Array> = { v: gather("v", 0, count) };
    for (const key of [...states.keys(), ...(keepsCurrents ? currentNames : [])]) {
      const present = presence.get(key);
      values[key] = gather(key, 0, count).map((value, i) =>
        present === undefined || present[i] === 1 ? value : Number.NaN,
      );
    }
    for (const [number, { columns }] of this.#program.layout.synapses.entries()) {
      const plan = this.#plan.synapses[number];
      if (plan === undefined) continue;
      const kept = keepsCurrents ? [plan.currentName] : [];
      for (const key of [...plan.states.keys(), ...kept]) {
        values[key] = new Float64Array(
          this.#buffer,
          columns.get(key) ?? 0,
          plan.pre.length,
        ).slice();
      }
    }
    return {
      values,
      branchPoints: gather("v", count, schedule.place.length),
      sent: this.#lists.spikes.sent(this.#buffer, this.#step),
    };
  }

  mark(): void {
    const { moving, spikes } = this.#moving();
    const marked = this.#marked;
    if (marked.moving.length === moving.length && marked.spikes.length === spikes.length) {
      marked.step = this.#step;
      marked.moving.set(moving);
      marked.spikes.set(spikes);
    } else this.#marked = { step: this.#step, moving: moving.slice(), spikes: spikes.slice() };
  }

  restore(): void {
    new DataView(this.#buffer).setInt32(header.step, this.#marked.step, true);
    const { moving, spikes } = this.#moving();
    moving.set(this.#marked.moving);
    spikes.set(this.#marked.spikes);
  }

  release(): void {
    if (this.#program.idle.length === 0) this.#program.idle.push(this.#machine);
  }

  get #step(): number {
    return new DataView(this.#buffer).getInt32(header.step, true);
  }

  /** All that a step changes and the next one reads. */
  #moving(): { readonly moving: Uint8Array; readonly spikes: Uint8Array } {
    const bytes = ([start, end]: readonly [number, number]) =>
      new Uint8Array(this.#buffer, start, end - start);
    return {
      moving: bytes(this.#program.layout.moving),
      spikes: bytes(this.#lists.spikes.moving),
    };
  }

  #value(state: string, compartment: number): number {
    return this.#column(state)[this.#plan.schedule.place[compartment] ?? 0] ?? Number.NaN;
  }

  #column(name: string): Float64Array {
    return this.#places(this.#program.layout.columns.get(name) ?? 0);
  }

  /** The column at an address: one number per place. */
  #places(address: number): Float64Array {
    return new Float64Array(this.#buffer, address, 2 * this.#program.layout.rows);
  }

  /** Fills the tables from samples that the program itself computes, unless they hold the same functions already. */
  #tabulate(uniform: ReadonlyMap<string, number>): void {
    const { mechanisms, samples } = this.#program.layout;
    const at = (row: number) =>
      new Float64Array(this.#buffer, samples + 8 * sampleCount * row, sampleCount);
    for (const [number, { table }] of mechanisms.entries()) {
      if (table === undefined) continue;
      const values = table.parameters.map((name) => uniform.get(name)).join(" ");
      if (this.#machine.tabulated.get(number) === values) continue;
      this.#machine.tabulated.set(number, values);
      at(0).set(sampleVoltages());
      this.#machine.function(`sample${number}`)();
      const length = (tableStride(table.functions.length) / 8) * cellSlots;
      fillTable(
        table.functions.map((_, k) => at(k + 1)),
        new Float64Array(this.#buffer, table.coefficients, length),
        new Int32Array(this.#buffer, table.valid, cellSlots),
      );
    }
  }

  /** Writes all values of the plan. Places without a node hold what lets the arithmetic on them stay finite. */
  #fill(uniform: ReadonlyMap<string, number>): void {
    const { geometry, parameters, states, mechanisms, branchPoints, count, schedule } = this.#plan;
    const { layout } = this.#program;
    const { place, segments } = schedule;
    new Uint8Array(this.#buffer, 0, layout.columnsEnd).fill(0);
    for (const values of [Object.entries(geometry), parameters, states]) {
      for (const [key, column] of values) this.#scatter(key, column);
    }
    const v = this.#column("v");
    if (layout.synapses.length > 0)
      new Float64Array(this.#buffer, (layout.columns.get("v") ?? 0) + layout.nowhere, 2).fill(
        v[0] ?? 0,
      );
    for (const [k, value] of branchPoints.entries()) v[place[count + k] ?? 0] = value;
    for (const { mirror, near } of segments) {
      for (const [lane, at] of near.entries()) v[2 * mirror + lane] = v[at] ?? 0;
    }
    for (const [name, address] of layout.uniform) {
      new Float64Array(this.#buffer, address, 2).fill(uniform.get(name) ?? Number.NaN);
    }
    for (const [number, { weight }] of layout.mechanisms.entries()) {
      const column = this.#places(weight);
      // mA/cm2 over um2 is 1e-8 mA; in units of 100 nA = 1e-4 mA
      for (let i = 0; i < count; i++)
        column[place[i] ?? 0] =
          (mechanisms[number]?.present[i] ?? 0) * (geometry.area[i] ?? 0) * 1e-4;
    }
    this.#fillSynapses(uniform);
    this.#fillTree();
  }

  /** Writes a column, if the program has it. */
  #scatter(key: string, values: Float64Array): void {
    if (!this.#program.layout.columns.has(key)) return;
    const { place } = this.#plan.schedule;
    const column = this.#column(key).fill(values[0] ?? 0);
    for (let i = 0; i < values.length; i++) column[place[i] ?? 0] = values[i] ?? 0;
  }

  #fillSynapses(uniform: ReadonlyMap<string, number>): void {
    for (const [number, synapse] of this.#program.layout.synapses.entries()) {
      const plan = this.#plan.synapses[number];
      if (plan === undefined) continue;
      const { pairs, pre, post, columns, presynaptic, hoisted } = synapse;
      for (const [key, values] of [...plan.parameters, ...plan.states]) {
        const address = columns.get(key);
        if (address === undefined) continue;
        // The empty half of the last pair repeats the last connection, so that its arithmetic stays finite
        const column = new Float64Array(this.#buffer, address, 2 * pairs);
        column.fill(values.at(-1) ?? 0).set(values);
      }
      for (const [expression, address] of hoisted) {
        const value = evaluate(expression, Object.fromEntries(uniform));
        new Float64Array(this.#buffer, address, 2).fill(value);
      }
      this.#fillOffsets(pre, plan.pre);
      this.#fillOffsets(post, plan.post);
      if (presynaptic === undefined) continue;
      const compartments = Int32Array.from(new Set(plan.pre));
      this.#fillOffsets(presynaptic.places, compartments);
      const rank = new Map(Array.from(compartments, (compartment, k) => [compartment, k]));
      const origins = new Int32Array(this.#buffer, presynaptic.origin, 2 * pairs);
      for (const [edge, compartment] of plan.pre.entries())
        origins[edge] = 8 * (rank.get(compartment) ?? 0);
    }
  }

  /** Writes the offsets of compartments, and that of none in the empty half of the last pair. */
  #fillOffsets(address: number, compartments: Int32Array): void {
    const { place } = this.#plan.schedule;
    const { length } = compartments;
    const offsets = new Int32Array(this.#buffer, address, length + (length & 1));
    offsets.fill(this.#program.layout.nowhere);
    for (let k = 0; k < length; k++) offsets[k] = 8 * (place[compartments[k] ?? 0] ?? 0);
  }

  #fillTree(): void {
    const { tree, dt, schedule, solver, count } = this.#plan;
    const { layout } = this.#program;
    const { place } = schedule;
    const isHalf = solver === "crank_nicolson";
    const length = isHalf ? dt / 2 : dt;
    if (isHalf) {
      const gain = this.#places(layout.gain).fill(1);
      for (const at of place.subarray(0, count)) gain[at] = 2;
    }
    const base = this.#places(layout.base).fill(1);
    const link = this.#places(layout.link);
    for (const at of place) base[at] = 0;
    for (let i = 0; i < place.length; i++) {
      const at = place[i] ?? 0;
      const g = tree.conductance[i] ?? 0;
      base[at] = (base[at] ?? 0) + (tree.capacity[i] ?? 0) / length + g;
      link[at] = g;
      const above = tree.parent[i] ?? -1;
      if (above < 0) continue;
      const near = place[above] ?? 0;
      base[near] = (base[near] ?? 0) + g;
    }
    this.#places(layout.diagonal).set(base);
  }
}
