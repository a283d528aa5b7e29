/** @file The modules that a user builds: a compartment, a branch of compartments, a cell of branches, a network of cells. */
import { ModelError, ValueError } from "../errors.ts";
import { type Morphology, morphologyKind } from "../morphology/morphology.ts";
import { parentsFirst } from "../numerics/tree.ts";
import { check, either, flag, instance, list, number, numbers } from "../util/kinds.ts";
import { checkSize } from "../util/limits.ts";
import { checkOptions } from "../util/options.ts";
import { Description, type Trainable } from "./description.ts";
import { deleteDiffusion, diffuse } from "./diffusion.ts";
import { parameterSets, writeSets } from "./feed.ts";
import { concatenate, concatenateGeometry, defaultGeometry, makeGeometry } from "./geometry.ts";
import { type RecordedRow, recordedRows } from "./recorded.ts";
import { showTrainables } from "./show.ts";
import { checkCoordinates } from "./space.ts";
import type { Parameter } from "./trainable.ts";
import { View } from "./view.ts";

/** What `Compartment`, `Branch`, `Cell` and `Network` have in common: a view of all of themselves. */
export abstract class Module extends View {
  /**
   * Lets a concentration diffuse along the cells, everywhere, with the constants `axial_diffusion_<state>` (um2/ms, at first 1).
   *
   * @throws NameError for a state that no inserted mechanism has.
   */
  diffuse(state: string): this {
    diffuse(this.root.description, state);
    return this;
  }

  /** Ends the diffusion of a state. @throws NameError if it does not diffuse. */
  deleteDiffusion(state: string): this {
    deleteDiffusion(this.root.description, state);
    return this;
  }

  /** What is recorded, in the order of the calls: the rows of a result. */
  get recordings(): RecordedRow[] {
    return recordedRows(this.root.description);
  }

  /** What `makeTrainable` marked, in the order of the calls. */
  get trainables(): readonly Trainable[] {
    return this.root.description.trainables;
  }

  /** Values that fitting begins with: one vector for each trainable, with one number for each group of places. */
  getParameters(): Parameter[] {
    return this.trainables.map(({ key, initial }) => ({ key, values: initial.slice() }));
  }

  /**
   * Writes values of trainables into the module, later ones over earlier ones; `radius` and `length` make cylinders.
   *
   * @param parameters - as `getParameters` gives them.
   * @throws ValueError for parameters that are not those of the trainables, or values out of their domain.
   */
  writeTrainables(parameters: readonly Parameter[]): this {
    writeSets(this.root.description, parameterSets(this.root.description, parameters));
    return this;
  }

  /** The trainables as a table of text: how many values they have, over how many places, and their range. */
  showTrainables(): string {
    return showTrainables(this.root.description);
  }

  /** An independent copy: channels, values, groups, recordings, stimuli, clamps and trainables. */
  abstract copy(): Module;
}

/** One isopotential compartment: a cylinder 10 um long, 1 um in radius, at -70 mV. */
export class Compartment extends Module {
  constructor(description?: Description) {
    super({
      description:
        description ??
        new Description("compartment", Int32Array.of(-1), Int32Array.of(1), defaultGeometry()),
    });
  }

  override copy(): Compartment {
    return new Compartment(this.root.description.copy());
  }
}

/** Compartments in a row. */
export class Branch extends Module {
  /**
   * @param compartments - one compartment, of which `ncomp` copies are made, or a list of them; default: a new one.
   * @param options - `ncomp`: the number of copies; default 1.
   */
  constructor(
    compartments: Compartment | readonly Compartment[] = new Compartment(),
    options: { readonly ncomp?: number } = {},
  ) {
    super({ description: describeBranch(compartments, options) });
  }

  override copy(): Branch {
    const twin = new Branch();
    twin.root.description = this.root.description.copy();
    return twin;
  }
}

/** The tree of a cell, and where it lies. */
export interface CellOptions {
  /** Parent of each branch, -1 for the one root; a branch begins at the far end of its parent. */
  readonly parents?: ArrayLike<number>;
  /**
   * Relative place on its parent at which each branch begins, above 0; default 1, the far end. At a place inside of its
   * parent it is joined to the border of two compartments if that lies there, else to the middle of a compartment.
   */
  readonly attachedAt?: ArrayLike<number>;
  /**
   * Traced points of each branch, as rows x, y, z, radius in um: where the cell lies in space, and what `setNcomp`
   * computes the geometry from.
   */
  readonly xyzr?: readonly (readonly (readonly number[])[])[];
}

/** A tree of branches. */
export class Cell extends Module {
  /**
   * @param branches - one branch, of which there are as many copies as `parents`, or one for each parent.
   * @throws ModelError for a cycle, a parent that does not exist, no root or several, ValueError for a place off its parent.
   */
  constructor(branches: Branch | readonly Branch[] = new Branch(), options: CellOptions = {}) {
    super({ description: describeCell(branches, options) });
  }

  /** A cell with the branches, geometry and groups of a morphology. */
  static fromMorphology(morphology: Morphology): Cell {
    check(morphology, morphologyKind, "morphology");
    const { parents, attachedAt, ncomp, geometry, groups, tracedPoints } = morphology;
    const count = geometry.length.length;
    const defaults = defaultGeometry();
    const columns: Partial<Record<string, Float64Array>> = {
      length: geometry.length,
      radius: geometry.radius,
      area: geometry.area,
      volume: geometry.volume,
      resistive_load_in: geometry.resistiveLoadIn,
      resistive_load_out: geometry.resistiveLoadOut,
    };
    const description = new Description(
      "cell",
      parents.slice(),
      ncomp.slice(),
      makeGeometry(
        (key) => columns[key]?.slice() ?? new Float64Array(count).fill(defaults[key][0] ?? 0),
      ),
      [...tracedPoints],
      undefined,
      undefined,
      attachedAt.slice(),
    );
    const first = description.firstCompartment;
    for (const [name, branches] of groups) {
      const mask = new Uint8Array(count);
      for (const branch of branches) mask.fill(1, first[branch], first[branch + 1]);
      description.groups.set(name, mask);
    }
    const cell = new Cell();
    cell.root.description = description;
    return cell;
  }

  override copy(): Cell {
    const twin = new Cell();
    twin.root.description = this.root.description.copy();
    return twin;
  }
}

/** Where layers of cells lie. */
export interface LayerOptions {
  /** Distance of cells within a layer in um; default 500. */
  readonly withinLayerOffset?: number;
  /** Distance of layers in um; default 1500. */
  readonly betweenLayerOffset?: number;
  /** Whether layers lie above one another, the first on top, instead of side by side; default false. */
  readonly verticalLayers?: boolean;
}

/** Cells side by side; point neurons and detailed ones may be mixed. */
export class Network extends Module {
  /**
   * @param cells - cells, branches or compartments, which are copied: one module may stand for several cells. Recordings,
   *   stimuli, clamps and trainables are not taken over.
   * @throws ModelError for an empty list, a network in a network, or channels that differ but share a name.
   */
  constructor(cells: readonly Module[]) {
    super({ description: describeNetwork(cells) });
  }

  /**
   * Moves the cells into layers for pictures and distances. Cells without coordinates get some.
   *
   * @param layers - number of cells in each layer, in the order of the cells.
   * @throws ValueError if they do not add up to the number of cells.
   */
  arrangeInLayers(layers: readonly number[], options: LayerOptions = {}): this {
    check(layers, list(number), "layers");
    checkOptions(
      options,
      { withinLayerOffset: number, betweenLayerOffset: number, verticalLayers: flag },
      "arrangeInLayers",
    );
    const { withinLayerOffset: within = 500, betweenLayerOffset: between = 1500 } = options;
    checkCoordinates({ within, between });
    const count = this.cellNumbers.length;
    const total = layers.reduce((sum, layer) => sum + layer, 0);
    const isWrong = layers.some((layer) => !Number.isInteger(layer) || layer < 0);
    if (isWrong || total !== count) {
      throw new ValueError(`Layers of ${layers.join(", ")} cells do not fit ${count} cells.`, {
        subject: "layers",
        value: total,
        remedy: "Give the number of cells in each layer.",
      });
    }
    const places = layers.flatMap((size, layer) =>
      Array.from({ length: size }, (_, i) => {
        const along = (i - (size - 1) / 2) * within;
        return options.verticalLayers === true
          ? [along, (layers.length - 1 - layer) * between]
          : [layer * between, along];
      }),
    );
    return this.computeXyz().moveTo(
      places.map(([x = 0]) => x),
      places.map(([, y = 0]) => y),
      places.map(() => 0),
    );
  }

  override copy(): Network {
    const twin = new Network([new Compartment()]);
    twin.root.description = this.root.description.copy();
    return twin;
  }
}

function describeNetwork(cells: readonly Module[]): Description {
  check(
    cells,
    { what: "a list of cells: new Network([cell, cell])", accepts: Array.isArray },
    "cells",
  );
  if (cells.length === 0) {
    throw new ModelError("A network needs a cell.", {
      subject: "cells",
      remedy: "Give a list of cells: new Network([cell, cell]).",
    });
  }
  const strange = Array.from(cells).findIndex((cell) => !(cell instanceof Module));
  if (strange >= 0) {
    throw new ModelError(`Cell ${strange} is ${String(cells[strange])}, no module.`, {
      subject: "cells",
      value: strange,
      remedy: "Networks consist of cells, branches and compartments.",
    });
  }
  const parts = cells.map((cell) => cell.root.description);
  const nested = parts.findIndex(({ kind }) => kind === "network");
  if (nested >= 0) {
    throw new ModelError(`Cell ${nested} is a network.`, {
      subject: "cells",
      value: nested,
      remedy: "Networks consist of cells, branches and compartments.",
    });
  }
  checkTotal(parts);
  const count = parts.reduce((sum, { parents }) => sum + parents.length, 0);
  const parents = new Int32Array(count);
  const ncomp = new Int32Array(count);
  const cellOf = new Int32Array(count);
  let first = 0;
  for (const [cell, part] of parts.entries()) {
    for (const [branch, above] of part.parents.entries()) {
      parents[first + branch] = above < 0 ? -1 : above + first;
    }
    ncomp.set(part.ncomp, first);
    cellOf.fill(cell, first, first + part.parents.length);
    first += part.parents.length;
  }
  const whole = new Description(
    "network",
    parents,
    ncomp,
    concatenateGeometry(parts.map((part) => part.geometry)),
    parts.flatMap((part) => part.tracedPoints),
    cellOf,
    undefined,
    concatenate(parts.map((part) => part.attachedAt)),
  );
  whole.laidPoints = parts.flatMap(({ parents, laidPoints }) =>
    Array.from(parents, (_, branch) => laidPoints[branch]),
  );
  whole.adopt(parts);
  return whole;
}

function checkTotal(parts: readonly Description[]): void {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  checkSize(total, "compartments", "compartments", "Give fewer cells, branches or compartments.");
}

function describeBranch(
  compartments: Compartment | readonly Compartment[],
  options: { readonly ncomp?: number },
): Description {
  const one = instance(Compartment);
  check(compartments, either(one, list(one, "a list of compartments")), "compartments");
  checkOptions(options, { ncomp: number }, "Branch");
  const { ncomp } = options;
  const isOne = compartments instanceof Compartment;
  if (!isOne && ncomp !== undefined && ncomp !== compartments.length) {
    throw new ValueError(`ncomp is ${ncomp}, but there are ${compartments.length} compartments.`, {
      subject: "ncomp",
      value: ncomp,
      remedy: "Leave ncomp out when you give a list.",
    });
  }
  const count = isOne ? (ncomp ?? 1) : compartments.length;
  if (!Number.isInteger(count) || count < 1) {
    throw new ValueError(`A branch cannot have ${count} compartments.`, {
      subject: "ncomp",
      value: count,
      remedy: "Give a whole number from 1 up.",
    });
  }
  checkSize(count, "branch", "compartments in a branch", "Give fewer; is the length in um?");
  const parts = isOne ? Array.from({ length: count }, () => compartments) : compartments;
  const descriptions = parts.map((part) => part.root.description);
  const geometry = concatenateGeometry(descriptions.map((part) => part.geometry));
  const whole = new Description("branch", Int32Array.of(-1), Int32Array.of(count), geometry);
  whole.adopt(descriptions);
  return whole;
}

function describeCell(branches: Branch | readonly Branch[], options: CellOptions): Description {
  const one = instance(Branch);
  check(branches, either(one, list(one, "a list of branches")), "branches");
  checkOptions(
    options,
    { parents: numbers, attachedAt: numbers, xyzr: list(list(numbers)) },
    "Cell",
  );
  const { parents, attachedAt, xyzr } = options;
  const isOne = branches instanceof Branch;
  if (!isOne && parents === undefined) {
    throw new ModelError("A list of branches needs parents.", {
      subject: "parents",
      remedy: "Give the parent of each branch, -1 for the root: { parents: [-1, 0, 0] }.",
    });
  }
  const tree = Int32Array.from(parents ?? [-1]);
  if (tree.length === 0 || (!isOne && branches.length !== tree.length)) {
    const count = isOne ? 1 : branches.length;
    throw new ModelError(`There are ${count} branches and ${tree.length} parents.`, {
      subject: "parents",
      value: tree.length,
      remedy: "Give one parent for each branch.",
    });
  }
  for (const [branch, parent] of Array.from(parents ?? [-1]).entries()) {
    if (!Number.isInteger(parent)) {
      throw new ModelError(`The parent of branch ${branch} is ${parent}.`, {
        value: parent,
        remedy: "Parents are whole numbers: -1 for the root, or the number of another branch.",
      });
    }
  }
  parentsFirst(tree, "branch");
  const roots = tree.filter((parent) => parent === -1).length;
  if (roots !== 1) {
    throw new ModelError(`The cell has ${roots} roots.`, {
      subject: "parents",
      value: roots,
      remedy: "Exactly one branch has the parent -1.",
    });
  }
  const parts = isOne ? Array.from(tree, () => branches) : branches;
  const descriptions = parts.map((part) => part.root.description);
  checkTotal(descriptions);
  const whole = new Description(
    "cell",
    tree,
    Int32Array.from(descriptions, (part) => part.count),
    concatenateGeometry(descriptions.map((part) => part.geometry)),
    xyzr === undefined ? [] : flattenPoints(xyzr, tree.length),
    undefined,
    undefined,
    attachedAt === undefined ? undefined : checkPlaces(attachedAt, tree.length),
  );
  whole.adopt(descriptions);
  return whole;
}

function checkPlaces(attachedAt: ArrayLike<number>, count: number): Float64Array {
  check(attachedAt, numbers, "attachedAt");
  const places = Float64Array.from(attachedAt);
  if (places.length !== count) {
    throw new ValueError(`attachedAt has ${places.length} places for ${count} branches.`, {
      subject: "attachedAt",
      value: places.length,
      remedy: "Give one place for each branch.",
    });
  }
  const wrong = places.findIndex((place) => !(place > 0 && place <= 1));
  if (wrong < 0) return places;
  throw new ValueError(`Branch ${wrong} begins at ${places[wrong]} of its parent.`, {
    subject: "attachedAt",
    value: places[wrong],
    remedy:
      "Places lie above 0 and up to 1, the far end. What begins where its parent begins has the parent and place of that one.",
  });
}

function flattenPoints(
  xyzr: readonly (readonly (readonly number[])[])[],
  count: number,
): Float64Array[] {
  if (xyzr.length !== count) {
    throw new ModelError(`There are ${xyzr.length} lists of points for ${count} branches.`, {
      subject: "xyzr",
      value: xyzr.length,
      remedy: "Give one list of points for each branch.",
    });
  }
  return xyzr.map((points, branch) => {
    const wrong = points.find(
      (point) => point.length !== 4 || !point.every(Number.isFinite) || !((point[3] ?? 0) > 0),
    );
    if (wrong !== undefined || points.length === 0) {
      throw new ValueError(`A point of branch ${branch} is [${wrong ?? ""}].`, {
        subject: "xyzr",
        value: wrong,
        remedy: "Points are rows of x, y, z and radius in um, all finite, the radius above 0.",
      });
    }
    return Float64Array.from(points.flat());
  });
}
