/** @file The part of a program that looks up tabulated functions of the voltage. */
import { type Expression, input } from "../../expressions/expression.ts";
import type { Local } from "./assembler.ts";
import type { Emitter } from "./emitter.ts";
import type { TableLayout } from "./layout.ts";
import { cellSlots, coefficientCount, tableRange, tableStride } from "./table.ts";

/** Adding and subtracting it rounds to a whole number, which then stands in the low bits. */
const roundingShift = 1.5 * 2 ** 52;

/** Functions that were looked up: inputs in their place, and the values of these. */
export interface Found {
  readonly nodes: ReadonlyMap<Expression, Expression>;
  readonly value: (name: string) => Local | undefined;
}

/**
 * Looks up the functions of a table for a pair of compartments.
 *
 * @param v - their voltages.
 * @param direct - evaluates the functions, where the table does not serve.
 */
export function lookUp(
  emitter: Emitter,
  table: TableLayout,
  v: Local,
  direct: () => readonly Local[],
): Found {
  const { f, to } = emitter;
  const { low, width, cells } = tableRange;
  // Rounded to a whole number this is the cell, and what is left the place in it, from -1/2 to 1/2
  const scaled = to.add(to.mul(v, to.constant(1 / width)), to.constant(-low / width - 0.5));
  const shift = to.constant(roundingShift);
  const shifted = to.add(scaled, shift);
  const place = to.sub(scaled, to.sub(shifted, shift));
  const offMiddle = to.op("f64x2.abs", to.sub(scaled, to.constant((cells - 1) / 2)));
  const isInRange = to.op("f64x2.le", offMiddle, to.constant(cells / 2 - 0.01));
  const lanes = [0, 1] as const;
  const cell = lanes.map((lane) => {
    const local = f.local("i32");
    // A voltage out of range may stand for any cell, but must not lead out of the table
    f.get(shifted)
      .extractInteger(lane === 0 ? 0 : 2)
      .i32(cellSlots - 1)
      .op("i32.and")
      .set(local);
    return local;
  });
  f.get(isInRange).op("i64x2.bitmask").i32(3).op("i32.eq");
  for (const local of cell) {
    f.get(local).i32(4).op("i32.mul").memory("i32.load", table.valid).op("i32.and");
  }
  const results = table.functions.map(() => f.local("v128"));
  const assign = (values: readonly Local[]) => {
    for (const [k, result] of results.entries()) {
      const value = values[k];
      if (value !== undefined) f.get(value).set(result);
    }
  };
  f.if(
    () => assign(interpolate(emitter, table, cell, place)),
    () => assign(direct()),
  );
  const name = (k: number) => `table ${k}`;
  const values = new Map(results.map((local, k) => [name(k), local]));
  return {
    nodes: new Map(table.functions.map((node, k) => [node, input(name(k))])),
    value: (wanted) => values.get(wanted),
  };
}

/** Pairs of functions side by side for one compartment, then turned into pairs of compartments. */
function interpolate(
  emitter: Emitter,
  table: TableLayout,
  cells: readonly Local[],
  place: Local,
): Local[] {
  const { f, to } = emitter;
  const lanes = cells.map((cell, k) => {
    const lane = k === 0 ? 0 : 1;
    const offset = f.local("i32");
    f.get(cell).i32(tableStride(table.functions.length)).op("i32.mul").set(offset);
    f.get(place).get(place).shuffle(lane, lane);
    const powers = [to.result()];
    return { offset, powers };
  });
  const values: Local[] = [];
  for (let pair = 0; 2 * pair < table.functions.length; pair++) {
    const at = table.coefficients + 16 * coefficientCount * pair;
    const [first, second] = lanes.map(({ offset, powers }) =>
      to.estrinOf(
        Array.from({ length: coefficientCount }, (_, power) =>
          emitter.load(offset, at + 16 * power),
        ),
        powers,
      ),
    );
    if (first === undefined || second === undefined) continue;
    f.get(first).get(second).shuffle(0, 2);
    values.push(to.result());
    f.get(first).get(second).shuffle(1, 3);
    values.push(to.result());
  }
  return values;
}
