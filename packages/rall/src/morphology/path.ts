/** @file The branches of a traced neuron in space, by either convention. */
import { ValueError } from "../errors.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { pathLengths } from "./frustum.ts";
import { makeSections } from "./neuron.ts";
import type { TracedPoints } from "./points.ts";
import {
  type Skeleton,
  shortestLink,
  type TracedBranch,
  type TraceOptions,
  traceBranches,
} from "./trace.ts";

export interface TracedPath {
  /** Branch at whose far end it begins, -1 for the root (and for what begins where the root does). */
  readonly parent: number;
  readonly type: number;
  /** Rows of x, y, z, radius: where the geometry comes from. */
  readonly polyline: Float64Array;
  /** Places on the way, rows of x, y, z, and the path length (um) up to each. */
  readonly centreline: Float64Array;
  readonly lengths: Float64Array;
  /** Length of the branch in um, above 0. */
  readonly length: number;
}

/** Length in um given to a branch that has none. */
const zeroLengthReplacement = 0.1;

export function jaxleyPaths(
  traced: TracedPoints,
  options: TraceOptions,
  diagnostics: Diagnostic[],
): TracedPath[] {
  const skeleton = traceBranches(traced, options);
  const { branches, points } = skeleton;
  diagnostics.push(...describeSoma(traced));
  const endsAt = new Map(branches.map(({ nodes }, branch) => [nodes.at(-1), branch]));
  return branches.map((branch, number) => {
    const { nodes, type } = branch;
    const polyline = polylineOf(skeleton, branch, diagnostics);
    const lengths = Float64Array.from(branch.lengths);
    for (let k = 1; k < lengths.length; k++) lengths[k] = (lengths[k] ?? 0) + (lengths[k - 1] ?? 0);
    const reach = lengths.at(-1) ?? 0;
    const hasLength = reach >= 1e-8;
    if (!hasLength) {
      diagnostics.push({
        severity: "warning",
        code: "zero-length",
        message: `A branch without length counts as ${zeroLengthReplacement} um long.`,
        line: points.line[nodes.at(-1) ?? 0] ?? 1,
      });
    }
    const centreline = Float64Array.from(
      nodes.flatMap((node) => [points.x[node] ?? 0, points.y[node] ?? 0, points.z[node] ?? 0]),
    );
    const parent = number === 0 ? -1 : (endsAt.get(nodes[0]) ?? -1);
    const length = hasLength ? reach : zeroLengthReplacement;
    return { parent, type, polyline, centreline, lengths, length };
  });
}

/** @throws {ValueError} for options of the other convention. */
export function neuronPaths(
  points: TracedPoints,
  options: TraceOptions,
  diagnostics: Diagnostic[],
): TracedPath[] {
  for (const key of ["maxBranchLength", "relevantTypeIds", "ignoreTracingInterruptions"] as const) {
    if (options[key] === undefined) continue;
    throw new ValueError(`NEURON's convention has no option ${key}.`, {
      subject: key,
      value: options[key],
      remedy: "Leave it out; maxLength and dLambda divide long sections into compartments.",
    });
  }
  return makeSections(points, diagnostics).map(({ parent, type, polyline }) => {
    const lengths = pathLengths(polyline);
    const centreline = polyline.filter((_, k) => k % 4 !== 3);
    return { parent, type, polyline, centreline, lengths, length: lengths.at(-1) ?? 0 };
  });
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
