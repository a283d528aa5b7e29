/** @file A selection of compartments of a module, through which everything is set, placed and looked at. */
import { ModelError, ValueError } from "../errors.ts";
import { type Channel, channelKind, renameChannel } from "../mechanisms/channel.ts";
import type { Coordinates } from "../morphology/morphology.ts";
import { check, finite, list, number, numbers, text } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { deleteChannel, initializeStates, insertChannel } from "./channels.ts";
import type { DataClamp, DataStimulus, Description, Target } from "./description.ts";
import { type DistanceRule, isDistanceRule, valuesByDistance } from "./distance.ts";
import { addTrainable, checkData, type DataSet } from "./feed.ts";
import type {
  GroupName,
  Has,
  OwnKey,
  RecordedKey,
  RecordedKeyFor,
  StateKey,
  StateKeyFor,
  SynapseName,
  ValueKey,
  ValueKeyFor,
} from "./keys.ts";
import { Navigation, type Scope } from "./navigation.ts";
import { divideBranch } from "./ncomp.ts";
import {
  addClamps,
  addRecordings,
  addSpikeRecordings,
  clampsFor,
  compartmentsWithState,
  type RecordOptions,
  recordOptionKinds,
  type SampleOptions,
  type Samples,
  type SpikeOptions,
  stimuliFor,
} from "./placement.ts";
import type { Index } from "./selection.ts";
import { type ShowOptions, showTable } from "./show.ts";
import {
  centres,
  checkAxes,
  checkCoordinates,
  layBranches,
  pointsOf,
  rotatePoints,
  transformPoints,
} from "./space.ts";
import { SynapseView } from "./synapse-view.ts";
import { copyToSynapses, synapseTable, targetsWithin } from "./synapses.ts";
import { makeTrainable, type Sharing, type TrainableOptions } from "./trainable.ts";
import { unitOf } from "./units.ts";
import {
  checkFree,
  getValues,
  rowsWithKey,
  type SetOptions,
  setOptionKinds,
  setValues,
  unknownKey,
} from "./values.ts";

/**
 * Compartments of a module, in order. Views are cheap and hold no values: what is set through one is seen through all.
 *
 * Indices count inside the view, from 0 (`scope("global")` makes them count in the whole module); their order and
 * repetitions do not matter.
 */
export class View extends Navigation<View> {
  protected override view(
    compartments: Int32Array | undefined,
    scope: Scope,
    sharing: Sharing,
  ): View {
    return new View(this.root, compartments, scope, sharing);
  }

  get #description(): Description {
    return this.root.description;
  }

  /** Names of the kinds of synapses in the network. */
  get synapses(): string[] {
    return this.#description.synapses.map(({ synapse }) => synapse.name);
  }

  /**
   * Synapses of one kind whose compartments on both sides are in view.
   *
   * @throws NameError for a kind that connects nothing, SelectionError if none is in view.
   */
  synapse(name: SynapseName | (string & {})): SynapseView {
    synapseTable(this.#description, name);
    return SynapseView.within(this.root, this.isWhole ? undefined : this.compartments, name);
  }

  /**
   * Synapses of all kinds whose compartments on both sides are in view, by their position among these in order of creation.
   *
   * @throws SelectionError for a number that does not exist, or if there is no synapse in view.
   */
  edge(index: Index): SynapseView {
    return SynapseView.within(this.root, this.isWhole ? undefined : this.compartments).edge(index);
  }

  /**
   * Sets a parameter or state where it exists in the view: one value for all, one per compartment, or `byDistance`. Setting `radius`
   * or `length` makes cylinders of the compartments.
   *
   * @param options - `allowNegative`: accepts conductances below 0, which are a mistake in most models.
   * @throws NameError for an unknown key, ValueError for a value out of its domain.
   */
  set<Key extends string>(
    key: ValueKey | OwnKey<this, "value"> | ValueKeyFor<Key, this>,
    value: number | ArrayLike<number> | DistanceRule,
    options: SetOptions = {},
  ): this {
    checkOptions(options, setOptionKinds, "set");
    const description = this.#description;
    if (typeof value === "number" || !isDistanceRule(value)) {
      setValues(description, this.compartments, key, value, options);
      return this;
    }
    const rows = rowsWithKey(description, this.compartments, key);
    setValues(description, rows, key, valuesByDistance(description, rows, value), options);
    return this;
  }

  /**
   * A value as data for one run (`integrate(..., { dataSet })`): the model stays as it is.
   *
   * @param previous - data to which it is added; later ones win.
   * @throws as `set`.
   */
  dataSet<Key extends string>(
    key: ValueKey | OwnKey<this, "value"> | ValueKeyFor<Key, this>,
    value: number | ArrayLike<number>,
    previous: readonly DataSet[] = [],
  ): DataSet[] {
    const places = this.compartments;
    checkData(value, previous);
    const own = typeof value === "number" ? value : Float64Array.from(value);
    // Tried on a twin, so that what is wrong is said here
    setValues(this.#description.derive(), places, key, own);
    const numbering = this.#description.places;
    return [...previous, { key, synapse: undefined, places, value: own, numbering }];
  }

  /** Values of a parameter or state, one for each compartment of the view that has it. */
  get<Key extends string>(
    key: ValueKey | OwnKey<this, "value"> | ValueKeyFor<Key, this>,
  ): Float64Array {
    return getValues(this.#description, this.compartments, key);
  }

  /**
   * Unit of a parameter, state or current of the module, of compartments or of synapses: `mV`, `S/cm2`; empty for numbers
   * without one (gates).
   *
   * @throws NameError for a key that the module does not have.
   */
  unitOf(key: ValueKey | (string & {})): string {
    const unit = unitOf(this.#description, key);
    if (unit === undefined) throw unknownKey(this.#description, key, "parameter, state or current");
    return unit;
  }

  /**
   * Puts a channel or pump into the view. What it shares with mechanisms that are there already (`eK`) keeps its value.
   *
   * @param options - `name`: another name, so that a compartment can hold the channel twice.
   * @throws ModelError where the channel is already (inserting it again would undo what was set), for a synapse, and for a channel
   *   one of whose keys another mechanism has.
   */
  insert<
    Name extends string,
    P extends string,
    S extends string,
    Current extends string,
    const As extends string = Name,
  >(
    channel: Channel<Name, P, S, Current>,
    options?: { readonly name?: As },
  ): this & Has<As, Name, P, S, Current>;
  insert(channel: Channel, options: { readonly name?: string } = {}): this {
    check(channel, channelKind, "channel");
    checkOptions(options, { name: text }, "insert");
    const named = options.name === undefined ? channel : renameChannel(channel, options.name);
    insertChannel(this.#description, this.compartments, named);
    return this;
  }

  /** Takes a channel out of the view. */
  delete(channel: Channel | string): this {
    deleteChannel(this.#description, this.compartments, channel);
    return this;
  }

  /**
   * Puts the compartments in view into a group, which is made if there is none of this name.
   *
   * @throws NameError for a name that a channel or key has.
   */
  addToGroup(name: GroupName | (string & {})): this {
    checkFree(this.#description, name, "group");
    const mask = this.#description.groups.get(name) ?? new Uint8Array(this.#description.count);
    for (const i of this.compartments) mask[i] = 1;
    this.#description.groups.set(name, mask);
    return this;
  }

  /**
   * Records a state in each compartment of the view: `v` (mV), a channel state, a current such as `i_HH` (mA/cm2, outward positive), or a
   * current of the compartment as a whole (nA, 0 before the first step): `i` of stimuli and `i_clamp` of a voltage clamp (0 without one),
   * inward positive, and `i_membrane`, all that leaves by its membrane, capacitive and by gap junctions included. Rows stand in the results
   * in the order of the calls; what is recorded already has one row, which takes the name if one is given.
   *
   * @throws ModelError for a name that another row has, ValueError for `at` of what is no current of a mechanism.
   * @example `cell.soma.record("i_clamp").record("i_HH", { at: "end" })`
   */
  record<Key extends string = "v">(
    state: RecordedKey | OwnKey<this, "recorded"> | RecordedKeyFor<Key, this> = "v",
    options: RecordOptions = {},
  ): this {
    checkOptions(options, recordOptionKinds, "record");
    addRecordings(this.#description, this.compartments, state, options);
    return this;
  }

  /**
   * Records the times at which each compartment of the view spikes: `spikes` of the result. A compartment and threshold have one
   * row, which takes the name if one is given.
   *
   * @throws ValueError for a threshold that is not finite, ModelError for a name that another row has.
   */
  recordSpikes(options: SpikeOptions = {}): this {
    checkOptions(options, { threshold: number, name: text }, "recordSpikes");
    addSpikeRecordings(this.#description, this.compartments, options);
    return this;
  }

  /** Deletes the recordings in view, those of spikes and of synapses included. */
  deleteRecordings(): this {
    const description = this.#description;
    const isHere = targetsWithin(description, this.compartments);
    const compartments = new Set(this.compartments);
    description.recordings = description.recordings.filter((row) => !isHere(row));
    description.spikeRecordings = description.spikeRecordings.filter(
      ({ compartment }) => !compartments.has(compartment),
    );
    return this;
  }

  /**
   * Injects a current (nA, one sample per time step) into each compartment of the view; several add up.
   *
   * @param current - one series for all compartments, or a list with one for each.
   * @param options - `dt`: the time step (ms) of the samples, if they are for no other; default: what `stepCurrent` noted.
   */
  stimulate(current: Samples, options: SampleOptions = {}): this {
    checkOptions(options, { dt: number }, "stimulate");
    const description = this.#description;
    const added = stimuliFor(this.compartments, current, options);
    description.stimuli = [...description.stimuli, ...added];
    return this;
  }

  /**
   * The same as data for one run (`integrate(..., { dataStimuli })`): the model stays as it is.
   *
   * @param previous - data to which these are added.
   */
  dataStimulate(
    current: Samples,
    previous: readonly DataStimulus[] = [],
    options: SampleOptions = {},
  ): DataStimulus[] {
    checkOptions(options, { dt: number }, "dataStimulate");
    checkData(current, previous);
    const numbering = this.#description.places;
    const own = stimuliFor(this.compartments, current, options);
    return [...previous, ...own.map((stimulus) => ({ ...stimulus, numbering }))];
  }

  /** Deletes the stimuli in view. */
  deleteStimuli(): this {
    const description = this.#description;
    const compartments = new Set(this.compartments);
    description.stimuli = description.stimuli.filter(
      ({ compartment }) => !compartments.has(compartment),
    );
    return this;
  }

  /**
   * Holds a state at given values, one per time step, each written at the end of its step (a gate: after the currents
   * of that step). A later clamp of the same state and compartment replaces an earlier one.
   */
  clamp<Key extends string>(
    state: StateKey | OwnKey<this, "state"> | StateKeyFor<Key, this>,
    values: Samples,
    options: SampleOptions = {},
  ): this {
    checkOptions(options, { dt: number }, "clamp");
    addClamps(this.#description, this.#clamped(state), values, options);
    return this;
  }

  /** The same as data for one run (`integrate(..., { dataClamps })`), where it replaces clamps of the model. */
  dataClamp<Key extends string>(
    state: StateKey | OwnKey<this, "state"> | StateKeyFor<Key, this>,
    values: Samples,
    previous: readonly DataClamp[] = [],
    options: SampleOptions = {},
  ): DataClamp[] {
    checkOptions(options, { dt: number }, "dataClamp");
    checkData(values, previous);
    const numbering = this.#description.places;
    const own = clampsFor(this.#clamped(state), values, options);
    return [...previous, ...own.map((clamp) => ({ ...clamp, numbering }))];
  }

  /** Deletes the clamps in view, of one state or of all, those of synapses included. */
  deleteClamps<Key extends string>(
    state?: StateKey | OwnKey<this, "state"> | StateKeyFor<Key, this>,
  ): this {
    const description = this.#description;

    if (state !== undefined && unitOf(description, state) === undefined)
      throw unknownKey(description, state, "state");
    const isHere = targetsWithin(description, this.compartments);
    description.clamps = description.clamps.filter(
      (clamp) => !isHere(clamp) || (state !== undefined && clamp.state !== state),
    );
    return this;
  }

  /**
   * Marks a parameter or start state as one to be fitted, where it exists in the view. The last step to the view decides what shares
   * a value: one for all of a module, group or channel; one per cell after `cell`, per branch after `branch`, per compartment after
   * `comp`, `loc` and `select`. `module.getParameters()` gives the values, `integrate(..., { parameters })` takes others.
   *
   * @param initial - value that fitting begins with: one for all groups or one for each; default: the mean of the present values of each.
   * @param options - `share`: any other grouping.
   * @throws NameError for an unknown key, ValueError for values out of their domain or more or fewer than there are groups.
   */
  makeTrainable<Key extends string>(
    key: ValueKey | OwnKey<this, "value"> | ValueKeyFor<Key, this>,
    initial?: number | ArrayLike<number>,
    options: TrainableOptions = {},
  ): this {
    checkOptions(options, { share: numbers }, "makeTrainable");
    const description = this.#description;
    const places = rowsWithKey(description, this.compartments, key);
    const values = getValues(description, places, key);
    const share = options.share ?? this.sharedBy(places);
    const request = { key, synapse: undefined, places, values, share, initial };
    addTrainable(description, makeTrainable(request));
    return this;
  }

  /** Deletes each trainable that has a place in view, with all its places; those of synapses included. */
  deleteTrainables(): this {
    const description = this.#description;
    const isHere = targetsWithin(description, this.compartments);
    description.trainables = description.trainables.filter(
      ({ key, synapse, groups }) =>
        !groups.some((group) => group.some((index) => isHere({ state: key, synapse, index }))),
    );
    return this;
  }

  /**
   * Starts the states of all channels in view at their steady state for the voltage there.
   *
   * @param options - `dt` in ms, for channels whose start depends on it; default 0.025.
   */
  initStates(options: { readonly dt?: number } = {}): this {
    checkOptions(options, { dt: finite }, "initStates");
    initializeStates(this.#description, this.compartments, options.dt ?? 0.025);
    return this;
  }

  /**
   * Divides the branch in view into `ncomp` compartments of equal length. This view is then one of the whole branch; other views of
   * parts of the module, and data made with them, no longer fit and say so.
   *
   * @param options - `minRadius` (um): least radius of the compartments of a traced branch.
   * @throws ModelError if the branch is not uniform or something is placed on the module.
   */
  setNcomp(ncomp: number, options: { readonly minRadius?: number } = {}): this {
    checkOptions(options, { minRadius: finite }, "setNcomp");
    const [branch, ...others] = this.branchNumbers;
    if (branch === undefined || others.length > 0 || this.#description.kind === "compartment") {
      throw new ModelError(`The view has ${others.length + 1} branches.`, {
        remedy:
          "Set the number of compartments of one branch at a time: cell.branch(i).setNcomp(n).",
      });
    }
    const divided = divideBranch(this.#description, branch, ncomp, options.minRadius);
    this.root.description = divided;
    this.follow(divided.compartmentsOf(branch));
    return this;
  }

  /** Gives coordinates to the branches in view that have none: straight lines in the plane, fanned out. */
  computeXyz(): this {
    layBranches(this.#description, this.branchNumbers);
    return this;
  }

  /**
   * Midpoints of the compartments in view, in um.
   *
   * @throws ModelError for branches without coordinates.
   */
  computeCompartmentCenters(): Coordinates {
    const { x, y, z } = centres(this.#description);
    const pick = (axis: Float64Array) =>
      Float64Array.from(this.compartments, (i) => axis[i] ?? Number.NaN);
    return { x: pick(x), y: pick(y), z: pick(z) };
  }

  /** Moves the branches in view by so many um, for pictures and distances; the simulation stays the same. */
  move(x = 0, y = 0, z = 0): this {
    checkCoordinates({ x, y, z });
    const by = [x, y, z] as const;
    transformPoints(this.#description, this.branchNumbers, (a, b, c) => [
      a + by[0],
      b + by[1],
      c + by[2],
    ]);
    return this;
  }

  /**
   * Moves what is in view so that its first point comes to a place (um); with lists, each cell to one of its own.
   *
   * @throws ValueError for lists of another length than there are cells, ModelError for branches without coordinates.
   */
  moveTo(
    x: number | ArrayLike<number> = 0,
    y: number | ArrayLike<number> = 0,
    z: number | ArrayLike<number> = 0,
  ): this {
    checkAxes({ x, y, z });
    const isList = [x, y, z].some((axis) => typeof axis !== "number");
    const parts: View[] = isList ? [...this.cells()] : [this];
    const at = [x, y, z].map((axis) => {
      if (typeof axis === "number") return parts.map(() => axis);
      if (axis.length === parts.length) return Array.from(axis);
      throw new ValueError(`${axis.length} coordinates do not fit ${parts.length} cells.`, {
        value: axis.length,
        remedy: "Give one number, or one for each cell in view.",
      });
    });
    centres(this.#description);
    for (const [k, part] of parts.entries()) {
      const [first = 0] = part.branchNumbers;
      const start = pointsOf(this.#description, first) ?? new Float64Array();
      const [dx, dy, dz] = at.map((axis, c) => (axis[k] ?? Number.NaN) - (start[c] ?? Number.NaN));
      part.move(dx, dy, dz);
    }
    return this;
  }

  /** Turns the branches in view clockwise about the origin, in the plane of two axes. */
  rotate(degrees: number, plane: "xy" | "xz" | "yz" = "xy"): this {
    rotatePoints(this.#description, this.branchNumbers, degrees, plane);
    return this;
  }

  /**
   * Copies a parameter or state of the compartments to the synapses in view, where it is called `pre_<key>` and `post_<key>`. A
   * copy does not follow later changes; NaN where a compartment has no such value.
   */
  copyNodePropertyToEdges<Key extends string>(
    key: ValueKey | OwnKey<this, "value"> | ValueKeyFor<Key, this>,
    side: "pre" | "post" | "both" = "both",
  ): this {
    copyToSynapses(this.#description, this.compartments, key, side);
    return this;
  }

  /** The compartments in view as a table of text. */
  show(options: ShowOptions = {}): string {
    checkOptions(options, { keys: list(text), rows: finite }, "show");
    return showTable(this.#description, this.compartments, options);
  }

  #clamped(state: string): Target[] {
    const rows = compartmentsWithState(this.#description, this.compartments, state, "clamped");
    return Array.from(rows, (index) => ({ state, synapse: undefined, index }));
  }
}
