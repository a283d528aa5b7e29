/** What NEURON says of an SWC file (`corpus/from_neuron.py`), and how far Rall's `convention: "neuron"` is from it. */
import { integrate, type MorphologyOptions, parseSwc, type TracedCell } from "rall";
import { HH } from "rall/channels";

interface Voltages {
  /** Middle of the first section, every 0.25 ms. */
  readonly trace: readonly number[];
  /** Middle of each section, at `moments`. */
  readonly moments: readonly (readonly number[])[];
}

export interface NeuronNumbers {
  readonly sections: readonly {
    readonly parent: number;
    readonly at: number;
    readonly length: number;
    readonly area: number;
    readonly volume: number;
  }[];
  readonly nseg1?: Voltages;
  readonly nseg3?: Voltages;
}

const dt = 0.025;
const end = 10;
const moments = [1, 2, 4, 10];

export function readAsNeuron(swc: string, options: MorphologyOptions = {}): TracedCell {
  return parseSwc(swc, { convention: "neuron", trees: "attach", ...options });
}

/** Sections of a cell in the form of NEURON's. */
export function sectionsOf(cell: TracedCell): NeuronNumbers["sections"] {
  const { parents, attachedAt, branchLength } = cell.morphology;
  return Array.from(parents, (parent, branch) => ({
    parent,
    at: parent < 0 ? 0 : (attachedAt[branch] ?? Number.NaN),
    length: branchLength[branch] ?? Number.NaN,
    area: sum(cell.branch(branch).get("area")),
    volume: sum(cell.branch(branch).get("volume")),
  }));
}

/** The experiment of `from_neuron.py`. */
export async function voltagesOf(
  cell: TracedCell,
  backend: "wasm" | "reference",
): Promise<Voltages> {
  cell.set("axial_resistivity", 100).set("v", -65).insert(HH);
  cell.initStates({ dt });
  cell
    .branch(0)
    .loc(0.5)
    .stimulate(new Float64Array(2 / dt).fill(0.5));
  cell.loc(0.5).record("v");
  const { recordings } = await integrate(cell, { dt, tMax: end, backend });
  return {
    trace: Array.from(
      { length: end / dt / 10 + 1 },
      (_, k) => recordings[0]?.[10 * k] ?? Number.NaN,
    ),
    moments: moments.map((t) => recordings.map((row) => row[Math.round(t / dt)] ?? Number.NaN)),
  };
}

/** Greatest distance of two sets of voltages, in mV. */
export function furthest(one: Voltages, other: Voltages): number {
  const values = ({ moments, trace }: Voltages) => [...moments.flat(), ...trace];
  const others = values(other);
  const distances = values(one).map((value, k) => Math.abs(value - (others[k] ?? Number.NaN)));
  return distances.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...distances);
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
