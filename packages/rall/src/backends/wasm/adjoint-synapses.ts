/** @file The part of a program that takes derivatives back through the synapses. */
import type { AdjointLayout, SynapseAdjoint } from "./adjoint-layout.ts";
import type { Pass } from "./adjoint-passes.ts";
import { emitArrivalsBackwards } from "./adjoint-spikes.ts";
import type { Local } from "./assembler.ts";
import type { Emitter } from "./emitter.ts";
import type { SynapseLayout } from "./layout.ts";
import type { Slots } from "./slots.ts";
import { type Connections, SynapseEvaluator } from "./synapse-evaluator.ts";

export class AdjointSynapses {
  readonly #emitter: Emitter;
  readonly #adjoint: AdjointLayout;
  readonly #evaluator: SynapseEvaluator;

  constructor(emitter: Emitter, adjoint: AdjointLayout, slots: Slots) {
    this.#emitter = emitter;
    this.#adjoint = adjoint;
    this.#evaluator = new SynapseEvaluator(emitter, adjoint, slots);
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
            this.#evaluator.evaluate(synapse, this.#evaluator.one(synapse, edge), roots, known),
          undo: (edge, known) => {
            const at = this.#evaluator.one(synapse, edge);
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
      if (adjoint !== undefined) this.#loop(synapse, adjoint, adjoint.start, true, true);
    }
  }

  /** @param usesKept - whether derivatives by kept currents, which every step computes anew, are used up. */
  #loop(
    synapse: SynapseLayout,
    adjoint: SynapseAdjoint,
    pass: Pass | undefined,
    usesKept: boolean,
    isStart = false,
  ): void {
    if (pass === undefined) return;
    const { to } = this.#emitter;
    const kept = synapse.columns.get(synapse.plan.currentName);
    if (pass.replaced.length + pass.added.length === 0) return;
    this.#evaluator.overPairs(synapse, (at) => {
      const known = isStart ? this.#evaluator.unmoved(synapse, at) : undefined;
      this.#run(synapse, adjoint, pass, at, known);
      if (usesKept && kept !== undefined)
        this.#emitter.store(at.edge, kept + this.#adjoint.bars, to.constant(0));
    });
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
    const values = this.#evaluator.evaluate(synapse, at, roots, known);
    for (const [k, { to: key }] of pass.replaced.entries()) {
      const [address, value] = [synapse.columns.get(key), values[k]];
      if (address !== undefined && value !== undefined)
        this.#evaluator.store(at, address + bars, value);
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
      this.#evaluator.scatter(name === "v_pre" ? at.pre : at.post, voltage + bars, value, at);
      return;
    }
    const reading = synapse.plan.readings.get(name);
    if (reading !== undefined) {
      const column = layout.columns.get(reading.key);
      const address = sums.get(reading.key) ?? (column === undefined ? undefined : column + bars);
      if (address !== undefined) this.#evaluator.scatter(at[reading.side], address, value, at);
      return;
    }
    const own = synapse.columns.get(name);
    const [start, end] = layout.moving;
    const isMoving = own !== undefined && own >= start && own < end;
    const address = isMoving ? own + bars : adjoint.sums.get(name);
    if (address !== undefined)
      this.#evaluator.store(at, address, to.add(this.#evaluator.column(at, address), value));
  }
}
