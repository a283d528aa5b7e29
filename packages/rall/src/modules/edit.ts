/** @file Cutting cells and joining them: each gives a new cell with the channels, values and groups of the old. */
import { ModelError, SelectionError } from "../errors.ts";
import { parentsFirst } from "../numerics/tree.ts";
import { check, checkArguments } from "../util/kinds.ts";
import { Description } from "./description.ts";
import { concatenate, makeGeometry } from "./geometry.ts";
import { Cell } from "./module.ts";
import { viewKind } from "./navigation.ts";
import { pointsOf } from "./space.ts";
import type { View } from "./view.ts";

/**
 * The cell without the branches in view.
 *
 * @throws ModelError for anything but a cell, if something is placed on it, if nothing would be left, or if a branch would lose
 *   its parent and with it the rest of the cell.
 * @throws SelectionError for a view that has some compartments of a branch only.
 */
export function morphDelete(view: View): Cell {
  check(view, viewKind, "view");
  const { description } = view.root;
  checkEditable(description, "morphDelete");
  const gone = new Set(view.branchNumbers);
  const { branchOf, parents, attachedAt } = description;
  const whole = Array.from(branchOf).filter((branch) => gone.has(branch)).length;
  if (whole !== view.compartments.length) {
    throw new SelectionError("A view for morphDelete holds whole branches.", {
      remedy: "Select branches: cell.branch([3, 4]).",
    });
  }
  const kept = Array.from(parents.keys()).filter((branch) => !gone.has(branch));
  if (kept.length === 0) throw new ModelError("No branch would be left.", { subject: "branch" });
  const tops = kept.filter(
    (branch) => (parents[branch] ?? -1) < 0 || gone.has(parents[branch] ?? -1),
  );
  const origins = new Set(tops.map((branch) => `${parents[branch]} ${attachedAt[branch]}`));
  if (origins.size > 1) {
    const orphan = tops.find((branch) => gone.has(parents[branch] ?? -1));
    throw new ModelError(`Branch ${orphan} would lose its parent.`, {
      subject: "branch",
      value: orphan,
      remedy: "Delete it too, with all that lies beyond.",
    });
  }
  const rank = new Map(kept.map((branch, k) => [branch, k]));
  const above = kept.map((branch) => rank.get(parents[branch] ?? -1) ?? -1);
  const places = kept.map((branch) => attachedAt[branch] ?? 1);
  return assemble([pick(description, kept)], above, places);
}

/**
 * One cell of two: the second one is joined at its place in view to that of the first.
 *
 * @param one - a compartment at an end of a branch: `cell.branch(2).loc(1)`.
 * @param other - the same of another cell, at a free end: its root or a tip.
 * @throws ModelError for anything but two different cells on which nothing is placed, or if a branch of the second would
 *   have to turn round that is joined to the middle of another; SelectionError for a place that is no end, or no free one.
 */
export function morphConnect(one: View, other: View): Cell {
  checkArguments({ one: [one, viewKind], other: [other, viewKind] });
  const [first, second] = [one.root.description, other.root.description];
  checkEditable(first, "morphConnect");
  checkEditable(second, "morphConnect");
  if (first === second) {
    throw new ModelError("A cell cannot be joined to itself.", {
      remedy: "Make a copy: cell.copy().",
    });
  }
  const join = endOf(one, false);
  const free = endOf(other, true);
  const hasChildren = second.parents.some(
    (above, branch) => above === free.branch && second.attachedAt[branch] === 1,
  );
  const isRoot = !free.isFar && (second.parents[free.branch] ?? -1) < 0;
  if (!isRoot && (!free.isFar || hasChildren)) {
    throw new SelectionError(`Branch ${free.branch} has no free end there.`, {
      value: free.branch,
      remedy: "Take the root of the second cell, or loc(1) of a branch without children.",
    });
  }
  const attached = free.isFar
    ? rooted(second, free.branch)
    : { part: whole(second), parents: second.parents, attachedAt: second.attachedAt };
  const above = join.isFar ? join.branch : (first.parents[join.branch] ?? -1);
  const place = join.isFar ? 1 : (first.attachedAt[join.branch] ?? 1);
  const shift = first.parents.length;
  const parents = [
    ...first.parents,
    ...Array.from(attached.parents, (parent) => (parent < 0 ? above : parent + shift)),
  ];
  const places = Array.from(attached.parents, (parent, branch) =>
    parent < 0 ? place : (attached.attachedAt[branch] ?? 1),
  );
  return assemble([whole(first), attached.part], parents, [...first.attachedAt, ...places]);
}

/** Branches of a model in some order, some of them turned round. */
interface Part {
  readonly description: Description;
  readonly branches: readonly number[];
  readonly turned: ReadonlySet<number>;
}

function whole(description: Description): Part {
  return { description, branches: Array.from(description.parents.keys()), turned: new Set() };
}

function pick(description: Description, branches: readonly number[]): Part {
  return { description, branches, turned: new Set() };
}

/** A cell whose root is the far end of a branch: the branches on the way to the old root turn round. */
function rooted(description: Description, tip: number) {
  const parents = description.parents.slice();
  const path: number[] = [];
  for (let branch = tip; branch >= 0; branch = description.parents[branch] ?? -1) path.push(branch);
  const turned = new Set(path);
  const attachedAt = description.attachedAt.map((place, branch) =>
    // Places on a branch that turns round count from its other end
    turned.has(description.parents[branch] ?? -1) && place < 1 ? 1 - place : place,
  );
  for (const [k, branch] of path.entries()) {
    const place = description.attachedAt[branch] ?? 1;
    if (place < 1 && (description.parents[branch] ?? -1) >= 0) {
      throw new ModelError(
        `Branch ${branch} begins at ${place} of branch ${path[k + 1]}, which therefore cannot begin at its end.`,
        {
          subject: "branch",
          value: branch,
          remedy: "Join the cells the other way round, or the second one at its root.",
        },
      );
    }
    parents[branch] = path[k - 1] ?? -1;
    attachedAt[branch] = 1;
  }
  // What began at the far end of a turned branch now begins at its other end, where the next one of the path ends
  for (const [branch, above] of description.parents.entries()) {
    if (turned.has(branch) || (above >= 0 && (attachedAt[branch] ?? 1) < 1)) continue;
    const at = above < 0 ? path.length : path.indexOf(above);
    if (at >= 0) parents[branch] = path[at - 1] ?? -1;
  }
  return {
    part: { description, branches: Array.from(parents.keys()), turned },
    parents,
    attachedAt,
  };
}

function assemble(
  parts: readonly Part[],
  parents: readonly number[],
  attachedAt: readonly number[],
): Cell {
  const rows = parts.map(({ description, branches, turned }) =>
    branches.flatMap((branch) => {
      const first = description.firstCompartment[branch] ?? 0;
      const own = Array.from({ length: description.ncomp[branch] ?? 1 }, (_, k) => first + k);
      return turned.has(branch) ? own.reverse() : own;
    }),
  );
  const isTurned = parts.map(
    ({ description, turned }) =>
      (i: number) =>
        turned.has(description.branchOf[i] ?? 0),
  );
  const column = (read: (description: Description) => ArrayLike<number> | undefined) =>
    concatenate(
      parts.map(({ description }, p) => {
        const values = read(description);
        return Float64Array.from(rows[p] ?? [], (i) => values?.[i] ?? 0);
      }),
    );
  const geometry = makeGeometry((key) => column((description) => description.geometry[key]));
  let at = 0;
  for (const [p, own] of rows.entries()) {
    for (const i of own) {
      if (isTurned[p]?.(i) === true) {
        const swapped = geometry.resistive_load_in[at] ?? 0;
        geometry.resistive_load_in[at] = geometry.resistive_load_out[at] ?? 0;
        geometry.resistive_load_out[at] = swapped;
      }
      at++;
    }
  }
  const points = (read: (description: Description, branch: number) => Float64Array | undefined) =>
    parts.flatMap(({ description, branches, turned }) =>
      branches.map((branch) => {
        const own = read(description, branch);
        return own !== undefined && turned.has(branch) ? reversedPoints(own) : own;
      }),
    );
  const description = new Description(
    "cell",
    Int32Array.from(parents),
    Int32Array.from(
      parts.flatMap((part) => part.branches.map((b) => part.description.ncomp[b] ?? 1)),
    ),
    geometry,
    points((one, branch) => one.tracedPoints[branch]),
    undefined,
    undefined,
    Float64Array.from(attachedAt),
  );
  description.laidPoints = points((one, branch) =>
    one.tracedPoints[branch] === undefined ? pointsOf(one, branch) : undefined,
  );
  // Channels, values and groups of parts in the new order of compartments
  description.adopt(
    parts.map(({ description: old }, p) => {
      const own = rows[p] ?? [];
      const twin = old.derive();
      const mask = (values: Uint8Array) => Uint8Array.from(own, (i) => values[i] ?? 0);
      const part = new Description(
        "branch",
        Int32Array.of(-1),
        Int32Array.of(own.length),
        makeGeometry((key) => Float64Array.from(own, (i) => old.geometry[key][i] ?? 0)),
      );
      part.insertions = twin.insertions.map(({ channel, present }) => ({
        channel,
        present: mask(present),
      }));
      for (const [key, values] of twin.columns)
        part.columns.set(
          key,
          Float64Array.from(own, (i) => values[i] ?? 0),
        );
      for (const [name, values] of twin.groups) part.groups.set(name, mask(values));
      part.diffusing = twin.diffusing;
      return part;
    }),
  );
  parentsFirst(description.parents, "branch");
  const cell = new Cell();
  cell.root.description = description;
  return cell;
}

function reversedPoints(points: Float64Array): Float64Array {
  const count = points.length / 4;
  const reversed = new Float64Array(points.length);
  for (let k = 0; k < count; k++)
    reversed.set(points.subarray(4 * k, 4 * k + 4), 4 * (count - 1 - k));
  return reversed;
}

/** Which end of its branch a view of one compartment is. */
function endOf(
  view: View,
  prefersRoot: boolean,
): { readonly branch: number; readonly isFar: boolean } {
  const { description } = view.root;
  const [only, ...others] = view.compartments;
  const [branch = 0] = view.branchNumbers;
  const first = description.firstCompartment[branch] ?? 0;
  const last = first + (description.ncomp[branch] ?? 1) - 1;
  if (only === undefined || others.length > 0 || (only !== first && only !== last)) {
    throw new SelectionError("Cells are joined at the end of a branch.", {
      remedy: "Select one compartment: cell.branch(2).loc(1), or loc(0).",
    });
  }
  // The one compartment of a branch is both of its ends
  const isRoot = (description.parents[branch] ?? -1) < 0;
  const isFar = first === last ? !(prefersRoot && isRoot) : only === last;
  return { branch, isFar };
}

function checkEditable(description: Description, what: string): void {
  const { kind, recordings, spikeRecordings, stimuli, clamps, trainables } = description;
  if (kind !== "cell") {
    throw new ModelError(`${what} is for cells, not for a ${kind}.`, { subject: kind });
  }
  const placed = {
    recordings,
    "recordings of spikes": spikeRecordings,
    stimuli,
    clamps,
    trainables,
  };
  for (const [name, list] of Object.entries(placed)) {
    if (list.length === 0) continue;
    throw new ModelError(`The cell has ${list.length} ${name}, whose places would change.`, {
      subject: name,
      remedy: "Delete them first, and place them on the new cell.",
    });
  }
}
