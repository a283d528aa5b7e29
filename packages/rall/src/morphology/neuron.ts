/**
 * @file From traced points to branches by the rules of NEURON's import (Import3d for SWC), so that sections agree in number,
 * place, length and area: the root is the first point; a section ends at a branch point, where the type changes and where
 * the numbering of its points is interrupted by a child from elsewhere; neurites that touch the middle of a soma, or a soma
 * of one point, begin there (`soma(0.5)`), and where a wire would run inside the soma, with their own first point.
 */
import type { Diagnostic } from "./diagnostic.ts";
import { pathLengths } from "./frustum.ts";
import { distance, type TracedPoints } from "./points.ts";

/** A section of NEURON as a branch. */
export interface Section {
  /** Branch at which it begins; -1: at the start of the first branch. */
  readonly parent: number;
  /** Relative place there: 0.5 or 1. */
  readonly attachedAt: number;
  readonly type: number;
  /** Rows of x, y, z, radius. */
  readonly polyline: Float64Array;
}

const somaType = 1;

export function makeSections(traced: TracedPoints, diagnostics: Diagnostic[]): Section[] {
  return new Sectioning(parentsFirst(traced), diagnostics).sections();
}

/** Points in an order in which parents come first: as in the file, unless it has a child before its parent. */
function parentsFirst(points: TracedPoints): TracedPoints {
  if (points.parent.every((above, i) => above < i)) return points;
  const children: number[][] = Array.from(points.parent, () => []);
  const stack: number[] = [];
  for (const [i, above] of points.parent.entries()) {
    if (above < 0) stack.push(i);
    else children[above]?.push(i);
  }
  stack.reverse();
  const order: number[] = [];
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    order.push(i);
    for (const child of (children[i] ?? []).reverse()) stack.push(child);
  }
  const position = new Int32Array(order.length);
  for (const [at, i] of order.entries()) position[i] = at;
  const real = (column: Float64Array) => Float64Array.from(order, (i) => column[i] ?? 0);
  const whole = (column: Int32Array) => Int32Array.from(order, (i) => column[i] ?? 0);
  return {
    id: real(points.id),
    type: whole(points.type),
    x: real(points.x),
    y: real(points.y),
    z: real(points.z),
    radius: real(points.radius),
    parent: whole(points.parent).map((above) => (above < 0 ? -1 : (position[above] ?? -1))),
    line: whole(points.line),
  };
}

/** Points from `first` to before `end`, as the section that they become. */
interface Run {
  readonly first: number;
  readonly end: number;
}

class Sectioning {
  readonly #points: TracedPoints;
  readonly #diagnostics: Diagnostic[];
  readonly #parent: Int32Array;
  /** Points whose section begins where the section of their parent does, not at its end. */
  readonly #toStart = new Set<number>();
  /** Somatic children of each somatic point. */
  readonly #somaticChildren: Int32Array;
  readonly #endsRun: Uint8Array;
  /** Whether the soma is three points that stand for a sphere. */
  #isSphere = false;

  constructor(points: TracedPoints, diagnostics: Diagnostic[]) {
    this.#points = points;
    this.#diagnostics = diagnostics;
    this.#parent = points.parent.slice();
    this.#somaticChildren = this.#countSomaticChildren();
    this.#endsRun = this.#findEnds();
  }

  sections(): Section[] {
    const runs = this.#runs();
    this.#describeForeign(runs);
    const runOf = new Int32Array(this.#parent.length);
    for (const [number, { first, end }] of runs.entries()) runOf.fill(number, first, end);
    const sections: Section[] = [];
    /** Where the start of each run lies, and the branch that it became, if it became one. */
    const placed: { readonly start: Place; readonly branch: number | undefined }[] = [];
    for (const [number, run] of runs.entries()) {
      const { parent, place, polyline } = this.#attach(run, number, runs, runOf);
      const above = placed[parent];
      const start = placeOn(above, place);
      const isLeftOut = above !== undefined && isEmpty(polyline);
      placed.push({ start, branch: isLeftOut ? undefined : sections.length });
      if (isLeftOut) {
        const message = "A section without length is left out, as NEURON does.";
        this.#remark("info", run.end - 1, "empty-section", message);
        continue;
      }
      sections.push({
        parent: start.parent,
        attachedAt: start.attachedAt,
        type: this.#type(run.first),
        polyline: this.#withLength(polyline, run),
      });
    }
    return sections;
  }

  /** A section whose points all coincide has next to no length; its membrane is what its radii differ by. */
  #withLength(polyline: Float64Array, { first }: Run): Float64Array {
    if ((pathLengths(polyline).at(-1) ?? 0) > 0) return polyline;
    const message = `The points of a section lie at one place: it is ${leastLength} um long (in NEURON 1e-9), and has no membrane but for what its radii differ by.`;
    this.#remark("warning", first, "coincident-points", message);
    const stretched = polyline.slice();
    const at = stretched.length - 4;
    const x = stretched[at] ?? 0;
    // Far from the origin neighbouring numbers are further apart than that
    for (let step = leastLength; stretched[at] === x; step *= 2) stretched[at] = x + step;
    return stretched;
  }

  #type(i: number): number {
    return this.#points.type[i] ?? 0;
  }

  #isSoma(i: number): boolean {
    return i >= 0 && this.#type(i) === somaType;
  }

  #remark(severity: Diagnostic["severity"], i: number, code: string, message: string): void {
    const line = this.#points.line[i] ?? 1;
    this.#diagnostics.push({ severity, code, message, line });
  }

  #countSomaticChildren(): Int32Array {
    const count = new Int32Array(this.#parent.length);
    for (const [i, above] of this.#parent.entries()) {
      if (this.#isSoma(i) && this.#isSoma(above)) count[above] = (count[above] ?? 0) + 1;
    }
    return count;
  }

  /** Marks the last point of each section: whatever has not exactly one child, which follows it and is of its type. */
  #findEnds(): Uint8Array {
    const children = new Float64Array(this.#parent.length);
    const add = (i: number, amount: number) => {
      children[i] = (children[i] ?? 0) + amount;
    };
    for (const [i, above] of this.#parent.entries()) {
      if (above < 0) continue;
      add(above, 1);
      if (above !== i - 1) {
        add(above, 0.01);
        const beyond = Math.max(0, this.#parent[above] ?? 0);
        const touchesSoma = above > 1 && this.#isSoma(beyond);
        if (!this.#isSoma(above) && (above === 0 || touchesSoma)) {
          // It starts where its parent's section does, for that section has only this point so far
          this.#toStart.add(i);
          children[above] = 1;
        }
      }
      if (this.#type(above) !== this.#type(i)) add(above, 0.01);
    }
    this.#isSphere = this.#standsForSphere(children);
    if (this.#isSphere) this.#parent[2] = 1;
    for (let i = 0; i + 1 < children.length; i++) {
      const continues = this.#isSoma(i) && this.#isSoma(i + 1) && this.#parent[i + 1] === i;
      if (continues && (i === 0 || (this.#somaticChildren[i] ?? 0) <= 1)) children[i] = 1;
    }
    return Uint8Array.from(children, (count) => (count === 1 ? 0 : 1));
  }

  /** Three somatic points of one radius, two of them a radius off the first: NeuroMorpho.Org's way to write a sphere. */
  #standsForSphere(children: Float64Array): boolean {
    const { type, radius } = this.#points;
    const somata = type.reduce((sum, kind) => sum + (kind === somaType ? 1 : 0), 0);
    if (somata !== 3 || this.#parent[1] !== 0 || this.#parent[2] !== 0) return false;
    if (children[1] !== 0 || children[2] !== 0) return false;
    if (radius[1] !== radius[0] || radius[2] !== radius[0]) return false;
    const span = distance(this.#points, 0, 1) + distance(this.#points, 0, 2);
    return Math.abs(span / (2 * (radius[0] ?? 0)) - 1) < 0.01;
  }

  #runs(): Run[] {
    const runs: Run[] = [];
    let first = 0;
    for (const [i, isEnd] of this.#endsRun.entries()) {
      if (isEnd !== 1) continue;
      runs.push({ first, end: i + 1 });
      first = i + 1;
    }
    if (first < this.#endsRun.length) runs.push({ first, end: this.#endsRun.length });
    return runs;
  }

  /**
   * NEURON takes the first point of a neurite at which another begins for one of several, and goes on with the point that
   * follows it in the file, whatever the parent of that one is.
   */
  #describeForeign(runs: readonly Run[]): void {
    const { id } = this.#points;
    for (const { first, end } of runs) {
      for (let i = first + 1; i < end; i++) {
        const parent = this.#parent[i] ?? -1;
        if (parent === i - 1) continue;
        const written = parent < 0 ? "it is a root" : `its parent is ${id[parent]}`;
        const message = `Point ${id[i]} goes on from point ${id[i - 1]}, as in NEURON, though ${written}. Points that are numbered branch by branch keep to their parents.`;
        this.#remark("warning", i, "foreign-point", message);
      }
    }
  }

  /** Where a run begins (0 start, 0.5 middle, 1 end of another run), and its points, with or without that of its parent. */
  #attach(run: Run, number: number, runs: readonly Run[], runOf: Int32Array) {
    const { first, end } = run;
    if (number === 0) return { parent: -1, place: 0, polyline: this.#root(run) };
    const point = this.#parent[first] ?? -1;
    // The tree beside the first one hangs on the first section, as if its parent were a point before all others
    const origin = Math.max(0, point);
    const parent = runOf[origin] ?? 0;
    const above = runs[parent] ?? run;
    const isNeurite = !this.#isSoma(first);
    const touchesSoma = this.#isSoma(above.first);
    const hasSeveral = end - first > 1;
    const somaGoesOn = (this.#somaticChildren[origin] ?? 0) > 1;
    const isPoint = parent === 0 && (this.#isSphere || above.end - above.first === 1);
    let isWire = false;
    let place = 1;
    if (isPoint && touchesSoma && isNeurite) {
      place = 0.5;
      isWire = hasSeveral;
    } else if (parent === 0 && point === above.first) {
      place = 0;
      isWire = isNeurite && somaGoesOn;
    } else if (touchesSoma && point < above.end - 1) {
      place = 0.5;
      isWire = isNeurite && hasSeveral;
    } else if (touchesSoma) isWire = isNeurite && hasSeveral && somaGoesOn;
    if (this.#toStart.has(first)) place = 0;
    if (point < 0) this.#describeTree(first, isWire, origin);
    if (isWire) return { parent, place, polyline: this.#rows(first, end) };
    const polyline = this.#rows(first, end, origin);
    if (touchesSoma && isNeurite) polyline[3] = this.#points.radius[first] ?? 0;
    return { parent, place, polyline };
  }

  #describeTree(first: number, isWire: boolean, origin: number): void {
    const { id } = this.#points;
    const length = distance(this.#points, origin, first).toPrecision(4);
    const link = isWire ? "without a link" : `by a link of ${length} um that counts as membrane`;
    const message = `The tree of point ${id[first]} is attached to the first section ${link}, as NEURON does.`;
    this.#remark(isWire ? "info" : "warning", first, "attached-tree", message);
  }

  /** Points of the first section; a soma of one point is a cylinder as long as wide, which has the area of the sphere. */
  #root({ first, end }: Run): Float64Array {
    const polyline = this.#rows(first, this.#isSphere ? 1 : end);
    if (polyline.length > 4) return polyline;
    const [x = 0, y = 0, z = 0, r = 0] = polyline;
    if (this.#isSoma(first)) {
      const points = this.#isSphere ? "three points that stand for a sphere" : "a single point";
      const message = `The soma is ${points}: a cylinder of ${2 * r} um with the area of a sphere of radius ${r} um, at whose middle neurites begin.`;
      this.#remark("info", first, "point-soma", message);
    }
    return Float64Array.of(x - r, y, z, r, x, y, z, r, x + r, y, z, r);
  }

  /** Rows of points, after that of the point `origin` if it is given. */
  #rows(first: number, end: number, origin?: number): Float64Array {
    const { x, y, z, radius } = this.#points;
    const from = origin === undefined ? first : first - 1;
    const rows = new Float64Array(4 * (end - from));
    for (let k = from, at = 0; k < end; k++) {
      const i = k < first ? (origin ?? first) : k;
      rows[at++] = x[i] ?? 0;
      rows[at++] = y[i] ?? 0;
      rows[at++] = z[i] ?? 0;
      rows[at++] = radius[i] ?? 0;
    }
    return rows;
  }
}

/** A branch, -1 for the start of the first, and a relative place on it. */
type Place = Pick<Section, "parent" | "attachedAt">;

/** A place on a run: its start is where it is attached itself, and so is all of a run that is left out. */
function placeOn(
  above: { readonly start: Place; readonly branch: number | undefined } | undefined,
  place: number,
): Place {
  if (above === undefined) return { parent: -1, attachedAt: 1 };
  if (place === 0 || above.branch === undefined) return above.start;
  return { parent: above.branch, attachedAt: place };
}

/** One point, or two at one place: NEURON leaves such sections out, unless they are the first. */
function isEmpty(polyline: Float64Array): boolean {
  const isShort = polyline.length <= 8;
  return isShort && [0, 1, 2].every((c) => polyline[c] === (polyline[4 + c] ?? polyline[c]));
}

/**
 * Length in um of a section whose points coincide. NEURON takes 1e-9, at which the conductance along the section leaves its
 * neighbours no more than four digits; at this one rounding and the area that it adds are both about 1e-7.
 */
const leastLength = 1e-6;
