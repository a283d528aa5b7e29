/**
 * @file Gap junctions. Those that join trees into larger trees become links of the tree and are solved implicitly with it.
 * One that would close a loop exchanges charge after each step, exactly as its two compartments alone would: stable for
 * any time step, of first order in it, and no charge is lost.
 */
import type { Description } from "../modules/description.ts";
import type { Tree } from "../numerics/tree.ts";
import { parentsFirst } from "../numerics/tree.ts";

/** A gap junction that closes a loop. */
export interface Exchange {
  readonly a: number;
  readonly b: number;
  /** Conductance in 100 uS. */
  readonly conductance: number;
}

export interface JoinedTree {
  readonly tree: Tree;
  readonly exchanges: readonly Exchange[];
  /** Nodes whose link to their parent is a junction. */
  readonly links: readonly number[];
  /** The junctions that became links, as text: what a schedule depends on besides the cells. */
  readonly key: string;
}

/** From uS to the unit of the tree. */
export const perMicrosiemens = 0.01;

/** The tree of a model with its gap junctions. */
export function joinJunctions(description: Description, tree: Tree): JoinedTree {
  const junctions = gatherJunctions(description);
  if (junctions.length === 0) return { tree, exchanges: [], links: [], key: "" };
  const parent = tree.parent.slice();
  const conductance = tree.conductance.slice();
  const exchanges: Exchange[] = [];
  const joined: string[] = [];
  const groups = new Groups(parent);
  for (const { a, b, conductance: g } of junctions) {
    if (!groups.join(a, b)) {
      exchanges.push({ a, b, conductance: g });
      continue;
    }
    joined.push(`${a}-${b}`);
    hang(parent, conductance, b, a, g);
  }
  const order = parentsFirst(parent, "node");
  // Hanging turns links of a cell round, but they stay between the same two nodes
  const isOwn = (node: number, other: number) =>
    tree.parent[node] === other || tree.parent[other] === node;
  const links = Array.from(parent.keys()).filter((node) => {
    const above = parent[node] ?? -1;
    return above >= 0 && !isOwn(node, above);
  });
  const key = joined.join(" ");
  return { tree: { ...tree, parent, order, conductance }, exchanges, links, key };
}

/**
 * Parts of the difference of their voltages by which two compartments joined by a conductance move in `dt`: it decays with
 * the time constant of the conductance and the capacities in series, and the charge that one loses the other gains.
 *
 * @param capacity - that of a compartment whose voltage is given is infinite: it does not move.
 */
export function exchangeFactors(
  conductance: number,
  capacity: Float64Array,
  a: number,
  b: number,
  dt: number,
): [number, number] {
  const { lost, shares } = exchangeParts(conductance, capacity, a, b, dt);
  return [lost * shares[0], lost * shares[1]];
}

/** Derivatives of both factors by the conductance and by the capacities of the two compartments. */
export function exchangeSlopes(
  conductance: number,
  capacity: Float64Array,
  a: number,
  b: number,
  dt: number,
): [ExchangeSlope, ExchangeSlope] {
  const { inverses, lost, shares } = exchangeParts(conductance, capacity, a, b, dt);
  const [one, other] = inverses;
  const decay = dt * (1 - lost);
  const slope = (share: number, sign: number): ExchangeSlope => {
    // A share is the inverse of the own capacity over the sum of both
    const byInverse = (of: number, inverse: number) =>
      -inverse * inverse * (decay * conductance * share + lost * of);
    const sum = one + other;
    const [byOne, byOther] = sum === 0 ? [0, 0] : [other / sum / sum, -one / sum / sum];
    return {
      conductance: decay * sum * share,
      a: byInverse(sign * byOne, one),
      b: byInverse(sign * byOther, other),
    };
  };
  return [slope(shares[0], 1), slope(shares[1], -1)];
}

/** The part of the difference that decays, and how it is shared: by the inverses of the capacities. */
function exchangeParts(
  conductance: number,
  capacity: Float64Array,
  a: number,
  b: number,
  dt: number,
) {
  const inverses = [1 / (capacity[a] ?? 0), 1 / (capacity[b] ?? 0)] as const;
  const sum = inverses[0] + inverses[1];
  const lost = -Math.expm1(-dt * conductance * sum);
  const shares = sum === 0 ? ([0, 0] as const) : ([inverses[0] / sum, inverses[1] / sum] as const);
  return { inverses, lost, shares };
}

/** How a factor changes with a conductance in 100 uS and the capacities of both sides in 100 uS ms. */
export interface ExchangeSlope {
  readonly conductance: number;
  readonly a: number;
  readonly b: number;
}

/** The junctions between each two compartments as one. */
function gatherJunctions({ synapses, count }: Description): Exchange[] {
  const sums = new Map<number, Exchange>();
  for (const { synapse, pre, post, columns } of synapses) {
    if (synapse.electrical === undefined) continue;
    const g = columns.get(synapse.electrical) ?? [];
    for (const [k, one] of pre.entries()) {
      const other = post[k] ?? 0;
      if (one === other) continue;
      const [a, b] = [Math.min(one, other), Math.max(one, other)];
      const known = sums.get(a * count + b)?.conductance ?? 0;
      sums.set(a * count + b, { a, b, conductance: known + (g[k] ?? 0) * perMicrosiemens });
    }
  }
  return [...sums.values()];
}

/** Makes `node` the root of its tree, and hangs it on `above`. */
function hang(
  parent: Int32Array,
  conductance: Float64Array,
  node: number,
  above: number,
  g: number,
): void {
  let [child, next, link] = [node, above, g];
  while (child >= 0) {
    const [formerParent, formerLink] = [parent[child] ?? -1, conductance[child] ?? 0];
    parent[child] = next;
    conductance[child] = link;
    [next, child, link] = [child, formerParent, formerLink];
  }
}

/** Which nodes hang together: disjoint sets with path halving. */
class Groups {
  readonly #leader: Int32Array;

  constructor(parent: Int32Array) {
    this.#leader = parent.map((above, node) => (above < 0 ? node : above));
  }

  /** Joins two groups. @returns whether they were two. */
  join(a: number, b: number): boolean {
    const [one, other] = [this.#find(a), this.#find(b)];
    this.#leader[other] = one;
    return one !== other;
  }

  #find(node: number): number {
    let at = node;
    while (this.#leader[at] !== at) {
      const above = this.#leader[at] ?? at;
      this.#leader[at] = this.#leader[above] ?? above;
      at = this.#leader[at] ?? at;
    }
    return at;
  }
}
