/** @file Connecting the cells of a network. */
import { ModelError, SelectionError, ValueError } from "../errors.ts";
import type { Synapse } from "../mechanisms/synapse.ts";
import { addConnections } from "./synapses.ts";
import type { View } from "./view.ts";

/**
 * Connects the compartments of two views one to one.
 *
 * @throws {SelectionError} for views of different networks, {ModelError} on anything but a network, {ValueError} for unequal
 *   numbers.
 */
export function connect(pre: View, post: View, synapse: Synapse): void {
  const description = commonNetwork(pre, post);
  const [from, to] = [pre.compartments, post.compartments];
  if (from.length !== to.length) {
    throw new ValueError(`${from.length} compartments cannot be connected to ${to.length}.`, {
      value: to.length,
      remedy: "Select equally many on both sides, or use fullyConnect.",
    });
  }
  addConnections(description, synapse, from, to);
}

/** Connects each cell of one view to each of another, at the first compartment of the first branch of both. */
export function fullyConnect(preCells: View, postCells: View, synapse: Synapse): void {
  const description = commonNetwork(preCells, postCells);
  const [from, to] = [firstCompartments(preCells), firstCompartments(postCells)];
  addConnections(
    description,
    synapse,
    from.flatMap((one) => to.map(() => one)),
    from.flatMap(() => to),
  );
}

/**
 * Connects cells where a matrix says so, at the first compartment of the first branch of both.
 *
 * @param matrix - one row per pre-synaptic cell, one truth value (or 1 and 0) per post-synaptic cell.
 */
export function connectivityMatrixConnect(
  preCells: View,
  postCells: View,
  synapse: Synapse,
  matrix: readonly ArrayLike<boolean | number>[],
): void {
  const description = commonNetwork(preCells, postCells);
  const [from, to] = [firstCompartments(preCells), firstCompartments(postCells)];
  const wrong = matrix.find((row) => row.length !== to.length);
  if (matrix.length !== from.length || wrong !== undefined) {
    throw new ValueError(
      `A matrix of ${matrix.length} rows of ${wrong?.length ?? to.length} does not fit ${from.length} cells and ${to.length}.`,
      {
        subject: "matrix",
        remedy: "Give one row per pre-synaptic and one column per post-synaptic cell.",
      },
    );
  }
  const pairs = matrix.flatMap((row, i) =>
    Array.from(row, (entry, j) => {
      if (entry !== true && entry !== false && entry !== 0 && entry !== 1) {
        throw new ValueError(`The matrix holds ${entry} in row ${i}, column ${j}.`, {
          subject: "matrix",
          value: entry,
          remedy: "It holds true and false, or 1 and 0.",
        });
      }
      return entry === true || entry === 1 ? [[from[i] ?? 0, to[j] ?? 0] as const] : [];
    }).flat(),
  );
  addConnections(
    description,
    synapse,
    pairs.map(([pre]) => pre),
    pairs.map(([, post]) => post),
  );
}

function commonNetwork(pre: View, post: View) {
  const { description } = pre.root;
  if (pre.root !== post.root) {
    throw new SelectionError("The two sides belong to different networks.", {
      remedy: "Put the cells into one network and select both sides from it.",
    });
  }
  if (description.kind !== "network") {
    throw new ModelError(`A ${description.kind} has no synapses.`, {
      subject: description.kind,
      remedy: "Make a network: new Network([cell, ...]).",
    });
  }
  return description;
}

function firstCompartments(cells: View): number[] {
  return Array.from(cells.cells(), (cell) => cell.branch(0).comp(0).compartments[0] ?? 0);
}
