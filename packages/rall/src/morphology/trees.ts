/** @file From lines of an SWC file to the trees of points that they name. */
import type { Diagnostic } from "./diagnostic.ts";
import type { TypeNames } from "./options.ts";
import type { TracedPoints } from "./points.ts";
import { type Row, type SwcText, swcError } from "./swc.ts";

/**
 * The trees of a file, each as points in ascending order of their ids: one, unless `trees` is `cells`. With `attach`, the
 * one has several roots.
 *
 * @throws {SwcError} for a parent that does not exist, a loop, or, with `error`, a second root.
 */
export function gatherTrees(
  source: SwcText,
  rows: ReadonlyMap<number, Row>,
  trees: "error" | "attach" | "first" | "cells",
  types: TypeNames,
  diagnostics: Diagnostic[],
): TracedPoints[] {
  const sorted = [...rows.values()].sort((a, b) => a.id - b.id);
  const rootOf = findRoots(source, sorted);
  const roots = sorted.filter(({ parent }) => parent === -1);
  const [first, second] = roots;
  if (first === undefined || second === undefined || trees === "attach")
    return [pointsOf(sorted, source, types)];
  if (trees === "error") throw secondRoot(source, roots, first, second);
  const byRoot = new Map<number, Row[]>(roots.map(({ id }) => [id, []]));
  for (const row of sorted) byRoot.get(rootOf.get(row.id) ?? -1)?.push(row);
  if (trees === "cells")
    return Array.from(byRoot.values(), (members) => pointsOf(members, source, types));
  const kept = byRoot.get(first.id) ?? [];
  diagnostics.push({
    severity: "warning",
    code: "left-out-trees",
    message: `${sorted.length - kept.length} of ${sorted.length} points are left out: they belong to ${roots.length - 1} more trees beside that of point ${first.id}.`,
    line: second.line,
  });
  return [pointsOf(kept, source, types)];
}

function secondRoot(source: SwcText, roots: readonly Row[], first: Row, second: Row) {
  const { spelling } = source;
  const count = roots.length > 2 ? ` There are ${roots.length} in all.` : "";
  return swcError(
    source,
    `Point ${second.id} is a second root; the first is point ${first.id} in line ${first.line}.${count}`,
    {
      location: { line: second.line, text: second.text },
      subject: "parent",
      value: second.parent,
      remedy:
        `${spelling("trees", "attach")} joins all trees to the soma, as NEURON does; ` +
        `${spelling("trees", "first")} keeps the first alone; ${spelling("trees", "cells")} makes a cell of each.`,
    },
  );
}

/** Id of the root that each point hangs on. */
function findRoots(source: SwcText, rows: readonly Row[]): Map<number, number> {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const rootOf = new Map<number, number>();
  for (const row of rows) {
    const path: Row[] = [];
    const onPath = new Set<number>();
    let at = row;
    while (at.parent !== -1 && !rootOf.has(at.id)) {
      if (onPath.has(at.id)) {
        throw swcError(source, `Point ${at.id} is its own ancestor.`, {
          location: { line: at.line, text: at.text },
          subject: "parent",
          value: at.parent,
          remedy: "Following parents must end at the root, whose parent is -1.",
        });
      }
      path.push(at);
      onPath.add(at.id);
      const above = byId.get(at.parent);
      if (above === undefined) {
        throw swcError(source, `The parent ${at.parent} of point ${at.id} does not exist.`, {
          location: { line: at.line, text: at.text },
          subject: "parent",
          value: at.parent,
          remedy: "Name the id of another line, or -1 for the root.",
        });
      }
      at = above;
    }
    const root = rootOf.get(at.id) ?? at.id;
    rootOf.set(at.id, root);
    for (const { id } of path) rootOf.set(id, root);
  }
  return rootOf;
}

function pointsOf(sorted: readonly Row[], { scale }: SwcText, types: TypeNames): TracedPoints {
  const position = new Map(sorted.map((row, i) => [row.id, i]));
  const real = (value: (row: Row) => number) => Float64Array.from(sorted, value);
  const whole = (value: (row: Row) => number) => Int32Array.from(sorted, value);
  return {
    id: real((row) => row.id),
    type: whole((row) => types.of(row.type)),
    x: real((row) => row.x * scale),
    y: real((row) => row.y * scale),
    z: real((row) => row.z * scale),
    radius: real((row) => row.radius * scale),
    parent: whole((row) => position.get(row.parent) ?? -1),
    line: whole((row) => row.line),
  };
}
