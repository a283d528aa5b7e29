/** @file Where a compartment is, in numbers and in words: branch, place along it, groups. */
import type { Description, Target } from "./description.ts";

/** Where a compartment is. */
export interface Place {
  /** Number of the compartment among all of the module. */
  readonly compartment: number;
  /** Number of the cell in its network; 0 elsewhere. */
  readonly cell: number;
  /** Number of the branch in its cell. */
  readonly branch: number;
  /** Where the center of the compartment is along its branch, from 0 to 1. */
  readonly location: number;
  /** Names of all groups that it is in. */
  readonly groups: readonly string[];
  /**
   * Its branch in words: the first of its groups, with the number of the branch if the group has several in the cell
   * (`soma`, `apical 100`, `cell 3 soma`); empty in a module of one branch without groups.
   */
  readonly section: string;
}

/** Where a recording was made: a synapse is where its post-synaptic compartment is. */
export interface RecordedPlace extends Place {
  /** Of a state of a synapse: its kind, and its number among those of its kind. */
  readonly synapse?: { readonly kind: string; readonly number: number };
}

/** What tells the place of each compartment of a module. */
export function placeFinder(description: Description): (compartment: number) => Place {
  const { branchOf, cellOf, firstCompartment, ncomp, groups, kind } = description;
  const firstBranch = new Map<number, number>();
  for (const [branch, cell] of cellOf.entries())
    if (!firstBranch.has(cell)) firstBranch.set(cell, branch);
  const branches = branchesOfGroups(description);
  return (compartment) => {
    const branch = branchOf[compartment] ?? 0;
    const cell = cellOf[branch] ?? 0;
    const within = branch - (firstBranch.get(cell) ?? 0);
    const own = [...groups].flatMap(([name, mask]) => (mask[compartment] === 1 ? [name] : []));
    const [first] = own;
    const isAlone = first !== undefined && branches(first, cell) === 1;
    const number = `${first ?? "branch"} ${within}`;
    const section = isAlone
      ? first
      : kind === "cell" || kind === "network"
        ? number
        : (first ?? "");
    const rank = compartment - (firstCompartment[branch] ?? 0);
    return {
      compartment,
      cell,
      branch: within,
      location: (rank + 0.5) / (ncomp[branch] ?? 1),
      groups: own,
      section: kind === "network" ? `cell ${cell} ${section}` : section,
    };
  };
}

/** What a place is called: `soma(0.5)`; empty for a module of one compartment. */
export function placeInShort({ kind }: Description, { section, location }: Place): string {
  return kind === "compartment" ? "" : `${section}(${Number(location.toPrecision(4))})`;
}

/** What tells the place of each thing that can be recorded. */
export function recordedPlaceFinder(
  description: Description,
): (target: Pick<Target, "synapse" | "index">) => RecordedPlace {
  const placeOf = placeFinder(description);
  return ({ synapse, index }) => {
    if (synapse === undefined) return placeOf(index);
    const table = description.synapses.find((one) => one.synapse.name === synapse);
    return { ...placeOf(table?.post[index] ?? 0), synapse: { kind: synapse, number: index } };
  };
}

/** How many branches a group has in a cell. */
function branchesOfGroups({ groups, branchOf, cellOf }: Description) {
  const known = new Map<string, ReadonlyMap<number, number>>();
  const count = (mask: Uint8Array): ReadonlyMap<number, number> => {
    const counts = new Map<number, number>();
    let last = -1;
    for (const [compartment, isIn] of mask.entries()) {
      const branch = branchOf[compartment] ?? 0;
      if (isIn !== 1 || branch === last) continue;
      last = branch;
      const cell = cellOf[branch] ?? 0;
      counts.set(cell, (counts.get(cell) ?? 0) + 1);
    }
    return counts;
  };
  return (group: string, cell: number) => {
    const counts = known.get(group) ?? count(groups.get(group) ?? new Uint8Array());
    known.set(group, counts);
    return counts.get(cell);
  };
}
