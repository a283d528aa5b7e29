/** @file The part of a program that tells how synapses move when their inputs do. */
import type { AdjointLayout } from "./adjoint-layout.ts";
import type { Pass } from "./adjoint-passes.ts";
import type { Local } from "./assembler.ts";
import type { Emitter } from "./emitter.ts";
import type { SynapseLayout } from "./layout.ts";
import type { Slots } from "./slots.ts";
import { type Connections, SynapseEvaluator } from "./synapse-evaluator.ts";
import { tangentNames } from "./tangent-passes.ts";
import { emitArrivalsMoved } from "./tangent-spikes.ts";

export class TangentSynapses {
  readonly #emitter: Emitter;
  readonly #adjoint: AdjointLayout;
  readonly #evaluator: SynapseEvaluator;

  constructor(emitter: Emitter, adjoint: AdjointLayout, slots: Slots) {
    this.#emitter = emitter;
    this.#adjoint = adjoint;
    this.#evaluator = new SynapseEvaluator(emitter, adjoint, slots);
  }

  /** @param sample - number of the step. */
  step(sample: Local): void {
    for (const [kind, synapse] of this.#emitter.layout.synapses.entries()) {
      const adjoint = this.#adjoint.synapses[kind];
      if (adjoint === undefined) continue;
      this.#loop(synapse, adjoint.rules);
      if (adjoint.arrival !== undefined) {
        const { arrival } = adjoint;
        emitArrivalsMoved(this.#emitter, this.#adjoint, synapse, arrival, sample, {
          evaluate: (edge, roots, known) =>
            this.#evaluator.evaluate(synapse, this.#evaluator.one(synapse, edge), roots, known),
          undo: (edge, known) =>
            this.#run(synapse, arrival.pass, this.#evaluator.one(synapse, edge), known),
        });
      }
      this.#loop(synapse, adjoint.current);
    }
  }

  start(): void {
    for (const [kind, synapse] of this.#emitter.layout.synapses.entries())
      this.#loop(synapse, this.#adjoint.synapses[kind]?.start, true);
  }

  #loop(synapse: SynapseLayout, pass: Pass | undefined, isStart = false): void {
    if (pass === undefined || pass.replaced.length + pass.added.length === 0) return;
    this.#evaluator.overPairs(synapse, (at) => {
      this.#run(synapse, pass, at, isStart ? this.#evaluator.unmoved(synapse, at) : undefined);
    });
  }

  #run(
    synapse: SynapseLayout,
    pass: Pass,
    at: Connections,
    known?: (name: string) => Local | undefined,
  ): void {
    const { bars, voltage } = this.#adjoint;
    const roots = [...pass.replaced, ...pass.added].map(({ value }) => value);
    const values = this.#evaluator.evaluate(synapse, at, roots, known);
    for (const [k, { to: key }] of pass.replaced.entries()) {
      const [address, value] = [synapse.columns.get(key), values[k]];
      if (address !== undefined && value !== undefined)
        this.#evaluator.store(at, address + bars, value);
    }
    const kept = synapse.columns.get(synapse.plan.currentName);
    for (const [k, { to: name }] of pass.added.entries()) {
      const value = values[pass.replaced.length + k];
      if (value === undefined) continue;
      if (name === tangentNames.kept) {
        if (kept !== undefined) this.#evaluator.store(at, kept + bars, value);
      } else {
        const address = name === tangentNames.flow ? voltage.right : voltage.diagonal;
        this.#evaluator.scatter(at.post, address, value, at);
      }
    }
  }
}
