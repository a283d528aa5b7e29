/**
 * @file The derivatives of the trees of a plan: conductances and capacities by geometry, axial resistivities, diffusion constants and
 * the conductances of gap junctions. `pull` goes from derivatives by the numbers of the plan to those by the numbers of the model,
 * `push` takes directions the other way; each line of one is the transpose of a line of the other.
 */
import { type BranchLinks, branchLinks } from "../modules/axial.ts";
import { type Description, diffusionKey } from "../modules/description.ts";
import type { Tree } from "../numerics/tree.ts";
import type { PlanGradient } from "../plan/gradient.ts";
import { perMicrosiemens } from "../plan/junctions.ts";
import type { Plan } from "../plan/plan.ts";
import { type ModelVector, modelColumn } from "./model-vector.ts";

type GeometryGradient = Pick<
  PlanGradient,
  "area" | "capacity" | "conductance" | "ions" | "exchanges"
>;

/** What makes a resistance of a load: `factor` of the value of `key`, and the derivative of that. */
interface Material {
  readonly key: string;
  readonly factor: (value: number) => number;
  readonly slope: (value: number) => number;
}

const cytoplasm: Material = { key: "axial_resistivity", factor: (x) => x, slope: () => 1 };

function diffusing(state: string): Material {
  return { key: diffusionKey(state), factor: (x) => 1 / x, slope: (x) => -1 / (x * x) };
}

const capacityUnit = 1e-7;

export function pullGeometry(
  description: Description,
  plan: Plan,
  gradient: GeometryGradient,
  bars: ModelVector,
): void {
  const links = branchLinks(description);
  const { area, capacitance } = description.geometry;
  const byArea = gradient.capacity.map((bar, i) => bar * (capacitance[i] ?? 0) * capacityUnit);
  const byCapacitance = gradient.capacity.map((bar, i) => bar * (area[i] ?? 0) * capacityUnit);
  bars.add(gradient.area, "area");
  bars.add(byArea.subarray(0, description.count), "area");
  bars.add(byCapacitance.subarray(0, description.count), "capacitance");
  pullLinks(description, links, plan.axial, cytoplasm, gradient.conductance, bars);
  for (const [k, { key, diffusion }] of plan.ions.entries()) {
    const own = gradient.ions[k];
    if (diffusion === undefined || own === undefined) continue;
    bars.add(own.volume, "volume");
    pullLinks(description, links, diffusion.tree, diffusing(key), own.conductance, bars);
  }
  forEachJunction(description, plan, (key, synapse, row, { list, index }) => {
    const bar = (list === "conductance" ? gradient.conductance : gradient.exchanges)[index] ?? 0;
    const column = bars.column(key, synapse);
    column[row] = (column[row] ?? 0) + bar * perMicrosiemens;
  });
}

export function pushGeometry(
  description: Description,
  plan: Plan,
  dots: ModelVector,
): GeometryGradient {
  const links = branchLinks(description);
  const { area, capacitance } = description.geometry;
  const [byArea, byCapacitance] = [dots.column("area"), dots.column("capacitance")];
  const conductance = pushLinks(description, links, plan.axial, cytoplasm, dots);
  const exchanges = new Float64Array(plan.exchanges.length);
  forEachJunction(description, plan, (key, synapse, row, { list, index }) => {
    const target = list === "conductance" ? conductance : exchanges;
    const dot = dots.column(key, synapse)[row] ?? 0;
    target[index] = (target[index] ?? 0) + dot * perMicrosiemens;
  });
  return {
    area: byArea.slice(),
    capacity: byArea.map(
      (dot, i) =>
        (dot * (capacitance[i] ?? 0) + (area[i] ?? 0) * (byCapacitance[i] ?? 0)) * capacityUnit,
    ),
    conductance,
    ions: plan.ions.map(({ key, diffusion }) => {
      if (diffusion === undefined)
        return { key, volume: new Float64Array(), conductance: new Float64Array() };
      const moved = pushLinks(description, links, diffusion.tree, diffusing(key), dots);
      return { key, volume: dots.column("volume").slice(), conductance: moved };
    }),
    exchanges,
  };
}

/** A half of a compartment in a link of a tree, by the node of the tree that has the link. */
type Visit = (node: number, load: "resistive_load_in" | "resistive_load_out", i: number) => void;

function forEachHalf({ parent, outer, inner }: BranchLinks, tree: Tree, visit: Visit): void {
  for (const [node, above] of parent.entries()) {
    if (above < 0) continue;
    // Links of junctions may have turned parents round
    const owner = tree.parent[node] === above ? node : above;
    const [upper = -1, lower = -1] = [outer[node], inner[node]];
    if (upper >= 0) visit(owner, "resistive_load_out", upper);
    if (lower >= 0) visit(owner, "resistive_load_in", lower);
  }
}

function pullLinks(
  description: Description,
  links: BranchLinks,
  tree: Tree,
  { key, factor, slope }: Material,
  byConductance: Float64Array,
  bars: ModelVector,
): void {
  const values = modelColumn(description, key);
  const byValue = bars.column(key);
  forEachHalf(links, tree, (node, load, i) => {
    const byResistance = -(byConductance[node] ?? 0) * (tree.conductance[node] ?? 0) ** 2;
    const [value, loaded] = [values?.[i] ?? Number.NaN, description.geometry[load][i] ?? 0];
    const byLoad = bars.column(load);
    byLoad[i] = (byLoad[i] ?? 0) + byResistance * factor(value);
    byValue[i] = (byValue[i] ?? 0) + byResistance * loaded * slope(value);
  });
}

function pushLinks(
  description: Description,
  links: BranchLinks,
  tree: Tree,
  { key, factor, slope }: Material,
  dots: ModelVector,
): Float64Array {
  const values = modelColumn(description, key);
  const ofValue = dots.column(key);
  const conductance = new Float64Array(tree.parent.length);
  forEachHalf(links, tree, (node, load, i) => {
    const [value, loaded] = [values?.[i] ?? Number.NaN, description.geometry[load][i] ?? 0];
    const resistance =
      (dots.column(load)[i] ?? 0) * factor(value) + loaded * slope(value) * (ofValue[i] ?? 0);
    conductance[node] = (conductance[node] ?? 0) - resistance * (tree.conductance[node] ?? 0) ** 2;
  });
  return conductance;
}

/** Where the conductance of a gap junction is part of a plan: of a link of the tree or of an exchange. */
interface JunctionPart {
  readonly list: "conductance" | "exchanges";
  readonly index: number;
}

function forEachJunction(
  { synapses, count }: Description,
  { axial, exchanges }: Plan,
  visit: (key: string, synapse: string, row: number, part: JunctionPart) => void,
): void {
  const loops = new Map(exchanges.map(({ a, b }, k) => [a * count + b, k]));
  for (const { synapse, pre, post } of synapses) {
    if (synapse.electrical === undefined) continue;
    for (const [row, one] of pre.entries()) {
      const other = post[row] ?? 0;
      if (one === other) continue;
      const loop = loops.get(Math.min(one, other) * count + Math.max(one, other));
      const node = axial.parent[one] === other ? one : other;
      const part: JunctionPart =
        loop === undefined
          ? { list: "conductance", index: node }
          : { list: "exchanges", index: loop };
      visit(synapse.electrical, synapse.name, row, part);
    }
  }
}
