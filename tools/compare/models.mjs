/**
 * Random models as plain data that each simulator builds for itself. A family is one structure; its samples have values of their own, so
 * that what Jaxley compiles once serves several models. Compartments have flat numbers through all branches and cells.
 */
import { RandomStream } from "rall";

/** States of each mechanism, which samples start anywhere in (0, 1), and the parameters that they vary, as factors. */
const mechanisms = {
  HH: { gates: ["HH_m", "HH_h", "HH_n"], varied: ["HH_gNa", "HH_gK", "HH_gLeak"] },
  Leak: { gates: [], varied: ["Leak_gLeak"] },
  Na: { gates: ["Na_m", "Na_h"], varied: ["Na_gNa"] },
  K: { gates: ["K_n"], varied: ["K_gK"] },
  Km: { gates: ["Km_p"], varied: ["Km_gKm"] },
  CaL: { gates: ["CaL_q", "CaL_r"], varied: ["CaL_gCaL"] },
  CaT: { gates: ["CaT_u"], varied: ["CaT_gCaT"] },
};
const defaults = {
  HH_gNa: 0.12,
  HH_gK: 0.036,
  HH_gLeak: 3e-4,
  Leak_gLeak: 1e-4,
  Na_gNa: 0.05,
  K_gK: 0.005,
  Km_gKm: 4e-6,
  CaL_gCaL: 1e-4,
  CaT_gCaT: 4e-5,
};
const gradedSynapses = {
  IonotropicSynapse: { gS: 1e-3, e_syn: 0, k_minus: 0.025, v_th: -35, delta: 10 },
  TanhRateSynapse: { gS: 1e-3, x_offset: -70, slope: 0.1 },
  TanhConductanceSynapse: { gS: 1e-3, e_syn: 0, x_offset: -90, slope: 0.05 },
  TestSynapse: { gC: 1e-3 },
};

function draw(stream) {
  const between = (low, high) => low + (high - low) * stream.uniform();
  const pick = (items) => items[stream.below(items.length)];
  const chance = (share) => stream.uniform() < share;
  const some = (count, share) => {
    const chosen = Array.from({ length: count }, (_, i) => i).filter(() => chance(share));
    return chosen.length > 0 ? chosen : [stream.below(count)];
  };
  const shuffled = (items) => {
    const left = [...items];
    return items.map(() => left.splice(stream.below(left.length), 1)[0]);
  };
  return { between, pick, chance, some, shuffled };
}

/** Random trees; single compartments and single branches among them. */
function randomCells({ pick, chance }, stream, numberOfCells) {
  return Array.from({ length: numberOfCells }, () => {
    const branches = chance(0.15) ? 1 : 2 + stream.below(5);
    return {
      parents: Array.from({ length: branches }, (_, k) => (k === 0 ? -1 : stream.below(k))),
      ncomp: Array.from({ length: branches }, () => pick([1, 1, 2, 3, 4])),
    };
  });
}

/** First compartment of each branch and number of compartments. */
export function branchesOf({ cells }) {
  const rows = [];
  let first = 0;
  for (const [cell, { ncomp }] of cells.entries())
    for (const [branch, count] of ncomp.entries()) {
      rows.push({ cell, branch, first, count });
      first += count;
    }
  return { rows, count: first };
}

/** A family for Jaxley: its channels, pumps, graded synapses, stimuli, clamps and four solvers. */
export function jaxleyFamily(seed, { samples, wantsGradient }) {
  const stream = new RandomStream(seed);
  const random = draw(stream);
  const { between, pick, chance, some, shuffled } = random;
  const cells = randomCells(random, stream, chance(0.65) ? 1 : 2 + stream.below(2));
  const { count, rows } = branchesOf({ cells });
  const names = shuffled(Object.keys(mechanisms)).slice(0, 1 + stream.below(4));
  if (!names.includes("Leak") && !names.includes("HH")) names.push("Leak");
  const channels = names.map((name) => ({
    name,
    at: chance(0.5) ? Array.from({ length: count }, (_, i) => i) : some(count, 0.6),
  }));
  const hasCalcium = names.some((name) => name.startsWith("Ca"));
  const pumps = hasCalcium
    ? shuffled(["CaPump", "CaFaradayConcentrationChange"])
        .slice(0, stream.below(3))
        .map((name) => ({ name, at: some(count, 0.7) }))
    : [];
  const diffuses = pumps.length > 0 && rows.length > 1 && chance(0.4);
  const synapses =
    cells.length === 1
      ? []
      : Array.from({ length: 1 + stream.below(4) }, () => {
          const name = pick(Object.keys(gradedSynapses));
          return { name, pre: stream.below(count), post: stream.below(count) };
        })
          .filter(({ pre, post }) => pre !== post)
          .sort((a, b) => a.name.localeCompare(b.name));
  const solver = pick([
    "bwd_euler",
    "bwd_euler",
    "bwd_euler",
    "crank_nicolson",
    "fwd_euler",
    "exp_euler",
  ]);
  const dt = solver === "fwd_euler" ? 0.001 : pick([0.025, 0.025, 0.01, 0.1]);
  const steps = 60 + stream.below(120);
  const stimulated = some(count, 0.2);
  const clamp = chance(0.15)
    ? { key: "v", at: stream.below(count) }
    : chance(0.15) && names.includes("HH")
      ? { key: "HH_m", at: pick(channels.find(({ name }) => name === "HH").at) }
      : undefined;
  const recorded = [{ key: "v", at: Array.from({ length: count }, (_, i) => i) }];
  for (const { name, at } of channels)
    for (const key of mechanisms[name].gates.slice(0, 1)) recorded.push({ key, at: [pick(at)] });
  for (const { at } of pumps.slice(0, 1)) recorded.push({ key: "CaCon_i", at: [pick(at)] });
  const everywhere = (low, high) => Array.from({ length: count }, () => between(low, high));
  const sample = () => {
    const values = {
      // Explicit steps need short time constants of the axial currents to be absent
      radius: everywhere(0.5, 6),
      length: everywhere(solver === "fwd_euler" ? 40 : 10, 90),
      axial_resistivity: everywhere(60, solver === "fwd_euler" ? 5000 : 400),
      capacitance: everywhere(0.7, 1.6),
      v: everywhere(-80, -55),
    };
    for (const { name, at } of channels) {
      for (const key of mechanisms[name].gates) values[key] = at.map(() => between(0.02, 0.98));
      for (const key of mechanisms[name].varied)
        values[key] = at.map(() => defaults[key] * between(0.5, 1.5));
    }
    return {
      values,
      stimuli: stimulated.map(() => Array.from({ length: steps }, () => between(-0.3, 0.6))),
      ...(clamp === undefined
        ? {}
        : {
            clamp: Array.from({ length: steps }, (_, k) =>
              clamp.key === "v" ? -70 + 20 * Math.sin(k / 9) : 0.5 + 0.4 * Math.sin(k / 9),
            ),
          }),
    };
  };
  return {
    id: `jaxley-${seed}`,
    peer: "jaxley",
    cells,
    channels,
    pumps,
    diffuses,
    synapses: synapses.map((one) => ({ ...one, values: gradedSynapses[one.name] })),
    solver,
    dt,
    steps,
    stimulated,
    clamp,
    recorded,
    wantsGradient,
    samples: Array.from({ length: samples }, sample),
  };
}

/** A model for NEURON: hh and pas on trees, step currents, event synapses, clamps, all orders of accuracy. */
export function neuronFamily(seed) {
  const stream = new RandomStream(seed);
  const random = draw(stream);
  const { between, pick, chance, some } = random;
  const isNetwork = chance(0.4);
  const cells = randomCells(random, stream, isNetwork ? 2 + stream.below(4) : 1);
  const { count, rows } = branchesOf({ cells });
  const hh = some(rows.length, 0.6);
  const dt = pick([0.025, 0.025, 0.0125, 0.1]);
  const solver = pick(["bwd_euler", "bwd_euler", "crank_nicolson", "staggered"]);
  const steps = 200 + stream.below(200);
  const delaySteps = () => 1 + stream.below(Math.round(3 / dt));
  const synapses = isNetwork
    ? Array.from({ length: 1 + stream.below(8) }, () => ({
        name: pick(["ExpSyn", "Exp2Syn"]),
        pre: stream.below(count),
        post: stream.below(count),
        values: { weight: between(0, 0.02), delay: delaySteps() * dt },
        kinetics: [between(0.2, 1), between(1.5, 6)],
        e: pick([0, -80]),
      }))
    : [];
  // NEURON has one threshold for all connections of a source
  const thresholds = Array.from({ length: count }, () => between(-40, 10));
  for (const { pre, values } of synapses) values.threshold = thresholds[pre];
  const perBranch = (low, high) => rows.map(() => between(low, high));
  const perCompartment = (low, high) => Array.from({ length: count }, () => between(low, high));
  return {
    id: `neuron-${seed}`,
    peer: "neuron",
    cells,
    hh,
    solver,
    dt,
    steps,
    synapses,
    // With second order NEURON's SEClamp swings about its level for ever: it holds the half step
    clamp:
      solver === "bwd_euler" && chance(0.3)
        ? { at: stream.below(count), level: between(-90, 0) }
        : undefined,
    stimuli: some(count, 0.15).map((at) => ({
      at,
      // In steps, so that no simulator rounds times in a way of its own
      delay: stream.below(80),
      duration: 20 + stream.below(150),
      amplitude: between(-0.2, 1.5),
    })),
    v: between(-75, -60),
    branchValues: {
      length: perBranch(10, 200),
      axial_resistivity: perBranch(60, 300),
    },
    values: {
      radius: perCompartment(0.4, 8),
      capacitance: perCompartment(0.7, 1.6),
      gNa: perCompartment(0.06, 0.2),
      gK: perCompartment(0.02, 0.06),
      gLeak: perCompartment(1e-4, 5e-4),
      eLeak: perCompartment(-70, -55),
    },
  };
}
