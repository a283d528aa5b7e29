/** @file A selection of compartments of a module, through which everything is set, placed and looked at. */
import { ModelError, NameError, SelectionError, ValueError } from "../errors.ts";
import { type Channel, renameChannel } from "../mechanisms/channel.ts";
import { checkOptions } from "../util/options.ts";
import { nearestName } from "../util/suggest.ts";
import { deleteChannel, initializeStates, insertChannel, insertionOf } from "./channels.ts";
import type { Description, Root } from "./description.ts";
import type { CheckedKey } from "./keys.ts";
import { divideBranch } from "./ncomp.ts";
import {
  addClamps,
  addRecordings,
  compartmentsWithState,
  type SampleOptions,
  type Samples,
  samplesFor,
  stepOf,
} from "./placement.ts";
import { compartmentAt, emptySelection, type Index, resolveIndex } from "./selection.ts";
import { type ShowOptions, showTable } from "./show.ts";
import { SynapseView } from "./synapse-view.ts";
import { checkFree, getValues, type SetOptions, setValues } from "./values.ts";

/** Whether indices count inside the current view or in the whole module. */
export type Scope = "local" | "global";

/**
 * Compartments of a module, in order. Views are cheap and hold no values: what is set through one is seen through all.
 *
 * Indices count inside the view, from 0 (`scope("global")` makes them count in the whole module); their order and
 * repetitions do not matter.
 */
export class View implements Iterable<View> {
  /** @internal */
  readonly root: Root;
  readonly #compartments: Int32Array | undefined;
  readonly #scope: Scope;

  /** @internal */
  constructor(root: Root, compartments?: Int32Array, scope: Scope = "local") {
    this.root = root;
    this.#compartments = compartments;
    this.#scope = scope;
  }

  /** Numbers of the compartments in view, counted through all branches of the module. */
  get compartments(): Int32Array {
    return this.#compartments ?? Int32Array.from({ length: this.#description.count }, (_, i) => i);
  }

  /** Numbers of the branches in view. */
  get branchNumbers(): Int32Array {
    const branchOf = this.#description.branchOf;
    const numbers = new Set(Array.from(this.compartments, (i) => branchOf[i] ?? 0));
    return Int32Array.from(numbers).sort();
  }

  /** Numbers of the cells in view. */
  get cellNumbers(): Int32Array {
    const { cellOf } = this.#description;
    return Int32Array.from(
      new Set(Array.from(this.branchNumbers, (branch) => cellOf[branch] ?? 0)),
    );
  }

  /** Names of all groups of the module, and of all channels in it. */
  get groups(): string[] {
    return [...this.#description.groups.keys()];
  }

  get channels(): string[] {
    return this.#description.insertions.map(({ channel }) => channel.name);
  }

  get #description(): Description {
    return this.root.description;
  }

  /**
   * Cells of a network.
   *
   * @throws {SelectionError} for a number that does not exist, or on a module that is no network.
   */
  cell(index: Index): View {
    const { kind, cellOf, branchOf } = this.#description;
    if (kind !== "network") throw this.#unsupported("cell");
    const cells = this.cellNumbers;
    const isGlobal = this.#scope === "global";
    const count = isGlobal ? (cellOf.at(-1) ?? 0) + 1 : cells.length;
    const chosen = resolveIndex(index, count, "cell");
    const numbers = isGlobal ? chosen : new Set([...chosen].map((rank) => cells[rank]));
    return this.#narrow((i) => numbers.has(cellOf[branchOf[i] ?? 0] ?? 0));
  }

  /**
   * Branches of each cell in view.
   *
   * @throws {SelectionError} for a number that does not exist, or on a module without branches.
   */
  branch(index: Index): View {
    const { kind, branchOf, parents, cellOf } = this.#description;
    if (kind !== "cell" && kind !== "network") throw this.#unsupported("branch");
    const branches = this.branchNumbers;
    if (this.#scope === "global") {
      const chosen = resolveIndex(index, parents.length, "branch");
      return this.#narrow((i) => chosen.has(branchOf[i] ?? 0));
    }
    const ranks = ranksWithin(branches, (branch) => cellOf[branch] ?? 0);
    const most = ranks.reduce((deepest, rank) => Math.max(deepest, rank), 0);
    const chosen = resolveIndex(index, most + 1, "branch");
    const numbers = new Set(branches.filter((_, k) => chosen.has(ranks[k] ?? -1)));
    return this.#narrow((i) => numbers.has(branchOf[i] ?? 0));
  }

  /** Compartments of each branch in view, counted from its end towards the root. */
  comp(index: Index): View {
    if (this.#description.kind === "compartment") throw this.#unsupported("comp");
    const rank = this.#scope === "global" ? (i: number) => i : this.#rankInBranch();
    const ranks = Array.from(this.compartments, rank);
    const deepest = ranks.reduce((most, rank) => Math.max(most, rank), 0);
    const count = this.#scope === "global" ? this.#description.count : deepest + 1;
    const chosen = resolveIndex(index, count, "compartment");
    return this.#narrow((_, position) => chosen.has(ranks[position] ?? -1));
  }

  /**
   * Compartments at relative places of each branch in view: 0 is the end towards the root, 1 the other. A place on the
   * border of two compartments belongs to the lower one.
   */
  loc(at: number | readonly number[] | "all"): View {
    if (this.#description.kind === "compartment") throw this.#unsupported("loc");
    if (at === "all") return this.#narrow(() => true);
    const places = typeof at === "number" ? [at] : at;
    const { firstCompartment, ncomp } = this.#description;
    const chosen = new Set<number>();
    for (const branch of this.branchNumbers) {
      for (const place of places) {
        chosen.add((firstCompartment[branch] ?? 0) + compartmentAt(place, ncomp[branch] ?? 1));
      }
    }
    return this.#narrow((i) => chosen.has(i));
  }

  /** Compartments by their numbers in the module, in the order given. */
  select(compartments: Index): View {
    if (Array.isArray(compartments) && typeof compartments[0] === "number") {
      resolveIndex(compartments, this.#description.count, "compartment");
      return new View(this.root, Int32Array.from(compartments as readonly number[]), this.#scope);
    }
    const chosen = resolveIndex(compartments, this.#description.count, "compartment");
    return this.#narrow((i) => chosen.has(i));
  }

  /**
   * Compartments of the view that belong to the group.
   *
   * @throws {NameError} for a group that does not exist, with the nearest name.
   */
  group(name: string): View {
    const mask = this.#description.groups.get(name);
    if (mask === undefined) {
      const suggestion = nearestName(name, this.groups);
      throw new NameError(`There is no group ${JSON.stringify(name)}.`, {
        subject: name,
        ...(suggestion === undefined
          ? { remedy: `Groups are: ${this.groups.join(", ") || "none; make one with addToGroup"}.` }
          : { suggestion }),
      });
    }
    return this.#narrow((i) => mask[i] === 1);
  }

  /** Compartments of the view that have the channel. */
  channel(name: string): View {
    const { present } = insertionOf(this.#description, name);
    return this.#narrow((i) => present[i] === 1);
  }

  /** All synapses of this name in the network. */
  synapse(name: string): SynapseView {
    return new SynapseView(this.root, name);
  }

  /** The same view with indices that count locally or in the whole module. */
  scope(scope: Scope): View {
    if (scope !== "local" && scope !== "global") {
      throw new SelectionError(`There is no scope ${JSON.stringify(scope)}.`, {
        value: scope,
        remedy: 'Use "local" or "global".',
      });
    }
    return new View(this.root, this.#compartments, scope);
  }

  /** The cells in view, one by one. */
  *cells(): Generator<View> {
    const { cellOf, branchOf } = this.#description;
    const byCell = new Map<number, number[]>();
    for (const i of this.compartments) {
      const cell = cellOf[branchOf[i] ?? 0] ?? 0;
      const members = byCell.get(cell) ?? [];
      members.push(i);
      byCell.set(cell, members);
    }
    for (const members of byCell.values())
      yield new View(this.root, Int32Array.from(members), this.#scope);
  }

  /** The branches in view, one by one. */
  *branches(): Generator<View> {
    const { branchOf } = this.#description;
    const byBranch = new Map<number, number[]>();
    for (const i of this.compartments) {
      const branch = branchOf[i] ?? 0;
      const members = byBranch.get(branch) ?? [];
      members.push(i);
      byBranch.set(branch, members);
    }
    for (const branch of this.branchNumbers) {
      yield new View(this.root, Int32Array.from(byBranch.get(branch) ?? []), this.#scope);
    }
  }

  /** The compartments in view, one by one. */
  *comps(): Generator<View> {
    for (const i of this.compartments) yield new View(this.root, Int32Array.of(i), this.#scope);
  }

  /** The cells of a view of several, else the branches of a view of several, else its compartments. */
  [Symbol.iterator](): Iterator<View> {
    if (this.#description.kind === "network" && this.cellNumbers.length > 1) return this.cells();
    return this.branchNumbers.length > 1 ? this.branches() : this.comps();
  }

  /**
   * Sets a parameter or state where it exists in the view: one value for all, or one per compartment. Setting `radius`
   * or `length` makes cylinders of the compartments.
   *
   * @param options - `allowNegative`: accepts conductances below 0, which are a mistake in most models.
   * @throws {NameError} for an unknown key, {ValueError} for a value out of its domain.
   */
  set<Key extends string>(
    key: CheckedKey<Key>,
    value: number | ArrayLike<number>,
    options: SetOptions = {},
  ): this {
    checkOptions(options, ["allowNegative"], "set");
    setValues(this.#description, this.compartments, key, value, options);
    return this;
  }

  /** Values of a parameter or state, one for each compartment of the view that has it. */
  get<Key extends string>(key: CheckedKey<Key>): Float64Array {
    return getValues(this.#description, this.compartments, key);
  }

  /**
   * Puts a channel into the view. Parameters that it shares with others (`eK`) take their defaults again.
   *
   * @param options - `name`: another name, so that a compartment can hold the channel twice.
   * @throws {ModelError} where the channel is already: inserting it again would undo what was set.
   */
  insert(channel: Channel, options: { readonly name?: string } = {}): this {
    const named = options.name === undefined ? channel : renameChannel(channel, options.name);
    insertChannel(this.#description, this.compartments, named);
    return this;
  }

  /** Takes a channel out of the view. */
  delete(channel: Channel | string): this {
    const name = typeof channel === "string" ? channel : channel.name;
    deleteChannel(this.#description, this.compartments, name);
    return this;
  }

  addToGroup(name: string): this {
    checkFree(this.#description, name, "group");
    const mask = this.#description.groups.get(name) ?? new Uint8Array(this.#description.count);
    for (const i of this.compartments) mask[i] = 1;
    this.#description.groups.set(name, mask);
    return this;
  }

  /**
   * Records a state in each compartment of the view: `v` (mV), a channel state, a current such as `i_HH` (mA/cm2), or
   * `i`, the injected current (nA). Rows stand in the results in the order of the calls.
   *
   * @param options - `name` of the row, by default the state and its place (numbered for several compartments).
   */
  record(state = "v", options: { readonly name?: string } = {}): this {
    addRecordings(this.#description, this.compartments, state, options.name);
    return this;
  }

  /** Deletes the recordings in view. */
  deleteRecordings(): this {
    const description = this.#description;
    description.recordings = description.recordings.filter((row) => !this.#has(row.compartment));
    return this;
  }

  /**
   * Injects a current (nA, one sample per time step) into each compartment of the view; several add up.
   *
   * @param current - one series for all compartments, or a list with one for each.
   * @param options - `dt`: the time step (ms) of the samples, if they are for no other; default: what `stepCurrent` noted.
   */
  stimulate(current: Samples, options: SampleOptions = {}): this {
    checkOptions(options, ["dt"], "stimulate");
    const dt = stepOf(current, options);
    const series = samplesFor(this.compartments, current, "stimulus");
    for (const [i, compartment] of this.compartments.entries()) {
      const samples = series[i];
      if (samples !== undefined) this.#description.stimuli.push({ compartment, samples, dt });
    }
    return this;
  }

  /** Deletes the stimuli in view. */
  deleteStimuli(): this {
    const description = this.#description;
    description.stimuli = description.stimuli.filter(
      (stimulus) => !this.#has(stimulus.compartment),
    );
    return this;
  }

  /**
   * Holds a state at given values, one per time step, each written at the end of its step (a gate: after the currents
   * of that step). A later clamp of the same state and compartment replaces an earlier one.
   */
  clamp(state: string, values: Samples, options: SampleOptions = {}): this {
    checkOptions(options, ["dt"], "clamp");
    const rows = compartmentsWithState(this.#description, this.compartments, state, "clamped");
    addClamps(this.#description, rows, state, values, options);
    return this;
  }

  /** Deletes the clamps in view, of one state or of all. */
  deleteClamps(state?: string): this {
    const description = this.#description;
    description.clamps = description.clamps.filter(
      (clamp) => !this.#has(clamp.compartment) || (state !== undefined && clamp.state !== state),
    );
    return this;
  }

  /**
   * Starts the states of all channels in view at their steady state for the voltage there.
   *
   * @param options - `dt` in ms, for channels whose start depends on it; default 0.025.
   */
  initStates({ dt = 0.025 }: { readonly dt?: number } = {}): this {
    initializeStates(this.#description, this.compartments, dt);
    return this;
  }

  /**
   * Divides the branch in view into `ncomp` compartments of equal length. Views made before no longer fit.
   *
   * @param options - `minRadius` (um): least radius of the compartments of a traced branch.
   * @throws {ModelError} if the branch is not uniform or something is placed on the module.
   */
  setNcomp(ncomp: number, options: { readonly minRadius?: number } = {}): this {
    const [branch, ...others] = this.branchNumbers;
    if (branch === undefined || others.length > 0 || this.#description.kind === "compartment") {
      throw new ModelError(`The view has ${others.length + 1} branches.`, {
        remedy:
          "Set the number of compartments of one branch at a time: cell.branch(i).setNcomp(n).",
      });
    }
    this.root.description = divideBranch(this.#description, branch, ncomp, options.minRadius);
    return this;
  }

  /** The compartments in view as a table of text. */
  show(options: ShowOptions = {}): string {
    return showTable(this.#description, this.compartments, options);
  }

  #has(compartment: number): boolean {
    return this.#compartments === undefined || this.#compartments.includes(compartment);
  }

  #narrow(keep: (compartment: number, position: number) => boolean): View {
    const compartments = this.compartments.filter(keep);
    if (compartments.length === 0) throw emptySelection("Nothing is in view.");
    const stale = compartments.find((i) => i >= this.#description.count);
    if (stale !== undefined) {
      throw new ValueError(`Compartment ${stale} no longer exists.`, {
        value: stale,
        remedy: "Select again after setNcomp.",
      });
    }
    return new View(this.root, compartments, this.#scope);
  }

  /** Position of a compartment among those of its branch that are in view. */
  #rankInBranch(): (compartment: number) => number {
    const branchOf = this.#description.branchOf;
    const sorted = this.compartments.toSorted();
    const ranks = ranksWithin(sorted, (i) => branchOf[i] ?? 0);
    const rankOf = new Map(Array.from(sorted, (i, k) => [i, ranks[k] ?? -1]));
    return (i) => rankOf.get(i) ?? -1;
  }

  #unsupported(level: string): SelectionError {
    const { kind } = this.#description;
    const remedies = {
      compartment: "It is one compartment.",
      branch: "Use comp or loc.",
      cell: "Use branch, comp or loc.",
      network: "Use cell, branch, comp or loc.",
    };
    return new SelectionError(`A ${kind} has no ${level}.`, {
      subject: level,
      remedy: remedies[kind],
    });
  }
}

/** Position of each item among those before it of the same group. */
function ranksWithin(items: Int32Array, groupOf: (item: number) => number): number[] {
  const seen = new Map<number, number>();
  return Array.from(items, (item) => {
    const group = groupOf(item);
    const rank = seen.get(group) ?? 0;
    seen.set(group, rank + 1);
    return rank;
  });
}
