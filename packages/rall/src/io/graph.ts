/**
 * @file Morphologies as graphs: compartments and branch points as nodes, what joins them as edges. Data for JSON and for graph
 * tools, in which nodes can be taken away or changed before a cell is made of it again.
 */
import { ModelError, ModelFileError } from "../errors.ts";
import { axialTree } from "../modules/axial.ts";
import { Description } from "../modules/description.ts";
import { defaultGeometry, makeGeometry } from "../modules/geometry.ts";
import { Cell } from "../modules/module.ts";
import { viewKind } from "../modules/navigation.ts";
import { centres, layBranches, pointsOf } from "../modules/space.ts";
import type { View } from "../modules/view.ts";
import { check } from "../util/kinds.ts";
import { JsonPart } from "./json.ts";

/** A compartment or branch point of the graph of a morphology. */
export interface GraphNode {
  readonly id: number;
  readonly type: "comp" | "branchpoint";
  /** Place in um. */
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Of compartments: the branch, and the position in it from the end towards the root. */
  readonly branch_index?: number;
  readonly comp_index?: number;
  readonly length?: number;
  readonly radius?: number;
  readonly area?: number;
  readonly volume?: number;
  readonly resistive_load_in?: number;
  readonly resistive_load_out?: number;
  readonly groups?: readonly string[];
  /** Of the first compartment of a branch that begins inside its parent: the relative place there. */
  readonly attached_at?: number;
}

/** A morphology as nodes and links. */
export interface MorphologyGraph {
  readonly nodes: readonly GraphNode[];
  /** Pairs of ids. */
  readonly edges: readonly (readonly [number, number])[];
  /** Points of each branch by its number, as rows of x, y, z, radius. */
  readonly xyzr: Readonly<Record<string, readonly (readonly number[])[]>>;
}

const numbers = [
  "length",
  "radius",
  "area",
  "volume",
  "resistive_load_in",
  "resistive_load_out",
] as const;
const most = 10_000_000;

/** The morphology of a cell as a graph; channels and what is placed on it stay behind. @throws ModelError for a network. */
export function toGraph(module: View): MorphologyGraph {
  check(module, viewKind, "module");
  const source = module.root.description;
  if (source.kind === "network")
    throw new ModelError("A network is no single graph.", { remedy: "Export its cells before." });
  const description = source.copy();
  layBranches(description, description.parents.keys());
  const { x, y, z } = centres(description);
  const { count, branchOf, firstCompartment, groups, geometry, attachedAt } = description;
  const comps = Array.from({ length: count }, (_, i): GraphNode => {
    const branch = branchOf[i] ?? 0;
    return {
      id: i,
      type: "comp",
      ...{ x: x[i] ?? 0, y: y[i] ?? 0, z: z[i] ?? 0 },
      branch_index: branch,
      comp_index: i - (firstCompartment[branch] ?? 0),
      ...Object.fromEntries(numbers.map((key) => [key, geometry[key][i]])),
      groups: [...groups].flatMap(([name, mask]) => (mask[i] === 1 ? [name] : [])),
      ...(i === firstCompartment[branch] && attachedAt[branch] !== 1
        ? { attached_at: attachedAt[branch] ?? 1 }
        : {}),
    };
  });
  const { parent } = axialTree(description);
  const edges = Array.from(parent).flatMap((above, node): [number, number][] =>
    above < 0 ? [] : [[above, node]],
  );
  /** The first edge of each node, and the first compartment that begins at it. */
  const edgeOf = new Map<number, readonly [number, number]>();
  const beginning = new Map<number, number>();
  for (const edge of edges) {
    for (const node of edge) if (!edgeOf.has(node)) edgeOf.set(node, edge);
    const [above, node] = edge;
    if (node < count && !beginning.has(above)) beginning.set(above, node);
  }
  const points = Array.from(parent.subarray(count), (_, k): GraphNode => {
    const id = count + k;
    const [own = 0] = (edgeOf.get(id) ?? []).filter((node) => node < count);
    // A branch point lies at the near end of whatever begins there
    const begins = beginning.get(id);
    const rows = pointsOf(description, branchOf[begins ?? own] ?? 0) ?? new Float64Array(4);
    const [px = 0, py = 0, pz = 0] = begins === undefined ? rows.subarray(-4) : rows;
    return { id, type: "branchpoint", x: px, y: py, z: pz };
  });
  const xyzr = Object.fromEntries(
    Array.from(description.parents.keys(), (branch) => {
      const rows = pointsOf(description, branch) ?? new Float64Array();
      const list = Array.from({ length: rows.length / 4 }, (_, k) => [
        ...rows.subarray(4 * k, 4 * k + 4),
      ]);
      return [branch, list];
    }),
  );
  return { nodes: [...comps, ...points], edges, xyzr };
}

/**
 * A cell from a graph: compartments of one `branch_index` are a branch, in order of `comp_index`; edges, through branch points or
 * directly, say what hangs on what, the branch of the lowest number being the root.
 *
 * @throws ModelFileError for data that are no such graph, and for one that is not connected or has a loop.
 */
export function fromGraph(graph: unknown): Cell {
  const top = new JsonPart(graph);
  top.only(["nodes", "edges", "xyzr"]);
  const nodes = top.at("nodes").items(most).map(readNode);
  const comps = nodes.filter(({ type }) => type === "comp");
  if (comps.length === 0) throw top.at("nodes").fail("holds no compartment.");
  const branches = new Map<number, GraphNode[]>();
  for (const node of comps) {
    const list = branches.get(node.branch_index ?? 0) ?? [];
    list.push(node);
    branches.set(node.branch_index ?? 0, list);
  }
  const order = [...branches.keys()].sort((a, b) => a - b);
  for (const list of branches.values())
    list.sort((a, b) => (a.comp_index ?? 0) - (b.comp_index ?? 0));
  const parents = findParents(top.at("edges"), nodes, branches, order);
  const sorted = order.flatMap((branch) => branches.get(branch) ?? []);
  const defaults = defaultGeometry();
  const geometry = makeGeometry((key) =>
    Float64Array.from(sorted, (node) => {
      const own = (node as unknown as Readonly<Record<string, unknown>>)[key];
      return typeof own === "number" ? own : (defaults[key][0] ?? 0);
    }),
  );
  const xyzr = top.at("xyzr").optional((part) => part) ?? new JsonPart({});
  const points = order.map((branch) =>
    xyzr.at(String(branch)).optional((part) => {
      // Points no longer fit a branch that lost compartments
      const rows = part.items(most).map((row) => row.items(4).map((one) => one.number()));
      const isWhole = (branches.get(branch) ?? []).every(({ comp_index }, k) => comp_index === k);
      return isWhole && rows.every((row) => row.length === 4)
        ? Float64Array.from(rows.flat())
        : undefined;
    }),
  );
  const description = new Description(
    "cell",
    Int32Array.from(parents),
    Int32Array.from(order, (branch) => branches.get(branch)?.length ?? 0),
    geometry,
    points,
    undefined,
    undefined,
    Float64Array.from(order, (branch) => branches.get(branch)?.[0]?.attached_at ?? 1),
  );
  for (const [i, { groups = [] }] of sorted.entries()) {
    for (const group of groups) {
      const mask = description.groups.get(group) ?? new Uint8Array(sorted.length);
      mask[i] = 1;
      description.groups.set(group, mask);
    }
  }
  const cell = new Cell();
  cell.root.description = description;
  return cell;
}

function readNode(part: JsonPart): GraphNode {
  const type = part.at("type").string();
  if (type !== "comp" && type !== "branchpoint")
    throw part.at("type").fail('is neither "comp" nor "branchpoint".');
  const own = (key: string) => part.at(key).number();
  const base = {
    id: part.at("id").whole(0, most),
    type,
    x: own("x"),
    y: own("y"),
    z: own("z"),
  } as const;
  if (type === "branchpoint") return base;
  const values = numbers.map((key) => {
    const value = own(key);
    if (!(value > 0)) throw part.at(key).fail(`is ${value}; it is above 0.`);
    return [key, value] as const;
  });
  return {
    ...base,
    branch_index: part.at("branch_index").whole(0, most),
    comp_index: part.at("comp_index").whole(0, most),
    ...Object.fromEntries(values),
    ...(part.at("attached_at").optional((one) => ({ attached_at: readPlace(one) })) ?? {}),
    groups: part.at("groups").optional((list) => list.items(1000).map((one) => one.string())) ?? [],
  };
}

function readPlace(part: JsonPart): number {
  const place = part.number();
  if (place > 0 && place <= 1) return place;
  throw part.fail(`is ${place}; places lie above 0 and up to 1.`);
}

function findParents(
  part: JsonPart,
  nodes: readonly GraphNode[],
  branches: ReadonlyMap<number, readonly GraphNode[]>,
  order: readonly number[],
): number[] {
  const known = new Map(nodes.map((node) => [node.id, node]));
  if (known.size !== nodes.length) throw new ModelFileError("Two nodes of the graph have one id.");
  const neighbours = new Map<number, number[]>(nodes.map(({ id }) => [id, []]));
  for (const edge of part.items(most)) {
    const [a = -1, b = -1] = edge.items(2).map((one) => one.whole(0, most));
    if (!known.has(a) || !known.has(b)) throw edge.fail("joins nodes of which one is not there.");
    neighbours.get(a)?.push(b);
    neighbours.get(b)?.push(a);
  }
  const rank = new Map(order.map((branch, k) => [branch, k]));
  const parents = order.map(() => -1);
  const seen = new Set<number>();
  const start = branches.get(order[0] ?? 0)?.[0]?.id ?? 0;
  const waiting: { id: number; from: number; branch: number }[] = [
    { id: start, from: -1, branch: -1 },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { id, from } = next;
    if (seen.has(id)) throw part.fail(`has a loop through node ${id}.`);
    seen.add(id);
    const node = known.get(id);
    const own = node?.branch_index;
    if (own !== undefined && own !== next.branch && next.branch >= 0)
      parents[rank.get(own) ?? 0] = rank.get(next.branch) ?? -1;
    for (const other of neighbours.get(id) ?? [])
      if (other !== from) waiting.push({ id: other, from: id, branch: own ?? next.branch });
  }
  if (seen.size === nodes.length) return parents;
  const lost = nodes.find(({ id }) => !seen.has(id))?.id;
  throw part.fail(
    `leaves node ${lost} unconnected.`,
    "A cell is one piece; make several cells of several.",
  );
}
