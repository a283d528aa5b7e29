/** @file The part of a program that evaluates the mechanisms: states, currents and their slopes. */
import { type Expression, replaceNodes } from "../../expressions/expression.ts";
import type { Local } from "./assembler.ts";
import { emitExpressions } from "./emit.ts";
import type { Emitter } from "./emitter.ts";
import { formerOf } from "./former.ts";
import type { MechanismLayout, TableLayout } from "./layout.ts";
import { lookUp } from "./lookup.ts";
import { sampleCount } from "./table.ts";

/** Diagonal and right-hand side of a pair of compartments. */
export interface Balance {
  readonly diagonal: Local;
  readonly right: Local;
}

export class Membrane {
  readonly #emitter: Emitter;

  constructor(emitter: Emitter) {
    this.#emitter = emitter;
  }

  /** Currents at the start, kept as states. */
  start(): void {
    this.#beginCurrents();
    for (const mechanism of this.#emitter.layout.mechanisms)
      this.#emitter.overRuns(mechanism, (i) =>
        this.#keepCurrent(mechanism, i, this.#evaluate(i, [mechanism.plan.current])[0]),
      );
  }

  /** Values of the tabulated functions of a mechanism at the sampled voltages. */
  sample({ functions }: TableLayout): void {
    const { samples } = this.#emitter.layout;
    this.#emitter.overRows(0, sampleCount / 2, (i) => {
      for (const [k, value] of this.#evaluate(i, functions, samples).entries()) {
        this.#emitter.store(i, samples + 8 * sampleCount * (k + 1), value);
      }
    });
  }

  /** What comes before the synapses and the pass that eliminates. */
  before(): void {
    const { layout, to, voltage } = this.#emitter;
    const { mechanisms, hasVoltageUpdate, hasEarlier, voltageBefore } = layout;
    this.#beginCurrents();
    if (hasVoltageUpdate) {
      this.#emitter.overAllRows((i) =>
        this.#emitter.store(i, voltageBefore, this.#emitter.load(i, voltage)),
      );
    }
    for (const [number, mechanism] of mechanisms.entries()) {
      if (!mechanism.isSplit) continue;
      this.#emitter.overRuns(mechanism, (i) => this.#update(mechanism, i));
      this.#keepVersions(number);
    }
    this.#pump();
    if (!hasEarlier) return;
    this.#emitter.overAllRows((i) => {
      this.#emitter.store(i, layout.diagonal, this.#emitter.load(i, layout.base));
      this.#emitter.store(i, layout.right, to.constant(0));
    });
    for (const mechanism of mechanisms) {
      if (mechanism.isFused || mechanism.ion !== undefined) continue;
      this.#emitter.overRuns(mechanism, (i) => {
        const balance = this.#add(mechanism, i, {
          diagonal: this.#emitter.load(i, layout.diagonal),
          right: this.#emitter.load(i, layout.right),
        });
        this.#emitter.store(i, layout.diagonal, balance.diagonal);
        this.#emitter.store(i, layout.right, balance.right);
      });
    }
  }

  /** Keeps what the rules of a mechanism moved and others will move again. */
  #keepVersions(mechanism: number): void {
    const { keptVersions, columns } = this.#emitter.layout;
    const own = keptVersions.filter((version) => version.mechanism === mechanism);
    if (own.length === 0) return;
    this.#emitter.overAllRows((i) => {
      for (const { key, address } of own)
        this.#emitter.store(i, address, this.#emitter.load(i, columns.get(key) ?? 0));
    });
  }

  /** What pumps take from concentrations. */
  #pump(): void {
    const { layout, to } = this.#emitter;
    if (layout.ions.length === 0) return;
    this.#emitter.overAllRows((i) => {
      for (const { right, slope } of layout.ions)
        for (const address of [right, slope]) this.#emitter.store(i, address, to.constant(0));
    });
    for (const mechanism of layout.mechanisms) {
      const { ion, plan, weight } = mechanism;
      if (ion === undefined) continue;
      this.#emitter.overRuns(mechanism, (i) => {
        const [loss, derivative] = this.#evaluate(i, [plan.current, plan.slope]);
        if (loss === undefined || derivative === undefined) return;
        this.#keepCurrent(mechanism, i, loss);
        const unit = this.#emitter.load(i, weight);
        const flow = (value: Local) => this.#masked(mechanism, unit, to.mul(unit, value));
        const taken = to.sub(this.#emitter.load(i, ion.right), flow(loss));
        this.#emitter.store(i, ion.right, taken);
        this.#emitter.increase(i, ion.slope, flow(derivative));
      });
    }
  }

  /**
   * The balance `(C/dt + sum G) dv = currents` of a row of compartments. The unknown is the change of the voltage, not the
   * new voltage: the rounding of a large axial conductance then cannot act as a leak (drift of finely divided cables).
   */
  balance(i: Local): Balance {
    const { base, diagonal, right, hasEarlier } = this.#emitter.layout;
    return this.addFused(i, {
      diagonal: this.#emitter.load(i, hasEarlier ? diagonal : base),
      right: this.#emitter.load(i, right),
    });
  }

  /** Adds the mechanisms that are evaluated in the pass that eliminates. */
  addFused(i: Local, sum: Balance): Balance {
    return this.#emitter.layout.mechanisms
      .filter(({ isFused }) => isFused)
      .reduce((balance, mechanism) => this.#add(mechanism, i, balance), sum);
  }

  /** Adds a mechanism to a balance; its states move on the way unless they have moved before. */
  #add(mechanism: MechanismLayout, i: Local, sum: Balance): Balance {
    const [diagonal = sum.diagonal, right = sum.right] = this.#emitter.f.scope(() => {
      const balance = this.#sum(mechanism, i, sum);
      return [balance.diagonal, balance.right];
    });
    return { diagonal, right };
  }

  #sum(mechanism: MechanismLayout, i: Local, sum: Balance): Balance {
    const { to } = this.#emitter;
    const { plan, table, together, weight, isSplit } = mechanism;
    const [current, slope, ...states] = isSplit
      ? this.#evaluate(i, [plan.current, plan.slope])
      : table === undefined
        ? this.#evaluate(i, together)
        : this.#tabulated(table, i, together);
    if (current === undefined || slope === undefined) return sum;
    if (!isSplit) {
      for (const [s, { key }] of plan.updates.entries()) this.#keep(mechanism, i, key, states[s]);
    }
    this.#keepCurrent(mechanism, i, current);
    const area = this.#emitter.load(i, weight);
    const flow = (value: Local) => this.#masked(mechanism, area, to.mul(area, value));
    return {
      diagonal: to.add(sum.diagonal, flow(slope)),
      right: to.sub(sum.right, flow(current)),
    };
  }

  /** 0 in the place of a value where the weight is 0: what an equation gives where it is not meant may be no number. */
  #masked({ hasGaps }: MechanismLayout, weight: Local, value: Local): Local {
    const { to } = this.#emitter;
    if (!hasGaps) return value;
    return to.op("v128.and", value, to.op("f64x2.ne", weight, to.constant(0)));
  }

  #update(mechanism: MechanismLayout, i: Local): void {
    const { updates, voltage } = mechanism.plan;
    const roots = updates.map(({ value }) => value);
    const { hasVoltageUpdate, voltageBefore } = this.#emitter.layout;
    const source = hasVoltageUpdate ? voltageBefore : this.#emitter.voltage;
    const values = this.#evaluate(i, voltage === undefined ? roots : [...roots, voltage], source);
    for (const [s, { key }] of updates.entries()) this.#keep(mechanism, i, key, values[s]);
    if (voltage !== undefined) this.#keep(mechanism, i, "v", values.at(-1));
  }

  /** Expressions in keys, with what is tabulated looked up. */
  #tabulated(table: TableLayout, i: Local, roots: readonly Expression[]): Local[] {
    const { voltage } = this.#emitter;
    const found = lookUp(this.#emitter, table, this.#emitter.load(i, voltage), () =>
      this.#evaluate(i, table.functions),
    );
    return this.#evaluate(i, replaceNodes(roots, found.nodes), voltage, found.value);
  }

  /** Sets kept currents to 0 before they add up; their former values are kept where they are read. */
  #beginCurrents(): void {
    const { to, layout } = this.#emitter;
    const { keepsInjected, keptCurrents, formerCurrents, columns } = layout;
    const names = keepsInjected ? [...keptCurrents, "i"] : keptCurrents;
    if (names.length === 0) return;
    this.#emitter.overAllRows((i) => {
      const zero = to.constant(0);
      for (const name of names) {
        const address = columns.get(name) ?? 0;
        const former = formerCurrents.includes(name) ? columns.get(formerOf(name)) : undefined;
        if (former !== undefined) this.#emitter.store(i, former, this.#emitter.load(i, address));
        this.#emitter.store(i, address, zero);
      }
    });
  }

  #keepCurrent(mechanism: MechanismLayout, i: Local, current: Local | undefined): void {
    const { to, layout } = this.#emitter;
    const name = mechanism.plan.currentName;
    if (!layout.keptCurrents.includes(name)) return;
    const total = this.#emitter.load(i, layout.columns.get(name) ?? 0);
    if (current !== undefined) this.#keep(mechanism, i, name, to.add(total, current));
  }

  /** Writes a column where the mechanism is; a row may hold one compartment that has it and one that has not. */
  #keep(mechanism: MechanismLayout, i: Local, name: string, value: Local | undefined): void {
    const { to, layout } = this.#emitter;
    const address = layout.columns.get(name);
    if (address === undefined || value === undefined) return;
    // Massless nodes keep what is solved for at them
    const isSolved =
      name === "v" || layout.ions.some(({ key, isLinked }) => isLinked && key === name);
    if (!mechanism.hasGaps || (mechanism.isEverywhere && !isSolved)) {
      this.#emitter.store(i, address, value);
      return;
    }
    const isHere = to.op("f64x2.ne", this.#emitter.load(i, mechanism.weight), to.constant(0));
    this.#emitter.store(i, address, to.select(isHere, value, this.#emitter.load(i, address)));
  }

  /** Emits expressions in keys, for the voltages in the column at `voltage`; `known` may give locals for some names. */
  #evaluate(
    i: Local,
    roots: readonly Expression[],
    voltage = this.#emitter.voltage,
    known: (name: string) => Local | undefined = () => undefined,
  ): Local[] {
    const { f, to, layout } = this.#emitter;
    return emitExpressions(to, roots, (name) => {
      const local = known(name);
      if (local !== undefined) return local;
      const uniform = layout.uniform.get(name);
      if (uniform !== undefined) {
        f.i32(0).memory("v128.load", uniform);
        return to.result();
      }
      const address = name === "v" ? voltage : layout.columns.get(name);
      if (address === undefined) throw new TypeError(`the plan has no column ${name}`);
      return this.#emitter.load(i, address);
    });
  }
}
