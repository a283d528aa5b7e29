/**
 * @file A current, row by row: it is summed up in a column, and joins the balance `D dv = R` of its compartment (of pumps: of a
 * concentration) with its slope and its value at the old voltage.
 */
import { Tape } from "../../expressions/evaluate.ts";
import type { Expression } from "../../expressions/expression.ts";
import {
  adjointNames,
  currentAdjoint,
  currentTangent,
  type Differentiation,
  type Flow,
} from "../../plan/adjoint.ts";
import { addAt, type Columns, columnOf, names } from "./columns.ts";
import type { PhaseEquation } from "./phase.ts";
import { evaluator, type PlaceOf, readerOf } from "./places.ts";

export interface CurrentOptions {
  /** Mechanism or kind of synapse that has it. */
  readonly mechanism: string;
  /** Column in which it is kept. */
  readonly column: string;
  readonly rows: readonly number[];
  readonly placeOf: PlaceOf;
  readonly dt: number;
  readonly flow: Omit<Flow, "isKept">;
  /** `v`, or the concentration that a pump moves. */
  readonly field: string;
  /** Compartment of each row. */
  readonly index: (row: number) => number;
  /** By which the current is multiplied, by compartment. */
  readonly weights: ArrayLike<number>;
  /** Column of the derivatives by the weights; undefined if they are fixed. */
  readonly byWeights: string | undefined;
  readonly how: Differentiation;
}

export class Current {
  readonly column: string;
  readonly #options: CurrentOptions;
  readonly #values: Tape;
  #adjoint: { readonly tape: Tape; readonly targets: readonly string[] } | undefined;
  #tangent: Tape | undefined;

  constructor(options: CurrentOptions) {
    this.column = options.column;
    this.#options = options;
    this.#values = new Tape([options.flow.current, options.flow.slope]);
  }

  get equations(): PhaseEquation[] {
    const { mechanism, rows, placeOf, flow } = this.#options;
    const equation = (expression: Expression, isSlope: boolean): PhaseEquation => ({
      ...{ mechanism, key: this.column, isSlope, expression, rows, placeOf },
    });
    return [equation(flow.current, false), equation(flow.slope, true)];
  }

  /** Adds the current, evaluated on the columns `before`, to those `after`. */
  run(before: Columns, after: Columns): void {
    const { rows, index, weights, flow } = this.#options;
    const evaluate = this.#evaluator(before);
    const { total, slopes, right } = this.#sums(after);
    for (const row of rows) {
      const [current = Number.NaN, slope = Number.NaN] = evaluate(row);
      addAt(total, row, current);
      if (!flow.isBalanced) continue;
      const i = index(row);
      const weight = weights[i] ?? Number.NaN;
      addAt(slopes, i, weight * slope);
      addAt(right, i, -weight * current);
    }
  }

  /** @param kept - derivatives by the column in which it is kept. */
  reverse(before: Columns, bars: Columns, kept: Float64Array): void {
    const { rows, index, weights, placeOf, dt, byWeights, flow, how } = this.#options;
    if (this.#adjoint === undefined) {
      const contributions = currentAdjoint({ ...flow, isKept: true }, how);
      const tape = new Tape(contributions.map(({ value }) => value));
      this.#adjoint = { tape, targets: contributions.map(({ to }) => to) };
    }
    const { tape, targets } = this.#adjoint;
    const { slopes, right } = this.#sums(bars);
    const read = readerOf(placeOf, before, dt);
    const evaluate = evaluator(tape, (name) => {
      if (name === adjointNames.kept) return (row) => kept[row] ?? 0;
      if (name === adjointNames.weight) return (row) => weights[index(row)] ?? Number.NaN;
      if (name === adjointNames.right) return (row) => right[index(row)] ?? 0;
      if (name === adjointNames.diagonal) return (row) => slopes[index(row)] ?? 0;
      return read(name);
    });
    const byWeight = byWeights === undefined ? undefined : columnOf(bars, byWeights);
    for (const row of rows) {
      const values = evaluate(row);
      for (const [k, to] of targets.entries()) {
        const value = values[k] ?? Number.NaN;
        if (to === adjointNames.weight) {
          if (byWeight !== undefined) addAt(byWeight, index(row), value);
          continue;
        }
        const place = placeOf(to);
        if (place !== undefined) addAt(columnOf(bars, place.column), place.index(row), value);
      }
    }
  }

  /**
   * Adds how the current moves.
   *
   * @param dots - how the columns `before` move.
   */
  tangent(before: Columns, dots: Columns, after: Columns): void {
    const { rows, index, weights, placeOf, dt, byWeights, flow, how } = this.#options;
    if (this.#tangent === undefined) {
      const { current, slope } = currentTangent(flow, how);
      this.#tangent = new Tape([current, slope]);
    }
    const evaluate = this.#evaluator(before);
    const move = evaluator(this.#tangent, readerOf(placeOf, before, dt, dots));
    const { total, slopes, right } = this.#sums(after);
    const weightMoves = byWeights === undefined ? undefined : columnOf(dots, byWeights);
    for (const row of rows) {
      const [current = Number.NaN, slope = Number.NaN] = evaluate(row);
      const [currentMoves = Number.NaN, slopeMoves = Number.NaN] = move(row);
      addAt(total, row, currentMoves);
      if (!flow.isBalanced) continue;
      const i = index(row);
      const [weight, change] = [weights[i] ?? Number.NaN, weightMoves?.[i] ?? 0];
      addAt(slopes, i, weight * slopeMoves + change * slope);
      addAt(right, i, -(weight * currentMoves + change * current));
    }
  }

  #evaluator(columns: Columns) {
    const { placeOf, dt } = this.#options;
    return evaluator(this.#values, readerOf(placeOf, columns, dt));
  }

  #sums(columns: Columns) {
    const { field } = this.#options;
    return {
      total: columnOf(columns, this.column),
      slopes: columnOf(columns, names.slope(field)),
      right: columnOf(columns, names.right(field)),
    };
  }
}
