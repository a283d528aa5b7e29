/** @file Numbers that no neuron has, mostly for want of a thousand in a unit; and numbers that nothing reads. */
import { type Expression, inputNames } from "../expressions/expression.ts";
import type { Channel } from "../mechanisms/channel.ts";
import type { State } from "../mechanisms/equations.ts";
import type { Description, Stimulus } from "../modules/description.ts";
import { defaultGeometry } from "../modules/geometry.ts";
import type { Diagnostic } from "../morphology/diagnostic.ts";

/**
 * Bounds of what is plausible. The densest sodium channels, at nodes of Ranvier and initial segments, are a few S/cm2; a
 * membrane that leaks 0.1 S/cm2 has a time constant of 10 us. The largest synapses of the brain (calyx of Held) have some 0.3 uS.
 * A squid's giant axon takes microamperes, so that a current is judged by the area that it goes into, too.
 */
const most = {
  /** S/cm2, of channels with gates and of those without. */
  gated: 20,
  leak: 0.1,
  /** uS */
  synapse: 1,
  /** nA, and mA per cm2 of the cell. */
  current: 50,
  density: 0.1,
} as const;

/** What the numbers of a model, whatever is run with it, are probably not meant to be. */
export function warnOfNumbers(description: Description): Diagnostic[] {
  return [...warnOfConductances(description), ...warnOfTemperature(description)];
}

/** The same for what is put into it. */
export function warnOfStimuli(description: Description): Diagnostic[] {
  return [
    ...warnOfRepetition(description),
    ...warnOfCurrents(description),
    ...warnOfClampCurrent(description),
  ];
}

/** `i` is the current of stimuli: under a voltage clamp it is probably not what is looked for. */
function warnOfClampCurrent({ recordings, clamps }: Description): Diagnostic[] {
  const clamped = new Set(
    clamps.flatMap(({ state, synapse, index }) =>
      state === "v" && synapse === undefined ? [index] : [],
    ),
  );
  const row = recordings.find(
    ({ state, synapse, index }) => state === "i" && synapse === undefined && clamped.has(index),
  );
  if (row === undefined) return [];
  return warn(
    "clamp-current",
    `${row.name} records the current of stimuli, but the voltage is clamped there. The current of the clamp is record("i_clamp").`,
  );
}

function warnOfConductances({ insertions, columns, synapses }: Description): Diagnostic[] {
  const densities = insertions.flatMap(({ channel, present }) => {
    const limit = channel.states.length > 0 ? most.gated : most.leak;
    return channel.parameters.flatMap(({ key, unit }) => {
      if (unit !== "S/cm2") return [];
      const value = largest(columns.get(key) ?? [], (i) => present[i] === 1);
      if (value <= limit) return [];
      return warn(
        "large-conductance",
        `${key} is ${short(value)} S/cm2, more than any membrane has: if ${short(value)} mS/cm2 is meant, set ${short(value / 1000)}.`,
      );
    });
  });
  const weights = synapses.flatMap(({ synapse, columns: own }) =>
    synapse.parameters.flatMap(({ key, unit }) => {
      if (unit !== "uS") return [];
      const value = largest(own.get(key) ?? [], () => true);
      if (value < most.synapse) return [];
      return warn(
        "large-conductance",
        `${key} is ${short(value)} uS, more than any synapse has: if ${short(value)} nS is meant, set ${short(value / 1000)}.`,
      );
    }),
  );
  return [...densities, ...weights];
}

function warnOfTemperature({ geometry, insertions, synapses }: Description): Diagnostic[] {
  const [usual] = defaultGeometry().celsius;
  const set = geometry.celsius.find((celsius) => celsius !== usual);
  if (set === undefined || insertions.length === 0) return [];
  const isRead =
    insertions.some(({ channel }) => inputNames(equationsOf(channel)).has("celsius")) ||
    synapses.some(({ synapse }) => synapse.readings.some(({ key }) => key === "celsius"));
  if (isRead) return [];
  const names = insertions.map(({ channel }) => channel.name).join(", ");
  return warn(
    "unread-celsius",
    `celsius is ${short(set)}, but nothing inserted reads it: ${names} run as their equations say, at any temperature. Scale their rates, or insert a mechanism whose equations use celsius, as with q10.`,
  );
}

function equationsOf({ current, voltage, spike, states }: Channel): Expression[] {
  const own = [current, voltage, spike, ...states.flatMap(rulesOf)];
  return own.filter((one) => one !== undefined);
}

function rulesOf({ update, initial }: State): (Expression | undefined)[] {
  return [update, initial];
}

function warnOfRepetition(description: Description): Diagnostic[] {
  const { stimuli, branchOf, cellOf } = description;
  const groups = new Map<Float64Array, Map<number, number>>();
  for (const { samples, compartment } of stimuli) {
    const cell = cellOf[branchOf[compartment] ?? 0] ?? 0;
    const counts = groups.get(samples) ?? new Map<number, number>();
    groups.set(samples, counts.set(cell, (counts.get(cell) ?? 0) + 1));
  }
  return [...groups].flatMap(([samples, counts]) => {
    const [[cell, count] = [0, 0]] = [...counts].sort(([, a], [, b]) => b - a);
    const peak = peakOf(samples);
    if (count < 2 || peak === 0) return [];
    const where = description.kind === "network" ? ` of cell ${cell}` : "";
    return warn(
      "repeated-stimulus",
      `The same ${short(peak)} nA go into ${count} compartments${where}, ${short(count * peak)} nA in all: a stimulus goes into each compartment in view. Select one, as cell.branch(0).loc(0.5) does, if it is meant once.`,
    );
  });
}

function warnOfCurrents(description: Description): Diagnostic[] {
  const { stimuli } = description;
  const strongest = stimuli.reduce<{ readonly stimulus?: Stimulus; readonly peak: number }>(
    (best, stimulus) => {
      const peak = peakOf(stimulus.samples);
      return peak > best.peak ? { stimulus, peak } : best;
    },
    { peak: most.current },
  );
  if (strongest.stimulus === undefined) return [];
  const { peak, stimulus } = strongest;
  // nA per um2 are 100 mA/cm2
  const density = (100 * peak) / areaOfCell(description, stimulus.compartment);
  if (density <= most.density) return [];
  return warn(
    "large-current",
    `A stimulus reaches ${short(peak)} nA, ${short(density)} mA per cm2 of the cell, more than any neuron stands: if ${short(peak)} pA is meant, give ${short(peak / 1000)}.`,
  );
}

function areaOfCell({ geometry, branchOf, cellOf }: Description, compartment: number): number {
  const cell = cellOf[branchOf[compartment] ?? 0];
  return geometry.area.reduce(
    (sum, area, i) => (cellOf[branchOf[i] ?? 0] === cell ? sum + area : sum),
    0,
  );
}

function peakOf(samples: Float64Array): number {
  return samples.reduce((peak, nA) => Math.max(peak, Math.abs(nA)), 0);
}

function largest(column: ArrayLike<number>, isThere: (index: number) => boolean): number {
  let value = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < column.length; i++)
    if (isThere(i)) value = Math.max(value, column[i] ?? value);
  return value;
}

function warn(code: string, message: string): Diagnostic[] {
  return [{ severity: "warning", code, message }];
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
