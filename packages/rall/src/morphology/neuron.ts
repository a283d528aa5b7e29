/**
 * @file From traced points to branches by the rules of NEURON's import (Import3d for SWC), so that sections agree in number,
 * length and area: the root is the first point; a section ends at a branch point, where the type changes and where the
 * numbering of its points is interrupted by a child from elsewhere; dendrites that touch a soma begin at their own first
 * point where a wire would run inside the soma.
 */
import type { Diagnostic } from "./diagnostic.ts";
import { pathLengths } from "./frustum.ts";
import { distance, type TracedPoints } from "./points.ts";

/** A section of NEURON as a branch. */
export interface Section {
  /** Branch at whose far end it begins; -1: at the start of the first branch. */
  readonly parent: number;
  readonly type: number;
  /** Rows of x, y, z, radius. */
  readonly polyline: Float64Array;
  /** Last of its points. */
  readonly last: number;
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
  const order: number[] = [];
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    order.push(i);
    stack.push(...(children[i] ?? []).reverse());
  }
  const position = new Int32Array(order.length);
  for (const [at, i] of order.entries()) position[i] = at;
  const real = (column: Float64Array) => Float64Array.from(order, (i) => column[i] ?? 0);
  const whole = (column: Int32Array) => Int32Array.from(order, (i) => column[i] ?? 0);
  return {
    id: whole(points.id),
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
    const runOf = new Int32Array(this.#parent.length);
    for (const [number, { first, end }] of runs.entries()) runOf.fill(number, first, end);
    const attached = runs.map((run, number) => this.#attach(run, number, runs, runOf));
    const sections: Section[] = [];
    /** Branch whose far end and branch whose start each run stands for. */
    const branchOf: number[] = [];
    for (const { parent, atStart, polyline, run } of attached) {
      const above = parent < 0 ? -1 : (branchOf[parent] ?? -1);
      const start = parent >= 0 && atStart ? (sections[above]?.parent ?? -1) : above;
      const isEmpty = polyline.length <= 4 || (pathLengths(polyline).at(-1) ?? 0) === 0;
      if (parent >= 0 && isEmpty) {
        this.#remark(run.end - 1, "empty-section", "A section without length is left out.");
        branchOf.push(start);
        continue;
      }
      branchOf.push(sections.length);
      sections.push({ parent: start, type: this.#type(run.first), polyline, last: run.end - 1 });
    }
    return sections;
  }

  #type(i: number): number {
    return this.#points.type[i] ?? 0;
  }

  #isSoma(i: number): boolean {
    return i >= 0 && this.#type(i) === somaType;
  }

  #remark(i: number, code: string, message: string): void {
    const line = this.#points.line[i] ?? 1;
    this.#diagnostics.push({ severity: "info", code, message, line });
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
        const touchesSoma = above > 1 && this.#isSoma(this.#parent[above] ?? -1);
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

  /** Where a run begins, and its points, with or without that of its parent. */
  #attach(run: Run, number: number, runs: readonly Run[], runOf: Int32Array) {
    const { first, end } = run;
    if (number === 0) {
      const polyline = this.#rows(first, this.#isSphere ? 1 : end);
      return { run, parent: -1, atStart: false, polyline: sphere(polyline) };
    }
    const point = this.#parent[first] ?? -1;
    const parent = runOf[point] ?? 0;
    const above = runs[parent] ?? run;
    const isNeurite = !this.#isSoma(first);
    const touchesSoma = this.#isSoma(above.first);
    const hasSeveral = end - first > 1;
    const somaGoesOn = (this.#somaticChildren[point] ?? 0) > 1;
    const isPoint = parent === 0 && (this.#isSphere || above.end - above.first === 1);
    let isWire = false;
    let atStart = this.#toStart.has(first);
    if (isPoint && touchesSoma && isNeurite) {
      isWire = hasSeveral;
    } else if (parent === 0 && point === above.first) {
      atStart = true;
      isWire = isNeurite && somaGoesOn;
    } else if (touchesSoma) {
      if (point < above.end - 1) {
        isWire = isNeurite && hasSeveral;
        this.#remark(
          first,
          "soma-middle",
          "A neurite that touches the middle of the soma begins at its end.",
        );
      } else isWire = isNeurite && hasSeveral && somaGoesOn;
    }
    const own = this.#rows(first, end);
    if (isWire) return { run, parent, atStart, polyline: own };
    const start = this.#rows(point, point + 1);
    if (touchesSoma && isNeurite) start[3] = own[3] ?? 0;
    return { run, parent, atStart, polyline: Float64Array.of(...start, ...own) };
  }

  #rows(first: number, end: number): Float64Array {
    const { x, y, z, radius } = this.#points;
    const rows = new Float64Array(4 * (end - first));
    for (let i = first; i < end; i++) {
      rows.set([x[i] ?? 0, y[i] ?? 0, z[i] ?? 0, radius[i] ?? 0], 4 * (i - first));
    }
    return rows;
  }
}

/** A single point as a cylinder as long as wide, which has the area of the sphere. */
function sphere(polyline: Float64Array): Float64Array {
  if (polyline.length > 4) return polyline;
  const [x = 0, y = 0, z = 0, r = 0] = polyline;
  return Float64Array.of(x - r, y, z, r, x, y, z, r, x + r, y, z, r);
}
