/** @file The part of a program that evaluates the equations of derivatives for rows of compartments. */
import { type Expression, replaceNodes } from "../../expressions/expression.ts";
import { adjointNames } from "../../plan/adjoint.ts";
import type { AdjointLayout, FieldAdjoint, MechanismAdjoint } from "./adjoint-layout.ts";
import type { Pass } from "./adjoint-passes.ts";
import type { Local } from "./assembler.ts";
import { emitExpressions } from "./emit.ts";
import type { Emitter } from "./emitter.ts";
import type { TableLayout } from "./layout.ts";
import { lookUp } from "./lookup.ts";
import type { Slots } from "./slots.ts";
import { sampleCount } from "./table.ts";

/** Derivatives by the equation of a row, and the places of the row in both slots. */
export interface Row {
  readonly right: Local;
  readonly diagonal: Local;
  readonly old: Local;
  readonly end: Local;
}

export class Evaluator {
  readonly #emitter: Emitter;
  readonly #adjoint: AdjointLayout;
  readonly #slots: Slots;

  constructor(emitter: Emitter, adjoint: AdjointLayout, slots: Slots) {
    this.#emitter = emitter;
    this.#adjoint = adjoint;
    this.#slots = slots;
  }

  /** Values of the tabulated functions at the sampled voltages. */
  sample({ functions }: TableLayout): void {
    const { samples } = this.#emitter.layout;
    this.#emitter.overRows(0, sampleCount / 2, (i) => {
      const values = emitExpressions(this.#emitter.to, functions, (name) =>
        name === "v" ? this.#emitter.load(i, samples) : this.#uniform(name),
      );
      for (const [k, value] of values.entries())
        this.#emitter.store(i, samples + 8 * sampleCount * (k + 1), value);
    });
  }

  /** A row whose derivatives stand in the columns of a field. */
  rowFrom(i: Local, field: FieldAdjoint): Row {
    return {
      right: this.#emitter.load(i, field.right),
      diagonal: this.#emitter.load(i, field.diagonal),
      old: this.#slots.within("old", i),
      end: this.#slots.within("end", i),
    };
  }

  /** Values of a pass, in the order of its contributions: those that replace, then those that are added. */
  evaluate(
    mechanism: MechanismAdjoint,
    { replaced, added, table }: Pass,
    i: Local,
    row: Row,
  ): Local[] {
    const { to } = this.#emitter;
    const roots: Expression[] = [...replaced, ...added].map(({ value }) => value);
    const known = new Map<string, Local>();
    const load = (name: string): Local => {
      const value = known.get(name) ?? this.#load(mechanism, name, i, row);
      known.set(name, value);
      return value;
    };
    if (table === undefined) return emitExpressions(to, roots, load);
    const found = lookUp(this.#emitter, table, load("v"), () =>
      // Within a branch of the program, whose locals are not set in the other
      emitExpressions(to, table.functions, (name) => this.#load(mechanism, name, i, row)),
    );
    return emitExpressions(
      to,
      replaceNodes(roots, found.nodes),
      (name) => found.value(name) ?? load(name),
    );
  }

  #load(mechanism: MechanismAdjoint, name: string, i: Local, row: Row): Local {
    const { layout } = this.#emitter;
    switch (name) {
      case adjointNames.right:
        return row.right;
      case adjointNames.diagonal:
        return row.diagonal;
      case adjointNames.weight:
        return this.#emitter.load(i, mechanism.layout.weight);
      case adjointNames.kept:
        return this.#emitter.load(i, this.bar(mechanism.layout.plan.currentName));
    }
    if (layout.uniform.has(name)) return this.#uniform(name);
    const version = this.#adjoint.versions.get(name);
    if (version !== undefined) return this.#emitter.load(row.end, version);
    const [kind, key] = name.split(" ");
    if (key !== undefined) {
      if (kind === "bar") return this.#emitter.load(i, this.bar(key));
      if (kind === "dot") return this.#dot(mechanism, key, i);
      return this.#emitter.load(row.end, this.#slots.inSlot(this.#column(key)));
    }
    const address = this.#column(name);
    const [start, end] = layout.moving;
    if (address < start || address >= end) return this.#emitter.load(i, address);
    return this.#emitter.load(row.old, this.#slots.inSlot(address));
  }

  /** How a quantity moves. */
  #dot({ layout: { ion } }: MechanismAdjoint, key: string, i: Local): Local {
    const { sums, before, voltage, ions } = this.#adjoint;
    if (key === "before") return this.#emitter.load(i, before);
    if (key === adjointNames.weight) {
      const field = ion === undefined ? voltage : ions[this.#emitter.layout.ions.indexOf(ion)];
      return this.#emitter.load(i, field?.weight ?? 0);
    }
    return this.#emitter.load(i, sums.get(key) ?? this.bar(key));
  }

  #uniform(name: string): Local {
    const { f, to, layout } = this.#emitter;
    f.i32(0).memory("v128.load", layout.uniform.get(name) ?? Number.NaN);
    return to.result();
  }

  #column(key: string): number {
    const address = this.#emitter.layout.columns.get(key);
    if (address === undefined) throw new TypeError(`the plan has no column ${key}`);
    return address;
  }

  /** Address of the derivative by something that moves. */
  bar(key: string): number {
    return this.#column(key) + this.#adjoint.bars;
  }

  barIfAny(key: string): number | undefined {
    const address = this.#emitter.layout.columns.get(key);
    const [start, end] = this.#emitter.layout.moving;
    if (address === undefined || address < start || address >= end) return undefined;
    return address + this.#adjoint.bars;
  }
}
