/** @file The currents of all mechanisms, then those of each kind of synapse. */
import type { Differentiation } from "../../plan/adjoint.ts";
import { perMicrosiemens } from "../../plan/junctions.ts";
import type { Plan } from "../../plan/plan.ts";
import { type Columns, columnOf, names } from "./columns.ts";
import { Current } from "./current.ts";
import type { Phase, PhaseEquation } from "./phase.ts";
import { type PlaceOf, placesInCompartments, placesInSynapses } from "./places.ts";

/** How the equations at some places are differentiated. */
export type HowAt = (placeOf: PlaceOf, isSpiking: boolean) => Differentiation;

const own = (row: number) => row;

/** All read the currents of the step before, which these replace together. */
export class MembraneCurrents implements Phase {
  readonly #currents: readonly Current[];
  /** Columns that are summed up anew, with their lengths. */
  readonly #kept: ReadonlyMap<string, number>;
  readonly #sums: ReadonlyMap<string, number>;

  constructor(plan: Plan, nodes: number, howAt: HowAt) {
    const { count, mechanisms, ions, geometry, dt, slopes } = plan;
    const placeOf = placesInCompartments(plan, "v");
    // mA/cm2 over um2 is 1e-8 mA; in units of 100 nA = 1e-4 mA
    const areas = geometry.area.map((area) => area * 1e-4);
    const ones = new Float64Array(count).fill(1);
    const diffusing = new Set(
      ions.filter(({ diffusion }) => diffusion !== undefined).map(({ key }) => key),
    );
    this.#currents = mechanisms.map(
      ({ name, present, current, slope, currentName, ion, isSpiking }) => {
        const isWeighed = ion === undefined || diffusing.has(ion);
        return new Current({
          mechanism: name,
          column: currentName,
          rows: Array.from(present.keys()).filter((i) => present[i] === 1),
          placeOf,
          dt,
          flow: { current, slope, variable: ion ?? "v", slopes, isBalanced: true },
          field: ion ?? "v",
          index: own,
          weights: ion === undefined ? areas : isWeighed ? geometry.volume : ones,
          byWeights: isWeighed ? names.weight(ion ?? "v") : undefined,
          how: howAt(placeOf, isSpiking),
        });
      },
    );
    this.#kept = new Map(plan.currentNames.map((name) => [name, count]));
    const fields = [["v", nodes] as const, ...ions.map(({ key }) => [key, count] as const)];
    this.#sums = new Map(
      fields.flatMap(([field, length]) => [
        [names.slope(field), length],
        [names.right(field), length],
      ]),
    );
  }

  get equations(): readonly PhaseEquation[] {
    return this.#currents.flatMap((current) => current.equations);
  }

  run({ columns }: { readonly columns: Columns }): void {
    const before = new Map(columns);
    this.#clear(columns);
    for (const current of this.#currents) current.run(before, columns);
  }

  reverse(before: Columns, _: Columns, bars: Columns): void {
    const kept = new Map(
      Array.from(this.#kept.keys(), (name) => [name, columnOf(bars, name).slice()]),
    );
    for (const name of this.#kept.keys()) columnOf(bars, name).fill(0);
    for (const current of this.#currents)
      current.reverse(before, bars, columnOf(kept, current.column));
    for (const name of this.#sums.keys()) columnOf(bars, name).fill(0);
  }

  tangent(before: Columns, _: Columns, dots: Columns): void {
    const moves = new Map(dots);
    this.#clear(dots);
    for (const current of this.#currents) current.tangent(before, moves, dots);
  }

  #clear(columns: Columns): void {
    for (const [name, length] of [...this.#kept, ...this.#sums])
      columns.set(name, new Float64Array(length));
  }
}

/** The currents of a kind of synapse join those of the mechanisms. */
export class SynapticCurrents implements Phase {
  readonly #current: Current;
  readonly #edges: number;

  constructor(plan: Plan, kind: number, howAt: HowAt) {
    const { synapses, dt, slopes, count } = plan;
    const synapse = synapses[kind];
    if (synapse === undefined) throw new TypeError(`the plan has no synapses ${kind}`);
    const { pre, post, current, slope, currentName, isElectrical } = synapse;
    const placeOf = placesInSynapses(plan, kind);
    this.#edges = pre.length;
    this.#current = new Current({
      mechanism: synapse.name,
      column: currentName,
      rows: Array.from(pre.keys()),
      placeOf,
      dt,
      flow: { current, slope, variable: "v_post", slopes, isBalanced: !isElectrical },
      field: "v",
      index: (edge) => post[edge] ?? 0,
      weights: new Float64Array(count).fill(perMicrosiemens),
      byWeights: undefined,
      how: howAt(placeOf, false),
    });
  }

  get equations(): readonly PhaseEquation[] {
    return this.#current.equations;
  }

  run({ columns }: { readonly columns: Columns }): void {
    this.#current.run(new Map(columns), this.#join(columns));
  }

  reverse(before: Columns, _: Columns, bars: Columns): void {
    const column = columnOf(bars, this.#current.column);
    const kept = column.slice();
    column.fill(0);
    this.#current.reverse(before, bars, kept);
  }

  tangent(before: Columns, _: Columns, dots: Columns): void {
    this.#current.tangent(before, new Map(dots), this.#join(dots));
  }

  /** Puts an empty column for the current, and copies of the sums that it joins. */
  #join(columns: Columns): Columns {
    columns.set(this.#current.column, new Float64Array(this.#edges));
    for (const name of [names.slope("v"), names.right("v")])
      columns.set(name, columnOf(columns, name).slice());
    return columns;
  }
}
