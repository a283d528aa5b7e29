/** @file The part of a program that tells how mechanisms move when their inputs do. */
import type { AdjointLayout, FieldAdjoint, MechanismAdjoint } from "./adjoint-layout.ts";
import type { Pass } from "./adjoint-passes.ts";
import type { Local } from "./assembler.ts";
import type { Emitter } from "./emitter.ts";
import { Evaluator } from "./evaluator.ts";
import { formerOf } from "./former.ts";
import type { Slots } from "./slots.ts";
import { tangentNames } from "./tangent-passes.ts";

export class TangentMembrane {
  readonly #emitter: Emitter;
  readonly #adjoint: AdjointLayout;
  readonly #evaluator: Evaluator;

  constructor(emitter: Emitter, adjoint: AdjointLayout, slots: Slots) {
    this.#emitter = emitter;
    this.#adjoint = adjoint;
    this.#evaluator = new Evaluator(emitter, adjoint, slots);
  }

  /** Rules that are evaluated before all currents. */
  rules(): void {
    const { before, mechanisms } = this.#adjoint;
    this.#beginCurrents();
    if (before !== 0) {
      const voltage = this.#evaluator.bar("v");
      this.#emitter.overAllRows((i) =>
        this.#emitter.store(i, before, this.#emitter.load(i, voltage)),
      );
    }
    for (const mechanism of mechanisms)
      if (mechanism.rules !== undefined) this.#loop(mechanism, mechanism.rules);
  }

  pumps(): void {
    for (const mechanism of this.#adjoint.mechanisms)
      if (mechanism.layout.ion !== undefined) this.#loop(mechanism, mechanism.current);
  }

  /** Currents of channels that come before those of synapses, or after them. */
  channels(isFused: boolean): void {
    for (const mechanism of this.#adjoint.mechanisms) {
      const { layout, current } = mechanism;
      if (layout.ion === undefined && layout.isFused === isFused) this.#loop(mechanism, current);
    }
  }

  /** Currents that are evaluated at the start. */
  start(): void {
    this.#beginCurrents();
    for (const mechanism of this.#adjoint.mechanisms)
      if (mechanism.start !== undefined) this.#loop(mechanism, mechanism.start);
  }

  /** Kept currents move as they are computed anew; how they moved in the step before is kept where that is read. */
  #beginCurrents(): void {
    const { to, layout } = this.#emitter;
    const { keptCurrents, formerCurrents } = layout;
    if (keptCurrents.length === 0) return;
    this.#emitter.overAllRows((i) => {
      const zero = to.constant(0);
      for (const name of keptCurrents) {
        const dot = this.#evaluator.bar(name);
        if (formerCurrents.includes(name))
          this.#emitter.store(i, this.#evaluator.bar(formerOf(name)), this.#emitter.load(i, dot));
        this.#emitter.store(i, dot, zero);
      }
    });
  }

  #loop(mechanism: MechanismAdjoint, pass: Pass): void {
    if (pass.replaced.length + pass.added.length === 0) return;
    const field = this.#fieldOf(mechanism);
    this.#emitter.overRuns(mechanism.layout, (i) => this.#run(mechanism, pass, i, field));
  }

  #fieldOf({ layout: { ion } }: MechanismAdjoint): FieldAdjoint {
    const { voltage, ions } = this.#adjoint;
    if (ion === undefined) return voltage;
    return ions[this.#emitter.layout.ions.indexOf(ion)] ?? voltage;
  }

  #run(mechanism: MechanismAdjoint, pass: Pass, i: Local, field: FieldAdjoint): void {
    const { to } = this.#emitter;
    const { hasGaps, plan, weight } = mechanism.layout;
    const values = this.#evaluator.evaluate(mechanism, pass, i, this.#evaluator.rowFrom(i, field));
    const isHere = hasGaps
      ? to.op("f64x2.ne", this.#emitter.load(i, weight), to.constant(0))
      : undefined;
    const masked = (value: Local, otherwise: () => Local) =>
      isHere === undefined ? value : to.select(isHere, value, otherwise());
    for (const [k, { to: key }] of pass.replaced.entries()) {
      const value = values[k];
      const address = this.#evaluator.bar(key);
      if (value !== undefined)
        this.#emitter.store(
          i,
          address,
          masked(value, () => this.#emitter.load(i, address)),
        );
    }
    for (const [k, { to: name }] of pass.added.entries()) {
      const value = values[pass.replaced.length + k];
      if (value === undefined) continue;
      const address =
        name === tangentNames.flow
          ? field.right
          : name === tangentNames.balance
            ? field.diagonal
            : this.#evaluator.bar(plan.currentName);
      this.#emitter.increase(
        i,
        address,
        masked(value, () => to.constant(0)),
      );
    }
  }
}
