/** @file Where the inputs of equations stand. */
import type { Tape } from "../../expressions/evaluate.ts";
import { isGeometryKey } from "../../modules/geometry.ts";
import type { Wanted } from "../../plan/gradient.ts";
import type { Plan } from "../../plan/plan.ts";
import { voltageSides } from "../../plan/synapse.ts";
import { type Columns, columnOf, names } from "./columns.ts";

/** The number that an equation reads for a compartment or connection. */
export interface Place {
  readonly column: string;
  readonly key: string;
  readonly index: (row: number) => number;
  /** Whether it does not move. */
  readonly isGiven: boolean;
}

/** Place of an input; undefined for the time step. */
export type PlaceOf = (name: string) => Place | undefined;

const own = (row: number) => row;

/** @param voltage - the column that equations see as the voltage. */
export function placesInCompartments(
  { parameters }: Plan,
  voltage: "v" | typeof names.old,
): PlaceOf {
  return (name) => {
    if (name === "dt") return undefined;
    if (name === "v") return { column: voltage, key: name, index: own, isGiven: false };
    const isGiven = isGeometryKey(name) || parameters.has(name);
    return { column: name, key: name, index: own, isGiven };
  };
}

export function placesInSynapses(plan: Plan, kind: number): PlaceOf {
  const synapse = plan.synapses[kind];
  const inCompartments = placesInCompartments(plan, "v");
  return (name) => {
    const side = voltageSides.get(name);
    const reading = side === undefined ? synapse?.readings.get(name) : { side, key: "v" };
    if (reading !== undefined) {
      const place = inCompartments(reading.key);
      const compartments = synapse?.[reading.side];
      return place && { ...place, index: (edge) => compartments?.[edge] ?? 0 };
    }
    if (name === "dt") return undefined;
    const isGiven = synapse?.parameters.has(name) === true;
    return {
      column: isGiven ? names.parameter(kind, name) : name,
      key: name,
      index: own,
      isGiven,
    };
  };
}

/** Whether derivatives by an input are needed. */
export function wants({ keys }: Wanted, placeOf: PlaceOf): (name: string) => boolean {
  return (name) => {
    const place = placeOf(name);
    return place !== undefined && (!place.isGiven || keys.has(place.key));
  };
}

/** The number of an input for a row. */
export type Reader = (row: number) => number;

/**
 * How inputs are read.
 *
 * @param dots - how columns move, read under names with `dot ` before them.
 */
export function readerOf(
  placeOf: PlaceOf,
  columns: Columns,
  dt: number,
  dots?: Columns,
): (name: string) => Reader {
  const at = (name: string, from: Columns): Reader => {
    const place = placeOf(name);
    if (place === undefined) return () => dt;
    const { index } = place;
    const column = columnOf(from, place.column);
    return (row) => column[index(row)] ?? Number.NaN;
  };
  return (name) =>
    dots !== undefined && name.startsWith("dot ") ? at(name.slice(4), dots) : at(name, columns);
}

/** Values of a tape row by row. */
export function evaluator(tape: Tape, read: (name: string) => Reader): (row: number) => number[] {
  const readers = tape.inputs.map(read);
  return (row) => tape.run(readers.map((reader) => reader(row)));
}
