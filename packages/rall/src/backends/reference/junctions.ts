/** @file Gap junctions that close loops: each moves the charge that its two compartments alone would exchange. */
import { exchangeCapacity } from "../../plan/clamped.ts";
import { exchangeFactors, exchangeSlopes } from "../../plan/junctions.ts";
import type { Plan } from "../../plan/plan.ts";
import { addAt, type Columns, columnOf, names } from "./columns.ts";
import type { Phase } from "./phase.ts";

export class Exchanges implements Phase {
  readonly #plan: Plan;
  readonly #capacity: Float64Array;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#capacity = exchangeCapacity(plan);
  }

  run({ columns }: { readonly columns: Columns }): void {
    const v = columnOf(columns, "v").slice();
    this.#differences(v);
    columns.set("v", v);
  }

  reverse(before: Columns, _: Columns, bars: Columns): void {
    const differences = this.#differences(columnOf(before, "v").slice());
    const [bar, byConductance] = [columnOf(bars, "v"), columnOf(bars, names.exchanges)];
    const byCapacity = columnOf(bars, names.capacity("v"));
    for (const [k, { a, b }] of [...this.#plan.exchanges.entries()].reverse()) {
      const difference = differences[k] ?? 0;
      const [first, second] = this.#factors(k);
      const [firstSlope, secondSlope] = this.#slopes(k);
      const [byFirst, bySecond] = [(bar[a] ?? 0) * difference, -(bar[b] ?? 0) * difference];
      const sum = (of: "conductance" | "a" | "b") =>
        byFirst * firstSlope[of] + bySecond * secondSlope[of];
      addAt(byConductance, k, sum("conductance"));
      addAt(byCapacity, a, sum("a"));
      addAt(byCapacity, b, sum("b"));
      const byDifference = first * (bar[a] ?? 0) - second * (bar[b] ?? 0);
      addAt(bar, a, -byDifference);
      addAt(bar, b, byDifference);
    }
  }

  tangent(before: Columns, _: Columns, dots: Columns): void {
    const differences = this.#differences(columnOf(before, "v").slice());
    const dot = columnOf(dots, "v").slice();
    const [conductance, capacity] = [
      columnOf(dots, names.exchanges),
      columnOf(dots, names.capacity("v")),
    ];
    for (const [k, { a, b }] of this.#plan.exchanges.entries()) {
      const difference = differences[k] ?? 0;
      const differenceMoves = (dot[b] ?? 0) - (dot[a] ?? 0);
      const [first, second] = this.#factors(k);
      const [firstMoves = 0, secondMoves = 0] = this.#slopes(k).map(
        (slope) =>
          slope.conductance * (conductance[k] ?? 0) +
          slope.a * (capacity[a] ?? 0) +
          slope.b * (capacity[b] ?? 0),
      );
      addAt(dot, a, first * differenceMoves + firstMoves * difference);
      addAt(dot, b, -second * differenceMoves - secondMoves * difference);
    }
    dots.set("v", dot);
  }

  /** Exchanges charge in place. @returns the difference that each junction saw. */
  #differences(v: Float64Array): number[] {
    return this.#plan.exchanges.map(({ a, b }, k) => {
      const difference = (v[b] ?? 0) - (v[a] ?? 0);
      const [first, second] = this.#factors(k);
      addAt(v, a, first * difference);
      addAt(v, b, -second * difference);
      return difference;
    });
  }

  #factors(k: number) {
    const { a, b, conductance } = this.#exchange(k);
    return exchangeFactors(conductance, this.#capacity, a, b, this.#plan.dt);
  }

  #slopes(k: number) {
    const { a, b, conductance } = this.#exchange(k);
    return exchangeSlopes(conductance, this.#capacity, a, b, this.#plan.dt);
  }

  #exchange(k: number) {
    const exchange = this.#plan.exchanges[k];
    if (exchange === undefined) throw new TypeError(`the plan has no exchange ${k}`);
    return exchange;
  }
}
