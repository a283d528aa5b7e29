/**
 * @file Whole models as JSON: morphology, channels and synapses with their equations, parameters, connections, groups,
 * stimuli, clamps, recordings.
 * The format is `rall-model`, version 1; `docs/model-file.md` describes it.
 */
import { ModelError, ModelFileError } from "../errors.ts";
import { type Domain, isWithin, remedyFor } from "../mechanisms/domain.ts";
import { checkClash } from "../modules/clash.ts";
import { Description, type SpikeRecording, type Target } from "../modules/description.ts";
import { type GeometryKey, geometryKeys, makeGeometry } from "../modules/geometry.ts";
import { Branch, Cell, Compartment, type Module, Network } from "../modules/module.ts";
import { viewKind } from "../modules/navigation.ts";
import { addRows, isCurrent } from "../modules/placement.ts";
import { domainsOf } from "../modules/values.ts";
import type { View } from "../modules/view.ts";
import { parentsFirst } from "../numerics/tree.ts";
import { check } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { Budget, type FileLimits, limitKinds } from "./budget.ts";
import { channelToJson, readChannel } from "./channel-file.ts";
import { defineFrom } from "./equations-file.ts";
import { JsonPart } from "./json.ts";
import { type JsonSeries, readSeries, seriesToJson } from "./series.ts";
import { readSynapses, synapsesToJson } from "./synapse-file.ts";
import {
  compartmentTargets,
  type JsonTarget,
  readMoment,
  synapseTarget,
  targetNames,
  targetToJson,
} from "./target.ts";
import { type JsonTrainable, readTrainable, trainableToJson } from "./trainable-file.ts";

const format = "rall-model";
const version = 1;

/** What one list of a file may hold at most, whatever the limits of all are. */
const most = {
  compartments: 10_000_000,
  branches: 10_000_000,
  points: 10_000_000,
  channels: 1000,
  rows: 10_000_000,
  samples: 100_000_000,
} as const;

/** A model as data for `JSON.stringify`. */
export interface ModelFile {
  readonly format: typeof format;
  readonly version: typeof version;
  readonly kind: Description["kind"];
  readonly parents: JsonSeries;
  /** Relative place on its parent at which each branch begins; absent if all begin at the end of theirs. */
  readonly attachedAt?: JsonSeries;
  readonly ncomp: JsonSeries;
  /** Cell of each branch of a network, ascending. */
  readonly cells?: JsonSeries;
  readonly geometry: Readonly<Record<string, JsonSeries>>;
  /** Points of each branch as a flat list of x, y, z, radius; null where there are none. */
  readonly tracedPoints?: readonly (JsonSeries | null)[];
  /** The same for branches that were laid out for pictures. */
  readonly laidPoints?: readonly (JsonSeries | null)[];
  readonly channels: readonly (ReturnType<typeof channelToJson> & {
    readonly present: JsonSeries;
  })[];
  readonly values: Readonly<Record<string, JsonSeries>>;
  readonly groups: Readonly<Record<string, JsonSeries>>;
  /** States that diffuse; their constants are among the values. */
  readonly diffusing?: readonly string[];
  /** Sampled signals, to which stimuli and clamps refer by number. */
  readonly signals: readonly { readonly samples: JsonSeries; readonly dt?: number }[];
  readonly stimuli: readonly { readonly compartment: number; readonly signal: number }[];
  readonly clamps: readonly (JsonTarget & { readonly signal: number })[];
  readonly recordings: readonly (JsonTarget & { readonly at?: "end"; readonly name: string })[];
  /** Connections of a network, one entry per kind of synapse. */
  readonly synapses?: readonly ReturnType<typeof synapsesToJson>[];
  /** Times in ms of the spikes of trains, to which a number below 0 in `pre` refers. */
  readonly spikeTrains?: readonly JsonSeries[];
  readonly spikeRecordings?: readonly SpikeRecording[];
  readonly trainables?: readonly JsonTrainable[];
}

/**
 * A module (of a view, the whole module) as data; `fromJSON` makes the same model of it.
 */
export function toJSON(module: View): ModelFile {
  check(module, viewKind, "module");
  const { description } = module.root;
  const signals = new Map<Float64Array, { number: number; dt: number | undefined }>();
  const signal = ({ samples, dt }: { samples: Float64Array; dt: number | undefined }) => {
    const known = signals.get(samples) ?? { number: signals.size, dt };
    signals.set(samples, known);
    return known.number;
  };
  const stimuli = description.stimuli.map((input) => ({
    compartment: input.compartment,
    signal: signal(input),
  }));
  const clamps = description.clamps.map((clamp) => ({
    ...targetToJson(clamp),
    signal: signal(clamp),
  }));
  const { tracedPoints } = description;
  const isTraced = tracedPoints.some((points) => points !== undefined);
  return {
    format,
    version,
    kind: description.kind,
    parents: seriesToJson(description.parents),
    ...(description.attachedAt.some((place) => place !== 1)
      ? { attachedAt: seriesToJson(description.attachedAt) }
      : {}),
    ncomp: seriesToJson(description.ncomp),
    ...(description.kind === "network" ? { cells: seriesToJson(description.cellOf) } : {}),
    geometry: mapValues(Object.entries(description.geometry)),
    ...(isTraced
      ? { tracedPoints: tracedPoints.map((points) => (points ? seriesToJson(points) : null)) }
      : {}),
    ...(description.laidPoints.some((points) => points !== undefined)
      ? {
          laidPoints: Array.from(description.parents, (_, branch) => {
            const points = description.laidPoints[branch];
            return points === undefined ? null : seriesToJson(points);
          }),
        }
      : {}),
    channels: description.insertions.map(({ channel, present }) => ({
      ...channelToJson(channel),
      present: seriesToJson(present),
    })),
    values: mapValues(description.columns),
    groups: mapValues(description.groups),
    ...(description.diffusing.length > 0 ? { diffusing: description.diffusing } : {}),
    signals: [...signals].map(([samples, { dt }]) => ({
      samples: seriesToJson(samples),
      ...(dt === undefined ? {} : { dt }),
    })),
    stimuli,
    clamps,
    recordings: description.recordings.map((row) => ({
      ...targetToJson(row),
      ...(row.at === undefined ? {} : { at: row.at }),
      name: row.name,
    })),
    ...(description.synapses.length > 0
      ? { synapses: description.synapses.map(synapsesToJson) }
      : {}),
    ...(description.spikeTrains.length > 0
      ? { spikeTrains: description.spikeTrains.map(seriesToJson) }
      : {}),
    ...(description.spikeRecordings.length > 0
      ? { spikeRecordings: description.spikeRecordings }
      : {}),
    ...(description.trainables.length > 0
      ? { trainables: description.trainables.map(trainableToJson) }
      : {}),
  };
}

function mapValues(columns: Iterable<[string, ArrayLike<number>]>): Record<string, JsonSeries> {
  return Object.fromEntries(Array.from(columns, ([key, values]) => [key, seriesToJson(values)]));
}

/**
 * The module that a model file describes. Safe for a file from a stranger: what it unfolds to is limited in all (48 MB of
 * numbers), equations are text that is never run as code, and everything is checked.
 *
 * @param source - the text of the file, or what `JSON.parse` made of it.
 * @param options - `limits`: other limits than the usual ones, for files of one's own that are larger.
 * @throws ModelFileError naming the path of what is wrong.
 */
export function fromJSON(
  source: unknown,
  options: { readonly limits?: Partial<FileLimits> } = {},
): Module {
  checkOptions(options, ["limits"], "fromJSON");
  const { limits = {} } = options;
  checkOptions(limits, limitKinds, "limits");
  const budget = new Budget(limits);
  const top = new JsonPart(typeof source === "string" ? parseText(source, budget) : source, budget);
  top.only([
    ...[
      "format",
      "version",
      "kind",
      "parents",
      "attachedAt",
      "ncomp",
      "cells",
      "geometry",
      "tracedPoints",
      "laidPoints",
      "channels",
    ],
    ...["values", "groups", "signals", "stimuli", "clamps", "recordings"],
    ...["synapses", "spikeTrains", "spikeRecordings", "diffusing", "trainables"],
  ]);
  if (top.at("format").value !== format)
    throw top
      .at("format")
      .fail(`is not ${JSON.stringify(format)}.`, "Is this a model file of Rall?");
  if (top.at("version").value !== version) {
    throw top
      .at("version")
      .fail(
        `is ${JSON.stringify(top.at("version").value)}; this version of Rall reads ${version}.`,
      );
  }
  const module = emptyModule(top.at("kind"));
  module.root.description = readDescription(top, module);
  return module;
}

function parseText(text: string, budget: Budget): unknown {
  budget.spendText(text);
  try {
    // Some editors write a mark of the order of bytes first
    return JSON.parse(text.startsWith("\ufeff") ? text.slice(1) : text);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new ModelFileError(`The file is no JSON: ${problem}`, { cause: error });
  }
}

function emptyModule(kind: JsonPart): Module {
  switch (kind.value) {
    case "compartment":
      return new Compartment();
    case "branch":
      return new Branch();
    case "cell":
      return new Cell();
    case "network":
      return new Network([new Compartment()]);
    default:
      throw kind.fail('is not one of "compartment", "branch", "cell", "network".');
  }
}

function readDescription(top: JsonPart, module: Module): Description {
  const branches = readSeries(top.at("parents"), { most: most.branches });
  const ncomp = readWhole(top.at("ncomp"), branches.length, 1, most.compartments);
  const parents = wholeNumbers(top.at("parents"), branches, -1, branches.length - 1);
  const count = ncomp.reduce((sum, n) => sum + n, 0);
  // Numbers that any model has for each compartment, given or not
  top.at("ncomp").spend("numbers", count);
  if (branches.length === 0) throw top.at("parents").fail("is empty; a model has a branch.");
  if (count > most.compartments)
    throw top.at("ncomp").fail(`adds up to ${count}; at most ${most.compartments} are possible.`);
  checkTree(top.at("parents"), parents);
  const { kind } = module.root.description;
  const isTree = kind === "cell" || kind === "network";
  if (!isTree && branches.length !== 1)
    throw top.at("parents").fail(`has ${branches.length} branches, but a ${kind} has one.`);
  if (kind === "compartment" && count !== 1)
    throw top.at("ncomp").fail(`is ${count}, but a compartment is one.`);
  const description = new Description(
    kind,
    parents,
    ncomp,
    makeGeometry((key) => readGeometry(top.at("geometry").at(key), key, count)),
    top.at("tracedPoints").optional((part) => readPoints(part, branches.length)) ?? [],
    kind === "network" ? readCells(top.at("cells"), parents) : new Int32Array(branches.length),
    undefined,
    top.at("attachedAt").optional((part) => readAttachedAt(part, branches.length)),
  );
  description.laidPoints =
    top.at("laidPoints").optional((part) => readPoints(part, branches.length)) ?? [];
  top.at("geometry").only(Object.keys(geometryKeys));
  for (const part of top.at("channels").items(most.channels)) insert(description, part);
  for (const part of top.at("diffusing").optional((one) => one.items(most.channels)) ?? [])
    readDiffusing(description, part);
  readValues(description, top.at("values"));
  for (const [name, part] of top.at("groups").entries()) {
    if (description.insertion(name) !== undefined)
      throw part.fail("is the name of a channel, too.");
    description.groups.set(name, Uint8Array.from(readWhole(part, count, 0, 1)));
  }
  readSynapses(description, top.at("synapses"), top.at("spikeTrains"));
  place(description, top);
  return description;
}

function readAttachedAt(part: JsonPart, branches: number): Float64Array {
  const places = readSeries(part, { length: branches, most: branches });
  const wrong = places.findIndex((place) => !(place > 0 && place <= 1));
  if (wrong < 0) return places;
  throw part.fail(`has ${places[wrong]} as number ${wrong}; places lie above 0 and up to 1.`);
}

function readWhole(part: JsonPart, length: number, least: number, largest: number): Int32Array {
  return wholeNumbers(part, readSeries(part, { length, most: length }), least, largest);
}

function wholeNumbers(
  part: JsonPart,
  values: Float64Array,
  least: number,
  largest: number,
): Int32Array {
  const wrong = values.findIndex(
    (value) => !Number.isInteger(value) || value < least || value > largest,
  );
  if (wrong < 0) return Int32Array.from(values);
  throw part.fail(
    `has ${values[wrong]} as number ${wrong}, not a whole number from ${least} to ${largest}.`,
  );
}

/** Cells of branches: ascending from 0, and no branch hangs on one of another cell. */
function readCells(part: JsonPart, parents: Int32Array): Int32Array {
  const cells = readWhole(part, parents.length, 0, parents.length - 1);
  for (const [branch, cell] of cells.entries()) {
    const before = branch === 0 ? 0 : (cells[branch - 1] ?? 0);
    if (cell < before || cell > before + (branch === 0 ? 0 : 1))
      throw part.fail(`has ${cell} for branch ${branch} after ${before}; cells count up from 0.`);
    const above = parents[branch] ?? -1;
    if (above >= 0 && cells[above] !== cell)
      throw part.fail(`puts branch ${branch} and its parent ${above} into different cells.`);
  }
  return cells;
}

function checkTree(part: JsonPart, parents: Int32Array): void {
  try {
    parentsFirst(parents, "branch");
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw part.fail(error.message);
  }
}

function readGeometry(part: JsonPart, key: GeometryKey, count: number): Float64Array {
  // Files from before there was a temperature have none
  if (key === "celsius" && part.isAbsent) {
    part.spend("numbers", count);
    return new Float64Array(count).fill(6.3);
  }
  const values = readSeries(part, { length: count, most: count });
  checkDomain(part, values, () => geometryKeys[key].domain);
  return values;
}

/** Conductances below 0 are in a model because somebody meant it. */
function checkDomain(
  part: JsonPart,
  values: Float64Array,
  domainAt: (compartment: number) => Domain,
): void {
  for (const [i, value] of values.entries()) {
    const domain = domainAt(i);
    if (domain === "conductance" || isWithin(value, domain)) continue;
    throw part.fail(`is ${value} in compartment ${i}.`, remedyFor(value, domain));
  }
}

function readPoints(part: JsonPart, branches: number): (Float64Array | undefined)[] {
  const items = part.items(branches);
  if (items.length !== branches)
    throw part.fail(`has ${items.length} entries for ${branches} branches.`);
  return items.map((item) =>
    item.optional((points) => {
      const rows = readSeries(points, { most: 4 * most.points });
      if (rows.length === 0 || rows.length % 4 !== 0)
        throw points.fail("is no list of rows of x, y, z and radius.");
      const wrong = rows.findIndex((value, k) => k % 4 === 3 && !(value > 0));
      if (wrong >= 0) throw points.fail(`has the radius ${rows[wrong]}; radii are above 0.`);
      return rows;
    }),
  );
}

function insert(description: Description, part: JsonPart): void {
  const { present, ...rest } = Object.fromEntries(part.entries());
  const definition = Object.fromEntries(
    Object.entries(rest).map(([name, { value }]) => [name, value]),
  );
  const channel = readChannel(part.with(definition));
  if (description.insertion(channel.name) !== undefined)
    throw part.at("name").fail(`is ${channel.name}, as that of an earlier channel.`);
  defineFrom(part, () => checkClash(channel, description.mechanisms()));
  part.spend("quantities", channel.parameters.length + channel.states.length);
  const mask = readWhole(present ?? part.at("present"), description.count, 0, 1);
  description.insertions.push({ channel, present: Uint8Array.from(mask) });
}

function readDiffusing(description: Description, part: JsonPart): void {
  const state = part.string();
  const isState = description.quantities().get(state)?.isState === true;
  if (!isState || description.diffusing.includes(state))
    throw part.fail(`is ${JSON.stringify(state)}, which is no state or stands there twice.`);
  description.diffusing = [...description.diffusing, state];
}

function readValues(description: Description, part: JsonPart): void {
  const quantities = description.quantities();
  for (const [key, column] of part.entries()) {
    if (!quantities.has(key)) throw column.fail("belongs to no channel of the file.");
    const values = readSeries(column, { length: description.count, most: description.count });
    checkDomain(column, values, domainsOf(description, key));
    description.columns.set(key, values);
  }
  for (const [key, { quantity }] of quantities) {
    if (description.columns.has(key)) continue;
    part.spend("numbers", description.count);
    description.columns.set(key, new Float64Array(description.count).fill(quantity.value));
  }
}

function place(description: Description, top: JsonPart): void {
  const signals = top
    .at("signals")
    .items(most.rows)
    .map((part) => {
      part.only(["samples", "dt"]);
      const samples = readSeries(part.at("samples"), { most: most.samples });
      if (samples.length === 0) throw part.at("samples").fail("is empty.");
      const dt = part.at("dt").optional((one) => one.number());
      if (dt !== undefined && !(dt > 0)) throw part.at("dt").fail(`is ${dt}; it is above 0.`);
      return { samples, dt };
    });
  const compartment = (part: JsonPart) => part.at("compartment").whole(0, description.count - 1);
  const signal = (part: JsonPart) => {
    const found = signals[part.at("signal").whole(0, signals.length - 1)];
    if (found === undefined) throw part.at("signal").fail("does not exist.");
    return found;
  };
  const compartmentTarget = compartmentTargets(description);
  const target = (part: JsonPart, isRecorded: boolean): Target =>
    part.at("synapse").isAbsent
      ? compartmentTarget(part, isRecorded)
      : synapseTarget(description, part);
  for (const part of top.at("stimuli").items(most.rows)) {
    part.only(["compartment", "signal"]);
    description.stimuli.push({ compartment: compartment(part), ...signal(part) });
  }
  for (const part of top.at("clamps").items(most.rows)) {
    part.only([...targetNames, "signal"]);
    description.clamps.push({ ...target(part, false), ...signal(part) });
  }
  for (const part of top.at("recordings").items(most.rows)) {
    part.only([...targetNames, "at", "name"]);
    const where = target(part, true);
    const at = readMoment(part.at("at"), isCurrent(description, where));
    const row = { ...where, at, name: part.at("name").string() };
    const before = description.recordings.length;
    defineFrom(part.at("name"), () => addRows(description, [row], true));
    if (description.recordings.length === before) throw part.fail("is recorded already.");
  }
  for (const part of top.at("spikeRecordings").optional((one) => one.items(most.rows)) ?? []) {
    part.only(["compartment", "threshold", "name"]);
    description.spikeRecordings.push({
      compartment: compartment(part),
      threshold: part.at("threshold").number(),
      name: part.at("name").string(),
    });
  }
  for (const part of top.at("trainables").optional((one) => one.items(most.channels)) ?? [])
    readTrainable(part, description, most.rows);
}
