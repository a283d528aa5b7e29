/** @file The part of a program that takes derivatives back through the mechanisms. */
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
interface Row {
  readonly right: Local;
  readonly diagonal: Local;
  readonly old: Local;
  readonly end: Local;
}

export class AdjointMembrane {
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

  /** Mechanisms that are evaluated where the field is solved. @returns what they add to the derivative by the old voltage. */
  fused(i: Local, row: Row): Local[] {
    return this.#adjoint.mechanisms
      .filter(({ layout }) => layout.isFused)
      .reverse()
      .flatMap((mechanism) => this.#run(mechanism, mechanism.current, i, row));
  }

  /** All mechanisms in compartments whose derivatives stand in columns. */
  allFused(): void {
    this.#emitter.overAllRows((i) => {
      for (const value of this.fused(i, this.#rowFrom(i, this.#adjoint.voltage)))
        this.#emitter.increase(i, this.#bar("v"), value);
    });
  }

  /** Currents of the others, with their rules where these are evaluated together. */
  others(): void {
    for (const mechanism of [...this.#adjoint.mechanisms].reverse()) {
      const { isFused, ion } = mechanism.layout;
      if (isFused || ion !== undefined) continue;
      this.#loop(mechanism, mechanism.current, this.#adjoint.voltage, this.#bar("v"));
    }
  }

  pumps(): void {
    for (const mechanism of [...this.#adjoint.mechanisms].reverse()) {
      const { ion } = mechanism.layout;
      if (ion === undefined) continue;
      const field = this.#adjoint.ions[this.#emitter.layout.ions.indexOf(ion)];
      if (field !== undefined) this.#loop(mechanism, mechanism.current, field, this.#bar("v"));
    }
  }

  /** Rules that are evaluated before all currents. */
  rules(): void {
    const { before, voltage, mechanisms } = this.#adjoint;
    const { to } = this.#emitter;
    const hasRules = mechanisms.some(({ rules }) => rules !== undefined);
    if (!hasRules) return;
    if (before !== 0)
      this.#emitter.overAllRows((i) => this.#emitter.store(i, before, to.constant(0)));
    for (const mechanism of [...mechanisms].reverse()) {
      if (mechanism.rules !== undefined)
        this.#loop(mechanism, mechanism.rules, voltage, before === 0 ? this.#bar("v") : before);
    }
    if (before !== 0)
      this.#emitter.overAllRows((i) =>
        this.#emitter.increase(i, this.#bar("v"), this.#emitter.load(i, before)),
      );
  }

  /** Derivatives by kept currents, which every step computes anew, are used up. */
  clearKept(which: "currents" | "losses"): void {
    const { keptCurrents, keptLosses } = this.#emitter.layout;
    const names = keptCurrents.filter((name) => keptLosses.includes(name) === (which === "losses"));
    if (names.length === 0) return;
    this.#emitter.overAllRows((i) => {
      for (const name of names)
        this.#emitter.store(i, this.#bar(name), this.#emitter.to.constant(0));
    });
  }

  /** Currents that were evaluated at the start. */
  start(): void {
    const { voltage, mechanisms } = this.#adjoint;
    for (const isPump of [false, true]) {
      for (const mechanism of mechanisms) {
        if (mechanism.start === undefined || (mechanism.layout.ion !== undefined) !== isPump)
          continue;
        this.#loop(mechanism, mechanism.start, voltage, this.#bar("v"));
      }
      this.clearKept(isPump ? "losses" : "currents");
    }
  }

  #rowFrom(i: Local, field: FieldAdjoint): Row {
    return {
      right: this.#emitter.load(i, field.right),
      diagonal: this.#emitter.load(i, field.diagonal),
      old: this.#slots.within("old", i),
      end: this.#slots.within("end", i),
    };
  }

  /** @param voltageBar - column to which derivatives by the voltage are added. */
  #loop(mechanism: MechanismAdjoint, pass: Pass, field: FieldAdjoint, voltageBar: number): void {
    if (
      pass.replaced.length + pass.added.length === 0 &&
      mechanism.layout.plan.voltage === undefined
    )
      return;
    this.#emitter.overRuns(mechanism.layout, (i) => {
      const row = this.#rowFrom(i, field);
      const values = this.#run(mechanism, pass, i, row, field);
      for (const value of values) this.#emitter.increase(i, voltageBar, value);
    });
  }

  /** Evaluates a pass for a row. @returns what it adds to the derivative by the voltage. */
  #run(
    mechanism: MechanismAdjoint,
    pass: Pass,
    i: Local,
    row: Row,
    field = this.#adjoint.voltage,
  ): Local[] {
    const { to } = this.#emitter;
    const { isEverywhere, plan, weight } = mechanism.layout;
    const roots = [...pass.replaced, ...pass.added].map(({ value }) => value);
    const values = this.#evaluate(mechanism, pass, roots, i, row);
    const isHere = isEverywhere
      ? undefined
      : to.op("f64x2.ne", this.#emitter.load(i, weight), to.constant(0));
    const zero = () => to.constant(0);
    const masked = (value: Local, otherwise: () => Local) =>
      isHere === undefined ? value : to.select(isHere, value, otherwise());
    for (const [k, { to: key }] of pass.replaced.entries()) {
      const value = values[k];
      const address = this.#bar(key);
      if (value === undefined) continue;
      this.#emitter.store(
        i,
        address,
        masked(value, () => this.#emitter.load(i, address)),
      );
    }
    if (pass === mechanism.rules && plan.voltage !== undefined) {
      const address = this.#bar("v");
      this.#emitter.store(
        i,
        address,
        masked(zero(), () => this.#emitter.load(i, address)),
      );
    }
    const byVoltage: Local[] = [];
    for (const [k, { to: name }] of pass.added.entries()) {
      const value = values[pass.replaced.length + k];
      if (value === undefined) continue;
      if (name === "v") byVoltage.push(masked(value, zero));
      else if (name === adjointNames.weight) {
        if (field.weight !== 0) this.#emitter.increase(i, field.weight, masked(value, zero));
      } else {
        const address = this.#adjoint.sums.get(name) ?? this.#barIfAny(name);
        if (address !== undefined) this.#emitter.increase(i, address, masked(value, zero));
      }
    }
    return byVoltage;
  }

  #evaluate(
    mechanism: MechanismAdjoint,
    { table }: Pass,
    roots: readonly Expression[],
    i: Local,
    row: Row,
  ): Local[] {
    const { to } = this.#emitter;
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
        return this.#emitter.load(i, this.#bar(mechanism.layout.plan.currentName));
    }
    if (layout.uniform.has(name)) return this.#uniform(name);
    const version = this.#adjoint.versions.get(name);
    if (version !== undefined) return this.#emitter.load(row.end, version);
    const [kind, key] = name.split(" ");
    if (key !== undefined) {
      if (kind === "bar") return this.#emitter.load(i, this.#bar(key));
      return this.#emitter.load(row.end, this.#slots.inSlot(this.#column(key)));
    }
    const address = this.#column(name);
    const [start, end] = layout.moving;
    if (address < start || address >= end) return this.#emitter.load(i, address);
    return this.#emitter.load(row.old, this.#slots.inSlot(address));
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
  #bar(key: string): number {
    return this.#column(key) + this.#adjoint.bars;
  }

  #barIfAny(key: string): number | undefined {
    const address = this.#emitter.layout.columns.get(key);
    const [start, end] = this.#emitter.layout.moving;
    if (address === undefined || address < start || address >= end) return undefined;
    return address + this.#adjoint.bars;
  }
}
