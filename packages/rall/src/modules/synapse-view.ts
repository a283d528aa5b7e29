/** @file A selection of the synapses of one kind in a network. */
import { checkOptions } from "../util/options.ts";
import type { Root, SynapseTable } from "./description.ts";
import { addClamps, type SampleOptions, type Samples } from "./placement.ts";
import { type Index, resolveIndex } from "./selection.ts";
import { checkSynapseState, setSynapseValues, synapseColumn, synapseTable } from "./synapses.ts";

/** Synapses of one kind, in the order in which they were made. */
export class SynapseView {
  readonly #root: Root;
  readonly name: string;
  readonly #edges: readonly number[] | undefined;

  /** @internal */
  constructor(root: Root, name: string, edges?: readonly number[]) {
    this.#root = root;
    this.name = name;
    this.#edges = edges;
    synapseTable(root.description, name);
  }

  /** Numbers of the synapses among those of this kind. */
  get edges(): readonly number[] {
    return this.#edges ?? this.#table.pre.map((_, i) => i);
  }

  /** Compartments before and after each synapse. */
  get pre(): Int32Array {
    return Int32Array.from(this.edges, (edge) => this.#table.pre[edge] ?? 0);
  }

  get post(): Int32Array {
    return Int32Array.from(this.edges, (edge) => this.#table.post[edge] ?? 0);
  }

  get #table(): SynapseTable {
    return synapseTable(this.#root.description, this.name);
  }

  /** Synapses by their position in this view. */
  edge(index: Index): SynapseView {
    const { edges } = this;
    const chosen = resolveIndex(index, edges.length, "synapse");
    return new SynapseView(
      this.#root,
      this.name,
      edges.filter((_, i) => chosen.has(i)),
    );
  }

  /** Sets a parameter or state: one value for all, or one per synapse. */
  set(key: string, value: number | ArrayLike<number>): this {
    setSynapseValues(this.#table, this.edges, key, value);
    return this;
  }

  get(key: string): Float64Array {
    const column = synapseColumn(this.#table, key);
    return Float64Array.from(this.edges, (edge) => column[edge] ?? Number.NaN);
  }

  /** Records a state of each synapse, or its current (`i_<name>`, nA). */
  record(state: string): this {
    checkSynapseState(this.#table, state);
    const { recordings } = this.#root.description;
    for (const edge of this.edges) {
      const isThere = recordings.some((row) => row.state === state && row.compartment === edge);
      if (!isThere) recordings.push({ state, compartment: edge, name: `${state}_e${edge}` });
    }
    return this;
  }

  /** Holds a state of each synapse at given values, one per time step. */
  clamp(state: string, values: Samples, options: SampleOptions = {}): this {
    checkOptions(options, ["dt"], "clamp");
    checkSynapseState(this.#table, state);
    addClamps(this.#root.description, Int32Array.from(this.edges), state, values, options);
    return this;
  }
}
