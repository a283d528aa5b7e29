/** Random SWC files with the oddities of real ones, all of which NEURON reads: for comparisons with it. */
import { RandomStream } from "rall";

interface Point {
  readonly type: number;
  readonly place: readonly [number, number, number];
  readonly radius: number;
  /** Position in the list, -1 for a root. */
  readonly parent: number;
}

/**
 * A file of some tens of points. Numbers are multiples of 1/16, which single precision holds.
 *
 * Somata: none, a point, NeuroMorpho.Org's three points (exact or off), a row of points, or one with arms. Neurites begin
 * at any of its points, change type, branch, repeat points (at one place, with another radius), and now and then there is
 * a second tree. Points are numbered depth first or as they grew.
 */
export function randomSwc(seed: number): string {
  const random = new RandomStream(seed);
  const points: Point[] = [];
  const below = (limit: number) => Math.floor(random.uniform() * limit);
  const chance = (part: number) => random.uniform() < part;
  const between = (low: number, high: number) =>
    Math.round(16 * (low + (high - low) * random.uniform())) / 16;
  const add = (point: Point) => points.push(point) - 1;
  const grow = (parent: number, type: number, radius: number, step = 0): number => {
    const [x, y, z] = points[parent]?.place ?? [between(-100, 100), between(-100, 100), 0];
    const off = () => (step > 0 ? between(-step, step) : 0);
    return add({ type, place: [x + off(), y + off(), z + off()], radius, parent });
  };
  makeSoma(below(7), { add, grow, between, below, chance });
  const somatic = points.length;
  const neurites = 1 + below(5);
  for (let k = 0; k < neurites; k++) {
    const isTree = somatic > 0 && chance(0.08);
    const parent =
      isTree || points.length === 0
        ? -1
        : below(chance(0.7) && somatic > 0 ? somatic : points.length);
    let type = 2 + below(3);
    let tip = grow(parent, type, between(0.25, 2), 12);
    for (let n = below(12); n > 0; n--) {
      if (chance(0.1)) type = 2 + below(chance(0.2) ? 5 : 3);
      const from = chance(0.25) ? tip - below(Math.min(tip + 1, 4)) : tip;
      // A soma never goes on from a neurite here; that has a corpus file of its own
      const start = from >= somatic ? from : tip;
      tip = grow(start, type, between(0.25, 2), chance(0.15) ? 0 : 30);
    }
  }
  const order = chance(0.6) ? depthFirst(points) : points.map((_, i) => i);
  const position = new Map(order.map((i, at) => [i, at]));
  const gap = chance(0.2) ? 3 : 1;
  const id = (i: number) => 1 + gap * (position.get(i) ?? 0);
  const lines = order.flatMap((i) => {
    const point = points[i];
    if (point === undefined) return [];
    const { type, place, radius, parent } = point;
    return [`${id(i)} ${type} ${place.join(" ")} ${radius} ${parent < 0 ? -1 : id(parent)}`];
  });
  return `# seed ${seed}\n${lines.join("\n")}\n`;
}

interface Tools {
  add(point: Point): number;
  grow(parent: number, type: number, radius: number, step?: number): number;
  between(low: number, high: number): number;
  below(limit: number): number;
  chance(part: number): boolean;
}

function makeSoma(kind: number, { add, grow, between, below, chance }: Tools): void {
  if (kind === 0) return;
  const radius = between(3, 8);
  const root = add({ type: 1, place: [0, 0, 0], radius, parent: -1 });
  if (kind === 1 || kind === 2) return;
  if (kind === 3 || kind === 4) {
    const off = kind === 3 ? 0 : between(0, 2);
    add({ type: 1, place: [0, -radius - off, 0], radius, parent: root });
    const other = kind === 3 || chance(0.5) ? radius : between(3, 8);
    add({ type: 1, place: [0, radius, 0], radius: other, parent: root });
    return;
  }
  let last = root;
  for (let n = 1 + below(4); n > 0; n--) {
    const from = kind === 6 && chance(0.4) ? below(last + 1) : last;
    last = grow(from, 1, between(2, 8), chance(0.1) ? 0 : 6);
  }
}

/** Positions with children behind their parents, the first child at once. */
function depthFirst(points: readonly Point[]): number[] {
  const children = points.map((): number[] => []);
  const waiting: number[] = [];
  for (const [i, { parent }] of points.entries()) {
    if (parent < 0) waiting.unshift(i);
    else children[parent]?.push(i);
  }
  const order: number[] = [];
  for (let i = waiting.pop(); i !== undefined; i = waiting.pop()) {
    order.push(i);
    waiting.push(...(children[i] ?? []).reverse());
  }
  return order;
}
