/**
 * @file All that a user has said about a model: the one mutable thing, owned by a module and written through its views.
 * Everything downstream (plan, kernels) is derived from it and never writes to it.
 */
import { ModelError } from "../errors.ts";
import type { Channel, Quantity } from "../mechanisms/channel.ts";
import { checkSameDeclaration } from "../mechanisms/identity.ts";
import type { Synapse } from "../mechanisms/synapse.ts";
import { Memory } from "../util/memory.ts";
import { checkClash } from "./clash.ts";
import { concatenate, type Geometry, makeGeometry } from "./geometry.ts";

export type ModuleKind = "compartment" | "branch" | "cell" | "network";

/** A channel and, for each compartment, whether it is there. */
export interface Insertion {
  readonly channel: Channel;
  readonly present: Uint8Array;
}

/**
 * What the numbers of places count: those of a module's compartments, or of its synapses, until they are numbered anew. Views and data
 * that were made for one numbering are refused where another holds.
 */
export interface Numbering {
  readonly of: "compartments" | "synapses";
}

/** Which number of a model is meant. */
export interface Target {
  readonly state: string;
  /** Kind of synapse whose state it is; undefined for a state of a compartment. */
  readonly synapse: string | undefined;
  /** Number of the compartment, or of the synapse among those of its kind. */
  readonly index: number;
}

/** A target's place in words. */
export function placeInWords({ synapse, index }: Pick<Target, "synapse" | "index">): string {
  return synapse === undefined ? `compartment ${index}` : `synapse ${index} (${synapse})`;
}

export interface RecordingRow extends Target {
  /** `end`: a current at the voltage and the states at the end of the step, not as the solver took it. */
  readonly at?: "end" | undefined;
  readonly name: string;
}

export interface Series {
  /** One value per time step. */
  readonly samples: Float64Array;
  /** Time step in ms that the samples were made for; undefined if they fit any. */
  readonly dt: number | undefined;
}

/** A current into one compartment. */
export interface Stimulus extends Series {
  readonly compartment: number;
}

/** A state of one place that is held at given values. */
export interface Clamp extends Series, Target {}

/** A stimulus that is given to one run; it fits the module that it was made for. */
export interface DataStimulus extends Stimulus {
  readonly numbering: Numbering;
}

/** A clamp that is given to one run; it fits the module that it was made for. */
export interface DataClamp extends Clamp {
  readonly numbering: Numbering;
}

/** A parameter or start state that is to be fitted: groups of places that share a value. */
export interface Trainable {
  readonly key: string;
  /** Kind of synapse that has it; undefined for compartments. */
  readonly synapse: string | undefined;
  /** Numbers of compartments, or of synapses of the kind; no place twice. */
  readonly groups: readonly Int32Array[];
  /** Value that each group begins with. */
  readonly initial: Float64Array;
}

/** A compartment whose spikes are recorded. */
export interface SpikeRecording {
  readonly compartment: number;
  /** Voltage in mV that counts as a spike when it is crossed upwards. */
  readonly threshold: number;
  readonly name: string;
}

/** All connections of one kind, in the order in which they were made. */
export interface SynapseTable {
  readonly synapse: Synapse;
  /** Compartments before the synapses; -1 minus its number stands for a spike train. */
  readonly pre: number[];
  readonly post: number[];
  /** Numbers of the connections among those of all kinds. */
  readonly edges: number[];
  /** Values of parameters and states by key, one per connection. */
  readonly columns: Map<string, number[]>;
}

/** Holds the description of a module, which `setNcomp` replaces as a whole. */
export interface Root {
  description: Description;
}

export class Description {
  readonly kind: ModuleKind;
  /** Parent branch of each branch, -1 for the root. */
  readonly parents: Int32Array;
  /** Relative place on its parent at which each branch begins: above 0, and 1 at its end. Without meaning for roots. */
  readonly attachedAt: Float64Array;
  readonly ncomp: Int32Array;
  /** Cell of each branch; 0 everywhere but in a network. */
  readonly cellOf: Int32Array;
  geometry: Geometry;
  /** Traced points of each branch (rows of x, y, z, radius), where it came from a file. */
  readonly tracedPoints: (Float64Array | undefined)[];
  /** Points of branches that were laid out, as rows of x, y, z, radius; a new list whenever something moves. */
  laidPoints: readonly (Float64Array | undefined)[] = [];
  insertions: Insertion[] = [];
  /** Values of channel parameters and states by key; meaningful only where a channel that has the key is present. */
  readonly columns = new Map<string, Float64Array>();
  readonly groups = new Map<string, Uint8Array>();
  /** States that diffuse along the cells; their constants stand in `columns` under `diffusionKey`. */
  diffusing: readonly string[] = [];
  /** Connections of a network, one table per kind of synapse, in order of first use. */
  synapses: SynapseTable[] = [];
  /** Times in ms of the spikes of each train that synapses receive. */
  spikeTrains: Float64Array[] = [];
  recordings: RecordingRow[] = [];
  spikeRecordings: SpikeRecording[] = [];
  stimuli: Stimulus[] = [];
  clamps: Clamp[] = [];
  trainables: readonly Trainable[] = [];
  /** What numbers of compartments, and of synapses, count; renewed when they are numbered anew. */
  places: Numbering = { of: "compartments" };
  connections: Numbering = { of: "synapses" };
  /** What was derived for earlier runs: schedules, equations, compiled programs. */
  readonly memory: Memory;
  /** Number of the first compartment of each branch, and at the end the number of compartments. */
  readonly firstCompartment: Int32Array;
  /** Branch of each compartment. */
  readonly branchOf: Int32Array;

  constructor(
    kind: ModuleKind,
    parents: Int32Array,
    ncomp: Int32Array,
    geometry: Geometry,
    tracedPoints: (Float64Array | undefined)[] = [],
    cellOf: Int32Array = new Int32Array(parents.length),
    memory = new Memory(),
    attachedAt: Float64Array = new Float64Array(parents.length).fill(1),
  ) {
    this.attachedAt = attachedAt;
    this.memory = memory;
    this.kind = kind;
    this.parents = parents;
    this.ncomp = ncomp;
    this.cellOf = cellOf;
    this.geometry = geometry;
    this.tracedPoints = Array.from(parents, (_, branch) => tracedPoints[branch]);
    this.firstCompartment = new Int32Array(ncomp.length + 1);
    this.branchOf = new Int32Array(this.count);
    for (const [branch, n] of ncomp.entries()) {
      const start = this.firstCompartment[branch] ?? 0;
      this.firstCompartment[branch + 1] = start + n;
      this.branchOf.fill(branch, start, start + n);
    }
  }

  get count(): number {
    return this.geometry.length.length;
  }

  /** Numbers of the compartments of a branch. */
  compartmentsOf(branch: number): Int32Array {
    const first = this.firstCompartment[branch] ?? 0;
    return Int32Array.from({ length: this.ncomp[branch] ?? 0 }, (_, k) => first + k);
  }

  insertion(name: string): Insertion | undefined {
    return this.insertions.find(({ channel }) => channel.name === name);
  }

  /** Compartments in which a channel parameter or state of this key exists. */
  presence(key: string): Uint8Array {
    const present = new Uint8Array(this.count);
    // What diffuses is everywhere, whether something else moves it or not
    if (this.diffusing.some((state) => state === key || diffusionKey(state) === key))
      return present.fill(1);
    for (const insertion of this.insertions) {
      if (!hasKey(insertion.channel, key)) continue;
      for (let i = 0; i < present.length; i++)
        present[i] = (present[i] ?? 0) | (insertion.present[i] ?? 0);
    }
    return present;
  }

  /** All parameters and states of inserted channels, each key once. */
  quantities(): Map<string, { readonly quantity: Quantity; readonly isState: boolean }> {
    const found = new Map<string, { readonly quantity: Quantity; readonly isState: boolean }>();
    for (const { channel } of this.insertions) {
      for (const quantity of channel.parameters) {
        // What one mechanism moves is a state, though another only reads it (eCa)
        if (found.get(quantity.key)?.isState !== true)
          found.set(quantity.key, { quantity, isState: false });
      }
      for (const quantity of channel.states) found.set(quantity.key, { quantity, isState: true });
    }
    for (const state of this.diffusing) {
      const key = diffusionKey(state);
      const about = `diffusion constant of ${state}`;
      const domain = "positive" as const;
      const quantity = { local: key, key, value: 1, unit: "um2/ms", shared: true, about, domain };
      found.set(key, { quantity, isState: false });
    }
    return found;
  }

  /** All channels and synapses, each once. */
  mechanisms(): (Channel | Synapse)[] {
    return [
      ...this.insertions.map(({ channel }) => channel),
      ...this.synapses.map(({ synapse }) => synapse),
    ];
  }

  currentNames(): Set<string> {
    return new Set(this.insertions.map(({ channel }) => channel.currentName));
  }

  /** The same model with values of its own; structure, and what was derived from it, are shared. */
  derive(): Description {
    const geometry = makeGeometry((key) => this.geometry[key].slice());
    const { kind, parents, ncomp, tracedPoints, cellOf, memory, attachedAt } = this;
    const twin = new Description(
      kind,
      parents,
      ncomp,
      geometry,
      tracedPoints,
      cellOf,
      memory,
      attachedAt,
    );
    twin.insertions = this.insertions;
    for (const [key, column] of this.columns) twin.columns.set(key, column.slice());
    for (const [name, mask] of this.groups) twin.groups.set(name, mask);
    twin.diffusing = this.diffusing;
    twin.synapses = this.synapses.map((table) => ({
      ...table,
      columns: new Map(Array.from(table.columns, ([key, column]) => [key, column.slice()])),
    }));
    twin.laidPoints = this.laidPoints;
    twin.places = this.places;
    twin.connections = this.connections;
    twin.spikeTrains = this.spikeTrains;
    twin.recordings = this.recordings;
    twin.spikeRecordings = this.spikeRecordings;
    twin.stimuli = this.stimuli;
    twin.clamps = this.clamps;
    twin.trainables = this.trainables;
    return twin;
  }

  copy(): Description {
    const twin = new Description(
      this.kind,
      this.parents.slice(),
      this.ncomp.slice(),
      makeGeometry((key) => this.geometry[key].slice()),
      this.tracedPoints.slice(),
      this.cellOf.slice(),
      new Memory(),
      this.attachedAt.slice(),
    );
    twin.laidPoints = this.laidPoints.slice();
    twin.adopt([this]);
    twin.synapses = this.synapses.map((table) => ({
      synapse: table.synapse,
      pre: table.pre.slice(),
      post: table.post.slice(),
      edges: table.edges.slice(),
      columns: new Map(Array.from(table.columns, ([key, column]) => [key, column.slice()])),
    }));
    twin.spikeTrains = this.spikeTrains.slice();
    twin.recordings = this.recordings.slice();
    twin.spikeRecordings = this.spikeRecordings.slice();
    twin.stimuli = this.stimuli.slice();
    twin.clamps = this.clamps.slice();
    twin.trainables = this.trainables;
    return twin;
  }

  /**
   * Takes over channels, values and groups of `parts`, whose compartments follow one another in this description.
   *
   * @throws ModelError if parts mean different channels by one name.
   */
  adopt(parts: readonly Description[]): void {
    const channels = new Map<string, Channel>();
    for (const { channel } of parts.flatMap((part) => part.insertions)) {
      const known = channels.get(channel.name) ?? channel;
      checkSameDeclaration(known, channel, "channel");
      channels.set(channel.name, known);
    }
    for (const [name, channel] of channels) {
      checkClash(channel, channels.values());
      const present = joinMasks(parts, (part) => part.insertion(name)?.present);
      this.insertions.push({ channel, present });
    }
    for (const key of new Set(parts.flatMap((part) => [...part.columns.keys()]))) {
      const columns = parts.map((part) => part.columns.get(key) ?? new Float64Array(part.count));
      this.columns.set(key, concatenate(columns));
    }
    this.#adoptDiffusion(parts);
    for (const group of new Set(parts.flatMap((part) => [...part.groups.keys()]))) {
      this.groups.set(
        group,
        joinMasks(parts, (part) => part.groups.get(group)),
      );
    }
  }

  #adoptDiffusion(parts: readonly Description[]): void {
    const all = new Set(parts.flatMap(({ diffusing }) => diffusing));
    for (const state of all) {
      const without = parts.findIndex(
        (part) => !part.diffusing.includes(state) && part.quantities().has(state),
      );
      if (without < 0) continue;
      throw new ModelError(`${state} diffuses in some parts, but not in part ${without}.`, {
        subject: state,
        value: without,
        remedy: "Call diffuse on all cells or on none, or on the network afterwards.",
      });
    }
    for (const state of all) {
      const constants = parts.map((part) =>
        part.diffusing.includes(state)
          ? (part.columns.get(diffusionKey(state)) ?? new Float64Array(part.count))
          : new Float64Array(part.count).fill(1),
      );
      this.columns.set(diffusionKey(state), concatenate(constants));
    }
    this.diffusing = [...all];
  }
}

/** Key of the diffusion constant of a state. */
export function diffusionKey(state: string): string {
  return `axial_diffusion_${state}`;
}

export function hasKey(channel: Channel, key: string): boolean {
  const matches = (quantity: Quantity) => quantity.key === key;
  return channel.parameters.some(matches) || channel.states.some(matches);
}

function joinMasks(
  parts: readonly Description[],
  mask: (part: Description) => Uint8Array | undefined,
): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.count, 0));
  let offset = 0;
  for (const part of parts) {
    const own = mask(part);
    if (own !== undefined) joined.set(own, offset);
    offset += part.count;
  }
  return joined;
}
