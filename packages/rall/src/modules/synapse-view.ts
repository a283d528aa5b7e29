/** @file A selection of the synapses of a network. */
import { SelectionError } from "../errors.ts";
import type { Synapse } from "../mechanisms/synapse.ts";
import { finite, list, number, numbers, text } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import type { Description, Numbering, Root, SynapseTable } from "./description.ts";
import { addTrainable, checkData, type DataSet } from "./feed.ts";
import type { CheckedSynapseKey, SynapseKey, SynapseRecordedKey, SynapseStateKey } from "./keys.ts";
import { addClamps, addRows, checkMoment, type SampleOptions, type Samples } from "./placement.ts";
import { type Index, resolveIndex } from "./selection.ts";
import { type ShowOptions, showSynapses } from "./show.ts";
import {
  deleteConnections,
  recordingName,
  rowsWithin,
  setSynapseValues,
  synapseColumn,
  synapseTable,
  tableWithState,
} from "./synapses.ts";
import { makeTrainable, type Sharing, type TrainableOptions } from "./trainable.ts";
import { type SetOptions, setOptionKinds } from "./values.ts";

/** Chosen connections of one kind, by their numbers among those of the kind. */
interface Part {
  readonly kind: string;
  readonly rows: readonly number[];
}

/**
 * Synapses of a network, of one kind or of several, in the order in which they were made. `S` is the type of the synapse
 * where that is known.
 */
export class SynapseView<S extends Synapse = Synapse> {
  readonly #root: Root;
  readonly #parts: readonly Part[];
  readonly #sharing: Sharing;
  readonly #numbering: Numbering;

  /** @internal @param sharing - `all` or `each`: whether the synapses share a value that is fitted. */
  constructor(root: Root, parts: readonly Part[], sharing: Sharing = "all") {
    this.#root = root;
    this.#parts = parts;
    this.#sharing = sharing;
    this.#numbering = root.description.connections;
  }

  /** @throws SelectionError for a view of synapses that have been numbered anew since. */
  get #description(): Description {
    const { description } = this.#root;
    if (this.#numbering === description.connections) return description;
    throw new SelectionError("Synapses were deleted after this view was made.", {
      subject: "view",
      remedy: "Select again: network.synapse(name), or network.edge(index).",
    });
  }

  /** @internal Synapses between the compartments (default: all), of one kind or of all. */
  static within(root: Root, compartments: Int32Array | undefined, kind?: string): SynapseView {
    const parts = root.description.synapses.flatMap((table) => {
      const { name } = table.synapse;
      if (kind !== undefined && name !== kind) return [];
      const rows =
        compartments === undefined
          ? table.pre.map((_, row) => row)
          : rowsWithin(table, compartments);
      return rows.length === 0 ? [] : [{ kind: name, rows }];
    });
    if (parts.length > 0) return new SynapseView(root, parts);
    throw new SelectionError("There is no synapse in view.", {
      ...(kind === undefined ? {} : { subject: kind }),
      remedy: "Connect cells first, or select both sides of the synapses.",
    });
  }

  /** Kinds of synapses in view. */
  get kinds(): string[] {
    return this.#parts.map(({ kind }) => kind);
  }

  /** Numbers of the synapses among all of the network, ascending. */
  get edges(): Int32Array {
    return Int32Array.from(this.#ordered, ({ edge }) => edge);
  }

  /** Compartments before each synapse; below 0 where spikes of a train arrive. */
  get pre(): Int32Array {
    return Int32Array.from(this.#ordered, ({ table, row }) => table.pre[row] ?? 0);
  }

  /** Compartments after each synapse. */
  get post(): Int32Array {
    return Int32Array.from(this.#ordered, ({ table, row }) => table.post[row] ?? 0);
  }

  /**
   * Synapses by their position in this view.
   *
   * @throws SelectionError for a number that does not exist.
   */
  edge(index: Index): SynapseView<S> {
    const ordered = this.#ordered;
    const chosen = resolveIndex(index, ordered.length, "synapse");
    const rows = new Map<string, number[]>();
    for (const [position, { table, row }] of ordered.entries()) {
      if (!chosen.has(position)) continue;
      const { name } = table.synapse;
      const list = rows.get(name) ?? [];
      list.push(row);
      rows.set(name, list);
    }
    return new SynapseView(
      this.#root,
      Array.from(rows, ([kind, list]) => ({ kind, rows: list })),
      "each",
    );
  }

  /**
   * Sets a parameter or state of the kind that has it: one value for all, or one per synapse.
   *
   * @param options - `allowNegative`: accepts conductances below 0.
   * @throws NameError for an unknown key, ValueError for a value out of its domain.
   */
  set<Key extends string>(
    key: SynapseKey<S> | CheckedSynapseKey<Key, S, SynapseKey<S>>,
    value: number | ArrayLike<number>,
    options: SetOptions = {},
  ): this {
    checkOptions(options, setOptionKinds, "set");
    const found = synapseColumn(this.#tables, key);
    setSynapseValues(found, this.#rows(found.table), key, value, options);
    return this;
  }

  /** A value as data for one run (`integrate(..., { dataSet })`). @throws as `set`. */
  dataSet<Key extends string>(
    key: SynapseKey<S> | CheckedSynapseKey<Key, S, SynapseKey<S>>,
    value: number | ArrayLike<number>,
    previous: readonly DataSet[] = [],
  ): DataSet[] {
    checkData(value, previous);
    const { table, column } = synapseColumn(this.#tables, key);
    const rows = this.#rows(table);
    const own = typeof value === "number" ? value : Float64Array.from(value);
    setSynapseValues({ table, column: column.slice() }, rows, key, own);
    return [
      ...previous,
      {
        ...{ key, synapse: table.synapse.name, places: Int32Array.from(rows), value: own },
        numbering: this.#numbering,
      },
    ];
  }

  /**
   * Marks a parameter or start state as one to be fitted: one value shared by all synapses of a kind, or, after `edge`, one for each.
   *
   * @param initial - value that fitting begins with: one for all groups or one for each; default: the mean of the present values of each.
   * @param options - `share`: any other grouping.
   * @throws NameError for an unknown key, ValueError for values out of their domain or more or fewer than there are groups.
   */
  makeTrainable<Key extends string>(
    key: SynapseKey<S> | CheckedSynapseKey<Key, S, SynapseKey<S>>,
    initial?: number | ArrayLike<number>,
    options: TrainableOptions = {},
  ): this {
    checkOptions(options, { share: numbers }, "makeTrainable");
    const { table } = synapseColumn(this.#tables, key);
    const places = this.#rows(table);
    const share = options.share ?? places.map((_, k) => (this.#sharing === "all" ? 0 : k));
    const synapse = table.synapse.name;
    const request = { key, synapse, places, values: this.get(key), share, initial };
    addTrainable(this.#description, makeTrainable(request));
    return this;
  }

  /** Values of a parameter or state, one for each synapse of the kind that has it. */
  get<Key extends string>(
    key: SynapseKey<S> | CheckedSynapseKey<Key, S, SynapseKey<S>>,
  ): Float64Array {
    const { table, column } = synapseColumn(this.#tables, key);
    return Float64Array.from(this.#rows(table), (row) => column[row] ?? Number.NaN);
  }

  /**
   * Records a state of each synapse, or its current (`i_<name>`, nA).
   *
   * @param options - `at: "end"`, of a current: at the voltages and states at the end of the step.
   * @throws ValueError for `at` of a state.
   */
  record<Key extends string>(
    state: SynapseRecordedKey<S> | CheckedSynapseKey<Key, S, SynapseRecordedKey<S>>,
    options: { readonly at?: "end" | undefined } = {},
  ): this {
    checkOptions(options, ["at"], "record");
    const { at } = options;
    const table = tableWithState(this.#tables, state);
    const synapse = table.synapse.name;
    checkMoment(this.#description, { state, synapse, index: 0 }, at);
    const rows = this.#rows(table).map((index) => ({
      ...{ state, synapse, index, at },
      name: recordingName({ state, index, at }),
    }));
    addRows(this.#description, rows, false);
    return this;
  }

  /** Holds a state of each synapse at given values, one per time step. */
  clamp<Key extends string>(
    state: SynapseStateKey<S> | CheckedSynapseKey<Key, S, SynapseStateKey<S>>,
    values: Samples,
    options: SampleOptions = {},
  ): this {
    checkOptions(options, { dt: number }, "clamp");
    const table = tableWithState(this.#tables, state);
    const synapse = table.synapse.name;
    const targets = this.#rows(table).map((index) => ({ state, synapse, index }));
    addClamps(this.#description, targets, values, options);
    return this;
  }

  /** Takes the synapses out of the network. Views of synapses made before, this one included, no longer fit and say so. */
  delete(): void {
    const chosen = this.#parts.map(({ kind, rows }) => [kind, new Set(rows)] as const);
    deleteConnections(this.#description, new Map(chosen));
  }

  /** The synapses in view as tables of text, one per kind. */
  show(options: ShowOptions = {}): string {
    checkOptions(options, { keys: list(text), rows: finite }, "show");
    return this.#parts
      .map(({ kind, rows }) => showSynapses(this.#table(kind), rows, options))
      .join("\n\n");
  }

  get #tables(): SynapseTable[] {
    return this.#parts.map(({ kind }) => this.#table(kind));
  }

  #table(kind: string): SynapseTable {
    return synapseTable(this.#description, kind);
  }

  #rows({ synapse }: SynapseTable): readonly number[] {
    return this.#parts.find(({ kind }) => kind === synapse.name)?.rows ?? [];
  }

  get #ordered(): { readonly edge: number; readonly table: SynapseTable; readonly row: number }[] {
    return this.#parts
      .flatMap(({ kind, rows }) => {
        const table = this.#table(kind);
        return rows.map((row) => ({ edge: table.edges[row] ?? 0, table, row }));
      })
      .sort((a, b) => a.edge - b.edge);
  }
}
