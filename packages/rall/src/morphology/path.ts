/** @file The branches of a traced neuron in space, by either convention. */
import { ValueError } from "../errors.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { pathLengths } from "./frustum.ts";
import { makeSections } from "./neuron.ts";
import type { TracedPoints } from "./points.ts";
import { type Spelling, spellAsOption } from "./spelling.ts";
import {
  type Skeleton,
  shortestLink,
  type TracedBranch,
  type TraceOptions,
  traceBranches,
} from "./trace.ts";

export interface TracedPath {
  /** Branch at which it begins, -1 for the root (and for what begins where the root does). */
  readonly parent: number;
  /** Relative place on the parent at which it begins. */
  readonly attachedAt: number;
  readonly type: number;
  /** Rows of x, y, z, radius: where the geometry comes from. */
  readonly polyline: Float64Array;
  /** Places on the way, rows of x, y, z, radius, and the path length (um) up to each. */
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
  const skeleton = traceBranches(joinTrees(traced, diagnostics), options);
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
    const centreline = rowsOf(points, nodes);
    const parent = number === 0 ? -1 : (endsAt.get(nodes[0]) ?? -1);
    const length = hasLength ? reach : zeroLengthReplacement;
    return { parent, attachedAt: 1, type, polyline, centreline, lengths, length };
  });
}

/** @throws ValueError for options of the other convention. */
export function neuronPaths(
  points: TracedPoints,
  options: TraceOptions & { readonly spelling?: Spelling },
  diagnostics: Diagnostic[],
): TracedPath[] {
  const { spelling = spellAsOption } = options;
  for (const key of ["maxBranchLength", "relevantTypeIds", "ignoreTracingInterruptions"] as const) {
    if (options[key] === undefined) continue;
    throw new ValueError(`NEURON's convention has no ${spelling(key)}.`, {
      subject: key,
      value: options[key],
      remedy: `Leave it out; ${spelling("maxLength")} and ${spelling("dLambda")} divide long sections into compartments.`,
    });
  }
  return makeSections(points, diagnostics).map(({ parent, attachedAt, type, polyline }) => {
    const lengths = pathLengths(polyline);
    const length = lengths.at(-1) ?? 0;
    return { parent, attachedAt, type, polyline, centreline: polyline, lengths, length };
  });
}

/**
 * Trees beside the first one hang on the soma: on a point in its middle, where neurites begin with their own first points, if
 * it has one.
 */
function joinTrees(points: TracedPoints, diagnostics: Diagnostic[]): TracedPoints {
  const { parent, type, id, line } = points;
  const roots = Array.from(parent.keys()).filter((i) => parent[i] === -1);
  const [first = 0, second] = roots;
  if (second === undefined) return points;
  const somatic = Array.from(type.keys()).filter((i) => type[i] === 1);
  const around = new Int32Array(parent.length);
  for (const i of somatic) {
    const above = parent[i] ?? -1;
    if (above < 0 || type[above] !== 1) continue;
    around[above] = (around[above] ?? 0) + 1;
    around[i] = (around[i] ?? 0) + 1;
  }
  const middle = somatic.length === 1 ? somatic[0] : somatic.find((i) => (around[i] ?? 0) > 1);
  const anchor = middle ?? somatic[0] ?? first;
  let own = anchor;
  while ((parent[own] ?? -1) >= 0) own = parent[own] ?? -1;
  const joined = parent.slice();
  for (const root of roots) if (root !== own) joined[root] = anchor;
  const how = middle === undefined ? "by links that count as membrane" : "without links";
  diagnostics.push({
    severity: middle === undefined ? "warning" : "info",
    code: "attached-tree",
    message: `${roots.length - 1} trees beside the first are attached to point ${id[anchor]}, ${how}.`,
    line: line[second] ?? 1,
  });
  return { ...points, parent: joined };
}

/** Points of a branch as rows of x, y, z, radius, with a first point of another type made to fit. */
function polylineOf(
  { points, somaOnly }: Skeleton,
  { nodes }: TracedBranch,
  diagnostics: Diagnostic[],
): Float64Array {
  const [first = 0, second = 0] = nodes;
  const isForeign = points.type[first] !== points.type[second];
  const rows = rowsOf(points, nodes);
  if (isForeign) rows[3] = points.radius[second] ?? 0;
  const polyline = somaOnly.has(first) ? rows.slice(4) : rows;
  if (polyline.length === 4 || (pathLengths(polyline).at(-1) ?? 0) > 0)
    return withoutRepeatedEnds(polyline);
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

/** Points as rows of x, y, z, radius. */
function rowsOf({ x, y, z, radius }: TracedPoints, nodes: readonly number[]): Float64Array {
  const rows = new Float64Array(4 * nodes.length);
  let at = 0;
  for (const node of nodes) {
    rows[at++] = x[node] ?? 0;
    rows[at++] = y[node] ?? 0;
    rows[at++] = z[node] ?? 0;
    rows[at++] = radius[node] ?? 0;
  }
  return rows;
}

/** Points repeated at the ends of a branch do not count in Jaxley: of these the one towards the middle stays. */
function withoutRepeatedEnds(polyline: Float64Array): Float64Array {
  const lengths = pathLengths(polyline);
  const total = lengths.at(-1) ?? 0;
  const first = lengths.lastIndexOf(0);
  const last = lengths.indexOf(total);
  // A view costs far more than two points do, and there may be very many branches
  const isWhole = first === 0 && last === lengths.length - 1;
  return isWhole ? polyline : polyline.slice(4 * first, 4 * last + 4);
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
