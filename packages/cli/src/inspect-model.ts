/** @file `rall inspect model.json`: what is in a model file. */
import type { Module } from "rall";
import { extent } from "./extent.ts";
import { counted } from "./remarks.ts";

/** What a model file holds, as data. */
export function summarizeModel(file: string, model: Module) {
  const { description } = model.root;
  const { kind, stimuli, clamps, synapses, insertions, spikeRecordings, spikeTrains } = description;
  const sum = (key: "length" | "area") => model.get(key).reduce((a, b) => a + b, 0);
  const radius = extent(model.get("radius"));
  const count = (mask: Uint8Array) => mask.reduce((a, b) => a + b, 0);
  const signals = [...stimuli, ...clamps];
  const named: string = kind;
  return {
    file,
    kind: named,
    cells: model.cellNumbers.length,
    branches: model.branchNumbers.length,
    compartments: model.compartments.length,
    length_um: sum("length"),
    area_um2: sum("area"),
    radius_um: [radius.low, radius.high],
    channels: insertions.map(({ channel, present }) => ({
      name: channel.name,
      compartments: count(present),
    })),
    groups: [...description.groups].map(([name, mask]) => ({ name, compartments: count(mask) })),
    synapses: synapses.map(({ synapse, pre }) => ({ name: synapse.name, connections: pre.length })),
    spikeTrains: spikeTrains.length,
    stimuli: stimuli.length,
    clamps: clamps.length,
    dt_ms: [...new Set(signals.flatMap(({ dt }) => dt ?? []))],
    samples: Math.max(0, extent(signals.map(({ samples }) => samples.length)).high),
    recordings: model.recordings.map(({ name, label, unit }) => ({ name, label, unit })),
    spikes: spikeRecordings.map(({ name, threshold }) => ({ name, threshold })),
    trained: model.trainables.map(({ key, groups }) => ({ key, values: groups.length })),
  };
}

type Summary = ReturnType<typeof summarizeModel>;

/** Names of a list that are written out; the rest is counted. */
const shown = 8;

/** The same in words. */
export function describeModel(summary: Summary): string {
  const { kind, cells, branches, compartments, radius_um, spikes } = summary;
  const list = (names: readonly string[]) => {
    const rest = names.length - shown;
    return `${names.slice(0, shown).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
  };
  const line = (title: string, text: string) => `  ${title.padEnd(12)}${text}`;
  const lines = (title: string, names: readonly string[]) =>
    names.length === 0 ? [] : [line(title, list(names))];
  const inputs = [
    ...(summary.stimuli > 0 ? [counted(summary.stimuli, "stimulus", "stimuli")] : []),
    ...(summary.clamps > 0 ? [counted(summary.clamps, "clamp")] : []),
    ...(summary.spikeTrains > 0 ? [counted(summary.spikeTrains, "spike train")] : []),
  ];
  const [dt] = summary.dt_ms;
  const sampling =
    summary.samples === 0
      ? ""
      : `: ${counted(summary.samples, "sample")}${dt === undefined ? "" : ` of ${dt} ms`}`;
  const parts = [
    ...(kind === "network" ? [counted(cells, "cell")] : []),
    counted(branches, "branch", "branches"),
    counted(compartments, "compartment"),
  ];
  const [least = 0, largest = 0] = radius_um;
  const measures =
    `${summary.length_um.toFixed(1)} um long, ${summary.area_um2.toFixed(1)} um2, ` +
    `radii ${least.toFixed(3)} to ${largest.toFixed(3)} um`;
  const there = (one: { readonly name: string; readonly compartments: number }) =>
    one.compartments === compartments ? one.name : `${one.name} (${one.compartments})`;
  return `${[
    `${summary.file}: a ${kind} of ${parts.join(", ")}`,
    line("geometry", measures),
    ...lines("channels", summary.channels.map(there)),
    ...lines("groups", summary.groups.map(there)),
    ...lines(
      "synapses",
      summary.synapses.map(({ name, connections }) => `${connections} ${name}`),
    ),
    ...(inputs.length === 0 ? [] : [line("inputs", `${inputs.join(", ")}${sampling}`)]),
    ...lines(
      "recordings",
      summary.recordings.map(({ label, unit }) => (unit === "" ? label : `${label} (${unit})`)),
    ),
    ...(spikes.length === 0 ? [] : [line("spikes", `of ${counted(spikes.length, "compartment")}`)]),
    ...lines(
      "trained",
      summary.trained.map(({ key, values }) => `${key} (${counted(values, "value")})`),
    ),
  ].join("\n")}\n`;
}
