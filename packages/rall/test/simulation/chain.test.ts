/** The chain rule from sets to plans, against differences of a random linear function of the plan's numbers, without any run. */
import fc from "fast-check";
import {
  Branch,
  Cell,
  Compartment,
  connect,
  type DataSet,
  defineChannel,
  defineSynapse,
  integrate,
  type ModelOptions,
  type Module,
  Network,
  RandomStream,
  readSwc,
} from "rall";
import { CaT, HH, K, Leak, Na } from "rall/channels";
import { CaPump } from "rall/pumps";
import { ExpSyn, GapJunction, IonotropicSynapse } from "rall/synapses";
import { describe, expect, test } from "vitest";
import { withData } from "../../src/modules/feed.ts";
import { rowsWithKey } from "../../src/modules/values.ts";
import type { PlanGradient } from "../../src/plan/gradient.ts";
import { makePlan, type Plan } from "../../src/plan/plan.ts";
import { type Lowering, pullBack, pushForward, wantedBy } from "../../src/simulation/chain.ts";
import { setUp } from "../../src/simulation/compile.ts";
import { runs } from "../long.ts";

const options = { tabulates: false, returnStates: false } as const;

/** The numbers of a plan in the places of its gradient. */
function numbersOf(plan: Plan): PlanGradient {
  const { geometry, parameters, states, firstCurrents, axial, ions, exchanges, synapses } = plan;
  // No equation reads a diffusion constant
  const read = [...parameters].filter(([key]) => !key.startsWith("axial_diffusion"));
  const columns = [...Object.entries(geometry), ...read, ...states, ...firstCurrents];
  return {
    columns: new Map(columns),
    area: geometry.area,
    capacity: axial.capacity.slice(0, plan.count),
    conductance: axial.conductance,
    ions: ions.map(({ key, diffusion }) => ({
      key,
      volume: diffusion?.tree.capacity.slice(0, plan.count) ?? new Float64Array(),
      conductance: diffusion?.tree.conductance ?? new Float64Array(),
    })),
    exchanges: Float64Array.from(exchanges, ({ conductance }) => conductance),
    synapses: synapses.map(({ name, parameters, states }) => {
      const delay = parameters.get(`${name}_delay`);
      const others = [...parameters].filter(([key]) => key !== `${name}_delay`);
      return { columns: new Map([...others, ...states]), delays: delay };
    }),
    stimuli: [],
    clamps: [],
  };
}

/** All numbers of a gradient one after the other, by name. */
function entriesOf(gradient: PlanGradient): [string, ArrayLike<number>][] {
  return [
    ...gradient.columns,
    ["the area", gradient.area],
    ["the capacity", gradient.capacity],
    ["the conductance", gradient.conductance],
    ...gradient.ions.flatMap(({ key, volume, conductance }): [string, Float64Array][] => [
      [`volume of ${key}`, volume],
      [`conductance of ${key}`, conductance],
    ]),
    ["exchanges", gradient.exchanges],
    ...gradient.synapses.flatMap(({ columns, delays }, k) => [
      ...Array.from(columns, ([key, column]): [string, Float64Array] => [`${k} ${key}`, column]),
      [`delays ${k}`, delays ?? new Float64Array()] as [string, Float64Array],
    ]),
  ];
}

/** A gradient of the same shape. */
function mapGradient(
  gradient: PlanGradient,
  map: (column: Float64Array) => Float64Array,
): PlanGradient {
  const all = (columns: ReadonlyMap<string, Float64Array>) =>
    new Map(Array.from(columns, ([key, column]) => [key, map(column)] as const));
  return {
    columns: all(gradient.columns),
    area: map(gradient.area),
    capacity: map(gradient.capacity),
    conductance: map(gradient.conductance),
    ions: gradient.ions.map(({ key, volume, conductance }) => ({
      key,
      volume: map(volume),
      conductance: map(conductance),
    })),
    exchanges: map(gradient.exchanges),
    synapses: gradient.synapses.map(({ columns, delays }) => ({
      columns: all(columns),
      delays: delays && map(delays),
    })),
    stimuli: [],
    clamps: [],
  };
}

function inner(a: PlanGradient, b: PlanGradient): number {
  const other = new Map(entriesOf(b));
  let sum = 0;
  for (const [name, column] of entriesOf(a))
    for (let i = 0; i < column.length; i++) sum += (column[i] ?? 0) * (other.get(name)?.[i] ?? 0);
  return sum;
}

interface Case {
  readonly module: Module;
  readonly sets: readonly DataSet[];
  readonly options?: ModelOptions;
  readonly seed?: number;
}

function prepare({ module, sets, options: given = {}, seed = 1 }: Case) {
  const setup = setUp(module, { ...given, dataSet: sets });
  const lower = (values: readonly ArrayLike<number>[]): Lowering => {
    const moved = setup.sets.map((set, k) => ({
      ...set,
      value: Float64Array.from(values[k] ?? []),
    }));
    const data = { sets: moved, stimuli: [], clamps: [] };
    const description = withData(module.root.description, data);
    const plan = makePlan(description, { ...setup, ...options });
    return { description, sets: moved, initialState: setup.initialState, plan };
  };
  const values = setup.sets.map(({ key, synapse, places, value }) => {
    const rows = synapse === undefined ? rowsWithKey(setup.description, places, key) : places;
    return Float64Array.from(rows, (_, k) => (typeof value === "number" ? value : value[k]) ?? 0);
  });
  const lowering = lower(values);
  const stream = new RandomStream(seed);
  const random = () => 2 * stream.uniform() - 1;
  const numbers = numbersOf(lowering.plan);
  // So that each kind of number has its say
  const weights = mapGradient(numbers, (column) => {
    const size = column.reduce((sum, x) => sum + Math.abs(x), 0) / column.length || 1;
    return column.map(() => random() / size);
  });
  return { lower, values, lowering, weights, random };
}

/** How the weighted sum of the plan's numbers moves with a value, by differences of fourth order. */
function difference(prepared: ReturnType<typeof prepare>, k: number, place: number): number {
  const { lower, values, weights } = prepared;
  const value = values[k]?.[place] ?? 0;
  const step = 1e-3 * Math.max(Math.abs(value), 1e-3);
  const at = (shift: number) => {
    const moved = values.map((column) => column.slice());
    const own = moved[k];
    if (own !== undefined) own[place] = value + shift;
    return numbersOf(lower(moved).plan);
  };
  const central = (h: number) => {
    const other = new Map(entriesOf(at(-h)));
    const weight = new Map(entriesOf(weights));
    let sum = 0;
    for (const [name, column] of entriesOf(at(h)))
      for (let i = 0; i < column.length; i++)
        sum += (weight.get(name)?.[i] ?? 0) * ((column[i] ?? 0) - (other.get(name)?.[i] ?? 0));
    return sum / (2 * h);
  };
  return (4 * central(step) - central(2 * step)) / 3;
}

function check(given: Case): void {
  const prepared = prepare(given);
  const { lowering, weights, values, random } = prepared;
  const pulled = pullBack(lowering, weights);
  for (const [k, column] of values.entries()) {
    const own = pulled.sets[k] ?? new Float64Array();
    expect(own.length).toBe(column.length);
    const expected = Array.from(column, (_, place) => difference(prepared, k, place));
    const most = Math.max(...expected.map(Math.abs), 1e-6);
    const key = lowering.sets[k]?.key;
    for (const [place, slope] of expected.entries()) {
      const error = Math.abs((own[place] ?? Number.NaN) - slope) / most;
      expect(error, `${key} ${place}: ${own[place]} instead of ${slope}`).toBeLessThan(1e-7);
    }
  }
  const directions = values.map((column) => column.map((value) => random() * (value || 1)));
  const pushed = pushForward(lowering, { sets: directions });
  const product = (j: number) =>
    (directions[j] ?? new Float64Array()).reduce(
      (sum, dot, i) => sum + dot * (pulled.sets[j]?.[i] ?? 0),
      0,
    );
  const backward = directions.reduce((sum, _, j) => sum + product(j), 0);
  const scale = directions.reduce(
    (sum, column, j) =>
      sum + column.reduce((s, dot, i) => s + Math.abs(dot * (pulled.sets[j]?.[i] ?? 0)), 0),
    0,
  );
  expect(Math.abs(inner(weights, pushed) - backward)).toBeLessThan(1e-12 * scale);
  // What is not wanted need not be known
  const wanted = wantedBy(lowering.description, lowering.sets);
  const states = new Set([...lowering.plan.states.keys(), "v", ...lowering.plan.currentNames]);
  const less = {
    ...(wanted.geometry ? weights : mapGradient(weights, (column) => column.map(() => 0))),
    columns: new Map(
      [...weights.columns].filter(([key]) => wanted.keys.has(key) || states.has(key)),
    ),
    synapses: weights.synapses.map(({ columns, delays }, k) => ({
      columns: new Map(
        [...columns].filter(
          ([key]) => wanted.keys.has(key) || lowering.plan.synapses[k]?.states.has(key),
        ),
      ),
      delays: wanted.delays ? delays : delays?.map(() => 0),
    })),
  };
  expect(pullBack(lowering, less).sets).toEqual(pulled.sets);
}

function tree(): Cell {
  const branches = [2, 3, 1, 3].map((ncomp) => new Branch(new Compartment(), { ncomp }));
  const cell = new Cell(branches, { parents: [-1, 0, 0, 2] });
  cell.insert(HH).set("axial_resistivity", 150).set("v", -63).initStates();
  cell.branch([1, 3]).insert(Leak);
  return cell.set("radius", [2, 2, 1, 0.9, 0.8, 1, 1, 0.5, 0.4]).set("capacitance", 1.2);
}

const geometry = [
  "radius",
  "length",
  "area",
  "volume",
  "resistive_load_in",
  "resistive_load_out",
  "axial_resistivity",
  "capacitance",
  "celsius",
  "v",
] as const;

describe("derivatives by", () => {
  test("each number of a cell", () => {
    for (const key of [...geometry, "HH_gNa", "HH_n", "Leak_gLeak", "Leak_eLeak"] as const) {
      const module = tree();
      check({ module, sets: module.dataSet(key, module.get(key)) });
    }
  });

  test("sets that overwrite each other, in any order", () => {
    const set = fc.tuple(fc.constantFrom(...geometry), fc.array(fc.nat(8), { minLength: 1 }));
    fc.assert(
      fc.property(fc.array(set, { minLength: 2, maxLength: 6 }), fc.nat(), (list, seed) => {
        const module = tree();
        const sets = list.flatMap(([key, places], k) => {
          const view = module.select(places);
          const values = view.get(key).map((value, i) => value * (1 + 0.1 * k + 0.03 * i));
          return view.dataSet(key, values);
        });
        check({ module, sets, seed });
      }),
      { numRuns: runs(15, 60), seed: 3 },
    );
  });

  test("the radius of a traced cell", async () => {
    const file = new URL(
      "../../../../examples/morphologies/morph_ca1_n120_250.swc",
      import.meta.url,
    );
    const module = await readSwc(file.pathname, { ncomp: 1 });
    module.insert(HH).set("axial_resistivity", 100).set("v", -65).initStates();
    const some = module.branch([0, 3, 7]);
    const sets = module.branch([3, 4]).dataSet("capacitance", 1.3, some.dataSet("radius", 1.5));
    check({ module, sets: module.branch(5).dataSet("resistive_load_out", 2, sets) });
  });

  function network(): Network {
    const point = new Compartment();
    point.insert(HH).insert(Leak).set("v", -60);
    const net = new Network([tree(), tree(), point]);
    const place = (cell: number, branch: number) => net.cell(cell).branch(branch).comp(0);
    // Two joins of cells, one of them double and once turned round, and three loops, one double, one beside a link of a branch
    const joins = [
      [place(0, 1), place(1, 3)],
      [place(1, 3), place(0, 1)],
      [place(1, 1), net.cell(2)],
      [place(1, 1), place(1, 2)],
      [place(0, 1), net.cell(0).branch(1).comp(1)],
      [net.cell(2), place(0, 3)],
      [net.cell(2), place(0, 3)],
    ] as const;
    for (const [pre, post] of joins) connect(pre, post, GapJunction);
    connect(place(0, 0).comp(0), place(1, 0).comp(0), IonotropicSynapse);
    connect(place(1, 0).comp(0), place(0, 2).comp(0), IonotropicSynapse);
    connect(place(0, 0).comp(0), place(1, 3).comp(0), Reading);
    connect(place(0, 1).comp(0), place(0, 3).comp(0), Reading);
    connect(place(0, 0).comp(0), net.cell(2), ExpSyn);
    net.edge("all").set("ExpSyn_delay", 2);
    net.synapse("GapJunction").set("GapJunction_g", [1e-3, 2e-3, 1e-2, 3e-3, 6e-3, 4e-3, 5e-3]);
    return net;
  }

  const inNetwork: [string, (net: Network) => DataSet[]][] = [
    ["gap junctions", (net) => net.synapse("GapJunction").dataSet("GapJunction_g", 2e-3)],
    [
      "synapses",
      (net) =>
        [
          "IonotropicSynapse_gS",
          "IonotropicSynapse_s",
          "Reading_tau",
          "Reading_g",
          "Reading_x",
        ].reduce((sets: DataSet[], key) => net.edge("all").dataSet(key, 0.2, sets), []),
    ],
    [
      "delays and weights",
      (net) =>
        net.edge("all").dataSet("ExpSyn_weight", 1e-3, net.edge("all").dataSet("ExpSyn_delay", 2)),
    ],
    [
      "geometry",
      (net) =>
        geometry
          .reduce((sets: DataSet[], key) => net.dataSet(key, net.get(key), sets), [])
          .reverse(),
    ],
    [
      "channels",
      (net) =>
        (["HH_gNa", "HH_n", "HH_m", "Leak_gLeak"] as const).reduce(
          (sets: DataSet[], key) => net.dataSet(key, 0.2, sets),
          net.cell(1).dataSet("v", -50),
        ),
    ],
  ];
  test.each(inNetwork)("%s of a network", (_, dataOf) => {
    const module = network();
    for (const solver of ["bwd_euler", "staggered"] as const)
      check({ module, sets: dataOf(module), options: { solver } });
  });

  test("gap junctions are links and close loops", () => {
    const { lowering } = prepare({ module: network(), sets: [] });
    expect(lowering.plan.exchanges.length).toBe(3);
  });

  test("what diffuses, and what it diffuses through", () => {
    const module = tree();
    module.branch([0, 1]).insert(CaPump);
    module.diffuse("CaCon_i").set("axial_diffusion_CaCon_i", 2).set("CaCon_i", 1e-4);
    for (const solver of ["bwd_euler", "staggered"] as const) {
      for (const key of [
        "axial_diffusion_CaCon_i",
        "radius",
        "volume",
        "CaCon_i",
        "CaPump_gamma",
      ]) {
        const name: string = key;
        check({ module, sets: module.dataSet(name, module.get(name)), options: { solver } });
      }
    }
    const net = network();
    net.insert(CaPump).set("CaCon_i", 1e-4);
    net.diffuse("CaCon_i");
    check({
      module: net,
      sets: net.dataSet("length", 12, net.dataSet("axial_diffusion_CaCon_i", 3)),
    });
  });

  test("start states and parameters of a staggered run", () => {
    const module = tree();
    module.insert(Na).insert(K).insert(CaT).insert(Warm);
    const keys = [
      "v",
      "Na_m",
      "K_n",
      "CaT_u",
      "HH_h",
      "vt",
      "celsius",
      "Warm_y",
      "Warm_tau",
      "radius",
    ];
    for (const key of keys) {
      const sets = module.dataSet(key, module.get(key));
      check({ module, sets, options: { solver: "staggered", dt: 0.1 } });
    }
    const sets = keys.reduce(
      (list: DataSet[], key) => module.dataSet(key, module.get(key), list),
      [],
    );
    check({ module, sets, options: { solver: "staggered", dt: 0.1 } });
  });

  test("given states: those of the model do not matter", async () => {
    const module = network();
    module.insert(CaPump).diffuse("CaCon_i");
    const { states } = await integrate(module, { tMax: 1, returnStates: true });
    if (states === undefined) throw new Error("no states");
    const sets = module.dataSet(
      "v",
      -60,
      module.dataSet("HH_gNa", 0.1, module.dataSet("HH_n", 0.4)),
    );
    const all = module.edge("all").dataSet("IonotropicSynapse_s", 0.4, sets);
    for (const solver of ["bwd_euler", "staggered"] as const)
      check({ module, sets: all, options: { solver, initialState: states } });
    const prepared = prepare({ module, sets: all, options: { initialState: states } });
    const { lowering, weights, random } = prepared;
    const pulled = pullBack(lowering, weights);
    expect(pulled.sets[2]?.every((bar) => bar === 0)).toBe(true);
    expect(Object.keys(pulled.initialState ?? {})).toEqual(Object.keys(states.values));
    expect(pulled.initialState?.HH_n).toEqual(weights.columns.get("HH_n"));
    expect(pulled.initialState?.IonotropicSynapse_s).toEqual(
      weights.synapses[1]?.columns.get("IonotropicSynapse_s"),
    );
    const initialState = Object.fromEntries(
      Object.entries(states.values).map(([key, column]) => [key, column.map(random)]),
    );
    const pushed = pushForward(lowering, { sets: [], initialState });
    const expected = Object.entries(initialState).reduce(
      (sum, [key, column]) =>
        sum + column.reduce((s, dot, i) => s + dot * (pulled.initialState?.[key]?.[i] ?? 0), 0),
      0,
    );
    expect(inner(weights, pushed) / expected).toBeCloseTo(1, 12);
  });
});

/** Reads a state of the compartment before it, and both voltages. */
const Reading = defineSynapse("Reading", {
  parameters: { g: { value: 1e-4, unit: "uS" }, tau: { value: 3, unit: "ms" } },
  states: {
    x: {
      value: 0.3,
      derivative: "(1 / (1 + exp(-(v_pre + 10 * n_pre - v_post) / 20)) - x) / (tau * radius_post)",
    },
  },
  pre: { n_pre: "HH_n" },
  post: { radius_post: "radius" },
  current: "g * x * (v_post + 10)",
});

/** Two states that read each other, one of them by a rule, with the temperature. */
const Warm = defineChannel("Warm", {
  parameters: { tau: { value: 2, unit: "ms" } },
  states: {
    y: { value: 0.2, derivative: "(tanh(v / 40) * z - y) / tau * 3^((celsius - 6.3) / 10)" },
    z: { value: 0.6, derivative: "(y^2 + area / 100 - z) / 5" },
    w: { value: 0.1, update: "w + y" },
  },
  current: "1e-5 * y * v",
});
