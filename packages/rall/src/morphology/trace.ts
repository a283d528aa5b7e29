/**
 * @file From traced points to unbranched stretches, by the rules of the reference system (Jaxley 0.14), so that cells
 * agree compartment by compartment: the root is the lowest-numbered tip; depth first, neighbours in ascending order; a
 * branch ends at a tip, at a branch point and where the type changes.
 */
import { distance, type TracedPoints } from "./points.ts";

/** Rules of reading a traced cell. */
export interface TraceOptions {
  /** Branches longer than this (um) are cut. */
  readonly maxBranchLength?: number;
  /** Types at whose borders a branch ends; all others count as one type. Default 1 to 4. */
  readonly relevantTypeIds?: readonly number[];
  /** Default true; if false, a branch also ends where the file interrupts its numbering. */
  readonly ignoreTracingInterruptions?: boolean;
}

/** A branch as it was traced: the points that it runs through, and the length of each link. */
export interface TracedBranch {
  readonly nodes: readonly number[];
  /** Length of the link before each node (um); 0 for the first. */
  readonly lengths: readonly number[];
  readonly type: number;
}

/** Points with what the rules for somata change. */
export interface Skeleton {
  readonly points: TracedPoints;
  readonly branches: readonly TracedBranch[];
  /** Somatic points that do not belong to the neurites which begin there. */
  readonly somaOnly: ReadonlySet<number>;
}

/** Shortest distance of two points in um; closer ones count as this far apart. */
export const shortestLink = 1e-5;

const somaType = 1;

export function traceBranches(traced: TracedPoints, options: TraceOptions = {}): Skeleton {
  const {
    maxBranchLength,
    relevantTypeIds = [1, 2, 3, 4],
    ignoreTracingInterruptions = true,
  } = options;
  const graph = new PointGraph(traced);
  const relevant = new Set(relevantTypeIds);
  let branches = walk(graph, relevant);
  if (maxBranchLength !== undefined) {
    branches = branches.flatMap((branch) => cutByLength(branch, maxBranchLength));
  }
  if (!ignoreTracingInterruptions) branches = cutAtInterruptions(graph, branches);
  return { points: graph.points, branches, somaOnly: graph.somaOnly };
}

/** The points as an undirected tree, with the link lengths that the rules for somata give. */
class PointGraph {
  readonly points: TracedPoints;
  readonly neighbours: readonly (readonly number[])[];
  readonly somaOnly = new Set<number>();
  /** Length of the link between a point and its parent in the file. */
  readonly #lengths: Float64Array;

  constructor(traced: TracedPoints) {
    const soma = onlySoma(traced);
    this.points = soma === undefined ? traced : withSomaEnd(traced, soma);
    const { parent, type } = this.points;
    this.#lengths = Float64Array.from(parent, (above, i) =>
      above < 0 ? 0 : Math.max(distance(this.points, above, i), shortestLink),
    );
    const neighbours: number[][] = Array.from(parent, () => []);
    for (const [i, above] of parent.entries()) {
      if (above < 0) continue;
      neighbours[above]?.push(i);
      neighbours[i]?.push(above);
    }
    this.neighbours = neighbours.map((list) => list.sort((a, b) => a - b));
    if (soma !== undefined) this.#isolateSphere(soma + 1);
    else {
      for (const [i, kind] of type.entries()) if (kind === somaType) this.#isolateSomaticFork(i);
    }
  }

  /** Whether the file names `i` as the parent of `j`. */
  isTracedFrom(i: number, j: number): boolean {
    return this.points.parent[j] === i;
  }

  length(i: number, j: number): number {
    return this.#lengths[this.isTracedFrom(i, j) ? j : i] ?? 0;
  }

  degree(i: number): number {
    return this.neighbours[i]?.length ?? 0;
  }

  typeOf(i: number): number {
    return this.points.type[i] ?? 0;
  }

  #setLength(i: number, j: number, length: number): void {
    this.#lengths[this.isTracedFrom(i, j) ? j : i] = length;
  }

  /** A soma of one point becomes a branch from an added point 0 to it, as long as its diameter; neurites start outside. */
  #isolateSphere(soma: number): void {
    for (const j of this.neighbours[soma] ?? []) this.#setLength(soma, j, 0);
    this.#setLength(0, soma, 2 * (this.points.radius[soma] ?? 0));
    this.somaOnly.add(0).add(soma);
  }

  /** Where a soma passes through a point, neurites that touch it there start at their own first point. */
  #isolateSomaticFork(i: number): void {
    const around = this.neighbours[i] ?? [];
    if (around.filter((j) => this.typeOf(j) === somaType).length < 2) return;
    for (const j of around) {
      if (this.typeOf(j) === somaType) continue;
      this.somaOnly.add(i);
      this.#setLength(i, j, 0);
    }
  }
}

function onlySoma({ type }: TracedPoints): number | undefined {
  const first = type.indexOf(somaType);
  return first >= 0 && type.lastIndexOf(somaType) === first ? first : undefined;
}

/** The points with a twin of the soma in front, from which the soma's branch starts. */
function withSomaEnd(points: TracedPoints, soma: number): TracedPoints {
  const prepend = (column: Float64Array, value = column[soma] ?? 0) => {
    const longer = new Float64Array(column.length + 1);
    longer[0] = value;
    longer.set(column, 1);
    return longer;
  };
  const prependInt = (column: Int32Array, value: number) => {
    const longer = new Int32Array(column.length + 1);
    longer[0] = value;
    longer.set(column, 1);
    return longer;
  };
  const shifted = points.parent.map((above) => (above < 0 ? above : above + 1));
  const rootPosition = shifted.indexOf(-1);
  const parent = prependInt(shifted, -1);
  // The soma hangs on its twin; a soma that is not the root keeps its parent, and the twin hangs on it instead.
  if (rootPosition === soma) parent[soma + 1] = 0;
  else parent[0] = soma + 1;
  return {
    id: prepend(points.id, (points.id[0] ?? 1) - 1),
    type: prependInt(points.type, somaType),
    x: prepend(points.x),
    y: prepend(points.y),
    z: prepend(points.z),
    radius: prepend(points.radius),
    parent,
    line: prependInt(points.line, points.line[soma] ?? 0),
  };
}

function walk(graph: PointGraph, relevant: ReadonlySet<number>): TracedBranch[] {
  const branches: TracedBranch[] = [];
  let nodes: number[] = [];
  let lengths: number[] = [];
  const finish = (type: number, upTo = nodes.length) => {
    const head = nodes.slice(0, upTo);
    if (head.length > 1) branches.push({ nodes: head, lengths: lengths.slice(0, upTo), type });
  };
  const restart = () => {
    nodes = [];
    lengths = [];
  };
  const keepLastLink = () => {
    nodes = nodes.slice(-2);
    lengths = [0, lengths.at(-1) ?? 0];
  };
  for (const [i, j] of depthFirst(graph)) {
    if (nodes.length === 0) {
      nodes = [i];
      lengths = [0];
    }
    nodes.push(j);
    lengths.push(graph.length(i, j));
    const isSameType = sameType(graph.typeOf(i), graph.typeOf(j), relevant);
    if (graph.degree(j) < 2 && !isSameType) {
      finish(graph.typeOf(i), nodes.length - 1);
      keepLastLink();
      finish(graph.typeOf(j));
      restart();
    } else if (graph.degree(j) !== 2) {
      finish(graph.typeOf(i));
      restart();
    } else if (!isSameType && graph.isTracedFrom(i, j)) {
      finish(graph.typeOf(i), nodes.length - 1);
      keepLastLink();
    } else if (!isSameType) {
      finish(graph.typeOf(i));
      restart();
    }
  }
  return branches;
}

function sameType(a: number, b: number, relevant: ReadonlySet<number>): boolean {
  return a === b || (!relevant.has(a) && !relevant.has(b));
}

/** Links from the lowest-numbered tip outwards, depth first. */
function* depthFirst(graph: PointGraph): Generator<readonly [number, number]> {
  const root = graph.neighbours.findIndex((around) => around.length < 2);
  const pending: (readonly [number, number])[] = [];
  const push = (node: number, from: number) => {
    for (const next of [...(graph.neighbours[node] ?? [])].reverse()) {
      if (next !== from) pending.push([node, next]);
    }
  };
  push(root, -1);
  for (let link = pending.pop(); link !== undefined; link = pending.pop()) {
    yield link;
    push(link[1], link[0]);
  }
}

/** Cuts where the path length passes a multiple of `longest`; pieces are only about equally long. */
function cutByLength(branch: TracedBranch, longest: number): TracedBranch[] {
  const pieces: { nodes: number[]; lengths: number[]; type: number }[] = [];
  let path = 0;
  let part = -1;
  for (let k = 1; k < branch.nodes.length; k++) {
    path += branch.lengths[k] ?? 0;
    if (Math.floor(path / longest) !== part) {
      part = Math.floor(path / longest);
      pieces.push({ nodes: [branch.nodes[k - 1] ?? 0], lengths: [0], type: branch.type });
    }
    pieces.at(-1)?.nodes.push(branch.nodes[k] ?? 0);
    pieces.at(-1)?.lengths.push(branch.lengths[k] ?? 0);
  }
  return pieces;
}

/** Cuts inside branches at points whose child in the file does not follow them directly. */
function cutAtInterruptions(graph: PointGraph, branches: readonly TracedBranch[]): TracedBranch[] {
  const { id, parent } = graph.points;
  const starts = new Set(branches.slice(1).map((branch) => branch.nodes[0]));
  const interrupted = new Set<number>();
  for (const [i, above] of parent.entries()) {
    if (above < 0 || (id[above] ?? 0) === (id[i] ?? 0) - 1) continue;
    if (!starts.has(i) && !starts.has(above)) interrupted.add(above);
  }
  return branches.flatMap((branch) => cutAtNodes(branch, interrupted));
}

function cutAtNodes(
  { nodes, lengths, type }: TracedBranch,
  cuts: ReadonlySet<number>,
): TracedBranch[] {
  const pieces: TracedBranch[] = [];
  let start = 0;
  for (let k = 1; k < nodes.length; k++) {
    if (k < nodes.length - 1 && !cuts.has(nodes[k] ?? -1)) continue;
    pieces.push({
      nodes: nodes.slice(start, k + 1),
      lengths: [0, ...lengths.slice(start + 1, k + 1)],
      type,
    });
    start = k;
  }
  return pieces;
}
