/** Rall's side of the comparison: families of `models.mjs` through the public interface. */
import { Branch, Cell, Compartment, connect, integrate, Network } from "rall";
import * as channels from "rall/channels";
import * as pumps from "rall/pumps";
import * as synapses from "rall/synapses";
import { compileObjective, sumOfSquares } from "rall/training";
import { branchesOf } from "./models.mjs";

const mechanisms = { ...channels, ...pumps, ...synapses };

function buildCells(family) {
  const cells = family.cells.map(
    ({ parents, ncomp }) =>
      new Cell(
        ncomp.map((n) => new Branch(new Compartment(), { ncomp: n })),
        { parents },
      ),
  );
  // One cell alone is a cell in the peers too
  return cells.length === 1 && family.synapses.length === 0 ? cells[0] : new Network(cells);
}

/** A sample of a family for Jaxley; start voltages may be shifted, to see how far small differences grow. */
function buildForJaxley(family, sample, shift) {
  const net = buildCells(family);
  for (const { name, at } of family.channels) net.select(at).insert(mechanisms[name]);
  for (const { name, at } of family.pumps) net.select(at).insert(mechanisms[name]);
  if (family.diffuses) net.diffuse("CaCon_i").set("axial_diffusion_CaCon_i", 2);
  for (const { name, pre, post, values } of family.synapses)
    connect(net.select([pre]), net.select([post]), mechanisms[name], { values });
  for (const [key, values] of Object.entries(sample.values)) {
    const at = family.channels.find(({ name }) => key.startsWith(`${name}_`))?.at;
    const shifted = key === "v" ? values.map((v) => v + shift) : values;
    (at === undefined ? net : net.select(at)).set(key, shifted);
  }
  for (const [k, at] of family.stimulated.entries()) net.select([at]).stimulate(sample.stimuli[k]);
  if (family.clamp !== undefined)
    net.select([family.clamp.at]).clamp(family.clamp.key, sample.clamp);
  for (const { key, at } of family.recorded) net.select(at).record(key);
  return net;
}

/** What is compared with Jaxley: its slopes of currents and its way to clamp. */
const asJaxley = (family) => ({
  dt: family.dt,
  solver: family.solver,
  slopes: "difference",
  clamps: "overwritten",
  onWarning: false,
});

export async function runForJaxley(family, { backend }) {
  const results = [];
  for (const sample of family.samples) {
    const options = { ...asJaxley(family), backend };
    const run = async (shift) =>
      (await integrate(buildForJaxley(family, sample, shift), options)).recordings.map((row) => [
        ...row,
      ]);
    const [recordings, shifted] = [await run(0), await run(1e-7)];
    const result = { recordings, shifted };
    if (family.wantsGradient) {
      const net = buildForJaxley(family, sample, 0);
      for (const key of Object.keys(sample.values)) {
        const at = family.channels.find(({ name }) => key.startsWith(`${name}_`))?.at;
        for (const i of at ?? net.compartments) net.select([i]).makeTrainable(key);
      }
      const objective = await compileObjective(net, {
        ...options,
        surrogate: "none",
        loss: sumOfSquares(),
      });
      const { value, gradient } = await objective.valueAndGradient();
      const byKey = {};
      for (const { key, values } of gradient) byKey[key] = [...(byKey[key] ?? []), ...values];
      Object.assign(result, { value, gradient: byKey });
    }
    results.push(result);
  }
  return results;
}

export async function runForNeuron(family, { backend }) {
  const { rows } = branchesOf(family);
  const build = (shift) => {
    const net = buildCells(family);
    const { values, branchValues } = family;
    net.set("radius", values.radius).set("capacitance", values.capacitance);
    net.set("v", family.v + shift);
    for (const [k, { first, count }] of rows.entries()) {
      const at = Array.from({ length: count }, (_, i) => first + i);
      const branch = net.select(at);
      branch.set("length", branchValues.length[k] / count);
      branch.set("axial_resistivity", branchValues.axial_resistivity[k]);
      const isActive = family.hh.includes(k);
      branch.insert(isActive ? channels.HH : channels.Leak);
      const keys = isActive ? ["gNa", "gK", "gLeak", "eLeak"] : ["gLeak", "eLeak"];
      for (const key of keys)
        branch.set(
          `${isActive ? "HH" : "Leak"}_${key}`,
          at.map((i) => values[key][i]),
        );
    }
    if (family.hh.length > 0) net.set("HH_eNa", 50).set("HH_eK", -77);
    net.initStates();
    for (const { name, pre, post, values: own, kinetics, e } of family.synapses) {
      const times =
        name === "ExpSyn" ? { tau: kinetics[1] } : { tau1: kinetics[0], tau2: kinetics[1] };
      connect(net.select([pre]), net.select([post]), mechanisms[name], {
        values: { ...own, ...times, e },
      });
    }
    for (const { at, delay, duration, amplitude } of family.stimuli)
      net
        .select([at])
        .stimulate(new Float64Array(family.steps).fill(amplitude, delay, delay + duration));
    if (family.clamp !== undefined)
      net
        .select([family.clamp.at])
        .clamp("v", new Float64Array(family.steps + 5).fill(family.clamp.level));
    net.record("v");
    return net;
  };
  const options = {
    dt: family.dt,
    solver: family.solver,
    tMax: (family.steps + 0.5) * family.dt,
    backend,
    onWarning: false,
  };
  const run = async (shift) =>
    (await integrate(build(shift), options)).recordings.map((row) => [...row]);
  return [{ recordings: await run(0), shifted: await run(1e-7) }];
}
