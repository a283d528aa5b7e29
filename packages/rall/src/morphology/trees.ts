/** @file From lines of an SWC file to the trees of points that they name. */
import type { Diagnostic } from "./diagnostic.ts";
import type { TypeNames } from "./options.ts";
import type { TracedPoints } from "./points.ts";
import { locationOf, type Row, type SwcText, swcError } from "./swc.ts";

/**
 * The trees of a file, each as points in ascending order of their ids: one, unless `trees` is `cells`. With `attach`, the
 * one has several roots.
 *
 * @throws SwcError for a parent that does not exist, a loop, or, with `error`, a second root.
 */
export function gatherTrees(
  source: SwcText,
  rows: ReadonlyMap<number, Row>,
  trees: "error" | "attach" | "first" | "cells",
  types: TypeNames,
  diagnostics: Diagnostic[],
): TracedPoints[] {
  const sorted = [...rows.values()].sort((a, b) => a.id - b.id);
  const parent = parentsOf(source, sorted);
  const rootOf = findRoots(source, sorted, parent);
  const roots = sorted.filter((_, i) => parent[i] === -1);
  const [first, second] = roots;
  if (first === undefined || second === undefined || trees === "attach")
    return [pointsOf(sorted, parent, source, types)];
  if (trees === "error") throw secondRoot(source, roots, first, second);
  const members = new Map<number, number[]>();
  for (const [i, root] of rootOf.entries()) {
    const own = members.get(root) ?? [];
    own.push(i);
    members.set(root, own);
  }
  const pick = (own: readonly number[]) => {
    const rank = new Map(own.map((i, k) => [i, k]));
    const above = Int32Array.from(own, (i) => rank.get(parent[i] ?? -1) ?? -1);
    const chosen = own.flatMap((i) => sorted[i] ?? []);
    return pointsOf(chosen, above, source, types);
  };
  const ownRoots = [...members.keys()].sort((a, b) => a - b);
  if (trees === "cells") return ownRoots.map((root) => pick(members.get(root) ?? []));
  const kept = members.get(ownRoots[0] ?? 0) ?? [];
  diagnostics.push({
    severity: "warning",
    code: "left-out-trees",
    message: `${sorted.length - kept.length} of ${sorted.length} points are left out: they belong to ${roots.length - 1} more trees beside that of point ${first.id}.`,
    line: second.line,
  });
  return [pick(kept)];
}

function secondRoot(source: SwcText, roots: readonly Row[], first: Row, second: Row) {
  const { spelling } = source;
  const count = roots.length > 2 ? ` There are ${roots.length} in all.` : "";
  return swcError(
    source,
    `Point ${second.id} is a second root; the first is point ${first.id} in line ${first.line}.${count}`,
    {
      location: locationOf(source, second.line),
      subject: "parent",
      value: second.parent,
      remedy:
        `${spelling("trees", "attach")} joins all trees to the soma, as NEURON does; ` +
        `${spelling("trees", "first")} keeps the first alone; ${spelling("trees", "cells")} makes a cell of each.`,
    },
  );
}

/** Position of the parent of each point, -1 for roots. */
function parentsOf(source: SwcText, sorted: readonly Row[]): Int32Array {
  const position = new Map(sorted.map(({ id }, i) => [id, i]));
  return Int32Array.from(sorted, ({ id, parent, line }) => {
    const above = parent === -1 ? -1 : position.get(parent);
    if (above !== undefined) return above;
    throw swcError(source, `The parent ${parent} of point ${id} does not exist.`, {
      location: locationOf(source, line),
      subject: "parent",
      value: parent,
      remedy: "Name the id of another line, or -1 for the root.",
    });
  });
}

/** Position of the root that each point hangs on. */
function findRoots(source: SwcText, sorted: readonly Row[], parent: Int32Array): Int32Array {
  const rootOf = new Int32Array(parent.length).fill(-1);
  /** Number of the walk on which each point was met. */
  const walk = new Int32Array(parent.length).fill(-1);
  for (let start = 0; start < parent.length; start++) {
    let at = start;
    while (rootOf[at] === -1 && parent[at] !== -1) {
      if (walk[at] === start) throw ownAncestor(source, sorted[at]);
      walk[at] = start;
      at = parent[at] ?? -1;
    }
    const root = rootOf[at] === -1 ? at : (rootOf[at] ?? at);
    for (let i = start; rootOf[i] === -1; i = parent[i] ?? root) {
      rootOf[i] = root;
      if (parent[i] === -1) break;
    }
  }
  return rootOf;
}

function ownAncestor(source: SwcText, row: Row | undefined) {
  return swcError(source, `Point ${row?.id} is its own ancestor.`, {
    location: locationOf(source, row?.line ?? 1),
    subject: "parent",
    value: row?.parent,
    remedy: "Following parents must end at the root, whose parent is -1.",
  });
}

function pointsOf(
  rows: readonly Row[],
  parent: Int32Array,
  { scale }: SwcText,
  types: TypeNames,
): TracedPoints {
  const real = (value: (row: Row) => number) => Float64Array.from(rows, value);
  return {
    id: real((row) => row.id),
    type: Int32Array.from(rows, (row) => types.of(row.type)),
    x: real((row) => row.x * scale),
    y: real((row) => row.y * scale),
    z: real((row) => row.z * scale),
    radius: real((row) => row.radius * scale),
    parent,
    line: Int32Array.from(rows, (row) => row.line),
  };
}
