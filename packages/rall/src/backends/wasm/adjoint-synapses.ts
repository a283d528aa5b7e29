/** @file The part of a program that takes derivatives back through the synapses. */
import type { Expression } from "../../expressions/expression.ts";
import { adjointNames } from "../../plan/adjoint.ts";
import type { AdjointLayout, SynapseAdjoint } from "./adjoint-layout.ts";
import type { Pass } from "./adjoint-passes.ts";
import { emitArrivalsBackwards } from "./adjoint-spikes.ts";
import type { Local } from "./assembler.ts";
import { emitExpressions } from "./emit.ts";
import { type Emitter, perNanoampere } from "./emitter.ts";
import type { SynapseLayout } from "./layout.ts";
import type { Slots } from "./slots.ts";
import { Versions } from "./versions.ts";

/** Where a pair of connections, or one of them in both lanes, reads and writes. */
interface Connections {
  /** Offsets of the compartments on one side. */
  readonly pre: readonly [Local, Local];
  readonly post: readonly [Local, Local];
  readonly edge: Local;
  readonly isPair: boolean;
}

export class AdjointSynapses {
  readonly #emitter: Emitter;
  readonly #adjoint: AdjointLayout;
  readonly #slots: Slots;
  readonly #versions: Versions;

  constructor(emitter: Emitter, adjoint: AdjointLayout, slots: Slots) {
    this.#emitter = emitter;
    this.#adjoint = adjoint;
    this.#slots = slots;
    const { mechanisms, ions } = emitter.layout;
    this.#versions = new Versions(mechanisms, ["v", ...ions.map(({ key }) => key)]);
  }

  /** A step backwards. @param sample - number of the step. */
  step(sample: Local): void {
    for (const [kind, synapse] of [...this.#emitter.layout.synapses.entries()].reverse()) {
      const adjoint = this.#adjoint.synapses[kind];
      if (adjoint === undefined) continue;
      this.#loop(synapse, adjoint, adjoint.current, true);
      if (adjoint.arrival !== undefined) {
        const { arrival } = adjoint;
        emitArrivalsBackwards(this.#emitter, this.#adjoint, synapse, arrival, sample, {
          evaluate: (edge, roots, known) =>
            this.#evaluate(synapse, this.#one(synapse, edge), roots, known),
          undo: (edge, known) => {
            const at = this.#one(synapse, edge);
            this.#run(synapse, adjoint, arrival.pass, at, known);
          },
        });
      }
      this.#loop(synapse, adjoint, adjoint.rules, false);
    }
  }

  /** Currents that were evaluated at the start. */
  start(): void {
    for (const [kind, synapse] of this.#emitter.layout.synapses.entries()) {
      const adjoint = this.#adjoint.synapses[kind];
      if (adjoint !== undefined) this.#loop(synapse, adjoint, adjoint.start, true);
    }
  }

  /** @param usesKept - whether derivatives by kept currents, which every step computes anew, are used up. */
  #loop(
    synapse: SynapseLayout,
    adjoint: SynapseAdjoint,
    pass: Pass | undefined,
    usesKept: boolean,
  ): void {
    if (pass === undefined) return;
    const { to } = this.#emitter;
    const kept = synapse.columns.get(synapse.plan.currentName);
    if (pass.replaced.length + pass.added.length === 0) return;
    this.#emitter.overRows(0, synapse.pairs, (edge) => {
      const [pre, post] = [synapse.pre, synapse.post].map((list) => [
        this.#offset(edge, list),
        this.#offset(edge, list + 4),
      ]) as [[Local, Local], [Local, Local]];
      this.#run(synapse, adjoint, pass, { pre, post, edge, isPair: true });
      if (usesKept && kept !== undefined)
        this.#emitter.store(edge, kept + this.#adjoint.bars, to.constant(0));
    });
  }

  #one({ pre, post }: SynapseLayout, edge: Local): Connections {
    const [before, after] = [this.#offset(edge, pre), this.#offset(edge, post)];
    return { pre: [before, before], post: [after, after], edge, isPair: false };
  }

  #run(
    synapse: SynapseLayout,
    adjoint: SynapseAdjoint,
    pass: Pass,
    at: Connections,
    known: (name: string) => Local | undefined = () => undefined,
  ): void {
    const { bars } = this.#adjoint;
    const roots = [...pass.replaced, ...pass.added].map(({ value }) => value);
    const values = this.#evaluate(synapse, at, roots, known);
    for (const [k, { to: key }] of pass.replaced.entries()) {
      const [address, value] = [synapse.columns.get(key), values[k]];
      if (address !== undefined && value !== undefined) this.#store(at, address + bars, value);
    }
    for (const [k, { to: name }] of pass.added.entries()) {
      const value = values[pass.replaced.length + k];
      if (value !== undefined) this.#add(synapse, adjoint, name, value, at);
    }
  }

  /** Adds to the derivative by something that a connection reads. */
  #add(
    synapse: SynapseLayout,
    adjoint: SynapseAdjoint,
    name: string,
    value: Local,
    at: Connections,
  ): void {
    const { bars, sums } = this.#adjoint;
    const { layout, voltage, to } = this.#emitter;
    if (name === "v_pre" || name === "v_post") {
      this.#scatter(name === "v_pre" ? at.pre : at.post, voltage + bars, value, at);
      return;
    }
    const reading = synapse.plan.readings.get(name);
    if (reading !== undefined) {
      const column = layout.columns.get(reading.key);
      const address = sums.get(reading.key) ?? (column === undefined ? undefined : column + bars);
      if (address !== undefined) this.#scatter(at[reading.side], address, value, at);
      return;
    }
    const own = synapse.columns.get(name);
    const [start, end] = layout.moving;
    const isMoving = own !== undefined && own >= start && own < end;
    const address = isMoving ? own + bars : adjoint.sums.get(name);
    if (address !== undefined) this.#store(at, address, to.add(this.#column(at, address), value));
  }

  #evaluate(
    synapse: SynapseLayout,
    at: Connections,
    roots: readonly Expression[],
    known: (name: string) => Local | undefined = () => undefined,
  ): Local[] {
    return emitExpressions(
      this.#emitter.to,
      roots,
      (name) => known(name) ?? this.#load(synapse, at, name),
    );
  }

  #load(synapse: SynapseLayout, at: Connections, name: string): Local {
    const { to, f, layout } = this.#emitter;
    const { voltage, bars } = this.#adjoint;
    const { columns, plan } = synapse;
    switch (name) {
      case adjointNames.right:
        return this.#gather(at.post, voltage.right);
      case adjointNames.diagonal:
        return this.#gather(at.post, voltage.diagonal);
      case adjointNames.weight:
        return to.constant(perNanoampere);
      case adjointNames.kept:
        return this.#column(at, (columns.get(plan.currentName) ?? 0) + bars);
      case "v_pre":
      case "v_post":
        return this.#atCompartment(name === "v_pre" ? at.pre : at.post, "v");
    }
    const reading = plan.readings.get(name);
    if (reading !== undefined) return this.#atCompartment(at[reading.side], reading.key);
    const uniform = layout.uniform.get(name);
    if (uniform !== undefined) {
      f.i32(0).memory("v128.load", uniform);
      return to.result();
    }
    const [kind, key] = name.split(" ");
    const address = columns.get(key ?? name);
    if (address === undefined) throw new TypeError(`the plan has no column ${name}`);
    if (key !== undefined && kind === "bar") return this.#column(at, address + bars);
    const [start, end] = layout.moving;
    if (address < start || address >= end) return this.#column(at, address);
    const slot = this.#slots.within(key === undefined ? "old" : "end", at.edge);
    return this.#column({ ...at, edge: slot }, this.#slots.inSlot(address));
  }

  /** A quantity of a compartment, as the synapses saw it. */
  #atCompartment(side: readonly [Local, Local], key: string): Local {
    const { layout, f, to } = this.#emitter;
    const uniform = layout.uniform.get(key);
    if (uniform !== undefined) {
      f.i32(0).memory("v128.load", uniform);
      return to.result();
    }
    const address = layout.columns.get(key);
    if (address === undefined) throw new TypeError(`the plan has no column ${key}`);
    const [start, end] = layout.moving;
    if (address < start || address >= end) return this.#gather(side, address);
    const seen = this.#versions.seen(key, "synapses");
    const slot = seen === key ? "old" : "end";
    const places = side.map((one) => this.#slots.within(slot, one)) as [Local, Local];
    return this.#gather(places, this.#adjoint.versions.get(seen) ?? this.#slots.inSlot(address));
  }

  #gather([first, second]: readonly [Local, Local], address: number): Local {
    const { f, to } = this.#emitter;
    f.get(first).memory("v128.load64_splat", address);
    f.get(second).memory("f64.load", address).replaceFloat(1);
    return to.result();
  }

  #scatter(
    side: readonly [Local, Local],
    address: number,
    value: Local,
    { isPair }: Connections,
  ): void {
    const { f } = this.#emitter;
    for (const lane of isPair ? ([0, 1] as const) : ([0] as const)) {
      f.get(side[lane]).get(side[lane]).memory("f64.load", address);
      f.get(value).extractFloat(lane).op("f64.add").memory("f64.store", address);
    }
  }

  #column({ edge, isPair }: Pick<Connections, "edge" | "isPair">, address: number): Local {
    const { f, to } = this.#emitter;
    if (isPair) return this.#emitter.load(edge, address);
    f.get(edge).memory("v128.load64_splat", address);
    return to.result();
  }

  #store({ edge, isPair }: Connections, address: number, value: Local): void {
    const { f } = this.#emitter;
    if (isPair) this.#emitter.store(edge, address, value);
    else f.get(edge).get(value).extractFloat(0).memory("f64.store", address);
  }

  #offset(edge: Local, address: number): Local {
    const { f } = this.#emitter;
    const local = f.local("i32");
    f.get(edge).i32(1).op("i32.shr_u").memory("i32.load", address).set(local);
    return local;
  }
}
