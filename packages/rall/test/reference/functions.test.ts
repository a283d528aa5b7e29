/** Golden samples of functions: gates, mechanisms, gate solvers, stimuli, selections, morphologies, voltage steps. */
import {
  type Channel,
  compartmentCentres,
  connect,
  connectivityMatrixConnect,
  datapointToStepCurrents,
  evaluateIn,
  exponentialEuler,
  fullyConnect,
  initialStates,
  membraneCurrent,
  moduleTree,
  Network,
  type Synapse,
  safeExp,
  solveGateExponential,
  solveGateImplicit,
  solveInfGateExponential,
  stepCurrent,
  stepVoltageExplicit,
  stepVoltageImplicit,
  synapticCurrent,
  TracedCell,
  updateStates,
  updateSynapse,
} from "rall";
import * as channels from "rall/channels";
import * as synapses from "rall/synapses";
import type { Transform } from "rall/training";
import * as training from "rall/training";
import { describe, expect, test } from "vitest";
import { synapseTable } from "../../src/modules/synapses.ts";
import {
  buildCell,
  buildModule,
  mechanismCalled,
  outOfScope,
  readCell,
  synapseCalled,
  view,
} from "./build.ts";
import {
  type CellStructure,
  type Column,
  expand,
  type GoldenCase,
  type Path,
  readCases,
  type SwcOptions,
} from "./case.ts";

const builtIn: Readonly<Record<string, Channel>> = channels;
const cases = readCases();

function ofKind(kind: string): GoldenCase[] {
  return cases.filter((golden) => golden.kind === kind);
}

function expectClose(
  value: number | undefined,
  expected: number,
  relative: number,
  absolute = 0,
  what = "",
): void {
  const error = Math.abs((value ?? Number.NaN) - expected);
  expect(error, `${what}: ${value} instead of ${expected}`).toBeLessThanOrEqual(
    Math.max(relative * Math.abs(expected), absolute),
  );
}

/** Compares a column, each entry relative to itself. */
function expectColumn(
  values: ArrayLike<number>,
  column: Column,
  relative: number,
  absolute: number,
  what: string,
): void {
  for (const [i, expected] of expand(column, values.length).entries()) {
    if (!Number.isNaN(expected))
      expectClose(values[i], expected, relative, absolute, `${what} ${i}`);
  }
}

describe("gates", () => {
  for (const golden of ofKind("gates")) {
    test(golden.name, () => {
      const channel = builtIn[golden.channel as string];
      if (channel === undefined) throw new Error("unknown channel");
      const given = golden.gate_parameters as Record<string, number> | undefined;
      const parameters = Object.fromEntries(
        channel.parameters.flatMap(({ local, key }) => {
          const value = given?.[local];
          return value === undefined ? [] : [[key, value]];
        }),
      );
      const gates = golden.gates as Record<string, Record<string, number[]>>;
      for (const [local, curves] of Object.entries(gates)) {
        const gate = channel.states.find((state) => state.local === local)?.gate;
        if (gate === undefined) throw new Error(`no gate ${local}`);
        const names =
          gate.form === "alphaBeta" ? (["alpha", "beta"] as const) : (["inf", "tau"] as const);
        const expressions =
          gate.form === "alphaBeta" ? [gate.alpha, gate.beta] : [gate.inf, gate.tau];
        for (const [k, v] of (golden.v as number[]).entries()) {
          const values = evaluateIn(channel, { v, parameters }, expressions);
          for (const [n, name] of names.entries()) {
            const expected = curves[name]?.[k];
            if (expected !== undefined && expected !== null) {
              expectClose(
                values[n],
                expected,
                golden.tolerance.relative,
                0,
                `${name} of ${local} at ${v}`,
              );
            }
          }
        }
      }
    });
  }
});

const properties = ["radius", "length", "area", "volume", "axial_resistivity", "capacitance"];

interface MechanismRow {
  readonly v: number;
  readonly dt: number;
  readonly states: Record<string, number>;
  readonly updated: Record<string, number>;
  readonly current: number;
  readonly init_state: Record<string, number>;
}

describe("mechanisms", () => {
  for (const golden of ofKind("mechanism_steps")) {
    test(golden.name, ({ skip }) => {
      const channel = mechanismCalled(golden.mechanism as string);
      if (channel === undefined) return skip(`no mechanism ${golden.mechanism}`);
      const defaults = golden.defaults as {
        parameters: Record<string, number>;
        states: Record<string, number>;
        current_name: string;
      };
      const asRecord = (items: readonly { key: string; value: number }[]) =>
        Object.fromEntries(items.map(({ key, value }) => [key, value]));
      expect(asRecord(channel.parameters)).toEqual(defaults.parameters);
      expect(asRecord(channel.states)).toEqual(defaults.states);
      expect(channel.currentName).toBe(defaults.current_name);
      const parameters = golden.parameters as Record<string, number>;
      const own = new Set(channel.parameters.map(({ key }) => key));
      // The reference keeps parameters and properties of compartments in one table
      const of = (all: Record<string, number>, isWanted: (key: string) => boolean) =>
        Object.fromEntries(Object.entries(all).filter(([key]) => isWanted(key)));
      const { relative, absolute = 0 } = golden.tolerance;
      for (const row of golden.rows as MechanismRow[]) {
        const point = {
          v: row.v,
          dt: row.dt,
          states: row.states,
          parameters: of(parameters, (key) => own.has(key)),
          compartment: of(parameters, (key) => properties.includes(key)),
        };
        const updated = updateStates(channel, point);
        for (const [key, value] of Object.entries(row.updated)) {
          expectClose(updated[key], value, relative, absolute, `${key} at ${row.v}`);
        }
        // For the current of a pump, rows give the concentration in the place of the voltage
        const { ion } = channel;
        const states = ion === undefined ? row.states : { ...row.states, [ion]: row.v };
        expectClose(
          membraneCurrent(channel, { ...point, states }),
          row.current,
          relative,
          absolute,
          `current at ${row.v}`,
        );
        // differences.md: the reference starts Km and CaT at inf / (inf + tau)
        if (channel.name === "Km" || channel.name === "CaT") continue;
        const initial = initialStates(channel, point);
        for (const [key, value] of Object.entries(row.init_state)) {
          expectClose(initial[key], value, relative, absolute, `start of ${key} at ${row.v}`);
        }
      }
    });
  }
});

describe("synapses", () => {
  for (const golden of ofKind("synapse_steps")) {
    test(golden.name, ({ skip }) => {
      const known: Readonly<Record<string, Synapse>> = synapses;
      const synapse = known[golden.synapse as string];
      if (synapse === undefined) return skip(`not in scope yet: ${golden.synapse}`);
      const asRecord = (items: readonly { key: string; value: number }[]) =>
        Object.fromEntries(items.map(({ key, value }) => [key, value]));
      const defaults = golden.defaults as Record<"parameters" | "states", Record<string, number>>;
      expect(asRecord(synapse.parameters)).toEqual(defaults.parameters);
      expect(asRecord(synapse.states)).toEqual(defaults.states);
      const { relative, absolute = 0 } = golden.tolerance;
      for (const row of golden.rows as {
        pre_v: number;
        post_v: number;
        dt: number;
        states: Record<string, number>;
        updated: Record<string, number>;
        current: number;
      }[]) {
        const point = {
          vPre: row.pre_v,
          vPost: row.post_v,
          dt: row.dt,
          states: row.states,
          parameters: golden.parameters as Record<string, number>,
        };
        const updated = updateSynapse(synapse, point);
        const where = `at ${row.pre_v} and ${row.post_v}`;
        for (const [key, value] of Object.entries(row.updated))
          expectClose(updated[key], value, relative, absolute, `${key} ${where}`);
        expectClose(
          synapticCurrent(synapse, point),
          row.current,
          relative,
          absolute,
          `current ${where}`,
        );
      }
    });
  }
});

describe("connections", () => {
  interface Call {
    readonly call: "connect" | "fully_connect" | "matrix";
    readonly pre: Path;
    readonly post: Path;
    readonly synapse: string;
    readonly matrix?: readonly number[][];
  }
  for (const golden of ofKind("connectivity")) {
    test(golden.name, () => {
      const structure = golden.structure as { cells: CellStructure[] };
      const net = new Network(structure.cells.map(buildCell));
      for (const { call, pre, post, synapse, matrix = [] } of golden.calls as Call[]) {
        const sides = [view(net, pre), view(net, post), synapseCalled(synapse)] as const;
        if (call === "connect") connect(...sides);
        else if (call === "fully_connect") fullyConnect(...sides);
        else connectivityMatrixConnect(...sides, matrix);
      }
      const edges = golden.edges as {
        type: string[];
        index_within_type: number[];
        pre: number[];
        post: number[];
      };
      for (const [edge, type] of edges.type.entries()) {
        const { pre, post, edges: numbers } = synapseTable(net.root.description, type);
        const index = edges.index_within_type[edge] ?? 0;
        expect([pre[index], post[index], numbers[index]]).toEqual([
          edges.pre[edge],
          edges.post[edge],
          edge,
        ]);
        expect(net.synapse(type).edge(index).pre[0]).toBe(edges.pre[edge]);
      }
    });
  }
});

interface SolverRow {
  readonly x: number;
  readonly dt: number;
  readonly a: number;
  readonly b: number;
  readonly solve_gate_implicit: number;
  readonly solve_gate_exponential: number;
  readonly exponential_euler: number;
  readonly solve_inf_gate_exponential: number;
}

for (const golden of ofKind("gate_solvers")) {
  test(golden.name, () => {
    const { relative } = golden.tolerance;
    for (const { x, max_value, result } of golden.save_exp as {
      x: number;
      max_value: number;
      result: number;
    }[]) {
      expectClose(safeExp(x, max_value), result, relative);
    }
    for (const row of golden.rows as SolverRow[]) {
      const { x, dt, a, b } = row;
      const scale = Math.max(Math.abs(x), 1) * 1e-16;
      expectClose(solveGateImplicit(x, dt, a, b), row.solve_gate_implicit, relative, scale);
      expectClose(solveGateExponential(x, dt, a, b), row.solve_gate_exponential, relative, scale);
      expectClose(exponentialEuler(x, dt, a, b), row.exponential_euler, relative, scale);
      expectClose(
        solveInfGateExponential(x, dt, a, b),
        row.solve_inf_gate_exponential,
        relative,
        scale,
      );
    }
  });
}

interface StepRow {
  readonly i_delay: number;
  readonly i_dur: number;
  readonly i_amp: number;
  readonly dt: number;
  readonly t_max: number;
  readonly i_offset: number;
}

const stepOptions = ({ i_delay, i_dur, dt, t_max, i_offset }: Omit<StepRow, "i_amp">) => ({
  delay: i_delay,
  duration: i_dur,
  dt,
  tMax: t_max,
  offset: i_offset,
});

for (const golden of ofKind("inputs")) {
  test(golden.name, () => {
    const rows = golden.step_current as (StepRow & {
      samples: number;
      on_first: number | null;
      on_last: number | null;
      sum: number;
    })[];
    for (const row of rows) {
      const samples = stepCurrent({ ...stepOptions(row), amplitude: row.i_amp });
      expect(samples.length).toBe(row.samples);
      if (row.on_first !== null) expect(samples.indexOf(row.i_amp)).toBe(row.on_first);
      if (row.on_last !== null) expect(samples.lastIndexOf(row.i_amp)).toBe(row.on_last);
      expectClose(
        samples.reduce((sum, value) => sum + value, 0),
        row.sum,
        golden.tolerance.relative,
        1e-13,
      );
    }
    const points = golden.datapoint_to_step_currents as (Omit<StepRow, "i_amp"> & {
      i_amp: number[];
      shape: [number, number];
      first_row: number[];
    })[];
    for (const row of points) {
      const series = datapointToStepCurrents({ ...stepOptions(row), amplitudes: row.i_amp });
      expect([series.length, series[0]?.length]).toEqual(row.shape);
      expect([...(series[0] ?? [])]).toEqual(row.first_row);
    }
  });
}

describe("selections", () => {
  for (const golden of ofKind("indexing")) {
    test(`${golden.name}: loc`, () => {
      const rows = golden.loc_to_compartment as {
        ncomp: number;
        loc: number[];
        compartment: number[];
      }[];
      for (const { ncomp, loc, compartment } of rows) {
        const cell = buildCell({ parents: [-1], ncomp: [ncomp] });
        expect(loc.map((at) => cell.loc(at).compartments[0])).toEqual(compartment);
      }
    });

    test(`${golden.name}: views`, ({ skip }) => {
      const reason = outOfScope(golden);
      if (reason !== undefined) skip(`not in scope yet: ${reason}`);
      const module = buildModule(golden.model);
      for (const { path, compartments } of golden.views as {
        path: Path;
        compartments: number[];
      }[]) {
        expect([...view(module, path).compartments]).toEqual(compartments);
      }
    });
  }
});

describe("morphologies", () => {
  for (const golden of ofKind("morphology")) {
    test(golden.name, () => {
      const { file } = golden.swc as { file: string };
      const { set_ncomp, ...options } = golden.options as SwcOptions & {
        ncomp: number;
        set_ncomp?: number[][];
      };
      const swc = { file, ...options };
      const cell = buildCell({
        parents: [],
        ncomp: [],
        swc,
        ...(set_ncomp === undefined ? {} : { set_ncomp }),
      });
      const { relative, absolute = 0 } = golden.tolerance;
      const branches = golden.branches as { parent: number[]; ncomp: number[]; length: number[] };
      const compartments = golden.compartments as { count: number; branch: number[] } & Record<
        string,
        Column
      >;
      const lengths = [...cell.branches()].map((branch) =>
        branch.get("length").reduce((a, b) => a + b, 0),
      );
      expect(lengths.length).toBe(branches.parent.length);
      expectColumn(lengths, branches.length, relative, absolute, "length of branch");
      expect(cell.compartments.length).toBe(compartments.count);
      for (const key of [
        "radius",
        "length",
        "area",
        "volume",
        "resistive_load_in",
        "resistive_load_out",
      ] as const) {
        expectColumn(cell.get(key), compartments[key] ?? 0, relative, absolute, key);
      }
      const groups = golden.groups as Record<string, number[]>;
      for (const [name, members] of Object.entries(groups)) {
        expect([...cell.group(name).compartments]).toEqual(members);
      }
      if (set_ncomp !== undefined) return;
      const { morphology } = readCell(swc);
      expect([...morphology.parents]).toEqual(branches.parent);
      const centres = compartmentCentres(morphology);
      const asRead = golden.xyz_as_read as Record<"x" | "y" | "z", number[]>;
      const computed = golden.xyz_after_compute_compartment_centers as Record<
        "x" | "y" | "z",
        number[]
      >;
      for (const axis of ["x", "y", "z"] as const) {
        expectColumn(morphology.coordinates[axis], asRead[axis], relative, absolute, axis);
        expectColumn(centres[axis], computed[axis], relative, absolute, `centre ${axis}`);
      }
    });
  }
});

interface VoltageRow {
  readonly dt: number;
  readonly backward_euler: number[];
  readonly forward_euler_compartments: number[];
}

describe("voltage steps", () => {
  for (const golden of ofKind("voltage_solvers")) {
    test(golden.name, () => {
      const tree = moduleTree(buildModule(golden.model));
      const terms = {
        slope: golden.voltage_terms as number[],
        constant: golden.constant_terms as number[],
      };
      const order = golden.node_order as (number | string)[];
      const v = Float64Array.from(tree.parent, (_, i) => (golden.voltages as number[])[i] ?? 0);
      const { relative, absolute = 0 } = golden.tolerance;
      for (const row of golden.rows as VoltageRow[]) {
        const implicit = stepVoltageImplicit(tree, v, terms, row.dt);
        const compartments = order.filter((node) => typeof node === "number").length;
        const nodes = order.map((node) =>
          typeof node === "number" ? node : compartments + Number(node.slice(1)),
        );
        for (const [k, node] of nodes.entries()) {
          expectClose(
            implicit[node],
            row.backward_euler[k] ?? Number.NaN,
            relative,
            absolute,
            `node ${order[k]}`,
          );
        }
        const explicit = stepVoltageExplicit(tree, v, terms, row.dt);
        expectColumn(explicit, row.forward_euler_compartments, relative, absolute, "forward Euler");
      }
    });
  }
});

describe("NEURON's geometry", () => {
  interface Sections {
    readonly file: string;
    readonly neuron: { sections: number; length: number[]; area: number[] };
  }
  for (const golden of ofKind("import3d")) {
    for (const { file, neuron } of golden.files as readonly Sections[]) {
      test(`${golden.name}: ${file}`, () => {
        const cell = readCell({ file, ncomp: 1 }, { convention: "neuron" });
        const lengths = cell.get("length");
        const areas = cell.get("area");
        const rows = Array.from(lengths, (length, i) => [length, areas[i] ?? 0] as const);
        rows.sort((a, b) => a[0] - b[0]);
        expect(rows.length).toBe(neuron.sections);
        // NEURON keeps points in float32, which at 500 um is 3e-5 um
        for (const [i, [length]] of rows.entries()) {
          expectClose(length, neuron.length[i] ?? Number.NaN, 1e-6, 1e-4, `length ${i}`);
        }
        const sorted = rows.map(([, area]) => area).sort((a, b) => a - b);
        const expected = neuron.area.toSorted((a, b) => a - b);
        for (const [i, area] of sorted.entries()) {
          expectClose(area, expected[i] ?? Number.NaN, 1e-5, 1e-4, `area ${i}`);
        }
      });
    }
  }
});

interface GoldenTransform {
  readonly transform: string;
  readonly lower?: number;
  readonly upper?: number;
  readonly threshold?: number;
  readonly scale?: number;
  readonly shift?: number;
  readonly mask?: readonly boolean[];
  readonly inner?: GoldenTransform;
  readonly transforms?: readonly GoldenTransform[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly forward: readonly number[];
  readonly derivative: readonly number[];
  readonly log_abs_derivative: readonly number[];
  readonly inverse_of_forward: readonly number[];
  readonly inverse: readonly number[];
  readonly inverse_derivative: readonly number[];
}

/** What the case describes; softplus as `variant` has it. */
function makeTransform(
  golden: GoldenTransform,
  variant: (transform: Transform, golden: GoldenTransform) => Transform = (transform) => transform,
): Transform {
  const { lower = 0, upper = 1, scale = 1, shift = 0 } = golden;
  switch (golden.transform) {
    case "Identity":
      return training.identity;
    case "Sigmoid":
      return training.sigmoid(lower, upper);
    case "Logistic":
      return training.logistic(lower, upper);
    case "Softplus":
      return variant(training.softplus(lower), golden);
    case "NegSoftplus":
      // The reference's range ends at minus its bound (bug 14)
      return variant(training.negativeSoftplus(-upper), golden);
    case "Affine":
      return training.affine(scale, shift);
    case "Chain":
      return training.chain(
        ...(golden.transforms ?? []).map((inner) => makeTransform(inner, variant)),
      );
    case "Masked":
      if (golden.mask === undefined || golden.inner === undefined) break;
      return training.masked(golden.mask, makeTransform(golden.inner, variant));
    case "Custom":
      return training.customTransform({
        forward: Math.exp,
        inverse: Math.log,
        derivative: Math.exp,
      });
  }
  throw new Error(`no transform ${golden.transform}`);
}

/** Softplus as the reference has it: a straight line where it is more than the threshold (20 by default) above its bound. */
function linearBeyond(transform: Transform, golden: GoldenTransform): Transform {
  const isNegative = golden.transform === "NegSoftplus";
  const sign = isNegative ? -1 : 1;
  const bound = isNegative ? -(golden.upper ?? 0) : (golden.lower ?? 0);
  const threshold = golden.threshold ?? 20;
  return {
    forward: (x, k) => (sign * x > threshold ? bound + x : transform.forward(x, k)),
    inverse: (y, k) => (sign * (y - bound) > threshold ? y - bound : transform.inverse(y, k)),
    derivative: (x, k) => (sign * x > threshold ? 1 : transform.derivative(x, k)),
  };
}

/** A few roundings of the largest number that a transform adds or subtracts. */
function roundingOf(golden: GoldenTransform): number {
  const sizes = (row: GoldenTransform): number[] => [
    ...[row.lower, row.upper, row.scale, row.shift].map((bound) => Math.abs(bound ?? 0)),
    ...[row.inner, ...(row.transforms ?? [])].flatMap((inner) =>
      inner === undefined ? [] : sizes(inner),
    ),
  ];
  return 8 * Number.EPSILON * Math.max(1, ...sizes(golden));
}

/** There and back again: what a rounding of the value makes of the number it came from. */
function expectInverse(own: number, x: number, slope: number, rounding: number, what: string) {
  const bound = 1e-13 * Math.max(1, Math.abs(x)) + rounding / Math.abs(slope);
  expectClose(own, x, 0, bound, `there and back: ${what}`);
}

describe("transforms", () => {
  for (const golden of ofKind("transforms")) {
    test(golden.name, () => {
      const { relative } = golden.tolerance;
      for (const row of golden.transforms as GoldenTransform[]) {
        const transform = makeTransform(row);
        const reference = makeTransform(row, linearBeyond);
        const rounding = roundingOf(row);
        for (const [k, x] of row.x.entries()) {
          const what = `${row.transform} at ${x}`;
          const [value, slope] = [row.forward[k] ?? Number.NaN, row.derivative[k] ?? Number.NaN];
          expectClose(reference.forward(x, k), value, relative, rounding, what);
          expectClose(reference.derivative(x, k), slope, relative, 0, `slope of ${what}`);
          expectInverse(
            transform.inverse(transform.forward(x, k), k),
            x,
            transform.derivative(x, k),
            rounding + Number.EPSILON * Math.abs(value),
            what,
          );
        }
        for (const [k, y] of row.y.entries()) {
          const what = `inverse of ${row.transform} at ${y}`;
          const slope = row.inverse_derivative[k] ?? Number.NaN;
          // Near a bound the reference's inverse loses what the slope makes of a rounding
          const lost = rounding * Math.abs(slope);
          const x = reference.inverse(y, k);
          expectClose(x, row.inverse[k] ?? Number.NaN, relative, lost, what);
          const own = 1 / reference.derivative(x, k);
          expectClose(own, slope, Math.max(relative, lost), 0, `slope of ${what}`);
        }
      }
    });
  }

  for (const golden of ofKind("param_transform")) {
    test(golden.name, () => {
      const { relative } = golden.tolerance;
      const entries = golden.entries as (GoldenTransform & { readonly key: string })[];
      const all = (variant?: typeof linearBeyond) =>
        new training.ParameterTransform(
          entries.map((entry) => ({ key: entry.key, transform: makeTransform(entry, variant) })),
        );
      const transform = all();
      const parameters = entries.map(({ key, x }) => ({ key, values: Float64Array.from(x) }));
      const forward = all(linearBeyond).forward(parameters);
      const slopes = transform.derivative(parameters);
      const back = transform.inverse(transform.forward(parameters));
      for (const [k, entry] of entries.entries()) {
        const rounding = roundingOf(entry);
        for (const [i, x] of entry.x.entries()) {
          const value = entry.forward[i] ?? Number.NaN;
          const what = `${entry.key} ${i}`;
          expectClose(forward[k]?.values[i], value, relative, rounding, what);
          expectInverse(
            back[k]?.values[i] ?? Number.NaN,
            x,
            slopes[k]?.values[i] ?? Number.NaN,
            rounding + Number.EPSILON * Math.abs(value),
            what,
          );
        }
      }
      expect(() => transform.forward(parameters.slice(1))).toThrow("do not fit");
    });
  }

  test("bounds are bounds, and values outside are refused", () => {
    expect(training.negativeSoftplus(2).forward(100, 0)).toBeLessThanOrEqual(2);
    expect(training.negativeSoftplus(2).forward(-100, 0)).toBe(-98);
    expect(training.sigmoid(1, 2).forward(-800, 0)).toBe(1);
    expect(training.softplus(3).forward(1e6, 0)).toBe(1e6 + 3);
    expect(() => training.sigmoid(2, 1)).toThrow("nothing between 2 and 1");
    expect(() => training.sigmoid(1, 2).inverse(2, 0)).toThrow("not between 1 and 2");
    expect(() => training.softplus(0).inverse(-1, 0)).toThrow("not above 0");
    expect(() => training.negativeSoftplus(0).inverse(1, 0)).toThrow("not below 0");
    expect(() => training.affine(0, 1)).toThrow("no inverse");
    expect(() => training.softplus(Number.NaN)).toThrow("NaN");
  });
});

describe("kinds", () => {
  const known = [
    "simulation",
    "resume",
    "steps",
    "gates",
    "mechanism_steps",
    "synapse_steps",
    "connectivity",
    "gate_solvers",
    "inputs",
    "indexing",
    "morphology",
    "import3d",
    "voltage_solvers",
    "transforms",
    "param_transform",
    "trainables",
    "gradient",
  ];
  for (const golden of cases.filter(({ kind }) => !known.includes(kind))) {
    test(golden.name, ({ skip }) => skip(`not in scope: the kind ${golden.kind}`));
  }

  test("every cell read is a traced cell", () => {
    const golden = ofKind("morphology")[0];
    if (golden === undefined) return;
    expect(readCell({ file: (golden.swc as { file: string }).file, ncomp: 1 })).toBeInstanceOf(
      TracedCell,
    );
  });
});
