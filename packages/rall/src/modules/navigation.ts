/** @file Moving about in a module: from a selection of compartments to another, by cell, branch, place, group or channel. */
import { NameError, SelectionError } from "../errors.ts";
import { check, instance, numberOrNumbers } from "../util/kinds.ts";
import { nearestName } from "../util/suggest.ts";
import { insertionOf } from "./channels.ts";
import type { Description, Numbering, Root } from "./description.ts";
import type { ChannelName, GroupName, ValueKey } from "./keys.ts";
import { type Place, placeFinder } from "./place.ts";
import { compartmentAt, emptySelection, type Index, resolveIndex } from "./selection.ts";
import type { Sharing } from "./trainable.ts";
import { getValues, rowsWithKey } from "./values.ts";

/** Whether indices count inside the current view or in the whole module. */
export type Scope = "local" | "global";

/** What a condition can ask about a compartment. */
export interface CompartmentFacts {
  /** Number among all of the module, of its branch, and of its cell. */
  readonly compartment: number;
  readonly branch: number;
  readonly cell: number;
  /** Value of a parameter or state; NaN where it does not exist. @throws NameError for an unknown key. */
  readonly get: (key: ValueKey | (string & {})) => number;
  readonly isIn: (group: GroupName | (string & {})) => boolean;
}

function factsOf(description: Description): (compartment: number) => CompartmentFacts {
  const { branchOf, cellOf, groups, count } = description;
  const all = Int32Array.from({ length: count }, (_, i) => i);
  const columns = new Map<string, Float64Array>();
  const column = (key: string) => {
    const known = columns.get(key);
    if (known !== undefined) return known;
    const rows = rowsWithKey(description, all, key);
    const values = getValues(description, all, key);
    const dense = new Float64Array(count).fill(Number.NaN);
    for (const [k, i] of rows.entries()) dense[i] = values[k] ?? Number.NaN;
    columns.set(key, dense);
    return dense;
  };
  return (compartment) => ({
    compartment,
    branch: branchOf[compartment] ?? 0,
    cell: cellOf[branchOf[compartment] ?? 0] ?? 0,
    get: (key) => column(key)[compartment] ?? Number.NaN,
    isIn: (group) => groups.get(group)?.[compartment] === 1,
  });
}

/**
 * Compartments of a module, in order; `V` is the kind of view that moving gives.
 *
 * Indices count inside the view, from 0 (`scope("global")` makes them count in the whole module); their order and
 * repetitions do not matter.
 */
export abstract class Navigation<V> implements Iterable<V> {
  readonly #root: Root;
  #compartments: Int32Array | undefined;
  #numbering: Numbering;
  readonly #scope: Scope;
  readonly #sharing: Sharing;

  /** @internal @param sharing - which compartments share a value that is fitted, by the last step that was made. */
  constructor(
    root: Root,
    compartments?: Int32Array,
    scope: Scope = "local",
    sharing: Sharing = "all",
  ) {
    this.#root = root;
    this.#compartments = compartments;
    this.#numbering = root.description.places;
    this.#scope = scope;
    this.#sharing = sharing;
  }

  /** @internal @throws SelectionError for a view of some compartments that have been numbered anew since. */
  get root(): Root {
    const { places } = this.#root.description;
    if (this.#compartments === undefined || this.#numbering === places) return this.#root;
    throw new SelectionError("The compartments were numbered anew after this view was made.", {
      subject: "view",
      remedy: "Select again after setNcomp.",
    });
  }

  /** Makes the view one of other compartments, as they are numbered now. */
  protected follow(compartments: Int32Array): void {
    if (this.#compartments === undefined) return;
    this.#compartments = compartments;
    this.#numbering = this.#root.description.places;
  }

  /** A view of other compartments of the same module. */
  protected abstract view(compartments: Int32Array | undefined, scope: Scope, sharing: Sharing): V;

  /** Numbers of the compartments in view, counted through all branches of the module. */
  get compartments(): Int32Array {
    const { count } = this.#description;
    return this.#compartments ?? Int32Array.from({ length: count }, (_, i) => i);
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

  /** Names of all groups of the module. */
  get groups(): string[] {
    return [...this.#description.groups.keys()];
  }

  /** Where each compartment in view is: its branch, its place along it, its groups. */
  get places(): Place[] {
    return Array.from(this.compartments, placeFinder(this.#description));
  }

  /** Names of all channels in the module. */
  get channels(): string[] {
    return this.#description.insertions.map(({ channel }) => channel.name);
  }

  get #description(): Description {
    return this.root.description;
  }

  /**
   * Cells of a network.
   *
   * @throws SelectionError for a number that does not exist, or on a module that is no network.
   */
  cell(index: Index): V {
    const { kind, cellOf, branchOf } = this.#description;
    if (kind !== "network") throw this.#unsupported("cell");
    const cells = this.cellNumbers;
    const isGlobal = this.#scope === "global";
    const count = isGlobal ? (cellOf.at(-1) ?? 0) + 1 : cells.length;
    const chosen = resolveIndex(index, count, "cell");
    const numbers = isGlobal ? chosen : new Set([...chosen].map((rank) => cells[rank]));
    return this.#narrow("cell", (i) => numbers.has(cellOf[branchOf[i] ?? 0] ?? 0));
  }

  /**
   * Branches of each cell in view.
   *
   * @throws SelectionError for a number that does not exist, or on a module without branches.
   */
  branch(index: Index): V {
    const { kind, branchOf, parents, cellOf } = this.#description;
    if (kind !== "cell" && kind !== "network") throw this.#unsupported("branch");
    const branches = this.branchNumbers;
    if (this.#scope === "global") {
      const chosen = resolveIndex(index, parents.length, "branch");
      return this.#narrow("branch", (i) => chosen.has(branchOf[i] ?? 0));
    }
    const ranks = ranksWithin(branches, (branch) => cellOf[branch] ?? 0);
    const most = ranks.reduce((deepest, rank) => Math.max(deepest, rank), 0);
    const chosen = resolveIndex(index, most + 1, "branch");
    const numbers = new Set(branches.filter((_, k) => chosen.has(ranks[k] ?? -1)));
    return this.#narrow("branch", (i) => numbers.has(branchOf[i] ?? 0));
  }

  /** Compartments of each branch in view, counted from its end towards the root. */
  comp(index: Index): V {
    if (this.#description.kind === "compartment") throw this.#unsupported("comp");
    const rank = this.#scope === "global" ? (i: number) => i : this.#rankInBranch();
    const ranks = Array.from(this.compartments, rank);
    const deepest = ranks.reduce((most, rank) => Math.max(most, rank), 0);
    const count = this.#scope === "global" ? this.#description.count : deepest + 1;
    const chosen = resolveIndex(index, count, "compartment");
    return this.#narrow("each", (_, position) => chosen.has(ranks[position] ?? -1));
  }

  /**
   * Compartments at relative places of each branch in view: 0 is the end towards the root, 1 the other. A place on the
   * border of two compartments belongs to the lower one.
   */
  loc(at: number | readonly number[] | "all"): V {
    if (this.#description.kind === "compartment") throw this.#unsupported("loc");
    if (at === "all") return this.#narrow("each", () => true);
    check(at, numberOrNumbers, "The place on a branch");
    const places = typeof at === "number" ? [at] : at;
    const { firstCompartment, ncomp } = this.#description;
    const chosen = new Set<number>();
    for (const branch of this.branchNumbers) {
      for (const place of places) {
        chosen.add((firstCompartment[branch] ?? 0) + compartmentAt(place, ncomp[branch] ?? 1));
      }
    }
    return this.#narrow("each", (i) => chosen.has(i));
  }

  /**
   * Compartments by their numbers in the module, in the order given; or those of the view for which a condition holds:
   * `cell.select(({ get }) => get("radius") > 1)`.
   */
  select(compartments: Index | ((compartment: CompartmentFacts) => boolean)): V {
    if (typeof compartments === "function") {
      const facts = factsOf(this.#description);
      return this.#narrow("each", (i) => compartments(facts(i)));
    }
    if (Array.isArray(compartments) && typeof compartments[0] === "number") {
      resolveIndex(compartments, this.#description.count, "compartment");
      return this.#at("each", Int32Array.from(compartments as readonly number[]));
    }
    const chosen = resolveIndex(compartments, this.#description.count, "compartment");
    return this.#narrow("each", (i) => chosen.has(i));
  }

  /**
   * Compartments of the view that belong to the group.
   *
   * @throws NameError for a group that does not exist, with the nearest name.
   */
  group(name: GroupName | (string & {})): V {
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
    return this.#narrow("all", (i) => mask[i] === 1);
  }

  /** Compartments of the view that have the channel. */
  channel(name: ChannelName | (string & {})): V {
    const { present } = insertionOf(this.#description, name);
    return this.#narrow("all", (i) => present[i] === 1);
  }

  /** The same view with indices that count locally or in the whole module. */
  scope(scope: Scope): V {
    if (scope !== "local" && scope !== "global") {
      throw new SelectionError(`There is no scope ${JSON.stringify(scope)}.`, {
        value: scope,
        remedy: 'Use "local" or "global".',
      });
    }
    return this.view(this.#compartments, scope, this.#sharing);
  }

  /** The cells in view, one by one; branches of a whole module may be divided by `setNcomp` on the way. */
  *cells(): Generator<V> {
    const { cellOf, branchOf } = this.#description;
    const byCell = this.#gather((i) => cellOf[branchOf[i] ?? 0] ?? 0);
    for (const cell of byCell.size > 0 ? byCell.keys() : this.cellNumbers) {
      const { firstCompartment } = this.#description;
      const [from, to] = [cellOf.indexOf(cell), cellOf.lastIndexOf(cell) + 1];
      const own = byCell.get(cell) ?? between(firstCompartment[from], firstCompartment[to]);
      yield this.#at("cell", Int32Array.from(own));
    }
  }

  /** The branches in view, one by one; those of a whole module may be divided by `setNcomp` on the way. */
  *branches(): Generator<V> {
    const { branchOf } = this.#description;
    const byBranch = this.#gather((i) => branchOf[i] ?? 0);
    for (const branch of this.branchNumbers) {
      const own = byBranch.get(branch) ?? this.#description.compartmentsOf(branch);
      yield this.#at("branch", Int32Array.from(own));
    }
  }

  /** Compartments of a view of some by the number of their group, in order; of a whole module none. */
  #gather(groupOf: (compartment: number) => number): Map<number, number[]> {
    const groups = new Map<number, number[]>();
    for (const i of this.#compartments ?? []) {
      const members = groups.get(groupOf(i)) ?? [];
      members.push(i);
      groups.set(groupOf(i), members);
    }
    return groups;
  }

  /** The compartments in view, one by one. */
  *comps(): Generator<V> {
    for (const i of this.compartments) yield this.#at("each", Int32Array.of(i));
  }

  /** The cells of a view of several, else the branches of a view of several, else its compartments. */
  [Symbol.iterator](): Iterator<V> {
    if (this.#description.kind === "network" && this.cellNumbers.length > 1) return this.cells();
    return this.branchNumbers.length > 1 ? this.branches() : this.comps();
  }

  /** Whether the view is of the whole module. */
  protected get isWhole(): boolean {
    return this.#compartments === undefined;
  }

  /** For each of some compartments the number of those with which it shares a value that is fitted. */
  protected sharedBy(compartments: Int32Array): number[] {
    const { branchOf, cellOf } = this.#description;
    const sharing = this.#sharing;
    return Array.from(compartments, (i, position) => {
      if (sharing === "all") return 0;
      if (sharing === "each") return position;
      const branch = branchOf[i] ?? 0;
      return sharing === "branch" ? branch : (cellOf[branch] ?? 0);
    });
  }

  #at(sharing: Sharing, compartments: Int32Array): V {
    return this.view(compartments, this.#scope, sharing);
  }

  #narrow(sharing: Sharing, keep: (compartment: number, position: number) => boolean): V {
    const compartments = this.compartments.filter(keep);
    if (compartments.length === 0) throw emptySelection("Nothing is in view.");
    return this.#at(sharing, compartments);
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

/** A module, or a view of compartments of one. */
export const viewKind = instance(Navigation, "a module, or compartments of one");

function between(start = 0, stop = start): Int32Array {
  return Int32Array.from({ length: stop - start }, (_, k) => start + k);
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
