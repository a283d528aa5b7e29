/** @file A morphology: the branches of a neuron with the geometry of their compartments. */
import { callback, check, having, list, numbers, required, vector } from "../util/kinds.ts";
import { compareArea, tracedMembrane } from "./area.ts";
import { type Diagnostic, shortened } from "./diagnostic.ts";
import { countCompartments } from "./discretisation.ts";
import {
  type CompartmentGeometry,
  emptyGeometry,
  layCompartments,
  pathLengths,
} from "./frustum.ts";
import {
  checkMorphologyOptions,
  type MorphologyOptions,
  scaleOf,
  type Trees,
  type TypeNames,
  typeNames,
  type Unit,
} from "./options.ts";
import { jaxleyPaths, neuronPaths, type TracedPath } from "./path.ts";
import type { TracedPoints } from "./points.ts";
import { type Spelling, spellAsOption } from "./spelling.ts";
import { readSwcRows, swcError } from "./swc.ts";
import { gatherTrees } from "./trees.ts";

/** Coordinates in um, one entry per compartment. */
export interface Coordinates {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
}

/** A traced cell, divided into branches and compartments. */
export interface Morphology {
  /** Parent of each branch, -1 for the root, and for branches that begin where it does. */
  readonly parents: Int32Array;
  /** Relative place on its parent at which each branch begins: 1, its far end, or 0.5, the middle of a soma. */
  readonly attachedAt: Float64Array;
  readonly ncomp: Int32Array;
  /** Length of each branch in um. */
  readonly branchLength: Float64Array;
  /** Numbers of the branches of each group: soma, axon, basal, apical, undefined, custom5, ... */
  readonly groups: ReadonlyMap<string, Int32Array>;
  /** Traced points of each branch as rows of x, y, z, radius. */
  readonly tracedPoints: readonly Float64Array[];
  /** One entry per compartment; `length` in um. */
  readonly geometry: CompartmentGeometry & { readonly length: Float64Array };
  /** Middle of each compartment along the path. */
  readonly coordinates: Coordinates;
  /** What was assumed or repaired. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads an SWC text into branches and compartments.
 *
 * @param remarks - what was assumed before, to stand first among the diagnostics.
 * @throws SwcError for a text that cannot be read, ValueError for an option out of its domain.
 */
export function parseMorphology(
  text: string,
  options: MorphologyOptions = {},
  remarks: readonly Diagnostic[] = [],
): Morphology {
  const [only] = parseTrees(text, options, options.trees ?? "error", remarks);
  if (only !== undefined) return only;
  throw swcError({ file: options.file }, "The file has a single point that is not a soma.", {
    location: { line: 1 },
    remedy: "A neurite needs two points; a soma of one point has type 1.",
  });
}

/**
 * Reads an SWC text with several trees into a morphology of each. Trees of a single point that is no soma are left out.
 *
 * @throws as `parseMorphology`.
 */
export function parseMorphologies(
  text: string,
  options: Omit<MorphologyOptions, "trees"> = {},
  remarks: readonly Diagnostic[] = [],
): Morphology[] {
  const found = parseTrees(text, options, "cells", remarks);
  if (found.length > 0) return found;
  throw swcError({ file: options.file }, "No tree of the file has two points, or a soma.", {
    location: { line: 1 },
    remedy: "A neurite needs two points; a soma of one point has type 1.",
  });
}

function parseTrees(
  text: string,
  options: MorphologyOptions,
  trees: Trees | "cells",
  remarks: readonly Diagnostic[],
): Morphology[] {
  checkMorphologyOptions(options);
  const { minRadius, file, unit, spelling = spellAsOption } = options;
  const types = typeNames(options.types);
  const source = { text, file, minRadius, spelling, scale: scaleOf(unit) };
  const common = [...remarks];
  const gathered = gatherTrees(source, readSwcRows(source, common), trees, types, common);
  const lone = gathered.filter(isLonePoint);
  if (lone.length > 0 && trees === "cells") {
    const message = `${lone.length} trees of a single point that is no soma are left out.`;
    const line = lone[0]?.line[0] ?? 1;
    common.push({ severity: "warning", code: "left-out-trees", message, line });
  }
  const kept = trees === "cells" ? gathered.filter((points) => !isLonePoint(points)) : gathered;
  return kept.flatMap((points) => {
    const diagnostics = [...common];
    const found = makeMorphology(points, options, types, diagnostics);
    return found === undefined ? [] : [found];
  });
}

/** Undefined for a single point that is no soma, which only NEURON takes for a sphere. */
function makeMorphology(
  points: TracedPoints,
  options: MorphologyOptions,
  types: TypeNames,
  diagnostics: Diagnostic[],
): Morphology | undefined {
  const { convention = "jaxley", unit = "um", spelling = spellAsOption } = options;
  if (convention === "jaxley" && isLonePoint(points)) return undefined;
  diagnostics.push(...checkUnit(points, unit, spelling));
  const makePaths = convention === "neuron" ? neuronPaths : jaxleyPaths;
  const paths = makePaths(points, options, diagnostics);
  if (paths.length === 0) return undefined;
  const morphology = assemble(paths, options, types);
  const relevant = new Set(options.relevantTypeIds ?? [1, 2, 3, 4]);
  const partOf = (type: number) =>
    convention === "neuron" || relevant.has(type) ? types.name(type) : "other types";
  const traced = tracedMembrane(points, partOf);
  const other = ` ${spelling("convention", "neuron")} reads the file as NEURON does.`;
  const remedy = convention === "neuron" ? "" : other;
  const areas = areaOfParts(paths, morphology, partOf);
  diagnostics.push(...compareArea(traced, areas, convention, remedy));
  const result = { ...morphology, diagnostics: shortened(diagnostics) };
  return options.assignGroups === false ? { ...result, groups: new Map() } : result;
}

function isLonePoint({ id, type }: TracedPoints): boolean {
  return id.length === 1 && type[0] !== 1;
}

function areaOfParts(
  paths: readonly TracedPath[],
  { ncomp, geometry }: Pick<Morphology, "ncomp" | "geometry">,
  partOf: (type: number) => string,
): Map<string, number> {
  const areas = new Map<string, number>();
  let first = 0;
  for (const [branch, { type }] of paths.entries()) {
    const end = first + (ncomp[branch] ?? 0);
    let own = 0;
    for (let i = first; i < end; i++) own += geometry.area[i] ?? 0;
    areas.set(partOf(type), (areas.get(partOf(type)) ?? 0) + own);
    first = end;
  }
  return areas;
}

const paths = { tracedPoints: required(list(vector)), ncomp: required(numbers) };
const pathsKind = having(paths, "the points and numbers of compartments of branches");

/** A morphology, as parsing makes them. */
export const morphologyKind = having(
  {
    ...paths,
    ...{ parents: required(numbers), attachedAt: required(numbers) },
    geometry: required(having({ length: required(numbers) }, "columns by key")),
    groups: required(having({ forEach: required(callback) }, "a map from names to branches")),
  },
  "a morphology, as reading a file gives",
);

/**
 * Midpoints of the two ends of each compartment. A branch of a single point (a soma) has no path; as in the reference
 * system its compartments then lie on the first half of the way to the first point of the next branch.
 */
export function compartmentCentres(
  morphology: Pick<Morphology, "tracedPoints" | "ncomp">,
): Coordinates {
  check(morphology, pathsKind, "morphology");
  const { tracedPoints, ncomp } = morphology;
  const centres = emptyCoordinates(ncomp.reduce((sum, count) => sum + count, 0));
  let start = 0;
  for (const [branch, points] of tracedPoints.entries()) {
    const count = ncomp[branch] ?? 1;
    const isPoint = points.length === 4;
    const next = tracedPoints[branch + 1] ?? points;
    const path = isPoint ? Float64Array.of(...points, ...next.subarray(0, 4)) : points;
    const lengths = pathLengths(path);
    const reach = (lengths.at(-1) ?? 0) * (isPoint ? 0.5 : 1);
    const at = (c: number, end: number) =>
      interpolate(lengths, (k) => path[4 * k + c] ?? 0, (reach * end) / count);
    const middle = (c: number, i: number) => (at(c, i) + at(c, i + 1)) / 2;
    for (let i = 0; i < count; i++) {
      centres.x[start + i] = middle(0, i);
      centres.y[start + i] = middle(1, i);
      centres.z[start + i] = middle(2, i);
    }
    start += count;
  }
  return centres;
}

/** Branches with their compartments. */
function assemble(
  paths: readonly TracedPath[],
  options: MorphologyOptions,
  types: TypeNames,
): Omit<Morphology, "diagnostics"> {
  const branchLength = Float64Array.from(paths, ({ length }) => length);
  const ncomp = Int32Array.from(paths, ({ polyline }, branch) =>
    countCompartments(options, branchLength[branch] ?? 0, polyline),
  );
  const total = ncomp.reduce((sum, count) => sum + count, 0);
  const length = new Float64Array(total);
  const geometry = { length, ...emptyGeometry(total) };
  const coordinates = emptyCoordinates(total);
  let start = 0;
  for (const [branch, { polyline, lengths, centreline }] of paths.entries()) {
    const count = ncomp[branch] ?? 1;
    const reach = branchLength[branch] ?? 0;
    layCompartments(geometry, start, polyline, count, options.minRadius ?? 0);
    length.fill(reach / count, start, start + count);
    const along = (c: number, i: number) =>
      interpolate(lengths, (k) => centreline[4 * k + c] ?? 0, (reach * (i + 0.5)) / count);
    for (let i = 0; i < count; i++) {
      coordinates.x[start + i] = along(0, i);
      coordinates.y[start + i] = along(1, i);
      coordinates.z[start + i] = along(2, i);
    }
    start += count;
  }
  return {
    parents: Int32Array.from(paths, ({ parent }) => parent),
    attachedAt: Float64Array.from(paths, ({ attachedAt }) => attachedAt),
    ncomp,
    branchLength,
    groups: groupBranches(paths, types),
    tracedPoints: paths.map(({ polyline }) => polyline),
    geometry,
    coordinates,
  };
}

function groupBranches(branches: readonly TracedPath[], types: TypeNames): Map<string, Int32Array> {
  const lists = new Map<string, number[]>();
  for (const [branch, { type }] of branches.entries()) {
    const name = types.name(type);
    const list = lists.get(name) ?? [];
    list.push(branch);
    lists.set(name, list);
  }
  return new Map([...lists].map(([name, list]) => [name, Int32Array.from(list)]));
}

/** A remark on radii that look like those of another unit. */
function checkUnit({ radius, line }: TracedPoints, unit: Unit, spelling: Spelling): Diagnostic[] {
  const median = Float64Array.from(radius).sort()[radius.length >> 1] ?? 1;
  const isScaled = scaleOf(unit) !== 1;
  if (!(median > 50 || (isScaled && median < 0.01))) return [];
  const size = `Half of the radii are ${median > 50 ? "above" : "below"} ${median.toPrecision(3)} um.`;
  const remedy = isScaled
    ? `Is the file in um (${spelling("unit", "um")})?`
    : `Is the file in nm (${spelling("unit", "nm")}), or in voxels (of 8 nm: ${spelling("unit", 0.008)})?`;
  return [{ severity: "warning", code: "unit", message: `${size} ${remedy}`, line: line[0] ?? 1 }];
}

function emptyCoordinates(count: number): Coordinates {
  return { x: new Float64Array(count), y: new Float64Array(count), z: new Float64Array(count) };
}

/** Linear interpolation at `at` in ascending places; the last value beyond them. */
function interpolate(places: Float64Array, value: (k: number) => number, at: number): number {
  let k = 0;
  while (k < places.length - 2 && (places[k + 1] ?? 0) <= at) k++;
  const width = (places[k + 1] ?? 0) - (places[k] ?? 0);
  if (!(width > 0)) return value(places.length - 1);
  const fraction = Math.min(1, Math.max(0, (at - (places[k] ?? 0)) / width));
  return value(k) + fraction * (value(k + 1) - value(k));
}
