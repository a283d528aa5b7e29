/** Branches that begin inside their parents, at the middle of a compartment or at a border. */
import {
  Branch,
  Cell,
  Compartment,
  distancePathwise,
  fromGraph,
  fromJSON,
  integrate,
  type Module,
  morphConnect,
  morphDelete,
  Network,
  parseSwc,
  toGraph,
  toJSON,
} from "rall";
import { HH } from "rall/channels";
import { compileObjective, meanSquaredError } from "rall/training";
import { describe, expect, test } from "vitest";

const backends = ["wasm", "reference"] as const;
const dt = 0.025;

/** A branch of 60 um, of which two begin at `place`. */
function tree(ncomp: number, place: number): Cell {
  const trunk = new Branch(new Compartment(), { ncomp });
  const twig = new Branch(new Compartment(), { ncomp: 3 });
  const cell = new Cell([trunk, twig, twig], {
    parents: [-1, 0, 0],
    attachedAt: [1, place, place],
  });
  cell.set("axial_resistivity", 150).set("v", -65);
  cell
    .branch(0)
    .set("length", 60 / ncomp)
    .set("radius", 4);
  cell.branch([1, 2]).set("length", 40).set("radius", 0.5);
  return cell.insert(HH) && cell;
}

async function run(
  cell: Module,
  backend: "wasm" | "reference",
  at: number,
): Promise<readonly Float64Array[]> {
  cell.initStates();
  cell.select([at]).stimulate(new Float64Array(40).fill(2));
  cell.record("v");
  return (await integrate(cell, { dt, tMax: 5, backend })).recordings;
}

function furthest(one: readonly Float64Array[], other: readonly Float64Array[]): number {
  let most = one.length === other.length ? 0 : Number.POSITIVE_INFINITY;
  for (const [row, series] of one.entries())
    for (const [k, v] of series.entries())
      most = Math.max(most, Math.abs(v - (other[row]?.[k] ?? Number.NaN)));
  return most;
}

describe.each(backends)("on %s", (backend) => {
  test("at a border it is as if the parent were two branches", async () => {
    const whole = tree(4, 0.25);
    const part = (ncomp: number) => new Branch(new Compartment(), { ncomp });
    const halves = new Cell([part(1), part(3), part(3), part(3)], { parents: [-1, 0, 0, 0] });
    halves.set("axial_resistivity", 150).set("v", -65);
    halves.branch([0, 1]).set("length", 15).set("radius", 4);
    halves.branch([2, 3]).set("length", 40).set("radius", 0.5);
    halves.insert(HH);
    expect(furthest(await run(whole, backend, 9), await run(halves, backend, 9))).toBeLessThan(
      1e-9,
    );
  });

  test("in the middle of a compartment nothing lies between it and the branch", async () => {
    // Three compartments as branches of which the middle one is short of resistance: all begins at its middle
    const whole = tree(3, 0.5);
    const trunk = [1, 1, 1].map(() => new Branch(new Compartment(), { ncomp: 1 }));
    const twig = new Branch(new Compartment(), { ncomp: 3 });
    const parts = new Cell(
      [trunk[0] as Branch, trunk[1] as Branch, trunk[2] as Branch, twig, twig],
      {
        parents: [-1, 0, 1, 1, 1],
        attachedAt: [1, 1, 1, 0.5, 0.5],
      },
    );
    parts.set("axial_resistivity", 150).set("v", -65);
    parts.branch([0, 1, 2]).set("length", 20).set("radius", 4);
    parts.branch([3, 4]).set("length", 40).set("radius", 0.5);
    parts.insert(HH);
    expect(furthest(await run(whole, backend, 8), await run(parts, backend, 8))).toBeLessThan(1e-9);
    // Beside a distance of half a compartment it is what the end of a branch would be
    const conductance = await run(tree(1, 0.5), backend, 0);
    expect(furthest(conductance, await run(tree(1, 1), backend, 0))).toBeGreaterThan(1e-3);
  });

  test("gradients by geometry and cytoplasm agree with differences", async () => {
    for (const place of [0.5, 0.25]) {
      const cell = tree(place === 0.5 ? 3 : 4, place);
      cell.initStates();
      cell.select([cell.compartments.length - 1]).stimulate(new Float64Array(40).fill(0.3));
      cell.loc(0.5).record("v");
      for (const key of ["radius", "length", "axial_resistivity"] as const)
        cell.branch("all").comp("all").makeTrainable(key);
      const targets = cell.root.description.recordings.map(() => new Float64Array(121).fill(-60));
      const objective = await compileObjective(cell, {
        ...{ loss: meanSquaredError(targets), dt, tMax: 3, backend },
      });
      const start = cell.getParameters();
      const { gradient } = await objective.valueAndGradient();
      for (const [k, { values }] of start.entries()) {
        for (const i of [0, 1, values.length - 1]) {
          const h = 1e-4 * (values[i] ?? 0);
          const moved = (by: number) =>
            start.map((one, n) =>
              n === k ? { ...one, values: one.values.map((v, j) => (j === i ? v + by : v)) } : one,
            );
          const slope =
            ((await objective.value(moved(h))) - (await objective.value(moved(-h)))) / (2 * h);
          const own = gradient[k]?.values[i] ?? Number.NaN;
          expect(Math.abs(own - slope)).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
        }
      }
    }
  });
});

test("solvers and diffusion agree between the backends", async () => {
  for (const solver of ["bwd_euler", "crank_nicolson", "exp_euler", "staggered"] as const) {
    const results = [];
    for (const backend of backends) {
      const cell = tree(3, 0.5);
      cell.initStates();
      cell.select([0]).stimulate(new Float64Array(40).fill(0.5));
      cell.record("v");
      results.push((await integrate(cell, { dt, tMax: 3, solver, backend })).recordings);
    }
    expect(furthest(results[0] ?? [], results[1] ?? [])).toBeLessThan(1e-7);
  }
});

test("paths lead through the middle of the parent", () => {
  const cell = tree(3, 0.5);
  const from = cell.branch(0).loc(0.5);
  const ends = cell.select([0, 1, 2, 3, 4, 6]);
  expect([...distancePathwise(from, ends)]).toEqual([20, 0, 20, 20, 60, 20]);
  const border = tree(4, 0.25);
  expect([...distancePathwise(border.select([0]), border.select([1, 4]))]).toEqual([15, 27.5]);
});

describe("the place stays", () => {
  const placesOf = (module: Module) => [...module.root.description.attachedAt];

  test("in copies, networks, files and graphs, and when compartments are divided", () => {
    const cell = parseSwc(
      "1 1 0 0 0 5 -1\n2 3 6 0 0 1 1\n3 3 60 0 0 1 2\n4 3 0 6 0 1 1\n5 3 0 60 0 1 4",
      {
        convention: "neuron",
      },
    );
    expect(placesOf(cell)).toEqual([1, 0.5, 0.5]);
    expect(placesOf(cell.copy())).toEqual([1, 0.5, 0.5]);
    expect(placesOf(new Network([cell, new Compartment(), cell]))).toEqual([
      1, 0.5, 0.5, 1, 1, 0.5, 0.5,
    ]);
    expect(placesOf(fromJSON(JSON.stringify(toJSON(cell))))).toEqual([1, 0.5, 0.5]);
    expect(JSON.stringify(toJSON(new Cell()))).not.toContain("attachedAt");
    const twin = fromGraph(JSON.parse(JSON.stringify(toGraph(cell))));
    expect(placesOf(twin)).toEqual([1, 0.5, 0.5]);
    expect([...twin.root.description.parents]).toEqual([-1, 0, 0]);
    const border = fromGraph(JSON.parse(JSON.stringify(toGraph(tree(4, 0.25)))));
    expect(placesOf(border)).toEqual([1, 0.25, 0.25]);
    expect([...border.root.description.parents]).toEqual([-1, 0, 0]);
    cell.branch(0).setNcomp(3);
    expect(placesOf(cell)).toEqual([1, 0.5, 0.5]);
  });

  test("when branches are cut off and cells joined", () => {
    const cell = tree(3, 0.5);
    expect(placesOf(morphDelete(cell.branch(1)))).toEqual([1, 0.5]);
    // Two that begin at two places cannot both lose what is between them
    const apart = new Cell(new Branch(), { parents: [-1, 0, 0], attachedAt: [1, 0.5, 1] });
    expect(() => morphDelete(apart.branch(0))).toThrow("would lose its parent");
    const joined = morphConnect(new Cell().branch(0).loc(1), tree(3, 0.5).branch(0).loc(0));
    expect(placesOf(joined)).toEqual([1, 1, 0.5, 0.5]);
    // Turned round, a quarter of the way from one end is three quarters from the other
    const turned = morphConnect(new Cell().branch(0).loc(1), tree(4, 0.25).branch(0).loc(1));
    expect(placesOf(turned)).toEqual([1, 1, 0.75, 0.75]);
    expect(() => morphConnect(new Cell().branch(0).loc(1), tree(3, 0.5).branch(1).loc(1))).toThrow(
      "begins at 0.5 of branch 0",
    );
  });

  test("and is checked", () => {
    const make = (attachedAt: number[]) => () =>
      new Cell(new Branch(), { parents: [-1, 0], attachedAt });
    expect(make([1])).toThrow("1 places for 2 branches");
    for (const wrong of [0, -1, 1.5, Number.NaN])
      expect(make([1, wrong])).toThrow(`begins at ${wrong}`);
    const file = toJSON(tree(3, 0.5));
    expect(() => fromJSON({ ...file, attachedAt: [1, 0, 1] })).toThrow("$.attachedAt");
    expect(() => fromJSON({ ...file, attachedAt: [1] })).toThrow("$.attachedAt");
  });
});

test("branches are laid out from the place at which they begin", () => {
  const cell = tree(2, 0.5).computeXyz();
  const graph = toGraph(cell);
  const [trunk = [], twig = []] = [graph.xyzr["0"], graph.xyzr["1"]];
  const middle = [0, 1].map((c) => ((trunk[0]?.[c] ?? 0) + (trunk.at(-1)?.[c] ?? 0)) / 2);
  expect([twig[0]?.[0], twig[0]?.[1]]).toEqual(middle);
});
