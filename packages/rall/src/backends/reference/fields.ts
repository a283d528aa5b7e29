/** @file Voltages and concentrations after the balance of their currents: along a tree, or each compartment by itself. */
import { type FieldMethod, stepField } from "../../numerics/field.ts";
import { reverseField, type TreeSums, tangentField } from "../../numerics/field-adjoint.ts";
import type { Held, Tree } from "../../numerics/tree.ts";
import type { ClampedRow } from "../../plan/clamped.ts";
import { addAt, type Columns, columnOf, names } from "./columns.ts";
import type { Moving } from "./moving.ts";
import type { Passage, Phase } from "./phase.ts";
import type { Signals } from "./signals.ts";

export interface FieldOptions {
  /** `v` or a concentration. */
  readonly key: string;
  readonly method: FieldMethod;
  readonly tree: Tree;
  readonly count: number;
  readonly dt: number;
  /** Compartments in which it is held by clamps, whose samples `signals` has. */
  readonly clamped: readonly ClampedRow[];
  readonly signals: Signals;
}

export class Field implements Phase {
  readonly #options: FieldOptions;

  constructor(options: FieldOptions) {
    this.#options = options;
  }

  run({ columns, step }: Moving): void {
    const { key, method, tree, count, dt, signals } = this.#options;
    const { old, slope, right } = this.#inputs(columns);
    const terms = { slope: new Float64Array(old.length), constant: new Float64Array(old.length) };
    for (let i = 0; i < count; i++) {
      const capacity = tree.capacity[i] ?? 0;
      const perTime = (slope[i] ?? 0) / capacity;
      terms.slope[i] = perTime;
      terms.constant[i] = (right[i] ?? 0) / capacity + perTime * (old[i] ?? 0);
    }
    const held = this.#held((clamp) => signals.clamp(clamp, step));
    const stepped = stepField(method, tree, old, terms, dt, held);
    columns.set(names.before(key), old);
    columns.set(names.nodes(key), stepped);
    columns.set(key, key === "v" ? stepped : stepped.slice(0, count));
  }

  reverse(before: Columns, after: Columns, bars: Columns, { step }: Passage): void {
    const { key, method, tree, dt, clamped } = this.#options;
    const { old, slope, right } = this.#inputs(before);
    const stepped = columnOf(after, names.nodes(key));
    const bar = this.#nodes(columnOf(bars, key));
    const by = reverseField(
      method,
      tree,
      old,
      stepped,
      slope,
      right,
      dt,
      bar,
      this.#treeColumns(bars),
      clamped.map(({ compartment }) => compartment),
    );
    for (const [k, { clamp }] of clamped.entries())
      addAt(columnOf(bars, names.clamp(clamp)), step, by.held[k] ?? Number.NaN);
    const length = columnOf(bars, key).length;
    // Currents at the old values fall with them by their slopes
    const values = by.values.map((value, i) => value - (slope[i] ?? 0) * (by.right[i] ?? 0));
    columnOf(bars, key).set(values.subarray(0, length));
    for (const [name, value] of [
      [names.slope(key), by.slope],
      [names.right(key), by.right],
    ] as const) {
      const column = columnOf(bars, name);
      column.set(value.subarray(0, column.length));
    }
  }

  tangent(before: Columns, after: Columns, dots: Columns, { step }: Passage): void {
    const { key, method, tree, count, dt } = this.#options;
    const { old, slope, right } = this.#inputs(before);
    const stepped = columnOf(after, names.nodes(key));
    const { old: values, slope: slopeMoves, right: rightMoves } = this.#inputs(dots);
    const held = this.#held((clamp) => columnOf(dots, names.clamp(clamp))[step] ?? 0);
    const moves = {
      ...{ values, slope: slopeMoves, right: rightMoves, held },
      ...this.#treeColumns(dots),
    };
    const moved = tangentField(method, tree, old, stepped, slope, right, dt, moves);
    dots.set(key, key === "v" ? moved : moved.slice(0, count));
  }

  #inputs(columns: Columns) {
    const { key } = this.#options;
    return {
      old: this.#nodes(columnOf(columns, key)),
      slope: this.#nodes(columnOf(columns, names.slope(key))),
      right: this.#nodes(columnOf(columns, names.right(key))),
    };
  }

  #held(sampleOf: (clamp: number) => number): Held {
    const { clamped } = this.#options;
    return {
      nodes: clamped.map(({ compartment }) => compartment),
      values: clamped.map(({ clamp }) => sampleOf(clamp)),
    };
  }

  #treeColumns(columns: Columns): TreeSums {
    const { key } = this.#options;
    return {
      conductance: columnOf(columns, names.conductance(key)),
      capacity: columnOf(columns, names.capacity(key)),
    };
  }

  /** One value per node; those of branch points are not read. */
  #nodes(column: Float64Array): Float64Array {
    const values = new Float64Array(this.#options.tree.parent.length);
    values.set(column);
    return values;
  }
}

/** A concentration that does not diffuse, by backward Euler: `x + R / (1/dt + D)`. */
export class LoneConcentration implements Phase {
  readonly #key: string;
  readonly #dt: number;

  constructor(key: string, dt: number) {
    this.#key = key;
    this.#dt = dt;
  }

  run({ columns }: { readonly columns: Columns }): void {
    const { slope, right } = this.#inputs(columns);
    const old = columnOf(columns, this.#key);
    columns.set(
      this.#key,
      old.map((value, i) => value + (right[i] ?? 0) / (1 / this.#dt + (slope[i] ?? 0))),
    );
  }

  reverse(before: Columns, after: Columns, bars: Columns): void {
    const { slope } = this.#inputs(before);
    const [old, stepped] = [columnOf(before, this.#key), columnOf(after, this.#key)];
    const { slope: bySlope, right: byRight } = this.#inputs(bars);
    const bar = columnOf(bars, this.#key);
    for (const [i, value] of bar.entries()) {
      const lambda = value / (1 / this.#dt + (slope[i] ?? 0));
      addAt(byRight, i, lambda);
      addAt(bySlope, i, -lambda * ((stepped[i] ?? 0) - (old[i] ?? 0)));
      // As for fields, what goes by way of the slopes is taken away
      bar[i] = lambda / this.#dt;
    }
  }

  tangent(before: Columns, after: Columns, dots: Columns): void {
    const { slope } = this.#inputs(before);
    const [old, stepped] = [columnOf(before, this.#key), columnOf(after, this.#key)];
    const { slope: slopeMoves, right: rightMoves } = this.#inputs(dots);
    dots.set(
      this.#key,
      columnOf(dots, this.#key).map((value, i) => {
        const change = (stepped[i] ?? 0) - (old[i] ?? 0);
        const moved = (rightMoves[i] ?? 0) - change * (slopeMoves[i] ?? 0);
        return value + moved / (1 / this.#dt + (slope[i] ?? 0));
      }),
    );
  }

  #inputs(columns: Columns) {
    return {
      slope: columnOf(columns, names.slope(this.#key)),
      right: columnOf(columns, names.right(this.#key)),
    };
  }
}
