/** Distances, values by distance, selecting by conditions, cutting and joining cells. */
import {
  Branch,
  byDistance,
  Cell,
  Compartment,
  distanceDirect,
  distancePathwise,
  fromGraph,
  integrate,
  morphConnect,
  morphDelete,
  Network,
  parseSwc,
  toGraph,
} from "rall";
import { HH, Leak } from "rall/channels";
import { describe, expect, test } from "vitest";

function cell(): Cell {
  const one = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0, 0, 1, 1] });
  one.set("axial_resistivity", 100).branch(1).set("length", 30).set("radius", 0.5);
  one.branch(3).set("length", 5);
  one.insert(Leak).set("v", -65).branch([0, 1]).insert(HH);
  one.branch(0).addToGroup("soma");
  return one.computeXyz().initStates() as Cell;
}

describe("distances", () => {
  test("along the branches, from centre to centre", () => {
    const one = cell();
    const start = one.branch(0).comp(0);
    // 10 um compartments in branch 0, 30 um in branch 1, 5 um in branch 3
    expect([...distancePathwise(start, one)]).toEqual([
      ...[0, 10],
      ...[30, 60],
      ...[20, 30],
      ...[77.5, 82.5],
      ...[80, 90],
    ]);
    expect([...distancePathwise(one.branch(3).comp(1), one.branch(4).comp(0))]).toEqual([12.5]);
    const net = new Network([one, one]);
    const far = distancePathwise(net.cell(0).branch(0).comp(0), net.cell(1));
    expect(far.every((distance) => distance === Number.POSITIVE_INFINITY)).toBe(true);
    expect(() => distancePathwise(one, one)).toThrow("begins at one compartment");
    expect(() => distancePathwise(start, cell())).toThrow("within one module");
  });

  test("straight through space are never longer", () => {
    const one = cell();
    const start = one.branch(0).comp(0);
    const [path, direct] = [distancePathwise(start, one), distanceDirect(start, one)];
    for (const [i, distance] of direct.entries())
      expect(distance).toBeLessThanOrEqual((path[i] ?? 0) + 1e-9);
    expect(direct[1]).toBeCloseTo(10, 9);
    expect(() => distanceDirect(new Cell(), new Cell())).toThrow();
  });

  test("values follow them", () => {
    const one = cell();
    one.set(
      "HH_gNa",
      byDistance((um) => 0.1 + um / 1000),
    );
    expect([...one.get("HH_gNa")]).toEqual([0.1, 0.11, 0.13, 0.16]);
    one.branch(3).set(
      "radius",
      byDistance((um) => um, { from: one.branch(4).comp(1) }),
    );
    expect([...one.branch(3).get("radius")]).toEqual([17.5, 22.5]);
    const net = new Network([one, one]);
    net.set(
      "Leak_gLeak",
      byDistance((um) => 1e-4 * (1 + um), { kind: "direct" }),
    );
    expect(net.cell(1).get("Leak_gLeak")).toEqual(net.cell(0).get("Leak_gLeak"));
    expect(net.cell(1).get("Leak_gLeak")[0]).toBeCloseTo(1e-4, 12);
    expect(() =>
      one.set(
        "Leak_gLeak",
        byDistance(() => Number.NaN),
      ),
    ).toThrow("cannot be NaN");
    expect(() =>
      one.set(
        "Leak_gLeak",
        byDistance((um) => um, { from: one }),
      ),
    ).toThrow("one compartment");
  });

  test("of a cell read from a file are measured in its coordinates", () => {
    const swc = "1 1 0 0 0 5 -1\n2 3 5 0 0 1 1\n3 3 105 0 0 1 2\n4 3 105 80 0 1 3\n";
    const one = parseSwc(swc, { ncomp: 4 });
    const tip = one.group("basal").branch(0).loc(1);
    const start = one.group("basal").branch(0).loc(0);
    const [path = 0] = distancePathwise(start, tip);
    const [direct = 0] = distanceDirect(start, tip);
    expect(path).toBeCloseTo(135, 9);
    expect(direct).toBeGreaterThan(80);
    expect(direct).toBeLessThan(path);
  });
});

test("compartments are selected by conditions", () => {
  const one = cell();
  const numbers = (view: { compartments: Int32Array }) => [...view.compartments];
  expect(numbers(one.select(({ get }) => get("radius") < 1))).toEqual([2, 3]);
  expect(numbers(one.branch([1, 3]).select(({ get }) => get("length") > 4))).toEqual([2, 3, 6, 7]);
  expect(numbers(one.select(({ isIn, compartment }) => isIn("soma") && compartment > 0))).toEqual([
    1,
  ]);
  expect(numbers(one.select(({ get }) => get("HH_gNa") > 0))).toEqual([0, 1, 2, 3]);
  expect(() => one.select(() => false)).toThrow("Nothing is in view");
  expect(() => one.select(({ get }) => get("HH_gN") > 0)).toThrow("HH_gN");
});

describe("cutting and joining", () => {
  test("branches go, with all that is theirs", () => {
    const one = cell();
    one.branch(2).set("Leak_gLeak", 3e-4);
    const rest = morphDelete(one.branch([1, 3, 4]));
    expect(rest.compartments.length).toBe(4);
    expect([...rest.get("Leak_gLeak")]).toEqual([1e-4, 1e-4, 3e-4, 3e-4]);
    expect([...rest.group("soma").compartments]).toEqual([0, 1]);
    expect([...rest.channel("HH").compartments]).toEqual([0, 1]);
    expect(one.compartments.length, "the cell itself stays").toBe(10);
    const tip = morphDelete(one.branch(4));
    expect([...tip.root.description.parents]).toEqual([-1, 0, 0, 1]);
  });

  test("two cells become one, which behaves like a cell made so", async () => {
    const make = (parents: number[]) => {
      const made = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents });
      return made.insert(HH).set("axial_resistivity", 80).set("v", -65).initStates() as Cell;
    };
    const trunk = make([-1, 0, 0]);
    const tree = make([-1, 0, 0]);
    tree.branch(1).set("radius", 2);
    const whole = make([-1, 0, 0, 2, 3, 3]);
    whole.branch(4).set("radius", 2);
    const joined = morphConnect(trunk.branch(2).loc(1), tree.branch(0).loc(0));
    expect([...joined.root.description.parents]).toEqual([-1, 0, 0, 2, 3, 3]);
    // Joined by a tip, the second cell turns round: branch 2 first, then 0 towards its old root
    const turned = morphConnect(trunk.branch(2).loc(1), tree.branch(2).loc(1));
    const pulse = new Float64Array(200).fill(0.1);
    const rows = async (one: Cell) => {
      const copy = one.copy();
      copy.branch(0).comp(0).stimulate(pulse);
      copy.record("v");
      return (await integrate(copy)).recordings;
    };
    const [a, b] = [await rows(joined), await rows(whole)];
    for (const [row, series] of b.entries())
      for (const [k, v] of series.entries())
        expect(Math.abs((a[row]?.[k] ?? 0) - v)).toBeLessThan(1e-9);
    const same = new Cell(new Branch(new Compartment(), { ncomp: 2 }), {
      parents: [-1, 0, 0, 2, 3, 3],
    });
    same.insert(HH).set("axial_resistivity", 80).set("v", -65).initStates();
    // In the order of the turned cell: its branch 2, then what met it there
    same.branch(4).set("radius", 2);
    const [c, d] = [await rows(turned), await rows(same)];
    const last = (one: readonly Float64Array[]) => one.map((series) => series.at(-1) ?? 0).sort();
    for (const [k, v] of last(d).entries())
      expect(Math.abs((last(c)[k] ?? 0) - v)).toBeLessThan(1e-9);
    expect(turned.get("radius").reduce((sum, r) => sum + r, 0)).toBe(14);
  });

  test("a single branch can be joined by either end", () => {
    const branch = new Cell(new Branch(new Compartment(), { ncomp: 3 }), { parents: [-1] });
    branch.branch(0).comp(0).set("radius", 5);
    const trunk = new Cell(new Branch(new Compartment(), { ncomp: 1 }), { parents: [-1] });
    const straight = morphConnect(trunk.branch(0).loc(1), branch.branch(0).loc(0));
    expect([...straight.get("radius")]).toEqual([1, 5, 1, 1]);
    const round = morphConnect(trunk.branch(0).loc(1), branch.branch(0).loc(1));
    expect([...round.get("radius")]).toEqual([1, 1, 1, 5]);
  });

  test("what cannot be is refused", () => {
    const one = cell();
    expect(() => morphDelete(one.branch(1))).toThrow("would lose its parent");
    expect(() => morphDelete(one)).toThrow("No branch would be left");
    expect(() => morphDelete(one.branch(4).comp(0))).toThrow("whole branches");
    expect(() => morphDelete(new Network([one]).cell(0).branch(4))).toThrow("not for a network");
    expect(() => morphConnect(one.branch(4).loc(1), one.branch(0).loc(0))).toThrow(
      "joined to itself",
    );
    expect(() => morphConnect(one.branch(4), cell().branch(0).loc(0))).toThrow(
      "at the end of a branch",
    );
    expect(() => morphConnect(one.branch(4).loc(1), cell().branch(1).loc(1))).toThrow(
      "no free end",
    );
    one.record("v");
    expect(() => morphDelete(one.branch(4))).toThrow("10 recordings");
  });
});

describe("graphs", () => {
  test("a cell survives the way to a graph and back, through JSON", async () => {
    const one = cell();
    const graph = JSON.parse(JSON.stringify(toGraph(one)));
    const twin = fromGraph(graph);
    expect(twin.root.description.parents).toEqual(one.root.description.parents);
    for (const key of ["length", "radius", "area", "resistive_load_in"] as const)
      expect(twin.get(key)).toEqual(one.get(key));
    expect([...twin.group("soma").compartments]).toEqual([0, 1]);
    expect(twin.computeCompartmentCenters()).toEqual(one.computeCompartmentCenters());
    expect(toGraph(twin)).toEqual(graph);
  });

  test("nodes can be taken away before", () => {
    const graph = toGraph(cell());
    const gone = new Set(graph.nodes.flatMap((node) => (node.branch_index === 4 ? [node.id] : [])));
    gone.add(5);
    const trimmed = fromGraph({
      ...graph,
      nodes: graph.nodes.filter(({ id }) => !gone.has(id)),
      edges: graph.edges.filter(([a, b]) => !gone.has(a) && !gone.has(b)),
    });
    expect([...trimmed.root.description.parents]).toEqual([-1, 0, 0, 1]);
    expect([...trimmed.root.description.ncomp]).toEqual([2, 2, 1, 2]);
  });

  test("what is no cell is refused", () => {
    const graph = toGraph(cell());
    const change = (part: object) => () => fromGraph({ ...graph, ...part });
    expect(change({ edges: graph.edges.slice(1) })).toThrow("unconnected");
    expect(change({ edges: [...graph.edges, [2, 8]] })).toThrow("a loop");
    expect(change({ edges: [[0, 999]] })).toThrow("not there");
    expect(change({ nodes: [] })).toThrow("no compartment");
    expect(change({ nodes: [{ ...graph.nodes[0], radius: 0 }] })).toThrow("$.nodes[0].radius");
    expect(change({ nodes: [...graph.nodes, graph.nodes[0]] })).toThrow("one id");
    expect(() => fromGraph(3)).toThrow("not an object");
    expect(() => toGraph(new Network([cell()]))).toThrow("no single graph");
  });
});
