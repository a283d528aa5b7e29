/** @file Between the numbers of a plan and the columns of a program: derivatives by them, and directions in which they move. */
import type { TreeSums } from "../../numerics/field-adjoint.ts";
import { clampedRows, exchangeCapacity } from "../../plan/clamped.ts";
import type { IonGradient, PlanGradient } from "../../plan/gradient.ts";
import { exchangeSlopes } from "../../plan/junctions.ts";
import type { AdjointLayout, FieldAdjoint } from "./adjoint-layout.ts";
import type { Columns } from "./columns.ts";
import { header, isHalved } from "./layout.ts";
import type { Lists } from "./lists.ts";
import type { OutsideFields } from "./outside-fields.ts";
import { exchange, stiffness } from "./program.ts";

export class PlanNumbers {
  readonly #columns: Columns;
  readonly #adjoint: AdjointLayout;
  readonly #lists: Lists;

  constructor(columns: Columns, adjoint: AdjointLayout, lists: Lists) {
    this.#columns = columns;
    this.#adjoint = adjoint;
    this.#lists = lists;
  }

  /** Sets all derivatives and directions to 0. @param tape - address of the tape. */
  clear(tape: number): void {
    const { buffer } = this.#columns;
    for (const [start, end] of [this.#adjoint.cleared, this.#lists.spikes.bars])
      new Uint8Array(buffer, start, end - start).fill(0);
    this.fill(tape);
    for (const entry of this.#lists.exchanges)
      this.#columns.list(entry + exchange.byGain, 2).fill(0);
  }

  /** Writes what derivatives are computed with besides the tape. @param tape - its address. */
  fill(tape: number): void {
    const { plan, layout } = this.#columns;
    const lists = this.#lists;
    const { place } = plan.schedule;
    const { voltage, ions, inverseGain, slot } = this.#adjoint;
    const h = isHalved(plan.solver) ? plan.dt / 2 : plan.dt;
    this.#columns.setInteger(header.tapeStart, tape);
    this.#columns.setInteger(header.changed, tape - 2 * slot);
    this.#columns.setInteger(
      header.isChanged,
      plan.clamps.length + plan.exchanges.length > 0 ? 1 : 0,
    );
    this.#columns.setInteger(header.given, lists.given);
    this.#columns.setInteger(header.byStimuli, lists.byStimuli);
    this.#columns.setInteger(header.byClamps, lists.byClamps);
    const rate = this.#columns.places(voltage.rate);
    const half = inverseGain === 0 ? undefined : this.#columns.places(inverseGain).fill(1);
    for (let i = 0; i < plan.count; i++) {
      rate[place[i] ?? 0] = (plan.tree.capacity[i] ?? 0) / h;
      if (half !== undefined) half[place[i] ?? 0] = 0.5;
    }
    for (const [number, { diffusion }] of plan.ions.entries()) {
      const column = this.#columns.places(ions[number]?.rate ?? 0);
      const isLinked = layout.ions[number]?.isLinked === true;
      for (let i = 0; i < plan.count; i++)
        column[place[i] ?? 0] = isLinked ? (diffusion?.tree.capacity[i] ?? 0) / h : 1 / plan.dt;
    }
    if (!isHalved(plan.solver) || !layout.isEliminated) return;
    // Neighbours of what a clamp holds saw half of its old value
    for (const [key, rates] of [
      ["v", voltage.rate],
      ...plan.ions.map(({ key }, n) => [key, ions[n]?.rate ?? 0] as const),
    ] as const)
      for (const { compartment } of clampedRows(plan, key))
        this.#columns.places(rates)[place[compartment] ?? 0] = stiffness / 2;
  }

  nonFinite(): string | undefined {
    const { plan, layout } = this.#columns;
    const { columns, synapses } = layout;
    const { bars, sums, voltage, cleared } = this.#adjoint;
    const [start, end] = cleared;
    if (sumsToZero(this.#columns.list(start, (end - start) / 8))) return undefined;
    const isBad = (address: number | undefined, present?: Uint8Array) =>
      address !== undefined && !this.#columns.gather(address, present).every(Number.isFinite);
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
      const isBadList = (at: number) =>
        !this.#columns.list(at, synapse.pre.length).every(Number.isFinite);
      for (const [key, at] of this.#adjoint.synapses[kind]?.sums ?? [])
        if (isBadList(at)) return key;
      for (const key of synapse.states.keys()) {
        const at = own.get(key);
        if (at !== undefined && isBadList(at + bars)) return key;
      }
    }
    return undefined;
  }

  /** The derivatives by all numbers but the samples of stimuli and clamps. */
  gradient(outside: OutsideFields): Omit<PlanGradient, "stimuli" | "clamps"> {
    const { plan, layout } = this.#columns;
    const { bars, voltage, sums, synapses } = this.#adjoint;
    const columns = new Map<string, Float64Array>();
    const { currents, currentNames } = plan;
    const moving = ["v", ...plan.states.keys(), ...(currents === undefined ? [] : currentNames)];
    for (const key of moving) {
      const address = layout.columns.get(key);
      if (address !== undefined)
        columns.set(key, this.#columns.gather(address + bars, plan.presence.get(key)));
    }
    for (const [key, address] of sums) columns.set(key, this.#columns.gather(address));
    const { capacity, conductance } = this.#treeGradient(voltage, outside.voltage);
    const exchanges = this.#exchangeGradient(capacity);
    return {
      columns,
      area: this.#columns.gather(voltage.weight).map((sum) => sum * 1e-4),
      capacity,
      conductance,
      exchanges,
      ions: plan.ions.map((_, number) => this.#ionGradient(number, outside)),
      synapses: plan.synapses.map(({ pre, states }, kind) => {
        const own = new Map<string, Float64Array>();
        const adjoint = synapses[kind];
        for (const key of states.keys()) {
          const at = layout.synapses[kind]?.columns.get(key);
          if (at !== undefined) own.set(key, this.#columns.list(at + bars, pre.length).slice());
        }
        for (const [key, at] of adjoint?.sums ?? [])
          own.set(key, this.#columns.list(at, pre.length).slice());
        const delays = adjoint?.arrival?.delays ?? 0;
        return {
          columns: own,
          delays:
            delays === 0
              ? undefined
              : this.#columns.list(delays, pre.length).map((sum) => sum / (2 * plan.dt)),
        };
      }),
    };
  }

  #ionGradient(number: number, outside: OutsideFields): IonGradient {
    const ion = this.#columns.plan.ions[number];
    const field = this.#adjoint.ions[number];
    const sums = outside.ions[number];
    if (ion === undefined || field === undefined || sums === undefined)
      throw new TypeError(`the plan has no ion ${number}`);
    if (ion.diffusion === undefined)
      return { key: ion.key, volume: new Float64Array(), conductance: new Float64Array() };
    const { capacity, conductance } = this.#treeGradient(field, sums);
    const weights = this.#columns.gather(field.weight);
    return { key: ion.key, volume: capacity.map((sum, i) => sum + (weights[i] ?? 0)), conductance };
  }

  /** Derivatives by capacities and by the links of the tree as it is, not as it is eliminated. */
  #treeGradient(field: FieldAdjoint, sums: TreeSums): TreeSums {
    const { plan, layout } = this.#columns;
    if (!layout.isEliminated)
      return {
        capacity: sums.capacity.slice(0, plan.count),
        conductance: sums.conductance.slice(),
      };
    const { place, edge, factor } = plan.schedule;
    const h = isHalved(plan.solver) ? plan.dt / 2 : plan.dt;
    const conductance = new Float64Array(plan.axial.parent.length);
    const links = field.link === 0 ? undefined : this.#columns.places(field.link);
    for (const [node, link] of edge.entries()) {
      if (link < 0) continue;
      const sum = links?.[place[node] ?? 0] ?? 0;
      conductance[link] = (conductance[link] ?? 0) + sum * (factor[node] ?? 1);
    }
    return { capacity: this.#columns.gather(field.capacity).map((sum) => sum / h), conductance };
  }

  #exchangeGradient(capacity: Float64Array): Float64Array {
    const { exchanges, dt } = this.#columns.plan;
    const capacities = exchangeCapacity(this.#columns.plan);
    const memory = new DataView(this.#columns.buffer);
    return Float64Array.from(exchanges, ({ a, b, conductance }, k) => {
      const entry = this.#lists.exchanges[k] ?? 0;
      const slopes = exchangeSlopes(conductance, capacities, a, b, dt);
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

  /** Writes a direction where the program reads it. */
  setDirection(direction: PlanGradient): void {
    const { plan, layout } = this.#columns;
    const { bars, sums, voltage, ions, synapses } = this.#adjoint;
    const h = isHalved(plan.solver) ? plan.dt / 2 : plan.dt;
    const { currents, currentNames } = plan;
    const moving = ["v", ...plan.states.keys(), ...(currents === undefined ? [] : currentNames)];
    for (const [key, values] of direction.columns) {
      const address = layout.columns.get(key);
      if (moving.includes(key) && address !== undefined)
        this.#columns.spread(address + bars, values);
      else this.#columns.spread(sums.get(key) ?? 0, values);
    }
    this.#columns.spread(
      voltage.weight,
      direction.area.map((dot) => dot * 1e-4),
    );
    this.#spreadTree(voltage, direction, h);
    for (const [n, ion] of direction.ions.entries()) {
      const field = ions[n];
      if (field === undefined || ion.volume.length === 0) continue;
      this.#columns.spread(field.weight, ion.volume);
      this.#spreadTree(field, { capacity: ion.volume, conductance: ion.conductance }, h);
    }
    for (const [kind, { columns }] of direction.synapses.entries()) {
      const own = layout.synapses[kind];
      for (const [key, values] of columns) {
        const state = plan.synapses[kind]?.states.has(key) === true;
        const at = state ? (own?.columns.get(key) ?? 0) + bars : synapses[kind]?.sums.get(key);
        if (at !== undefined) this.#columns.list(at, values.length).set(values);
      }
    }
    const memory = new DataView(this.#columns.buffer);
    const capacities = exchangeCapacity(plan);
    for (const [k, { a, b, conductance }] of plan.exchanges.entries()) {
      const slopes = exchangeSlopes(conductance, capacities, a, b, plan.dt);
      for (const [n, at] of [exchange.byGain, exchange.byLoss].entries()) {
        const slope = slopes[n === 0 ? 0 : 1];
        const dot =
          slope.conductance * (direction.exchanges[k] ?? 0) +
          slope.a * (direction.capacity[a] ?? 0) +
          slope.b * (direction.capacity[b] ?? 0);
        memory.setFloat64((this.#lists.exchanges[k] ?? 0) + at, dot, true);
      }
    }
  }

  /** How capacities and links move, in the order of the elimination. */
  #spreadTree(field: FieldAdjoint, { capacity, conductance }: TreeSums, h: number): void {
    if (field.capacity === 0 || field.link === 0) return;
    this.#columns.spread(
      field.capacity,
      capacity.map((dot) => dot / h),
    );
    const { place, edge, factor } = this.#columns.plan.schedule;
    const links = this.#columns.places(field.link);
    for (const [node, link] of edge.entries())
      if (link >= 0) links[place[node] ?? 0] = (conductance[link] ?? 0) * (factor[node] ?? 1);
  }
}

/** 0 for finite numbers, NaN for all others: a sum of zeros is quicker than a branch for each. */
function sumsToZero(values: Float64Array): boolean {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += (values[k] ?? 0) * 0;
  return sum === 0;
}
