/** @file Whether the rules of a convention leave the membrane as large as it was traced, part by part. */
import type { Diagnostic } from "./diagnostic.ts";
import { frustumArea } from "./frustum.ts";
import { distance, type TracedPoints } from "./points.ts";

/** Membrane of a part, in um2. */
interface Membrane {
  readonly area: number;
  /** What it is, in words. */
  readonly shape: string;
}

const somaType = 1;
/** Difference that is worth a remark. */
const tolerance = 0.01;
/** How far the outer two of three somatic points may lie off the sphere that they stand for, as a part of its radius. */
const offSphere = 0.25;

/**
 * Membrane of each part (soma, and the neurites of each type) as it was traced: of neurites the frusta between their points;
 * of a soma of one point the sphere, so too of NeuroMorpho.Org's three (the second and third a radius off the first:
 * http://neuromorpho.org/SomaFormat.html); of any other soma the frusta between its points. What joins a soma to a neurite
 * is no membrane.
 *
 * @param partOf - part that a type belongs to.
 */
export function tracedMembrane(
  points: TracedPoints,
  partOf: (type: number) => string,
): Map<string, Membrane> {
  const { parent, type, radius } = points;
  const isSoma = (i: number) => i >= 0 && type[i] === somaType;
  const membrane = new Map<string, Membrane>();
  const add = (part: string, area: number, shape: string) => {
    membrane.set(part, { area: (membrane.get(part)?.area ?? 0) + area, shape });
  };
  const spheres = sphericalSomata(points);
  for (const [i, above] of parent.entries()) {
    const part = partOf(type[i] ?? 0);
    const sphere = spheres.get(i);
    if (sphere === "centre") add(part, 4 * Math.PI * (radius[i] ?? 0) ** 2, "sphere");
    if (sphere !== undefined || above < 0 || isSoma(i) !== isSoma(above)) continue;
    add(
      part,
      frustumArea(distance(points, above, i), radius[above] ?? 0, radius[i] ?? 0),
      "frusta",
    );
  }
  return membrane;
}

/** The points of somata that stand for spheres: their centres, and what only belongs to them. */
function sphericalSomata(points: TracedPoints): Map<number, "centre" | "other"> {
  const { parent, type, radius } = points;
  const somatic = new Map<number, number[]>();
  const branched = new Set<number>();
  for (const [i, above] of parent.entries()) {
    if (type[i] !== somaType) {
      if (above >= 0) branched.add(above);
      continue;
    }
    if (above >= 0 && type[above] === somaType) {
      somatic.set(above, [...(somatic.get(above) ?? []).slice(0, 2), i]);
      branched.add(above);
    } else if (!somatic.has(i)) somatic.set(i, []);
  }
  const found = new Map<number, "centre" | "other">();
  for (const [i, children] of somatic) {
    const above = parent[i] ?? -1;
    if (above >= 0 && type[above] === somaType) continue;
    const [one, other, ...more] = children;
    if (one === undefined) {
      found.set(i, "centre");
      continue;
    }
    if (other === undefined || more.length > 0 || branched.has(one) || branched.has(other))
      continue;
    const r = radius[i] ?? 0;
    const fits = [one, other].every((k) => Math.abs(distance(points, i, k) / r - 1) <= offSphere);
    if (fits) found.set(i, "centre").set(one, "other").set(other, "other");
  }
  return found;
}

/**
 * Remarks on the parts whose membrane differs by more than 1 % from what was traced.
 *
 * @param areas - membrane of each part in the model, in um2.
 * @param remedy - a sentence for the end of each.
 */
export function compareArea(
  traced: ReadonlyMap<string, Membrane>,
  areas: ReadonlyMap<string, number>,
  convention: string,
  remedy: string,
): Diagnostic[] {
  const sum = (values: Iterable<number>) => Array.from(values).reduce((a, b) => a + b, 0);
  const total = {
    traced: sum(Array.from(traced.values(), ({ area }) => area)),
    model: sum(areas.values()),
  };
  const inAll = `The whole cell has ${um2(total.model)}, ${percent(total.model / total.traced - 1)}.`;
  return [...new Set([...traced.keys(), ...areas.keys()])].flatMap((part): Diagnostic[] => {
    const area = areas.get(part) ?? 0;
    const right = traced.get(part) ?? { area: 0, shape: "frusta" };
    // A part may have next to no membrane, but the difference be none of the cell either
    const isSmall = Math.abs(area - right.area) <= tolerance * right.area;
    const isTiny = Math.abs(area - right.area) <= 1e-4 * total.traced;
    if (isSmall || (right.area === 0 && isTiny)) return [];
    const change =
      right.area > 0 ? `${percent(area / right.area - 1)} against the` : "instead of the";
    const message =
      `The convention "${convention}" gives ${part} a membrane of ${um2(area)}, ${change} ` +
      `traced ${right.shape} (${um2(right.area)}). ${inAll}${remedy}`;
    return [{ severity: "warning", code: "area", message }];
  });
}

function um2(area: number): string {
  return `${Number(area.toPrecision(4))} um2`;
}

function percent(change: number): string {
  return `${change > 0 ? "+" : ""}${(100 * change).toFixed(1)} %`;
}
