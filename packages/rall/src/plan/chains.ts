/**
 * @file A tree taken apart into chains: unbranched stretches of compartments between joints, which are the massless nodes
 * and such compartments as gap junctions join to others. The matrix of the cable equation is symmetric, so any node may be the root of the elimination; the middle of the longest path makes the
 * longest dependence of one elimination on another as short as possible.
 */

/** A compartment or massless node of a chain, with its link to the next node towards the root. */
export interface ChainNode {
  /** Number of the node; -1 for a filler that is connected to nothing. */
  readonly node: number;
  /** The node of the original tree whose link to its parent this one is, or is a part of; -1 for none. */
  readonly edge: number;
  /** Conductance of this link in units of that of `edge`: above 1 where a massless node cuts a link in parts. */
  readonly factor: number;
}

export interface Chain {
  /** From the far end towards the root. */
  readonly nodes: readonly ChainNode[];
  /** Joint beyond the far end, with its link to the first node; node -1 for a tip. */
  readonly head: ChainNode;
  /** Joint at the end near the root; -1 if the chain itself ends there. */
  readonly near: number;
  /** Number of nodes from the far end to the root, which is the longest path of the elimination from here on. */
  readonly level: number;
}

export interface Decomposition {
  readonly chains: readonly Chain[];
  /** Joints that are roots. */
  readonly roots: readonly number[];
  /** Number of nodes, with the massless ones that were put in. */
  readonly nodes: number;
}

export const nothing: ChainNode = { node: -1, edge: -1, factor: 1 };

/** Shortest unbranched cell that is cut in the middle. */
const worthCutting = 8;
/** Nodes by which a branch point may lie off the middle of the longest path and still be the root. */
const offMiddle = 3;

/**
 * Takes a forest apart.
 *
 * @param parent - parent of each node, -1 for roots; nodes from `count` on are massless.
 */
export function takeApart(parent: Int32Array, count: number): Decomposition {
  return new Surgeon(parent, count).decompose();
}

class Surgeon {
  readonly #count: number;
  readonly #parent: Int32Array;
  /** Neighbours of node i stand from `#first[i]` to before `#first[i + 1]`. */
  readonly #first: Int32Array;
  readonly #neighbours: Int32Array;
  /** Of the last search: the node before each node, and the compartments on the way to it. */
  readonly #before: Int32Array;
  readonly #distance: Int32Array;
  readonly #chains: Chain[] = [];
  readonly #roots: number[] = [];
  #nodes: number;

  constructor(parent: Int32Array, count: number) {
    this.#count = count;
    this.#parent = parent;
    this.#nodes = parent.length;
    this.#before = new Int32Array(parent.length);
    this.#distance = new Int32Array(parent.length);
    this.#first = new Int32Array(parent.length + 1);
    for (const [node, above] of parent.entries()) {
      if (above < 0) continue;
      for (const end of [node, above]) this.#first[end + 1] = (this.#first[end + 1] ?? 0) + 1;
    }
    for (let i = 0; i < parent.length; i++)
      this.#first[i + 1] = (this.#first[i + 1] ?? 0) + (this.#first[i] ?? 0);
    this.#neighbours = new Int32Array(this.#first.at(-1) ?? 0);
    const filled = this.#first.slice();
    const join = (a: number, b: number) => {
      const at = filled[a] ?? 0;
      this.#neighbours[at] = b;
      filled[a] = at + 1;
    };
    for (const [node, above] of parent.entries()) {
      if (above < 0) continue;
      join(node, above);
      join(above, node);
    }
  }

  decompose(): Decomposition {
    const isSeen = new Uint8Array(this.#parent.length);
    /** Short unbranched cells, one behind the other, with no links between them. */
    const row: ChainNode[] = [];
    for (let node = 0; node < this.#parent.length; node++) {
      if (isSeen[node] === 1) continue;
      const path = this.#longestPath(node, isSeen);
      const isShort = path.length < worthCutting && path.every((one) => this.#isUnbranched(one));
      if (isShort) row.push(...this.#linked(path, nothing));
      else this.#plant(path);
    }
    this.#halve(row);
    return { chains: this.#chains, roots: this.#roots, nodes: this.#nodes };
  }

  #isUnbranched(node: number): boolean {
    return node < this.#count && this.#neighboursOf(node).length <= 2;
  }

  /** Whether chains meet in the node: in massless ones, and in compartments that gap junctions join to others. */
  #isJoint(node: number): boolean {
    return !this.#isUnbranched(node);
  }

  #neighboursOf(node: number): Int32Array {
    return this.#neighbours.subarray(this.#first[node], this.#first[node + 1]);
  }

  /** The longest path in the tree around `node`, all of whose nodes become seen. */
  #longestPath(node: number, isSeen: Uint8Array): number[] {
    const end = this.#farthest(node, isSeen).at(-1) ?? node;
    return this.#farthest(end);
  }

  /** Path from a node to the one that is the most compartments away. */
  #farthest(from: number, isSeen?: Uint8Array): number[] {
    const [before, distance] = [this.#before, this.#distance];
    const reached = [from];
    before[from] = -1;
    distance[from] = 1;
    let best = from;
    for (const node of reached) {
      if (isSeen !== undefined) isSeen[node] = 1;
      const own = distance[node] ?? 0;
      if (own > (distance[best] ?? 0)) best = node;
      for (const next of this.#neighboursOf(node)) {
        if (next === before[node]) continue;
        before[next] = node;
        distance[next] = own + (next < this.#count ? 1 : 0);
        reached.push(next);
      }
    }
    const path: number[] = [];
    for (let node = best; node >= 0; node = before[node] ?? -1) path.push(node);
    return path.reverse();
  }

  /** Roots a tree in the middle of its longest path: at a joint near it, or at a new massless node. */
  #plant(path: readonly number[]): void {
    const middle = path.length >> 1;
    let root = -1;
    for (let off = 0; off <= offMiddle && root < 0; off++) {
      root = [path[middle - off], path[middle + off]].find((one = 0) => this.#isJoint(one)) ?? -1;
    }
    if (root >= 0) {
      this.#roots.push(root);
      this.#follow(
        Array.from(this.#neighboursOf(root), (next) => ({
          near: root,
          from: root,
          first: next,
          link: this.#link(next, root),
          level: 0,
        })),
      );
      return;
    }
    const [a = -1, b = -1] = path.slice(middle - 1, middle + 1);
    const cut = this.#nodes++;
    this.#roots.push(cut);
    const link = { ...this.#link(a, b), factor: 2 };
    this.#follow([
      { near: cut, from: b, first: a, link, level: 0 },
      { near: cut, from: a, first: b, link, level: 0 },
    ]);
  }

  /** Makes chains of all that lies beyond the given starts. */
  #follow(starts: Start[]): void {
    for (let start = starts.pop(); start !== undefined; start = starts.pop()) {
      const path: number[] = [];
      let [before, node] = [start.from, start.first];
      while (node >= 0 && !this.#isJoint(node)) {
        path.push(node);
        const next = this.#neighboursOf(node).find((one) => one !== before) ?? -1;
        [before, node] = [node, next];
      }
      const level = start.level + Math.max(1, path.length);
      const head = node < 0 ? nothing : { node, ...this.#link(node, before) };
      const { near } = start;
      this.#chains.push(
        path.length === 0
          ? this.#between(start, level)
          : { nodes: this.#linked(path.reverse(), start.link), head, near, level },
      );
      if (node < 0) continue;
      for (const next of this.#neighboursOf(node)) {
        if (next === before) continue;
        starts.push({ near: node, from: node, first: next, link: this.#link(next, node), level });
      }
    }
  }

  /** Two joints side by side get a chain of one massless node between them. */
  #between({ near, first, link }: Start, level: number): Chain {
    const part = { edge: link.edge, factor: 2 * link.factor };
    return {
      nodes: [{ node: this.#nodes++, ...part }],
      head: { node: first, ...part },
      near,
      level,
    };
  }

  /** Neighbouring nodes with their links, the last one with `last`. */
  #linked(path: readonly number[], last: Omit<ChainNode, "node">): ChainNode[] {
    return path.map((node, i) => {
      const next = path[i + 1];
      const { edge, factor } = next === undefined ? last : this.#link(node, next);
      return { node, edge, factor };
    });
  }

  #link(a: number, b: number): Omit<ChainNode, "node"> {
    return { edge: this.#parent[a] === b ? a : b, factor: 1 };
  }

  /** Two chains of a row of unconnected stretches. */
  #halve(row: readonly ChainNode[]): void {
    let middle = (row.length + 1) >> 1;
    while (middle < row.length && row[middle - 1]?.edge !== -1) middle++;
    for (const nodes of [row.slice(0, middle), row.slice(middle)]) {
      if (nodes.length > 0)
        this.#chains.push({ nodes, head: nothing, near: -1, level: nodes.length });
    }
  }
}

/** Where a chain begins at the end near the root. */
interface Start {
  readonly near: number;
  readonly from: number;
  readonly first: number;
  readonly link: Omit<ChainNode, "node">;
  readonly level: number;
}
