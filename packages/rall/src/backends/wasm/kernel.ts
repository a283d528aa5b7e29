/** @file A kernel of the WebAssembly engine: the memory of one run and the program that advances it. */
import type { Clamp } from "../../modules/description.ts";
import type { Plan, States } from "../../plan/plan.ts";
import type { Kernel } from "../backend.ts";
import type { ConstantPool } from "./lanes.ts";
import { header, type Layout } from "./layout.ts";
import {
  fillTable,
  sampleCount,
  sampleVoltages,
  tableRange,
  tableStride,
  uniformParameters,
} from "./table.ts";

/** Most steps in one call: V8 replaces code by faster code only between calls. */
const block = 128;
const pageSize = 65536;

export interface CompiledProgram {
  readonly module: WebAssembly.Module;
  readonly pool: ConstantPool;
}

export class WasmKernel implements Kernel {
  readonly compileTime: number;
  readonly #plan: Plan;
  readonly #layout: Layout;
  readonly #advance: (steps: number) => void;
  readonly #buffer: ArrayBuffer;
  readonly #recordedAddresses: readonly number[];
  readonly #output: number;
  #marked: { readonly step: number; readonly moving: ArrayBuffer };

  static async create(
    plan: Plan,
    layout: Layout,
    program: CompiledProgram,
    compileTime: number,
  ): Promise<WasmKernel> {
    const lists = new Lists(plan, layout, program.pool.end);
    const memory = new WebAssembly.Memory({ initial: Math.ceil(lists.size / pageSize) });
    const instance = await WebAssembly.instantiate(program.module, { env: { memory } });
    const kernel = new WasmKernel(
      plan,
      layout,
      lists,
      memory.buffer,
      instance.exports,
      compileTime,
    );
    program.pool.write(memory.buffer);
    kernel.#fill();
    lists.write(memory.buffer);
    const { start, sample } = instance.exports;
    if (typeof sample === "function") kernel.#tabulate(() => sample());
    if (layout.keepsCurrents && plan.currents === undefined && typeof start === "function") start();
    kernel.mark();
    return kernel;
  }

  private constructor(
    plan: Plan,
    layout: Layout,
    lists: Lists,
    buffer: ArrayBuffer,
    { advance }: WebAssembly.Exports,
    compileTime: number,
  ) {
    if (typeof advance !== "function")
      throw new TypeError("the program exports no function advance");
    this.#plan = plan;
    this.#layout = layout;
    this.#buffer = buffer;
    this.#advance = (steps) => advance(steps);
    this.#recordedAddresses = lists.recorded;
    this.#output = lists.output;
    this.compileTime = compileTime;
    this.#marked = { step: 0, moving: new ArrayBuffer(0) };
  }

  recordStart(): Float64Array {
    const memory = new DataView(this.#buffer);
    return Float64Array.from(this.#recordedAddresses, (address) =>
      memory.getFloat64(address, true),
    );
  }

  async advance(steps: number): Promise<Float64Array> {
    const rows = this.#recordedAddresses.length;
    const recorded = new Float64Array(rows * steps);
    for (let done = 0; done < steps; done += block) {
      const length = Math.min(block, steps - done);
      this.#advance(length);
      const output = new Float64Array(this.#buffer, this.#output, rows * length);
      for (let row = 0; row < rows; row++) {
        recorded.set(output.subarray(row * length, (row + 1) * length), row * steps + done);
      }
    }
    return recorded;
  }

  isFinite(): boolean {
    const [start, end] = this.#layout.moving;
    const moving = new Float64Array(this.#buffer, start, (end - start) / 8);
    // 0 for finite numbers, NaN for all others, and a sum of zeros is quicker than a branch for each
    let sum = 0;
    for (let k = 0; k < moving.length; k++) sum += (moving[k] ?? 0) * 0;
    return sum === 0;
  }

  states(): States {
    const { presence, states, currentNames } = this.#plan;
    const { count, nodes, keepsCurrents } = this.#layout;
    const values: Record<string, Float64Array> = { v: this.#column("v", count).slice() };
    for (const key of [...states.keys(), ...(keepsCurrents ? currentNames : [])]) {
      const present = presence.get(key);
      values[key] = this.#column(key, count).map((value, i) =>
        present === undefined || present[i] === 1 ? value : Number.NaN,
      );
    }
    return { values, branchPoints: this.#column("v", nodes).slice(count) };
  }

  mark(): void {
    const step = new DataView(this.#buffer).getInt32(header.step, true);
    this.#marked = { step, moving: this.#buffer.slice(...this.#layout.moving) };
  }

  restore(): void {
    new DataView(this.#buffer).setInt32(header.step, this.#marked.step, true);
    new Uint8Array(this.#buffer).set(new Uint8Array(this.#marked.moving), this.#layout.moving[0]);
  }

  #column(name: string, length: number): Float64Array {
    return new Float64Array(this.#buffer, this.#layout.columns.get(name) ?? 0, length);
  }

  /** Fills the tables from samples that the program itself computes. */
  #tabulate(sample: () => void): void {
    const tables = this.#layout.mechanisms.flatMap(({ plan, table }) =>
      table === undefined ? [] : [{ plan, table }],
    );
    if (tables.length === 0) return;
    const voltages = sampleVoltages();
    const at = (address: number) => new Float64Array(this.#buffer, address, sampleCount);
    for (const { plan, table } of tables) {
      at(table.samples).set(voltages);
      const values = uniformParameters(plan, this.#plan);
      for (const [name, address] of table.uniform) {
        new Float64Array(this.#buffer, address, 2).fill(values.get(name) ?? Number.NaN);
      }
    }
    sample();
    for (const { table } of tables) {
      const samples = table.functions.map((_, k) => at(table.samples + 8 * sampleCount * (k + 1)));
      const length = (tableStride(samples.length) / 8) * (tableRange.cells + 2);
      const coefficients = new Float64Array(this.#buffer, table.coefficients, length);
      fillTable(
        samples,
        coefficients,
        new Int32Array(this.#buffer, table.valid, tableRange.cells + 2),
      );
    }
  }

  /** Writes all values of the plan. Entries beyond the last compartment repeat it, so that pairs stay finite. */
  #fill(): void {
    const { tree, dt, geometry, parameters, states, currents } = this.#plan;
    const { count, nodes, columns, mechanisms } = this.#layout;
    const padded = (name: string, values: Float64Array) => {
      if (!columns.has(name)) return;
      const column = this.#column(name, count + 2).fill(values[count - 1] ?? 0);
      column.set(values);
    };
    for (const [key, values] of Object.entries(geometry)) if (key !== "v") padded(key, values);
    for (const values of [parameters, states, currents ?? []]) {
      for (const [key, column] of values) padded(key, column);
    }
    this.#column("v", nodes + 2).fill(geometry.v[count - 1] ?? 0);
    this.#column("v", nodes + 2).set(geometry.v);
    for (const { plan, weight } of mechanisms) {
      const column = new Float64Array(this.#buffer, weight, count);
      // mA/cm2 over um2 is 1e-8 mA; in units of 100 nA = 1e-4 mA
      for (const [i, isThere] of plan.present.entries())
        column[i] = isThere * (geometry.area[i] ?? 0) * 1e-4;
    }
    const at = (address: number) => new Float64Array(this.#buffer, address, nodes);
    const [base, link] = [this.#layout.base, this.#layout.link].map(at);
    if (base === undefined || link === undefined) return;
    link.set(tree.conductance);
    for (let i = 0; i < nodes; i++) {
      base[i] = (base[i] ?? 0) + (tree.capacity[i] ?? 0) / dt;
      const above = tree.parent[i] ?? -1;
      if (above < 0) continue;
      base[i] = (base[i] ?? 0) + (link[i] ?? 0);
      base[above] = (base[above] ?? 0) + (link[i] ?? 0);
    }
    new Float64Array(this.#buffer, this.#layout.dt, 2).fill(dt);
  }
}

/** The lists whose lengths are no part of the program: runs, links, stimuli, clamps, recordings, and the output. */
class Lists {
  readonly size: number;
  readonly output: number;
  readonly recorded: readonly number[];
  readonly #integers: { readonly address: number; readonly values: readonly number[] }[] = [];
  readonly #samples = new Map<Float64Array, number>();
  readonly #headers: (readonly [number, number])[] = [];
  #end: number;

  constructor(plan: Plan, layout: Layout, start: number) {
    this.#end = start;
    const column = (name: string) => layout.columns.get(name) ?? 0;
    const target = ({ state, compartment }: { state: string; compartment: number }) =>
      column(state) + 8 * compartment;
    for (const { plan: mechanism, isEverywhere, runs } of layout.mechanisms) {
      if (!isEverywhere) this.#list(runs, runs + 4, runsOf(mechanism.present));
    }
    const { parent, order } = plan.tree;
    const links = [...order].reverse().filter((node) => (parent[node] ?? -1) >= 0);
    this.#list(
      header.links,
      header.linksEnd,
      links.flatMap((node) => [8 * node, 8 * (parent[node] ?? 0)]),
    );
    this.#headers.push([header.root, 8 * (order[0] ?? 0)]);
    const clamps = (list: readonly Clamp[]) =>
      list.flatMap((clamp) => [target(clamp), this.#series(clamp.samples)]);
    const stimuli = plan.stimuli.flatMap(({ compartment, samples }) => [
      8 * compartment,
      this.#series(samples),
      samples.length,
    ]);
    this.#list(header.stimuli, header.stimuliEnd, stimuli);
    const others = plan.clamps.filter(({ state }) => state !== "v" && layout.columns.has(state));
    this.#list(header.clamps, header.clampsEnd, clamps(others));
    const voltage = clamps(plan.clamps.filter(({ state }) => state === "v"));
    this.#list(header.voltageClamps, header.voltageClampsEnd, voltage);
    this.recorded = plan.recordings.map(target);
    this.#list(header.recordings, header.recordingsEnd, this.recorded);
    this.output = this.#reserve(8 * block * plan.recordings.length);
    this.#headers.push([header.output, this.output]);
    this.size = this.#end;
  }

  write(buffer: ArrayBuffer): void {
    for (const { address, values } of this.#integers)
      new Int32Array(buffer, address, values.length).set(values);
    for (const [samples, address] of this.#samples)
      new Float64Array(buffer, address, samples.length).set(samples);
    for (const [address, value] of this.#headers) new Int32Array(buffer, address, 1)[0] = value;
  }

  #reserve(bytes: number): number {
    const address = this.#end;
    this.#end += Math.ceil(bytes / 16) * 16;
    return address;
  }

  #list(start: number, end: number, values: readonly number[]): void {
    const address = this.#reserve(4 * values.length);
    this.#integers.push({ address, values });
    this.#headers.push([start, address], [end, address + 4 * values.length]);
  }

  /** Address of a series, which several stimuli may share. */
  #series(samples: Float64Array): number {
    const address = this.#samples.get(samples) ?? this.#reserve(8 * samples.length);
    this.#samples.set(samples, address);
    return address;
  }
}

/** Byte offsets of the start and end of each stretch of compartments that have the mechanism. */
function runsOf(present: Uint8Array): number[] {
  const runs: number[] = [];
  for (let i = 0; i < present.length; i++) {
    if (present[i] !== 1) continue;
    const start = i;
    while (present[i] === 1) i++;
    runs.push(8 * start, 8 * i);
  }
  return runs;
}
