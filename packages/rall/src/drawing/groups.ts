/** @file To which group each compartment, and to which population each cell belongs, and their colours. */
import { ValueError } from "../errors.ts";
import type { Description } from "../modules/description.ts";
import type { View } from "../modules/view.ts";
import { record } from "../util/kinds.ts";
import { coloursFor, noKind } from "./colours.ts";
import type { LegendEntry } from "./legend.ts";

/** Things of numbered kinds: groups of compartments, populations of cells. */
export class Kinds {
  readonly names: readonly string[];
  /** Number of the kind of each thing; -1 for none. */
  readonly of: Int32Array;
  readonly #inks: readonly string[];

  constructor(names: readonly string[], of: Int32Array) {
    this.names = names;
    this.of = of;
    this.#inks = coloursFor(names.length);
  }

  colour(thing: number): string {
    return this.#inks[this.of[thing] ?? -1] ?? noKind;
  }

  /** One entry for each kind that some of the things are of, in order. */
  legend(things: Iterable<number>, mark: LegendEntry["mark"] = "dot"): LegendEntry[] {
    const shown = new Set(Array.from(things, (thing) => this.of[thing] ?? -1));
    return this.names.flatMap((name, k): LegendEntry[] =>
      shown.has(k) ? [{ name, colour: this.#inks[k] ?? noKind, mark }] : [],
    );
  }
}

/** The smallest group of each compartment. */
export function groupsOf({ groups, count }: Description): Kinds {
  return smallest(
    Array.from(groups, ([name, mask]) => ({
      name,
      members: Array.from(mask.keys()).filter((i) => mask[i] === 1),
    })),
    count,
  );
}

/** Names of populations with the numbers of their cells. */
export type Populations = Readonly<Record<string, Iterable<number>>>;

export const populationsKind = record(
  {
    what: "numbers of cells",
    accepts: (value) => typeof value === "object" && value !== null && Symbol.iterator in value,
  },
  "an object of numbers of cells by name",
);

/**
 * The population of each cell: as given, else the smallest group that has the whole cell.
 *
 * @throws ValueError for a number of a cell that does not exist.
 */
export function populationsOf(network: View, given: Populations | undefined): Kinds {
  const { groups, cellOf, branchOf, count } = network.root.description;
  const cells = (cellOf.at(-1) ?? 0) + 1;
  if (given !== undefined) {
    const named = Object.entries(given).map(([name, members]) => ({ name, members: [...members] }));
    for (const { name, members } of named) {
      const wrong = members.find((cell) => !Number.isInteger(cell) || cell < 0 || cell >= cells);
      if (wrong === undefined) continue;
      throw new ValueError(`Population ${name} has no cell ${wrong}: there are ${cells}.`, {
        subject: name,
        value: wrong,
        remedy: "Give numbers of cells, from 0.",
      });
    }
    return smallest(named, cells);
  }
  const sizes = new Int32Array(cells);
  for (let i = 0; i < count; i++) add(sizes, cellOf[branchOf[i] ?? 0] ?? 0);
  const whole = Array.from(groups, ([name, mask]) => {
    const inside = new Int32Array(cells);
    for (let i = 0; i < count; i++) if (mask[i] === 1) add(inside, cellOf[branchOf[i] ?? 0] ?? 0);
    return { name, members: Array.from(sizes.keys()).filter((c) => inside[c] === sizes[c]) };
  });
  return smallest(whole, cells);
}

function add(counts: Int32Array, at: number): void {
  counts[at] = (counts[at] ?? 0) + 1;
}

/** Each thing is of the smallest kind that has it, so that a group of all hides none. */
function smallest(
  kinds: readonly { readonly name: string; readonly members: readonly number[] }[],
  count: number,
): Kinds {
  const of = new Int32Array(count).fill(-1);
  for (const [k, { members }] of kinds.entries()) {
    for (const member of members) {
      const known = kinds[of[member] ?? -1];
      if (known === undefined || members.length < known.members.length) of[member] = k;
    }
  }
  return new Kinds(
    kinds.map(({ name }) => name),
    of,
  );
}
