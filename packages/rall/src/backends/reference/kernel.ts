/**
 * @file The oracle: a time step as the equations say it, one compartment after the other, in plain TypeScript. Slow and
 * obvious; every other backend is compared with it.
 */
import { Tape } from "../../expressions/evaluate.ts";
import type { Target } from "../../modules/description.ts";
import { type FieldMethod, stepField } from "../../numerics/field.ts";
import type { Tree } from "../../numerics/tree.ts";
import type { SentSpikes } from "../../plan/events.ts";
import { exchangeFactors } from "../../plan/junctions.ts";
import type { PlannedMechanism } from "../../plan/mechanism.ts";
import { isEliminated, type Plan, type States } from "../../plan/plan.ts";
import type { PlannedSynapse } from "../../plan/synapse.ts";
import type { Backend, Kernel } from "../backend.ts";

export const referenceBackend: Backend = {
  name: "reference",
  compile: async (plan) => new ReferenceKernel(plan),
};

interface RunnableSynapse {
  readonly plan: PlannedSynapse;
  readonly step: Tape;
  /** New states when a spike arrives. */
  readonly arrival: Tape | undefined;
  /** Current and slope. */
  readonly current: Tape;
}

interface RunnableMechanism {
  readonly plan: PlannedMechanism;
  /** States, then the voltage if the mechanism changes it. */
  readonly step: Tape;
  /** Current and slope. */
  readonly current: Tape;
}

/** Everything that moves. */
interface Moving {
  step: number;
  v: Float64Array;
  readonly columns: Map<string, Float64Array>;
  /** Of each source: how many spikes it sent at which step's start, and whether it is above its threshold. */
  readonly sources: readonly { readonly spikes: Map<number, number>; isAbove: boolean }[];
}

class ReferenceKernel implements Kernel {
  readonly compileTime = 0;
  readonly chunk = 16;
  readonly #plan: Plan;
  readonly #mechanisms: readonly RunnableMechanism[];
  readonly #synapses: readonly RunnableSynapse[];
  /** The tree that the voltage flows on; implicit solvers take it as it is eliminated. */
  readonly #tree: Tree;
  readonly #method: FieldMethod;
  #now: Moving;
  #marked: Moving;
  /** Steps of the last call of `advance`. */
  #steps = 0;
  /** Samples that the next step takes instead of those of the plan. */
  #fed: { readonly stimuli: ArrayLike<number>; readonly clamps: ArrayLike<number> } | undefined;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#method = plan;
    this.#tree = isEliminated(plan) ? plan.tree : plan.axial;
    this.#mechanisms = plan.mechanisms.map((mechanism) => ({
      plan: mechanism,
      step: new Tape([
        ...mechanism.updates.map(({ value }) => value),
        ...(mechanism.voltage === undefined ? [] : [mechanism.voltage]),
      ]),
      current: new Tape([mechanism.current, mechanism.slope]),
    }));
    this.#synapses = plan.synapses.map((synapse) => ({
      plan: synapse,
      step: new Tape(synapse.updates.map(({ value }) => value)),
      arrival: synapse.arrivals && new Tape(synapse.arrivals.map(({ value }) => value)),
      current: new Tape([synapse.current, synapse.slope]),
    }));
    const { parent } = this.#tree;
    const v = new Float64Array(parent.length);
    v.set(plan.geometry.v);
    v.set(plan.branchPoints.subarray(0, parent.length - plan.count), plan.count);
    this.#now = {
      step: 0,
      v,
      columns: new Map(),
      sources: plan.events.sources.map(() => ({ spikes: new Map(), isAbove: false })),
    };
    for (const name of plan.currentNames) {
      const first = plan.firstCurrents.get(name) ?? new Float64Array(plan.count);
      this.#now.columns.set(name, first.slice());
    }
    for (const [key, column] of plan.states) this.#now.columns.set(key, column.slice());
    for (const [key, column] of plan.currents ?? []) this.#now.columns.set(key, column.slice());
    for (const { states } of plan.synapses) {
      for (const [key, column] of states) this.#now.columns.set(key, column.slice());
    }
    this.#now.columns.set("i", new Float64Array(plan.count));
    this.#membraneTerms();
    for (const [key, column] of plan.currents ?? []) this.#now.columns.set(key, column.slice());
    for (const { currentName, before } of plan.synapses)
      if (before !== undefined) this.#now.columns.set(currentName, before.slice());
    for (const { source, age, count } of plan.events.sent)
      this.#now.sources[source]?.spikes.set(-Math.round(age / plan.dt), count);
    this.#watch(0);
    this.#marked = copyMoving(this.#now);
  }

  recordStart(): Float64Array {
    return Float64Array.from(this.#plan.recordings, (row) => this.#value(row));
  }

  spikes(): readonly (readonly number[])[] {
    const first = this.#now.step - this.#steps;
    return this.#plan.events.recorded.map(({ source }) => {
      const { spikes } = this.#now.sources[source] ?? { spikes: new Map() };
      return [...spikes.keys()].map((at) => at - first - 1).filter((step) => step >= 0);
    });
  }

  async advance(steps: number): Promise<Float64Array> {
    const { recordings } = this.#plan;
    const recorded = new Float64Array(recordings.length * steps);
    this.#steps = steps;
    this.#forgetArrived();
    for (let k = 0; k < steps; k++) {
      this.#step();
      for (const [row, target] of recordings.entries())
        recorded[row * steps + k] = this.#value(target);
    }
    return recorded;
  }

  feed(stimuli: ArrayLike<number>, clamps: ArrayLike<number>): void {
    this.#fed = { stimuli, clamps };
  }

  isFinite(): boolean {
    const { v, columns } = this.#now;
    return [v, ...columns.values()].every((column) => column.every(Number.isFinite));
  }

  states(): States {
    const { count, presence, states, currentNames, synapses } = this.#plan;
    const values: Record<string, Float64Array> = { v: this.#now.v.slice(0, count) };
    for (const synapse of synapses) {
      for (const key of [...synapse.states.keys(), synapse.currentName])
        values[key] = this.#column(key).slice();
    }
    for (const key of [...states.keys(), ...currentNames]) {
      const present = presence.get(key);
      const column = this.#column(key);
      values[key] = column.map((value, i) =>
        present === undefined || present[i] === 1 ? value : Number.NaN,
      );
    }
    return { values, branchPoints: this.#now.v.slice(count), sent: this.#sent() };
  }

  mark(): void {
    this.#marked = copyMoving(this.#now);
  }

  restore(): void {
    this.#now = copyMoving(this.#marked);
  }

  release(): void {}

  #step(): void {
    const { dt, clamps, stimuli, geometry, count } = this.#plan;
    const k = this.#now.step++;
    this.#updateStates();
    this.#updateSynapses();
    const { slope, constant, losses } = this.#membraneTerms();
    const injected = this.#column("i").fill(0);
    for (const [number, { compartment, samples }] of stimuli.entries()) {
      const sample = this.#fed?.stimuli[number] ?? samples[k] ?? 0;
      injected[compartment] = (injected[compartment] ?? 0) + sample;
    }
    for (let i = 0; i < count; i++) {
      const capacitance = geometry.capacitance[i] ?? 0;
      // nA over um2 is 1e5 uA/cm2
      const stimulus = ((injected[i] ?? 0) / (geometry.area[i] ?? 0)) * 1e5;
      constant[i] = ((constant[i] ?? 0) + stimulus) / capacitance;
      slope[i] = (slope[i] ?? 0) / capacitance;
    }
    this.#now.v = stepField(this.#method, this.#tree, this.#now.v, { slope, constant }, dt);
    this.#stepIons(losses);
    const clamped = (number: number, samples: Float64Array) =>
      this.#fed?.clamps[number] ?? samples[k] ?? 0;
    for (const [number, { state, index, samples }] of clamps.entries()) {
      if (state !== "v") this.#column(state)[index] = clamped(number, samples);
    }
    this.#exchange();
    for (const [number, { state, index, samples }] of clamps.entries()) {
      if (state === "v") this.#now.v[index] = clamped(number, samples);
    }
    this.#fed = undefined;
    this.#watch(k + 1);
  }

  /** New concentrations: of ions that diffuse as the voltage is stepped, of others by backward Euler. */
  #stepIons(losses: ReadonlyMap<string, Loss>): void {
    const { ions, dt, count } = this.#plan;
    for (const { key, diffusion } of ions) {
      const { slope, constant } = losses.get(key) ?? noLoss(count);
      if (diffusion === undefined) {
        const column = this.#column(key);
        for (const [i, value] of column.entries()) {
          const change = (constant[i] ?? 0) - (slope[i] ?? 0) * value;
          column[i] = value + change / (1 / dt + (slope[i] ?? 0));
        }
        continue;
      }
      const tree = isEliminated(this.#plan) ? diffusion.scheduled : diffusion.tree;
      const values = new Float64Array(tree.parent.length);
      values.set(this.#column(key));
      const stepped = stepField(this.#method, tree, values, { slope, constant }, dt);
      this.#now.columns.set(key, stepped.slice(0, count));
    }
  }

  /** Gap junctions that close loops: each moves the charge that its two compartments alone would exchange. */
  #exchange(): void {
    const { exchanges, tree, dt } = this.#plan;
    const { v } = this.#now;
    for (const { a, b, conductance } of exchanges) {
      const [first, second] = exchangeFactors(conductance, tree.capacity, a, b, dt);
      const difference = (v[b] ?? 0) - (v[a] ?? 0);
      v[a] = (v[a] ?? 0) + first * difference;
      v[b] = (v[b] ?? 0) - second * difference;
    }
  }

  /** Notes which sources spike at the start of step `k`. */
  #watch(k: number): void {
    for (const [number, source] of this.#plan.events.sources.entries()) {
      const now = this.#now.sources[number];
      if (now === undefined) continue;
      if (source.kind === "train") {
        const count = source.steps.filter((step) => step === k).length;
        if (count > 0) now.spikes.set(k, count);
        continue;
      }
      const { state, compartment, threshold, isCrossing } = source;
      const isAbove = this.#value({ state, index: compartment }) >= threshold;
      // What is above its threshold at the start has crossed it before
      if (isAbove && k > 0 && !(isCrossing && now.isAbove)) now.spikes.set(k, 1);
      now.isAbove = isAbove;
    }
  }

  #forgetArrived(): void {
    for (const [number, { spikes }] of this.#now.sources.entries()) {
      const first = this.#now.step - (this.#plan.events.longest[number] ?? 0);
      for (const at of spikes.keys()) if (at < first) spikes.delete(at);
    }
  }

  #sent(): SentSpikes[] {
    const { dt, events } = this.#plan;
    return this.#now.sources.flatMap(({ spikes }, source) =>
      [...spikes].flatMap(([at, count]) => {
        const steps = this.#now.step - at;
        return steps <= (events.longest[source] ?? 0) ? [{ source, age: steps * dt, count }] : [];
      }),
    );
  }

  /** New states of all mechanisms, in order; all see the voltage at the start of the step. */
  #updateStates(): void {
    const before = this.#now.v.slice();
    for (const { plan, step } of this.#mechanisms) {
      const sources = step.inputs.map((name) => this.#source(name, before));
      for (const [i, isThere] of plan.present.entries()) {
        if (isThere !== 1) continue;
        const values = step.run(sources.map((source) => source(i)));
        for (const [s, { key }] of plan.updates.entries())
          this.#column(key)[i] = values[s] ?? Number.NaN;
        if (plan.voltage !== undefined) this.#now.v[i] = values.at(-1) ?? Number.NaN;
      }
    }
  }

  /** New states of all synapses, at the voltages after those of the channels; then the spikes that arrive. */
  #updateSynapses(): void {
    const now = this.#now.step - 1;
    for (const [kind, { plan, step, arrival }] of this.#synapses.entries()) {
      const update = this.#synapseRunner(plan, step, plan.updates);
      for (let edge = 0; edge < plan.pre.length; edge++) update(edge);
      const wiring = this.#plan.events.wirings[kind];
      if (wiring === undefined || arrival === undefined) continue;
      const receive = this.#synapseRunner(plan, arrival, plan.arrivals ?? []);
      for (const [edge, source] of wiring.source.entries()) {
        const sent = this.#now.sources[source]?.spikes.get(now - (wiring.delay[edge] ?? 0)) ?? 0;
        for (let spike = 0; spike < sent; spike++) receive(edge);
      }
    }
  }

  /** Writes new states of one connection of a kind. */
  #synapseRunner(plan: PlannedSynapse, tape: Tape, changes: readonly { readonly key: string }[]) {
    const sources = tape.inputs.map((name) => this.#synapticSource(plan, name));
    const columns = changes.map(({ key }) => this.#column(key));
    return (edge: number) => {
      const values = tape.run(sources.map((source) => source(edge)));
      for (const [s, column] of columns.entries()) column[edge] = values[s] ?? Number.NaN;
    };
  }

  /** Adds the currents of synapses to the linear form of those of their post-synaptic compartments. */
  #addSynapses(slope: Float64Array, constant: Float64Array): void {
    const { geometry } = this.#plan;
    for (const { plan, current } of this.#synapses) {
      const sources = current.inputs.map((name) => this.#synapticSource(plan, name));
      const kept = new Float64Array(plan.pre.length);
      for (let edge = 0; edge < plan.pre.length; edge++) {
        const post = plan.post[edge] ?? 0;
        const [total = Number.NaN, derivative = Number.NaN] = current.run(
          sources.map((source) => source(edge)),
        );
        kept[edge] = total;
        if (plan.isElectrical) continue;
        // nA over um2 is 1e5 uA/cm2
        const perArea = 1e5 / (geometry.area[post] ?? 0);
        const v = this.#now.v[post] ?? 0;
        slope[post] = (slope[post] ?? 0) + derivative * perArea;
        constant[post] = (constant[post] ?? 0) + (derivative * v - total) * perArea;
      }
      this.#now.columns.set(plan.currentName, kept);
    }
  }

  #synapticSource(plan: PlannedSynapse, name: string): (edge: number) => number {
    const { dt } = this.#plan;
    const { v } = this.#now;
    if (name === "dt") return () => dt;
    if (name === "v_pre") return (edge) => v[plan.pre[edge] ?? 0] ?? Number.NaN;
    if (name === "v_post") return (edge) => v[plan.post[edge] ?? 0] ?? Number.NaN;
    const reading = plan.readings.get(name);
    if (reading !== undefined) {
      const source = this.#source(reading.key, v);
      const compartments = plan[reading.side];
      return (edge) => source(compartments[edge] ?? 0);
    }
    const column = plan.parameters.get(name) ?? this.#column(name);
    return (edge) => column[edge] ?? Number.NaN;
  }

  /**
   * Currents (kept as states), and their linear form `slope v - constant` in uA/cm2; the same for what pumps take from
   * concentrations, in mM/ms. Currents that equations read are those of the step before.
   */
  #membraneTerms(): Loss & { readonly losses: ReadonlyMap<string, Loss> } {
    const { count, currentNames } = this.#plan;
    const slope = new Float64Array(this.#now.v.length);
    const constant = new Float64Array(this.#now.v.length);
    const totals = new Map(currentNames.map((name) => [name, new Float64Array(count)]));
    const losses = new Map<string, Loss>();
    for (const { plan, current } of this.#mechanisms) {
      const sources = current.inputs.map((name) => this.#source(name, this.#now.v));
      const total = totals.get(plan.currentName) ?? new Float64Array();
      const { ion } = plan;
      const loss = ion === undefined ? { slope, constant } : (losses.get(ion) ?? noLoss(count));
      if (ion !== undefined) losses.set(ion, loss);
      const variable = ion === undefined ? this.#now.v : this.#column(ion);
      // mA/cm2 are 1000 uA/cm2
      const unit = ion === undefined ? 1000 : 1;
      for (const [i, isThere] of plan.present.entries()) {
        if (isThere !== 1) continue;
        const [density = Number.NaN, derivative = Number.NaN] = current.run(
          sources.map((source) => source(i)),
        );
        total[i] = (total[i] ?? 0) + density;
        loss.slope[i] = (loss.slope[i] ?? 0) + unit * derivative;
        loss.constant[i] =
          (loss.constant[i] ?? 0) + unit * (derivative * (variable[i] ?? 0) - density);
      }
    }
    for (const [name, total] of totals) this.#now.columns.set(name, total);
    this.#addSynapses(slope, constant);
    return { slope, constant, losses };
  }

  /** Where an input of an equation stands. */
  #source(name: string, v: Float64Array): (compartment: number) => number {
    const { dt, geometry, parameters } = this.#plan;
    if (name === "dt") return () => dt;
    const environment: Readonly<Record<string, Float64Array>> = { ...geometry, v };
    const column = environment[name] ?? parameters.get(name) ?? this.#column(name);
    return (i) => column[i] ?? Number.NaN;
  }

  #column(key: string): Float64Array {
    const column = this.#now.columns.get(key);
    if (column === undefined) throw new TypeError(`the plan has no state ${key}`);
    return column;
  }

  #value({ state, index }: Pick<Target, "state" | "index">): number {
    const column = state === "v" ? this.#now.v : this.#column(state);
    return column[index] ?? Number.NaN;
  }
}

/** What is lost, linearised: `slope x - constant` per ms. */
interface Loss {
  readonly slope: Float64Array;
  readonly constant: Float64Array;
}

function noLoss(count: number): Loss {
  return { slope: new Float64Array(count), constant: new Float64Array(count) };
}

function copyMoving({ step, v, columns, sources }: Moving): Moving {
  return {
    step,
    v: v.slice(),
    columns: new Map([...columns].map(([key, column]) => [key, column.slice()])),
    sources: sources.map(({ spikes, isAbove }) => ({ spikes: new Map(spikes), isAbove })),
  };
}
