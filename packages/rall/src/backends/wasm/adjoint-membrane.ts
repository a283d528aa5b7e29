/** @file The part of a program that takes derivatives back through the mechanisms. */
import { adjointNames } from "../../plan/adjoint.ts";
import type { AdjointLayout, FieldAdjoint, MechanismAdjoint } from "./adjoint-layout.ts";
import type { Pass } from "./adjoint-passes.ts";
import type { Local } from "./assembler.ts";
import type { Emitter } from "./emitter.ts";
import { Evaluator, type Row } from "./evaluator.ts";
import { formerOf } from "./former.ts";
import type { Slots } from "./slots.ts";

export class AdjointMembrane {
  readonly #emitter: Emitter;
  readonly #adjoint: AdjointLayout;
  readonly #evaluator: Evaluator;

  constructor(emitter: Emitter, adjoint: AdjointLayout, slots: Slots) {
    this.#emitter = emitter;
    this.#adjoint = adjoint;
    this.#evaluator = new Evaluator(emitter, adjoint, slots);
  }

  /** Mechanisms that are evaluated where the field is solved. @returns what they add to the derivative by the old voltage. */
  fused(i: Local, row: Row): Local[] {
    return this.#adjoint.mechanisms
      .filter(({ layout }) => layout.isFused)
      .reverse()
      .flatMap((mechanism) =>
        this.#emitter.f.scope(() => this.#run(mechanism, mechanism.current, i, row)),
      );
  }

  /** All mechanisms in compartments whose derivatives stand in columns. */
  allFused(): void {
    this.#emitter.overAllRows((i) => {
      for (const value of this.fused(i, this.#evaluator.rowFrom(i, this.#adjoint.voltage)))
        this.#emitter.increase(i, this.#evaluator.bar("v"), value);
    });
  }

  /** Currents of the others, with their rules where these are evaluated together. */
  others(): void {
    for (const mechanism of [...this.#adjoint.mechanisms].reverse()) {
      const { isFused, ion } = mechanism.layout;
      if (isFused || ion !== undefined) continue;
      this.#loop(mechanism, mechanism.current, this.#adjoint.voltage, this.#evaluator.bar("v"));
    }
  }

  pumps(): void {
    for (const mechanism of [...this.#adjoint.mechanisms].reverse()) {
      const { ion } = mechanism.layout;
      if (ion === undefined) continue;
      const field = this.#adjoint.ions[this.#emitter.layout.ions.indexOf(ion)];
      if (field !== undefined)
        this.#loop(mechanism, mechanism.current, field, this.#evaluator.bar("v"));
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
        this.#loop(
          mechanism,
          mechanism.rules,
          voltage,
          before === 0 ? this.#evaluator.bar("v") : before,
        );
    }
    if (before !== 0)
      this.#emitter.overAllRows((i) =>
        this.#emitter.increase(i, this.#evaluator.bar("v"), this.#emitter.load(i, before)),
      );
  }

  /** Derivatives by kept currents, which every step computes anew, are used up; those by their former values take their place. */
  beginCurrents(): void {
    const { to, layout } = this.#emitter;
    const { keptCurrents, formerCurrents } = layout;
    if (keptCurrents.length === 0) return;
    this.#emitter.overAllRows((i) => {
      const zero = to.constant(0);
      for (const name of keptCurrents) {
        const bar = this.#evaluator.bar(name);
        if (!formerCurrents.includes(name)) {
          this.#emitter.store(i, bar, zero);
          continue;
        }
        const former = this.#evaluator.bar(formerOf(name));
        this.#emitter.store(i, bar, this.#emitter.load(i, former));
        this.#emitter.store(i, former, zero);
      }
    });
  }

  /** Currents that were evaluated at the start. */
  start(): void {
    const { voltage, mechanisms } = this.#adjoint;
    for (const mechanism of mechanisms)
      if (mechanism.start !== undefined)
        this.#loop(mechanism, mechanism.start, voltage, this.#evaluator.bar("v"));
    this.beginCurrents();
  }

  /** @param voltageBar - column to which derivatives by the voltage are added. */
  #loop(mechanism: MechanismAdjoint, pass: Pass, field: FieldAdjoint, voltageBar: number): void {
    if (
      pass.replaced.length + pass.added.length === 0 &&
      mechanism.layout.plan.voltage === undefined
    )
      return;
    this.#emitter.overRuns(mechanism.layout, (i) => {
      const row = this.#evaluator.rowFrom(i, field);
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
    const { hasGaps, plan, weight } = mechanism.layout;
    const values = this.#evaluator.evaluate(mechanism, pass, i, row);
    const isHere = hasGaps
      ? to.op("f64x2.ne", this.#emitter.load(i, weight), to.constant(0))
      : undefined;
    const zero = () => to.constant(0);
    const masked = (value: Local, otherwise: () => Local) =>
      isHere === undefined ? value : to.select(isHere, value, otherwise());
    for (const [k, { to: key }] of pass.replaced.entries()) {
      const value = values[k];
      const address = this.#evaluator.bar(key);
      if (value === undefined) continue;
      this.#emitter.store(
        i,
        address,
        masked(value, () => this.#emitter.load(i, address)),
      );
    }
    if (pass === mechanism.rules && plan.voltage !== undefined) {
      const address = this.#evaluator.bar("v");
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
        const address = this.#adjoint.sums.get(name) ?? this.#evaluator.barIfAny(name);
        if (address !== undefined) this.#emitter.increase(i, address, masked(value, zero));
      }
    }
    return byVoltage;
  }
}
