/**
 * @file Linear systems on a tree: the matrix of a neuron is symmetric with one entry per node and one per link, and
 * elimination from the leaves to the root costs O(n) (Hines 1984, Int. J. Biomed. Comput. 15:69-76).
 */
import { ModelError } from "../errors.ts";
import { checkArguments, having, numbers, required, vector } from "../util/kinds.ts";

/**
 * A tree of nodes joined by conductances. Nodes with capacity are compartments; nodes of capacity 0 are branch points,
 * where currents balance at once. Units are free as long as capacity per time is one of conductance.
 */
export interface Tree {
  /** Parent of each node, -1 for a root (a forest has several). */
  readonly parent: Int32Array;
  /** All nodes, every parent before its children. */
  readonly order: Int32Array;
  /** Conductance of the link to the parent; 0 for a root. */
  readonly conductance: Float64Array;
  readonly capacity: Float64Array;
}

const ordered = { parent: required(numbers), order: required(numbers) };
const orderedKind = having(ordered, "a tree that makeTree made");

/** A tree, as `makeTree` makes them. */
export const treeKind = having(
  { ...ordered, conductance: required(vector), capacity: required(vector) },
  "a tree that makeTree made",
);

/**
 * Makes a tree from parents in any order.
 *
 * @throws ModelError for a cycle or a parent that does not exist.
 */
export function makeTree(
  parent: ArrayLike<number>,
  conductance: ArrayLike<number>,
  capacity: ArrayLike<number>,
): Tree {
  checkArguments({
    parent: [parent, numbers],
    conductance: [conductance, numbers],
    capacity: [capacity, numbers],
  });
  const parents = Int32Array.from(parent);
  return {
    parent: parents,
    order: parentsFirst(parents, "node"),
    conductance: Float64Array.from(conductance),
    capacity: Float64Array.from(capacity),
  };
}

/**
 * Numbers in an order in which parents precede children, otherwise ascending.
 *
 * @throws ModelError for a cycle or a parent that does not exist.
 */
export function parentsFirst(parent: ArrayLike<number>, what: string): Int32Array {
  const count = parent.length;
  const children: number[][] = Array.from({ length: count }, () => []);
  const stack: number[] = [];
  for (let i = count - 1; i >= 0; i--) {
    const above = parent[i] ?? Number.NaN;
    if (above === -1) stack.push(i);
    else if (Number.isInteger(above) && above >= 0 && above < count && above !== i) {
      children[above]?.push(i);
    } else {
      throw new ModelError(`The parent of ${what} ${i} is ${above}.`, {
        value: above,
        remedy: `Parents are -1 for the root or another number from 0 to ${count - 1}.`,
      });
    }
  }
  const order = new Int32Array(count);
  let filled = 0;
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    order[filled++] = node;
    for (const child of children[node] ?? []) stack.push(child);
  }
  if (filled < count) {
    const seen = new Set(order.subarray(0, filled));
    const lost = Array.from({ length: count }, (_, i) => i).find((i) => !seen.has(i) || i < 0);
    throw new ModelError(`The parents form a cycle: no root is above ${what} ${lost}.`, {
      value: lost,
      remedy: "Following parents must end at the root, whose parent is -1.",
    });
  }
  return order;
}

/** Something that solves as `solveTree` does. */
export type TreeSolver = typeof solveTree;

/** Nodes whose values after a step are given, as those of a voltage clamp. */
export interface Held {
  readonly nodes: readonly number[];
  /** One for each of them. */
  readonly values: ArrayLike<number>;
}

export const noneHeld: Held = { nodes: [], values: [] };

/**
 * Makes some unknowns of a system known: their links are cut, and what flows from them stands in the right-hand sides of their
 * neighbours, so that the matrix stays symmetric and any solver serves.
 *
 * @param right - and `diagonal` are changed.
 * @returns the links to solve with.
 */
export function holdNodes(
  { parent, conductance }: Pick<Tree, "parent" | "conductance">,
  diagonal: Float64Array,
  right: Float64Array,
  { nodes, values }: Held,
): Float64Array {
  if (nodes.length === 0) return conductance;
  const given = new Map(nodes.map((node, k) => [node, values[k] ?? Number.NaN]));
  const link = conductance.slice();
  const flow = (from: number | undefined, to: number, g: number) => {
    if (from !== undefined) right[to] = (right[to] ?? 0) + g * from;
  };
  for (const [i, above] of parent.entries()) {
    if (above < 0) continue;
    const [own, next] = [given.get(i), given.get(above)];
    if (own === undefined && next === undefined) continue;
    flow(next, i, conductance[i] ?? 0);
    flow(own, above, conductance[i] ?? 0);
    link[i] = 0;
  }
  for (const [node, value] of given) {
    diagonal[node] = 1;
    right[node] = value;
  }
  return link;
}

/**
 * Solves the symmetric system with `diagonal` and, between each node and its parent, the entry `-link`. The solution
 * stands in `right` afterwards; `diagonal` is overwritten.
 */
export function solveTree(
  tree: Pick<Tree, "parent" | "order">,
  diagonal: Float64Array,
  link: Float64Array,
  right: Float64Array,
): void {
  checkArguments({
    tree: [tree, orderedKind],
    diagonal: [diagonal, vector],
    link: [link, vector],
    right: [right, vector],
  });
  const { parent, order } = tree;
  for (let k = order.length - 1; k >= 0; k--) {
    const node = order[k] ?? 0;
    const above = parent[node] ?? -1;
    if (above < 0) continue;
    const factor = (link[node] ?? 0) / (diagonal[node] ?? 0);
    diagonal[above] = (diagonal[above] ?? 0) - factor * (link[node] ?? 0);
    right[above] = (right[above] ?? 0) + factor * (right[node] ?? 0);
  }
  for (const node of order) {
    const above = parent[node] ?? -1;
    const fromParent = above < 0 ? 0 : (link[node] ?? 0) * (right[above] ?? 0);
    right[node] = ((right[node] ?? 0) + fromParent) / (diagonal[node] ?? 0);
  }
}
