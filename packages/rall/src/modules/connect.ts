/** @file Connecting the cells of a network. */
import { ModelError, NameError, SelectionError, ValueError } from "../errors.ts";
import { inputNames } from "../expressions/expression.ts";
import type { Synapse } from "../mechanisms/synapse.ts";
import { RandomStream } from "../numerics/philox.ts";
import { callback, check, flag, number } from "../util/kinds.ts";
import { checkSize } from "../util/limits.ts";
import { checkOptions } from "../util/options.ts";
import { ownMember } from "../util/own.ts";
import { nearestName } from "../util/suggest.ts";
import { cellOptions, checkSides, matrixKind, tableKind, values } from "./connect-kinds.ts";
import type { Description } from "./description.ts";
import type { LocalKey } from "./keys.ts";
import { centres, distanceBetween } from "./space.ts";
import { SpikeTrain } from "./spike-train.ts";
import { SynapseView } from "./synapse-view.ts";
import { addConnections, checkedValues, countConnections } from "./synapses.ts";
import type { View } from "./view.ts";

/** What sends: compartments or cells in view, or spike trains. */
export type Pre = View | SpikeTrain | readonly SpikeTrain[];

/** A connection that a value is computed for. */
export interface Connection {
  /** Numbers of the compartments; that of a spike train is below 0. */
  readonly pre: number;
  readonly post: number;
  /** Distance of their centres in um; asking for it takes coordinates on both sides. */
  readonly distance: number;
}

/** A value for all connections, one for each in order of creation, or a rule. */
export type ConnectionValue = number | ArrayLike<number> | ((connection: Connection) => number);

/** Values by the names that a synapse of type `S` has for them. */
export type ConnectionValues<S extends Synapse = Synapse> =
  string extends LocalKey<S>
    ? Readonly<Record<string, ConnectionValue>>
    : { readonly [Name in LocalKey<S>]?: ConnectionValue };

/** What new connections are given. */
export interface ConnectOptions<S extends Synapse = Synapse> {
  /** Values of parameters and states by their names in the synapse: `{ weight: 0.01, delay: 1 }`. Default: the synapse's. */
  readonly values?: ConnectionValues<S>;
}

/** How cells are connected. */
export interface CellConnectOptions<S extends Synapse = Synapse> extends ConnectOptions<S> {
  /**
   * Where synapses sit on the post-synaptic cells: `first` (default), the first compartment in view of the first branch, or
   * `random`, for each synapse any of the cell's compartments in view.
   */
  readonly postCompartments?: "first" | "random";
  /** Whole number that chooses; needed for `random`. The same seed gives the same network. */
  readonly seed?: number;
  /** Whether a cell may connect to itself; default true. */
  readonly autapses?: boolean;
}

/** How cells are connected where chance decides. */
export interface RandomConnectOptions<S extends Synapse = Synapse> extends CellConnectOptions<S> {
  readonly seed: number;
}

/** How pairs are drawn. */
export interface SparseConnectOptions<S extends Synapse = Synapse> extends RandomConnectOptions<S> {
  /**
   * Whether pairs are drawn with replacement, so that some are connected more than once; default false: each pair is connected
   * or not, independently.
   */
  readonly duplicates?: boolean;
}

/**
 * Connects the compartments of two views one to one, trains to compartments one to one, or a train to all compartments.
 *
 * @returns the new synapses.
 * @throws SelectionError for views of different networks, ModelError on anything but a network or for a train before a
 *   synapse that reads a voltage there, ValueError for unequal numbers or values out of their domain.
 */
export function connect<S extends Synapse>(
  pre: Pre,
  post: View,
  synapse: S,
  options: ConnectOptions<NoInfer<S>> = {},
): SynapseView<S> {
  checkOptions(options, { values }, "connect");
  const sides = new Sides(pre, post, synapse);
  const from = sides.sources(({ compartments }) => compartments);
  const to = Array.from(post.compartments);
  const isShared = !isView(pre) && from.length === 1;
  if (from.length !== to.length && !isShared) {
    throw new ValueError(`${from.length} compartments cannot be connected to ${to.length}.`, {
      value: to.length,
      remedy: "Select equally many on both sides, or use fullyConnect.",
    });
  }
  const pairs = to.map((compartment, k): Pair => [from[isShared ? 0 : k] ?? 0, compartment]);
  return sides.add(pairs, options.values);
}

/** Connects each cell of one view, or each train, to each cell of another. @returns the new synapses. */
export function fullyConnect<S extends Synapse>(
  pre: Pre,
  postCells: View,
  synapse: S,
  options: CellConnectOptions<NoInfer<S>> = {},
): SynapseView<S> {
  checkOptions(options, cellOptions, "fullyConnect");
  const cells = new CellSides(pre, postCells, synapse, options);
  return cells.connect(cells.pairs());
}

/**
 * Connects cells where a matrix says so.
 *
 * @param matrix - one row per pre-synaptic cell or train, one truth value (or 1 and 0) per post-synaptic cell.
 * @returns the new synapses.
 * @throws ValueError for a matrix of another shape or with other entries.
 */
export function connectivityMatrixConnect<S extends Synapse>(
  pre: Pre,
  postCells: View,
  synapse: S,
  matrix: readonly ArrayLike<boolean | number>[],
  options: CellConnectOptions<NoInfer<S>> = {},
): SynapseView<S> {
  checkOptions(options, cellOptions, "connectivityMatrixConnect");
  const cells = new CellSides(pre, postCells, synapse, options);
  check(matrix, matrixKind, "matrix");
  const [rows, columns] = cells.shape;
  const wrong = matrix.find((row) => row.length !== columns);
  if (matrix.length !== rows || wrong !== undefined) {
    throw new ValueError(
      `A matrix of ${matrix.length} rows of ${wrong?.length ?? columns} does not fit ${rows} cells and ${columns}.`,
      {
        subject: "matrix",
        remedy: "Give one row per pre-synaptic and one column per post-synaptic cell.",
      },
    );
  }
  return cells.connect(
    cells.pairs().filter(([i, j]) => {
      const entry = matrix[i]?.[j];
      if (entry === true || entry === 1) return true;
      if (entry === false || entry === 0) return false;
      throw new ValueError(`The matrix holds ${entry} in row ${i}, column ${j}.`, {
        subject: "matrix",
        value: entry,
        remedy: "It holds true and false, or 1 and 0.",
      });
    }),
  );
}

/**
 * Connects each pair of cells with a probability.
 *
 * @param probability - from 0 to 1; 1 connects all.
 * @returns the new synapses; none may be drawn.
 * @throws ValueError for a probability or seed out of its domain.
 */
export function sparseConnect<S extends Synapse>(
  pre: Pre,
  postCells: View,
  synapse: S,
  probability: number,
  options: SparseConnectOptions<NoInfer<S>>,
): SynapseView<S> {
  checkOptions(options, { ...cellOptions, duplicates: flag }, "sparseConnect");
  check(probability, number, "probability");
  checkProbability(probability);
  const cells = new CellSides(pre, postCells, synapse, options);
  const pairs = cells.pairs();
  const chosen = draw(pairs.length, probability, cells.random);
  if (options.duplicates !== true) return cells.connect(chosen.map((k) => pairs[k] ?? [0, 0]));
  return cells.connect(chosen.map(() => pairs[cells.random.below(pairs.length)] ?? [0, 0]));
}

/**
 * Connects each pair of cells with a probability that depends on the distance of their first compartments in view.
 *
 * @param probability - from the distance in um to a number from 0 to 1.
 * @returns the new synapses.
 * @throws ModelError for cells without coordinates, ValueError for a probability out of its domain.
 */
export function connectByDistance<S extends Synapse>(
  preCells: View,
  postCells: View,
  synapse: S,
  probability: (distance: number) => number,
  options: RandomConnectOptions<NoInfer<S>>,
): SynapseView<S> {
  checkOptions(options, cellOptions, "connectByDistance");
  check(probability, callback, "probability");
  const cells = new CellSides(preCells, postCells, synapse, options);
  return cells.connect(
    cells.pairs().filter(([i, j]) => {
      const chance = probability(cells.distance(i, j));
      checkProbability(chance);
      return cells.random.uniform() < chance;
    }),
  );
}

/** A compartment by its number, or by its cell, branch (default 0) and place (default 0) in the network. */
export type TablePlace =
  | number
  | { readonly cell: number; readonly branch?: number; readonly loc?: number };

/** A row of a table of connections: both sides, and values by their names in the synapse. */
export type ConnectionRow<S extends Synapse = Synapse> = {
  readonly pre: TablePlace;
  readonly post: TablePlace;
} & (string extends LocalKey<S>
  ? { readonly [value: string]: TablePlace }
  : { readonly [Name in LocalKey<S>]?: number });

/**
 * Makes one connection for each row of a table.
 *
 * @returns the new synapses.
 * @throws SelectionError naming the row whose place does not exist, NameError for a value that the synapse has not.
 */
export function connectTable<S extends Synapse>(
  network: View,
  synapse: S,
  rows: readonly ConnectionRow<NoInfer<S>>[],
): SynapseView<S> {
  const sides = new Sides(network, network, synapse);
  check(rows, tableKind, "rows");
  const find = (place: TablePlace, row: number): number => {
    try {
      if (typeof place === "number") return network.select([place]).compartments[0] ?? 0;
      const cell = network.scope("global").cell(place.cell).scope("local");
      return cell.branch(place.branch ?? 0).loc(place.loc ?? 0).compartments[0] ?? 0;
    } catch (error) {
      if (!(error instanceof SelectionError)) throw error;
      throw new SelectionError(`Row ${row} of the table: ${error.message}`, {
        ...(error.details.subject === undefined ? {} : { subject: error.details.subject }),
        value: error.details.value,
      });
    }
  };
  const pairs = rows.map(({ pre, post }, row): Pair => [find(pre, row), find(post, row)]);
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  names.delete("pre");
  names.delete("post");
  const values = Object.fromEntries(
    Array.from(names, (name) => [
      name,
      rows.map((row: Readonly<Partial<Record<string, TablePlace>>>, k) => {
        const own = ownMember(row, name);
        const value = own === undefined ? defaultOf(synapse, name) : own;
        if (typeof value === "number") return value;
        throw new ValueError(`Row ${k} of the table has no number as ${name}.`, { subject: name });
      }),
    ]),
  );
  return sides.add(pairs, values);
}

type Pair = readonly [pre: number, post: number];

/** Values of connections, whatever the synapse. */
type Given = Readonly<Partial<Record<string, ConnectionValue>>>;

/** Both sides of connections to be made. */
class Sides<S extends Synapse> {
  readonly #pre: Pre;
  readonly #post: View;
  readonly #synapse: S;
  readonly #description: Description;
  /** Times of trains that join the network with the connections. */
  readonly #joining: Float64Array[] = [];

  constructor(pre: Pre, post: View, synapse: S) {
    checkSides(pre, post, synapse);
    const { description } = post.root;
    if (isView(pre) && pre.root !== post.root) {
      throw new SelectionError("The two sides belong to different networks.", {
        remedy: "Put the cells into one network and select both sides from it.",
      });
    }
    if (description.kind !== "network") {
      throw new ModelError(`A ${description.kind} has no synapses.`, {
        subject: description.kind,
        remedy: "Make a network: new Network([cell, ...]).",
      });
    }
    if (!isView(pre)) checkReceivesTrains(synapse);
    this.#pre = pre;
    this.#post = post;
    this.#synapse = synapse;
    this.#description = description;
  }

  get description(): Description {
    return this.#description;
  }

  /** Numbers of what sends; trains that are new have those after the last. */
  sources(choose: (view: View) => ArrayLike<number>): number[] {
    if (isView(this.#pre)) return Array.from(choose(this.#pre));
    const trains = this.#pre instanceof SpikeTrain ? [this.#pre] : this.#pre;
    const all = [...this.#description.spikeTrains, ...this.#joining];
    return trains.map(({ times }) => {
      const known = all.indexOf(times);
      if (known < 0) this.#joining.push(times);
      return -(known >= 0 ? known + 1 : all.push(times));
    });
  }

  /** All is looked at before anything joins the network: what is refused leaves nothing behind. */
  add(pairs: readonly Pair[], values: Given = {}): SynapseView<S> {
    const description = this.#description;
    const synapse = this.#synapse;
    const first = countConnections(description, synapse);
    const numbers = pairs.map((_, k) => first + k);
    const columns = Object.entries(values).flatMap(([local, value]) => {
      const key = keyOf(synapse, local);
      if (value === undefined) return [];
      return [[key, checkedValues(synapse, numbers, key, this.#evaluate(value, pairs))] as const];
    });
    const rows = addConnections(
      description,
      synapse,
      pairs.map(([pre]) => pre),
      pairs.map(([, post]) => post),
      new Map(columns),
    );
    for (const train of this.#joining.splice(0)) description.spikeTrains.push(train);
    return new SynapseView(this.#post.root, [{ kind: synapse.name, rows }]);
  }

  #evaluate(value: ConnectionValue, pairs: readonly Pair[]): number | ArrayLike<number> {
    if (typeof value !== "function") return value;
    const description = this.#description;
    return pairs.map(([pre, post]) =>
      value({
        pre,
        post,
        get distance() {
          return distanceBetween(centres(description), pre, post);
        },
      }),
    );
  }
}

/** Both sides, cell by cell. */
class CellSides<S extends Synapse> {
  readonly #sides: Sides<S>;
  readonly #options: CellConnectOptions<S>;
  readonly #from: readonly number[];
  /** Compartments in view of each post-synaptic cell. */
  readonly #to: readonly Int32Array[];
  readonly #random: RandomStream | undefined;

  constructor(pre: Pre, postCells: View, synapse: S, options: CellConnectOptions<S>) {
    this.#sides = new Sides(pre, postCells, synapse);
    this.#options = options;
    const { postCompartments = "first", seed } = options;
    if (postCompartments !== "first" && postCompartments !== "random") {
      throw new ValueError(`postCompartments is ${JSON.stringify(postCompartments)}.`, {
        subject: "postCompartments",
        value: postCompartments,
        remedy: 'It is "first" or "random".',
      });
    }
    this.#random = seed === undefined ? undefined : new RandomStream(seed);
    if (postCompartments === "random") this.random;
    this.#from = this.#sides.sources(firstCompartments);
    this.#to = Array.from(postCells.cells(), (cell) => cell.compartments);
  }

  get random(): RandomStream {
    if (this.#random !== undefined) return this.#random;
    throw new ValueError("A random choice needs a seed.", {
      subject: "seed",
      remedy: "Give any whole number: { seed: 1 }. The same seed gives the same network.",
    });
  }

  /** Number of cells on both sides. */
  get shape(): [number, number] {
    return [this.#from.length, this.#to.length];
  }

  /** All pairs of cells, by their positions on both sides. */
  pairs(): Pair[] {
    const { description } = this.#sides;
    const [rows, columns] = this.shape;
    checkSize(rows * columns, "pairs", "pairs of cells", "Connect parts of the views in turn.");
    const cellOf = (compartment: number) =>
      description.cellOf[description.branchOf[compartment] ?? 0] ?? 0;
    const to = this.#to.map(([first = 0]) => cellOf(first));
    return this.#from.flatMap((from, i) => {
      const own = from < 0 || this.#options.autapses !== false ? -1 : cellOf(from);
      return to.flatMap((cell, j): Pair[] => (cell === own ? [] : [[i, j]]));
    });
  }

  distance(i: number, j: number): number {
    const places = centres(this.#sides.description);
    return distanceBetween(places, this.#from[i] ?? 0, this.#to[j]?.[0] ?? 0);
  }

  connect(pairs: readonly Pair[]): SynapseView<S> {
    const isRandom = this.#options.postCompartments === "random";
    const chosen = pairs.map(([i, j]): Pair => {
      const cell = this.#to[j] ?? new Int32Array();
      return [this.#from[i] ?? 0, cell[isRandom ? this.random.below(cell.length) : 0] ?? 0];
    });
    return this.#sides.add(chosen, this.#options.values);
  }
}

/**
 * Numbers below `count`, each chosen with the same probability and independently; the gaps between them follow the geometric
 * distribution (Devroye 1986, Non-Uniform Random Variate Generation, chapter X.2).
 */
function draw(count: number, probability: number, random: RandomStream): number[] {
  if (probability === 1) return Array.from({ length: count }, (_, k) => k);
  const chosen: number[] = [];
  const gap = () => Math.floor(Math.log(1 - random.uniform()) / Math.log1p(-probability));
  if (probability > 0) for (let k = gap(); k < count; k += 1 + gap()) chosen.push(k);
  return chosen;
}

function isView(pre: Pre): pre is View {
  return !(pre instanceof SpikeTrain) && !Array.isArray(pre);
}

function firstCompartments(cells: View): number[] {
  return Array.from(cells.cells(), ({ compartments: [first = 0] }) => first);
}

function checkReceivesTrains({ name, event, readings, ...equations }: Synapse): void {
  const { current, states } = equations;
  const all = [current, ...(event?.values() ?? []), ...states.flatMap((s) => s.update ?? [])];
  const readsPre = inputNames(all).has("v_pre") || readings.some(({ side }) => side === "pre");
  if (event !== undefined && !readsPre) return;
  throw new ModelError(
    event === undefined
      ? `${name} is no synapse at which spikes arrive.`
      : `${name} reads its pre-synaptic compartment, which a spike train has not.`,
    { subject: name, remedy: "Use ExpSyn, Exp2Syn or AlphaSyn, or declare an event rule." },
  );
}

function keyOf(synapse: Synapse, local: string): string {
  const quantities = [...synapse.parameters, ...synapse.states];
  const found = quantities.find((one) => one.local === local || one.key === local);
  if (found !== undefined) return found.key;
  const known = quantities.map((one) => one.local);
  const suggestion = nearestName(local, known);
  throw new NameError(`${synapse.name} has no ${JSON.stringify(local)}.`, {
    subject: local,
    ...(suggestion === undefined ? { remedy: `It has: ${known.join(", ")}.` } : { suggestion }),
  });
}

function defaultOf(synapse: Synapse, local: string): number | undefined {
  const key = keyOf(synapse, local);
  return [...synapse.parameters, ...synapse.states].find((one) => one.key === key)?.value;
}

function checkProbability(probability: number): void {
  if (probability >= 0 && probability <= 1) return;
  throw new ValueError(`A probability cannot be ${probability}.`, {
    subject: "probability",
    value: probability,
    remedy: "Give a number from 0 to 1.",
  });
}
