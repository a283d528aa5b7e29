/** @file Rules by which states and voltages move, row by row: compartments of a mechanism or connections of a kind of synapse. */
import { Tape } from "../../expressions/evaluate.ts";
import { constant, type Expression } from "../../expressions/expression.ts";
import { barOf, type Differentiation, ruleAdjoint, ruleTangent } from "../../plan/adjoint.ts";
import { addAt, type Columns, columnOf } from "./columns.ts";
import type { Phase, PhaseEquation } from "./phase.ts";
import { evaluator, type PlaceOf, readerOf } from "./places.ts";

export interface RuleSet {
  /** Mechanism or kind of synapse that has the rules. */
  readonly mechanism: string;
  readonly changes: readonly { readonly key: string; readonly value: Expression }[];
  /** New voltage, if it changes. */
  readonly voltage: Expression | undefined;
  readonly placeOf: PlaceOf;
  readonly dt: number;
  readonly how: Differentiation;
}

type Rows = readonly number[];

export class Rules {
  /** Columns that change. */
  readonly columns: readonly string[];
  readonly #set: RuleSet;
  readonly #roots: readonly Expression[];
  readonly #values: Tape;
  #adjoint: { readonly tape: Tape; readonly targets: readonly string[] } | undefined;
  #tangent: Tape | undefined;

  constructor(set: RuleSet) {
    const { changes, voltage } = set;
    this.#set = set;
    this.columns = [...changes.map(({ key }) => key), ...(voltage === undefined ? [] : ["v"])];
    this.#roots = [
      ...changes.map(({ value }) => value),
      ...(voltage === undefined ? [] : [voltage]),
    ];
    this.#values = new Tape(this.#roots);
  }

  equations(rows: Rows): PhaseEquation[] {
    const { mechanism, placeOf } = this.#set;
    return this.columns.map((key, s) => ({
      ...{ mechanism, key, isSlope: false, rows, placeOf },
      expression: this.#roots[s] ?? constant(Number.NaN),
    }));
  }

  /** New values of a row, in the order of `columns`. */
  evaluator(columns: Columns): (row: number) => number[] {
    const { placeOf, dt } = this.#set;
    return evaluator(this.#values, readerOf(placeOf, columns, dt));
  }

  run(columns: Columns, rows: Rows): void {
    this.#write(columns, rows, this.evaluator(columns));
  }

  reverse(before: Columns, bars: Columns, rows: Rows): void {
    const { changes, voltage, placeOf, dt, how } = this.#set;
    if (this.#adjoint === undefined) {
      const contributions = ruleAdjoint(changes, voltage, how);
      const tape = new Tape(contributions.map(({ value }) => value));
      this.#adjoint = { tape, targets: contributions.map(({ to }) => to) };
    }
    const { tape, targets } = this.#adjoint;
    const read = readerOf(placeOf, before, dt);
    const moved = this.columns.map((name) => ({ bar: barOf(name), column: columnOf(bars, name) }));
    const evaluate = evaluator(tape, (name) => {
      const column = moved.find(({ bar }) => bar === name)?.column;
      return column === undefined ? read(name) : (row) => column[row] ?? Number.NaN;
    });
    for (const row of rows) {
      const values = evaluate(row);
      for (const { column } of moved) column[row] = 0;
      for (const [k, to] of targets.entries()) {
        const place = placeOf(to);
        if (place !== undefined)
          addAt(columnOf(bars, place.column), place.index(row), values[k] ?? Number.NaN);
      }
    }
  }

  tangent(before: Columns, dots: Columns, rows: Rows): void {
    const { placeOf, dt, how } = this.#set;
    this.#tangent ??= new Tape(ruleTangent(this.#roots, how));
    this.#write(dots, rows, evaluator(this.#tangent, readerOf(placeOf, before, dt, dots)));
  }

  #write(columns: Columns, rows: Rows, evaluate: (row: number) => number[]): void {
    const moved = this.columns.map((name) => columnOf(columns, name).slice());
    for (const row of rows) {
      for (const [s, value] of evaluate(row).entries()) {
        const column = moved[s];
        if (column !== undefined) column[row] = value;
      }
    }
    for (const [s, name] of this.columns.entries())
      columns.set(name, moved[s] ?? new Float64Array());
  }
}

/** The rules of a mechanism or kind of synapse wherever it is. */
export class RulesEverywhere implements Phase {
  readonly #rules: Rules;
  readonly #rows: Rows;

  constructor(set: RuleSet, rows: Rows) {
    this.#rules = new Rules(set);
    this.#rows = rows;
  }

  get equations(): readonly PhaseEquation[] {
    return this.#rules.equations(this.#rows);
  }

  run({ columns }: { readonly columns: Columns }): void {
    this.#rules.run(columns, this.#rows);
  }

  reverse(before: Columns, _: Columns, bars: Columns): void {
    this.#rules.reverse(before, bars, this.#rows);
  }

  tangent(before: Columns, _: Columns, dots: Columns): void {
    this.#rules.tangent(before, dots, this.#rows);
  }
}
