/**
 * @file The order in which a tree is eliminated: two chains at a time, one in each lane of a vector. Rows follow one
 * another from the far ends to the root, and the links of a chain lead from each row to the next.
 */
import type { Tree } from "../numerics/tree.ts";
import { parentsFirst } from "../numerics/tree.ts";
import { type Chain, type ChainNode, nothing, takeApart } from "./chains.ts";

/** Two chains side by side: a row for the nodes at which they meet others beyond, their nodes, and a row that mirrors the nodes at which they meet others near the root. These nodes are massless but where gap junctions join compartments. */
export interface Segment {
  /** The row of the joints beyond; the nodes follow it. */
  readonly head: number;
  /** The row that mirrors the voltages of the joints towards which the chains lead. */
  readonly mirror: number;
  /** Places of these nodes themselves. */
  readonly near: readonly [number, number];
}

/** Which node stands where. A place is twice the number of a row, plus the lane. */
export interface Schedule {
  /** Parents of all nodes as the elimination goes; massless nodes that were put in come last. */
  readonly parent: Int32Array;
  readonly order: Int32Array;
  /** The node of the original tree whose link each node's is, -1 for none, and the multiple of its conductance. */
  readonly edge: Int32Array;
  readonly factor: Float64Array;
  readonly place: Int32Array;
  readonly rows: number;
  /** Leaves first; empty if no node is linked to another. */
  readonly segments: readonly Segment[];
  /** Rows from this one on hold roots at which chains meet. */
  readonly firstRoot: number;
  /** Whether chains meet in compartments, not only in massless nodes: where gap junctions join them. */
  readonly hasMassiveJoints: boolean;
}

/** Most rows by which the shorter of two chains is filled up with massless nodes instead of cutting the longer one. */
const filledUp = 3;

/**
 * Schedules the elimination of a forest.
 *
 * @param parent - parent of each node, -1 for roots; nodes from `count` on are massless.
 */
export function makeSchedule(parent: Int32Array, count: number): Schedule {
  if (parent.every((above) => above < 0)) return unconnected(count);
  return new Scheduler(parent, count).run();
}

/** Conductance of a link that conducts nothing: massless nodes that were put into it still have a balance. */
const almostNone = 1e-100;

/** The tree as the elimination goes. */
export function scheduledTree(schedule: Schedule, { conductance, capacity }: Tree): Tree {
  const { parent, order, edge, factor } = schedule;
  const capacities = new Float64Array(parent.length);
  capacities.set(capacity);
  const scaled = new Float64Array(parent.length);
  for (let i = 0; i < scaled.length; i++) {
    const link = edge[i] ?? -1;
    if (link >= 0) scaled[i] = (conductance[link] || almostNone) * (factor[i] ?? 1);
  }
  return { parent, order, conductance: scaled, capacity: capacities };
}

function unconnected(count: number): Schedule {
  const numbers = Int32Array.from({ length: count }, (_, i) => i);
  const rows = (count + 1) >> 1;
  return {
    parent: new Int32Array(count).fill(-1),
    order: numbers,
    edge: new Int32Array(count).fill(-1),
    factor: new Float64Array(count).fill(1),
    place: numbers,
    rows,
    segments: [],
    firstRoot: rows,
    hasMassiveJoints: false,
  };
}

class Scheduler {
  /** Ascending by level: what leads the longest way to the root comes last and is taken first. */
  readonly #waiting: Chain[];
  readonly #roots: readonly number[];
  readonly #segments: { head: number; mirror: number; near: [number, number] }[] = [];
  readonly #place: number[] = [];
  readonly #parent: number[];
  readonly #edge: number[] = [];
  readonly #factor: number[] = [];
  readonly #hasMassiveJoints: boolean;
  #nodes: number;
  #rows = 0;

  constructor(parent: Int32Array, count: number) {
    const { chains, roots, nodes } = takeApart(parent, count);
    const isMassive = (node: number) => node >= 0 && node < count;
    this.#hasMassiveJoints =
      roots.some(isMassive) ||
      chains.some(({ head, near }) => isMassive(head.node) || isMassive(near));
    this.#waiting = [...chains].sort((a, b) => a.level - b.level);
    this.#roots = roots;
    this.#nodes = nodes;
    this.#parent = new Array<number>(nodes).fill(-1);
  }

  run(): Schedule {
    for (let one = this.#waiting.pop(); one !== undefined; one = this.#waiting.pop()) {
      const other = this.#takeIndependent(one);
      const [a, b] = this.#even(one, other);
      this.#lay(a, b);
    }
    const firstRoot = this.#rows;
    for (const [i, root] of this.#roots.entries()) this.#place[root] = 2 * firstRoot + i;
    // One place more, for what leads nowhere
    const nowhere = 2 * firstRoot + this.#roots.length;
    const rows = (nowhere + 2) >> 1;
    const placeOf = (node: number) => (node < 0 ? nowhere : (this.#place[node] ?? nowhere));
    const parent = Int32Array.from(this.#parent);
    return {
      parent,
      order: parentsFirst(parent, "node"),
      edge: Int32Array.from(parent, (_, node) => this.#edge[node] ?? -1),
      factor: Float64Array.from(parent, (_, node) => this.#factor[node] ?? 1),
      place: Int32Array.from(this.#place),
      rows,
      segments: this.#segments.map(({ head, mirror, near: [a, b] }) => ({
        head,
        mirror,
        near: [placeOf(a), placeOf(b)],
      })),
      firstRoot,
      hasMassiveJoints: this.#hasMassiveJoints,
    };
  }

  /**
   * The next chain that nothing still to come leads to: neither `one` nor a chain that is passed over for that reason. All
   * chains beyond a chain have a higher level, so that it waits for no other.
   */
  #takeIndependent(one: Chain): Chain | undefined {
    const awaited = new Set([one.near]);
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      const other = this.#waiting[i];
      if (other === undefined) continue;
      if (other.head.node < 0 || !awaited.has(other.head.node)) {
        this.#waiting.splice(i, 1);
        return other;
      }
      awaited.add(other.near);
    }
    return undefined;
  }

  /** Makes two chains equally long: fills up the shorter, or cuts the longer, whose rest then waits. */
  #even(one: Chain, other: Chain | undefined): [Chain, Chain | undefined] {
    if (other === undefined) return [one, undefined];
    const excess = one.nodes.length - other.nodes.length;
    if (excess === 0) return [one, other];
    if (Math.abs(excess) <= filledUp) {
      return excess > 0 ? [one, this.#fillUp(other, excess)] : [this.#fillUp(one, -excess), other];
    }
    return excess > 0
      ? [this.#cut(one, other.nodes.length), other]
      : [one, this.#cut(other, one.nodes.length)];
  }

  #fillUp(chain: Chain, by: number): Chain {
    const last = chain.nodes.at(-1) ?? nothing;
    const isLinked = last.edge >= 0;
    const part = { edge: last.edge, factor: last.factor * (isLinked ? by + 1 : 1) };
    const fillers = Array.from({ length: by }, () => ({
      node: isLinked ? this.#addNode() : -1,
      ...part,
    }));
    return { ...chain, nodes: [...chain.nodes.slice(0, -1), { ...last, ...part }, ...fillers] };
  }

  /** The first `length` nodes of a chain. */
  #cut(chain: Chain, length: number): Chain {
    const first = chain.nodes.slice(0, length);
    const rest = chain.nodes.slice(length);
    const last = first.at(-1) ?? nothing;
    const isLinked = last.edge >= 0;
    const part = { edge: last.edge, factor: 2 * last.factor };
    const between = isLinked ? this.#addNode() : -1;
    this.#wait({
      nodes: rest,
      head: isLinked ? { node: between, ...part } : nothing,
      near: chain.near,
      level: chain.level - length,
    });
    const nodes = isLinked ? [...first.slice(0, -1), { ...last, ...part }] : first;
    return { nodes, head: chain.head, near: between, level: chain.level };
  }

  #wait(chain: Chain): void {
    let [low, high] = [0, this.#waiting.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#waiting[middle]?.level ?? 0) < chain.level) low = middle + 1;
      else high = middle;
    }
    this.#waiting.splice(low, 0, chain);
  }

  #addNode(): number {
    this.#parent.push(-1);
    return this.#nodes++;
  }

  #lay(a: Chain, b: Chain | undefined): void {
    const head = this.#rows;
    const mirror = head + a.nodes.length + 1;
    this.#segments.push({ head, mirror, near: [a.near, b?.near ?? -1] });
    for (const [lane, chain] of [a, b].entries()) {
      if (chain === undefined) continue;
      const all = [chain.head, ...chain.nodes];
      for (const [k, one] of all.entries()) {
        this.#put(one, 2 * (head + k) + lane, all[k + 1]?.node ?? chain.near);
      }
    }
    this.#rows = mirror + 1;
  }

  #put({ node, edge, factor }: ChainNode, place: number, next: number): void {
    if (node < 0) return;
    this.#place[node] = place;
    this.#edge[node] = edge;
    this.#factor[node] = factor;
    this.#parent[node] = edge < 0 ? -1 : next;
  }
}
