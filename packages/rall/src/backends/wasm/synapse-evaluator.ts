/** @file The part of a program that evaluates the equations of derivatives for connections. */
import type { Expression } from "../../expressions/expression.ts";
import { adjointNames } from "../../plan/adjoint.ts";
import type { AdjointLayout } from "./adjoint-layout.ts";
import type { Local } from "./assembler.ts";
import { emitExpressions } from "./emit.ts";
import { type Emitter, perNanoampere } from "./emitter.ts";
import type { SynapseLayout } from "./layout.ts";
import type { Slots } from "./slots.ts";
import { Versions } from "./versions.ts";

/** Where a pair of connections, or one of them in both lanes, reads and writes. */
export interface Connections {
  /** Offsets of the compartments on one side. */
  readonly pre: readonly [Local, Local];
  readonly post: readonly [Local, Local];
  readonly edge: Local;
  readonly isPair: boolean;
}

export class SynapseEvaluator {
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

  overPairs(synapse: SynapseLayout, body: (at: Connections) => void): void {
    this.#emitter.overRows(0, synapse.pairs, (edge) => {
      const [pre, post] = [synapse.pre, synapse.post].map((list) => [
        this.#offset(edge, list),
        this.#offset(edge, list + 4),
      ]) as [[Local, Local], [Local, Local]];
      body({ pre, post, edge, isPair: true });
    });
  }

  /** The connection at offset `edge` in both lanes. */
  one({ pre, post }: SynapseLayout, edge: Local): Connections {
    const [before, after] = [this.#offset(edge, pre), this.#offset(edge, post)];
    return { pre: [before, before], post: [after, after], edge, isPair: false };
  }

  evaluate(
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

  /** What connections read of compartments before the first step, when no rule has moved anything. */
  unmoved({ plan }: SynapseLayout, at: Connections): (name: string) => Local | undefined {
    return (name) => {
      if (name === "v_pre" || name === "v_post")
        return this.#atCompartment(name === "v_pre" ? at.pre : at.post, "v", false);
      const reading = plan.readings.get(name);
      return reading && this.#atCompartment(at[reading.side], reading.key, false);
    };
  }

  #load(synapse: SynapseLayout, at: Connections, name: string): Local {
    const { to, f, layout } = this.#emitter;
    const { voltage, bars } = this.#adjoint;
    const { columns, plan } = synapse;
    if (name.startsWith("dot ")) return this.#dot(synapse, at, name.slice(4));
    switch (name) {
      case adjointNames.right:
        return this.#gather(at.post, voltage.right);
      case adjointNames.diagonal:
        return this.#gather(at.post, voltage.diagonal);
      case adjointNames.weight:
        return to.constant(perNanoampere);
      case adjointNames.kept:
        return this.column(at, (columns.get(plan.currentName) ?? 0) + bars);
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
    if (key !== undefined && kind === "bar") return this.column(at, address + bars);
    const [start, end] = layout.moving;
    if (address < start || address >= end) return this.column(at, address);
    const slot = this.#slots.within(key === undefined ? "old" : "end", at.edge);
    return this.column({ ...at, edge: slot }, this.#slots.inSlot(address));
  }

  /** How a quantity moves. */
  #dot({ plan, columns }: SynapseLayout, at: Connections, name: string): Local {
    const { sums, bars, synapses } = this.#adjoint;
    const { layout, voltage } = this.#emitter;
    if (name === "v_pre" || name === "v_post")
      return this.#gather(name === "v_pre" ? at.pre : at.post, voltage + bars);
    const reading = plan.readings.get(name);
    if (reading !== undefined) {
      const address = sums.get(reading.key) ?? (layout.columns.get(reading.key) ?? 0) + bars;
      return this.#gather(at[reading.side], address);
    }
    const kind = layout.synapses.findIndex((one) => one.plan === plan);
    return this.column(at, synapses[kind]?.sums.get(name) ?? (columns.get(name) ?? 0) + bars);
  }

  /** A quantity of a compartment, as the synapses saw it. */
  #atCompartment(side: readonly [Local, Local], key: string, hasMoved = true): Local {
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
    const seen = hasMoved ? this.#versions.seen(key, "synapses") : key;
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

  scatter(
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

  column({ edge, isPair }: Pick<Connections, "edge" | "isPair">, address: number): Local {
    const { f, to } = this.#emitter;
    if (isPair) return this.#emitter.load(edge, address);
    f.get(edge).memory("v128.load64_splat", address);
    return to.result();
  }

  store({ edge, isPair }: Connections, address: number, value: Local): void {
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
