/** @file A morphology: the branches of a neuron with the geometry of their compartments. */
import { SwcError, ValueError } from "../errors.ts";
import type { Diagnostic } from "./diagnostic.ts";
import {
  checkDiscretisation,
  countCompartments,
  type Discretisation,
  discretisationKeys,
} from "./discretisation.ts";
import {
  type CompartmentGeometry,
  compartmentsOfBranch,
  frustumArea,
  pathLengths,
} from "./frustum.ts";
import { jaxleyPaths, neuronPaths, type TracedPath } from "./path.ts";
import { distance, type TracedPoints } from "./points.ts";
import { parsePoints } from "./swc.ts";
import type { TraceOptions } from "./trace.ts";

/** Coordinates in um, one entry per compartment. */
export interface Coordinates {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly z: Float64Array;
}

export interface Morphology {
  /** Parent of each branch, -1 for the root; a branch begins at the far end of its parent. */
  readonly parents: Int32Array;
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

export interface MorphologyOptions extends TraceOptions, Discretisation {
  /** Least radius of a compartment in um; also replaces traced radii of 0. */
  readonly minRadius?: number;
  /** Whether the types of the points become groups; default true. */
  readonly assignGroups?: boolean;
  /**
   * Rules for somata, roots and radii: those of Jaxley 0.14 (default) or those of NEURON's import, whose sections the
   * branches then are.
   */
  readonly convention?: Convention;
  /** Unit of coordinates and radii in the file; default `um`. */
  readonly unit?: Unit;
  /** Name of the file, for messages. */
  readonly file?: string;
}

export const conventions = ["jaxley", "neuron"] as const;
export type Convention = (typeof conventions)[number];
const units = ["um", "nm"] as const;
export type Unit = (typeof units)[number];

export const morphologyOptionKeys = [
  ...discretisationKeys,
  "unit",
  "minRadius",
  "assignGroups",
  "convention",
  "file",
  "maxBranchLength",
  "relevantTypeIds",
  "ignoreTracingInterruptions",
];

const groupNames: Readonly<Record<number, string>> = {
  0: "undefined",
  1: "soma",
  2: "axon",
  3: "basal",
  4: "apical",
};

/**
 * Reads an SWC text into branches and compartments.
 *
 * @throws {SwcError} for a text that cannot be read, {ValueError} for an option out of its domain.
 */
export function parseMorphology(text: string, options: MorphologyOptions = {}): Morphology {
  const { minRadius, file, convention = "jaxley", unit = "um" } = options;
  checkPositive("minRadius", minRadius);
  checkPositive("maxBranchLength", options.maxBranchLength);
  checkChoice("convention", convention, conventions);
  checkChoice("unit", unit, units);
  checkDiscretisation(options);
  const { points, diagnostics } = parsePoints({
    text,
    scale: unit === "nm" ? 1e-3 : 1,
    ...(file === undefined ? {} : { file }),
    ...(minRadius === undefined ? {} : { minRadius }),
  });
  diagnostics.push(...checkUnit(points, unit));
  const paths =
    convention === "neuron"
      ? neuronPaths(points, options, diagnostics)
      : jaxleyPaths(points, options, diagnostics);
  if (paths.length === 0) {
    throw new SwcError("The file has a single point that is not a soma.", {
      ...(file === undefined ? {} : { file }),
      location: { line: points.line[0] ?? 1 },
      remedy: "A neurite needs two points; a soma of one point has type 1.",
    });
  }
  const morphology = assemble(paths, options, diagnostics);
  if (convention === "jaxley") diagnostics.push(...compareArea(points, morphology));
  return options.assignGroups === false ? { ...morphology, groups: new Map() } : morphology;
}

/**
 * Midpoints of the two ends of each compartment. A branch of a single point (a soma) has no path; as in the reference
 * system its compartments then lie on the first half of the way to the first point of the next branch.
 */
export function compartmentCentres({
  tracedPoints,
  ncomp,
}: Pick<Morphology, "tracedPoints" | "ncomp">): Coordinates {
  return joinCoordinates(
    tracedPoints.map((points, branch) => {
      const count = ncomp[branch] ?? 1;
      const isPoint = points.length === 4;
      const next = tracedPoints[branch + 1] ?? points;
      const path = isPoint ? Float64Array.of(...points, ...next.subarray(0, 4)) : points;
      const lengths = pathLengths(path);
      const reach = (lengths.at(-1) ?? 0) * (isPoint ? 0.5 : 1);
      const at = (c: number, end: number) =>
        interpolate(lengths, (k) => path[4 * k + c] ?? 0, (reach * end) / count);
      return Array.from({ length: count }, (_, i) =>
        [0, 1, 2].map((c) => (at(c, i) + at(c, i + 1)) / 2),
      );
    }),
  );
}

/** Branches with their compartments. */
function assemble(
  paths: readonly TracedPath[],
  options: MorphologyOptions,
  diagnostics: readonly Diagnostic[],
): Morphology {
  const branchLength = Float64Array.from(paths, ({ length }) => length);
  const ncomp = Int32Array.from(paths, ({ polyline }, branch) =>
    countCompartments(options, branchLength[branch] ?? 0, polyline),
  );
  const total = ncomp.reduce((sum, count) => sum + count, 0);
  const length = new Float64Array(total);
  const geometry = { length, ...emptyGeometry(total) };
  const coordinates: number[][][] = [];
  let start = 0;
  for (const [branch, { polyline, lengths, centreline }] of paths.entries()) {
    const count = ncomp[branch] ?? 1;
    const reach = branchLength[branch] ?? 0;
    const part = compartmentsOfBranch(polyline, count, options.minRadius ?? 0);
    length.fill(reach / count, start, start + count);
    for (const key of Object.keys(part) as (keyof CompartmentGeometry)[])
      geometry[key].set(part[key], start);
    coordinates.push(
      Array.from({ length: count }, (_, i) =>
        [0, 1, 2].map((c) =>
          interpolate(lengths, (k) => centreline[3 * k + c] ?? 0, (reach * (i + 0.5)) / count),
        ),
      ),
    );
    start += count;
  }
  return {
    parents: Int32Array.from(paths, ({ parent }) => parent),
    ncomp,
    branchLength,
    groups: groupBranches(paths),
    tracedPoints: paths.map(({ polyline }) => polyline),
    geometry,
    coordinates: joinCoordinates(coordinates),
    diagnostics,
  };
}

function groupBranches(branches: readonly TracedPath[]): Map<string, Int32Array> {
  const lists = new Map<string, number[]>();
  for (const [branch, { type }] of branches.entries()) {
    const name = groupNames[type] ?? `custom${type < 0 ? `_minus${-type}` : type}`;
    const list = lists.get(name) ?? [];
    list.push(branch);
    lists.set(name, list);
  }
  return new Map([...lists].map(([name, list]) => [name, Int32Array.from(list)]));
}

/** A remark on radii that look like those of the other unit. */
function checkUnit({ radius, line }: TracedPoints, unit: Unit): Diagnostic[] {
  const median = Float64Array.from(radius).sort()[radius.length >> 1] ?? 1;
  const isOdd = unit === "um" ? median > 50 : median < 0.01;
  if (!isOdd) return [];
  const other = unit === "um" ? "nm" : "um";
  const message = `Half of the radii are ${unit === "um" ? "above" : "below"} ${median.toPrecision(3)} um. Is the file in ${other}? Then set unit: "${other}".`;
  return [{ severity: "warning", code: "unit", message, line: line[0] ?? 1 }];
}

/** Says so when the rules change the membrane area by more than 1 % against the plain frusta of the file. */
function compareArea(points: TracedPoints, { geometry }: Morphology): Diagnostic[] {
  let plain = 0;
  let somata = 0;
  for (const [i, above] of points.parent.entries()) {
    if (points.type[i] === 1) somata++;
    if (above >= 0) {
      plain += frustumArea(
        distance(points, above, i),
        points.radius[above] ?? 0,
        points.radius[i] ?? 0,
      );
    }
  }
  const soma = points.type.indexOf(1);
  if (somata === 1) {
    plain = 4 * Math.PI * (points.radius[soma] ?? 0) ** 2;
    for (const [i, above] of points.parent.entries()) {
      if (above < 0 || above === soma || i === soma) continue;
      plain += frustumArea(
        distance(points, above, i),
        points.radius[above] ?? 0,
        points.radius[i] ?? 0,
      );
    }
  }
  const area = geometry.area.reduce((sum, value) => sum + value, 0);
  const change = area / plain - 1;
  if (!(Math.abs(change) > 0.01)) return [];
  const percent = `${change > 0 ? "+" : ""}${(100 * change).toFixed(1)} %`;
  return [
    {
      severity: "warning",
      code: "area",
      message:
        `The convention "jaxley" gives a membrane area of ${area.toPrecision(5)} um2, ${percent} against the frusta ` +
        "between the traced points (its rules for somata and changes of type).",
    },
  ];
}

function emptyGeometry(count: number): CompartmentGeometry {
  const column = () => new Float64Array(count);
  return {
    radius: column(),
    area: column(),
    volume: column(),
    resistiveLoadIn: column(),
    resistiveLoadOut: column(),
  };
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

function joinCoordinates(branches: readonly (readonly (readonly number[])[])[]): Coordinates {
  const rows = branches.flat();
  const column = (c: number) => Float64Array.from(rows, (row) => row[c] ?? Number.NaN);
  return { x: column(0), y: column(1), z: column(2) };
}

function checkChoice(subject: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new ValueError(`There is no ${subject} ${JSON.stringify(value)}.`, {
    subject,
    value,
    remedy: `The ${subject} is one of ${choices.map((one) => `"${one}"`).join(", ")}.`,
  });
}

function checkPositive(subject: string, value: number | undefined): void {
  if (value === undefined || (value > 0 && Number.isFinite(value))) return;
  throw new ValueError(`${subject} is ${value}.`, {
    subject,
    value,
    remedy: "Give a number above 0, in um.",
  });
}
