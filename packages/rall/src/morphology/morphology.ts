/** @file A morphology: the branches of a neuron with the geometry of their compartments. */
import { SwcError, ValueError } from "../errors.ts";
import type { Diagnostic } from "./diagnostic.ts";
import {
  type CompartmentGeometry,
  compartmentsOfBranch,
  frustumArea,
  pathLengths,
} from "./frustum.ts";
import { distance, type TracedPoints } from "./points.ts";
import { parsePoints } from "./swc.ts";
import {
  type Skeleton,
  shortestLink,
  type TracedBranch,
  type TraceOptions,
  traceBranches,
} from "./trace.ts";

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

export interface MorphologyOptions extends TraceOptions {
  /** Compartments per branch; default 1. */
  readonly ncomp?: number;
  /** Least radius of a compartment in um; also replaces traced radii of 0. */
  readonly minRadius?: number;
  /** Whether the types of the points become groups; default true. */
  readonly assignGroups?: boolean;
  /** Rules for somata, roots and radii: those of Jaxley 0.14. */
  readonly convention?: "jaxley";
  /** Name of the file, for messages. */
  readonly file?: string;
}

export const morphologyOptionKeys = [
  "ncomp",
  "minRadius",
  "assignGroups",
  "convention",
  "file",
  "maxBranchLength",
  "relevantTypeIds",
  "ignoreTracingInterruptions",
];

/** Length in um given to a branch that has none. */
const zeroLengthReplacement = 0.1;

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
  const { ncomp = 1, minRadius, file } = options;
  checkPositive("ncomp", ncomp, Number.isInteger(ncomp));
  checkPositive("minRadius", minRadius);
  checkPositive("maxBranchLength", options.maxBranchLength);
  if (options.convention !== undefined && options.convention !== "jaxley") {
    throw new ValueError(`There is no convention ${JSON.stringify(options.convention)}.`, {
      subject: "convention",
      value: options.convention,
      remedy: 'The convention is "jaxley".',
    });
  }
  const { points, diagnostics } = parsePoints({
    text,
    ...(file === undefined ? {} : { file }),
    ...(minRadius === undefined ? {} : { minRadius }),
  });
  const skeleton = traceBranches(points, options);
  if (skeleton.branches.length === 0) {
    throw new SwcError("The file has a single point that is not a soma.", {
      ...(file === undefined ? {} : { file }),
      location: { line: points.line[0] ?? 1 },
      remedy: "A neurite needs two points; a soma of one point has type 1.",
    });
  }
  diagnostics.push(...describeSoma(points));
  const morphology = assemble(skeleton, ncomp, minRadius ?? 0, diagnostics);
  diagnostics.push(...compareArea(points, morphology));
  return options.assignGroups === false ? { ...morphology, groups: new Map() } : morphology;
}

/**
 * Midpoints of the two ends of each compartment. A branch of a single point (a soma) has no path; as in the reference
 * system its compartments then lie on the first half of the way to the first point of the next branch.
 */
export function compartmentCentres({ tracedPoints, ncomp }: Morphology): Coordinates {
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

function assemble(
  skeleton: Skeleton,
  ncomp: number,
  minRadius: number,
  diagnostics: Diagnostic[],
): Morphology {
  const { branches, points } = skeleton;
  const endsAt = new Map(branches.map(({ nodes }, branch) => [nodes.at(-1), branch]));
  const total = branches.length * ncomp;
  const length = new Float64Array(total);
  const geometry = { length, ...emptyGeometry(total) };
  const tracedPoints: Float64Array[] = [];
  const branchLength = new Float64Array(branches.length);
  const coordinates: number[][][] = [];
  for (const [branch, traced] of branches.entries()) {
    const polyline = polylineOf(skeleton, traced, diagnostics);
    const path = Float64Array.from(traced.lengths);
    for (let k = 1; k < path.length; k++) path[k] = (path[k] ?? 0) + (path[k - 1] ?? 0);
    const reach = path.at(-1) ?? 0;
    if (reach < 1e-8) {
      diagnostics.push({
        severity: "warning",
        code: "zero-length",
        message: `A branch without length counts as ${zeroLengthReplacement} um long.`,
        line: points.line[traced.nodes.at(-1) ?? 0] ?? 1,
      });
    }
    branchLength[branch] = reach < 1e-8 ? zeroLengthReplacement : reach;
    tracedPoints.push(polyline);
    const part = compartmentsOfBranch(polyline, ncomp, minRadius);
    const start = branch * ncomp;
    length.fill((branchLength[branch] ?? 0) / ncomp, start, start + ncomp);
    for (const key of Object.keys(part) as (keyof CompartmentGeometry)[])
      geometry[key].set(part[key], start);
    coordinates.push(
      Array.from({ length: ncomp }, (_, i) => {
        const at = ((branchLength[branch] ?? 0) * (i + 0.5)) / ncomp;
        return [points.x, points.y, points.z].map((column) =>
          interpolate(path, (k) => column[traced.nodes[k] ?? 0] ?? 0, at),
        );
      }),
    );
  }
  return {
    parents: Int32Array.from(branches, ({ nodes }, branch) =>
      branch === 0 ? -1 : (endsAt.get(nodes[0]) ?? -1),
    ),
    ncomp: new Int32Array(branches.length).fill(ncomp),
    branchLength,
    groups: groupBranches(branches),
    tracedPoints,
    geometry,
    coordinates: joinCoordinates(coordinates),
    diagnostics,
  };
}

/** Points of a branch as rows of x, y, z, radius, with a first point of another type made to fit. */
function polylineOf(
  { points, somaOnly }: Skeleton,
  { nodes }: TracedBranch,
  diagnostics: Diagnostic[],
): Float64Array {
  const [first = 0, second = 0] = nodes;
  const row = (node: number, radius: number) => [
    points.x[node] ?? 0,
    points.y[node] ?? 0,
    points.z[node] ?? 0,
    radius,
  ];
  const isForeign = points.type[first] !== points.type[second];
  const start = row(first, points.radius[isForeign ? second : first] ?? 0);
  const rest = nodes.slice(1).flatMap((node) => row(node, points.radius[node] ?? 0));
  const polyline = Float64Array.from(somaOnly.has(first) ? rest : [...start, ...rest]);
  if (polyline.length === 4 || (pathLengths(polyline).at(-1) ?? 0) > 0) return polyline;
  diagnostics.push({
    severity: "warning",
    code: "coincident-points",
    message: `The points of a branch lie at one place; they count as ${shortestLink} um apart.`,
    line: points.line[second] ?? 1,
  });
  const last = polyline.length - 4;
  polyline[last] = (polyline[last] ?? 0) + shortestLink;
  return polyline;
}

function groupBranches(branches: readonly TracedBranch[]): Map<string, Int32Array> {
  const lists = new Map<string, number[]>();
  for (const [branch, { type }] of branches.entries()) {
    const name = groupNames[type] ?? `custom${type < 0 ? `_minus${-type}` : type}`;
    const list = lists.get(name) ?? [];
    list.push(branch);
    lists.set(name, list);
  }
  return new Map([...lists].map(([name, list]) => [name, Int32Array.from(list)]));
}

/** Says what a soma of a single point is taken for. */
function describeSoma({ type, radius, line }: TracedPoints): Diagnostic[] {
  const soma = type.indexOf(1);
  if (soma < 0 || type.lastIndexOf(1) !== soma) return [];
  const r = radius[soma] ?? 0;
  return [
    {
      severity: "info",
      code: "point-soma",
      message:
        `The soma is a single point: it becomes a branch ${2 * r} um long with the area of a sphere of radius ${r} um, ` +
        "and neurites begin at their own first points.",
      line: line[soma] ?? 1,
    },
  ];
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

function checkPositive(subject: string, value: number | undefined, isWhole = true): void {
  if (value === undefined || (value > 0 && Number.isFinite(value) && isWhole)) return;
  throw new ValueError(`${subject} is ${value}.`, {
    subject,
    value,
    remedy:
      subject === "ncomp" ? "Give a whole number from 1 up." : "Give a number above 0, in um.",
  });
}
