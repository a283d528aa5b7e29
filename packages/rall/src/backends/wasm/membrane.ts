/** @file The part of a program that evaluates the mechanisms: states, currents and their slopes. */
import { type Expression, input, replaceNodes } from "../../expressions/expression.ts";
import type { Local } from "./assembler.ts";
import { emitExpressions } from "./emit.ts";
import type { Emitter } from "./emitter.ts";
import type { MechanismLayout, SynapseLayout, TableLayout } from "./layout.ts";
import { cellSlots, coefficientCount, sampleCount, tableRange, tableStride } from "./table.ts";

/** Diagonal and right-hand side of a pair of compartments. */
export interface Balance {
  readonly diagonal: Local;
  readonly right: Local;
}

/** Adding and subtracting it rounds to a whole number, which then stands in the low bits. */
const roundingShift = 1.5 * 2 ** 52;

export class Membrane {
  readonly #emitter: Emitter;

  constructor(emitter: Emitter) {
    this.#emitter = emitter;
  }

  /** Currents at the start, kept as states. */
  start(): void {
    this.#clearKept();
    for (const mechanism of this.#emitter.layout.mechanisms) {
      this.#overRuns(mechanism, (i) =>
        this.#keepCurrent(mechanism, i, this.#evaluate(i, [mechanism.plan.current])[0]),
      );
    }
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

  /** Currents of synapses at the start, kept as states. */
  startSynapses(): void {
    for (const synapse of this.#emitter.layout.synapses) {
      this.#overConnections(synapse, (edge, locals) => {
        const [current] = this.#evaluateSynapse(synapse, edge, locals, [synapse.plan.current]);
        const address = synapse.columns.get(synapse.plan.currentName);
        if (current !== undefined && address !== undefined)
          this.#emitter.store(edge, address, current);
      });
    }
  }

  /** States of synapses, and their currents in the balance of the post-synaptic side. */
  #synapses(): void {
    const { f, to, layout } = this.#emitter;
    for (const synapse of layout.synapses) {
      const { plan, columns, weight, together } = synapse;
      this.#overConnections(synapse, (edge, locals) => {
        const [current, slope, ...states] = this.#evaluateSynapse(synapse, edge, locals, together);
        if (current === undefined || slope === undefined) return;
        for (const [s, { key }] of plan.updates.entries()) {
          const [address, value] = [columns.get(key), states[s]];
          if (address !== undefined && value !== undefined)
            this.#emitter.store(edge, address, value);
        }
        const kept = columns.get(plan.currentName);
        if (kept !== undefined) this.#emitter.store(edge, kept, current);
        const unit = this.#emitter.load(edge, weight);
        const [diagonal, right] = [to.mul(slope, unit), to.mul(current, unit)];
        for (const lane of [0, 1] as const) {
          const post = locals.post[lane];
          f.get(post).get(post).memory("f64.load", layout.diagonal);
          f.get(diagonal).extractFloat(lane).op("f64.add").memory("f64.store", layout.diagonal);
          f.get(post).get(post).memory("f64.load", layout.right);
          f.get(right).extractFloat(lane).op("f64.sub").memory("f64.store", layout.right);
        }
      });
    }
  }

  /** Runs `body` with the byte offset of each pair of connections and the places of their compartments. */
  #overConnections(
    { pairs, pre, post }: SynapseLayout,
    body: (edge: Local, locals: { pre: [Local, Local]; post: [Local, Local] }) => void,
  ): void {
    const { f } = this.#emitter;
    this.#emitter.overRows(0, pairs, (edge) => {
      const side = (address: number, lane: 0 | 1) => {
        const local = f.local("i32");
        // Whole numbers are half as long as the numbers of the columns
        f.get(edge)
          .i32(2)
          .op("i32.div_u")
          .memory("i32.load", address + 4 * lane)
          .set(local);
        return local;
      };
      body(edge, { pre: [side(pre, 0), side(pre, 1)], post: [side(post, 0), side(post, 1)] });
    });
  }

  #evaluateSynapse(
    { columns }: SynapseLayout,
    edge: Local,
    locals: { pre: [Local, Local]; post: [Local, Local] },
    roots: readonly Expression[],
  ): Local[] {
    const { f, to, layout, voltage } = this.#emitter;
    const gather = ([first, second]: [Local, Local]) => {
      f.get(first).memory("v128.load64_splat", voltage);
      f.get(second).memory("f64.load", voltage).replaceFloat(1);
      return to.result();
    };
    return emitExpressions(to, roots, (name) => {
      if (name === "v_pre") return gather(locals.pre);
      if (name === "v_post") return gather(locals.post);
      const uniform = layout.uniform.get(name);
      const address = columns.get(name) ?? uniform;
      if (address === undefined) throw new TypeError(`the plan has no column ${name}`);
      if (columns.has(name)) return this.#emitter.load(edge, address);
      f.i32(0).memory("v128.load", address);
      return to.result();
    });
  }

  /** All that comes before the pass that eliminates. */
  before(): void {
    const { layout, to, voltage } = this.#emitter;
    const { mechanisms, hasVoltageUpdate, isJoint, hasEarlier, voltageBefore } = layout;
    if (hasVoltageUpdate) {
      this.#emitter.overAllRows((i) =>
        this.#emitter.store(i, voltageBefore, this.#emitter.load(i, voltage)),
      );
    }
    if (!isJoint) {
      for (const mechanism of mechanisms)
        this.#overRuns(mechanism, (i) => this.#update(mechanism, i));
    }
    this.#clearKept();
    if (!hasEarlier) return;
    this.#emitter.overAllRows((i) => {
      this.#emitter.store(i, layout.diagonal, this.#emitter.load(i, layout.base));
      this.#emitter.store(i, layout.right, to.constant(0));
    });
    for (const mechanism of mechanisms) {
      if (mechanism.isFused) continue;
      this.#overRuns(mechanism, (i) => {
        const balance = this.#add(mechanism, i, {
          diagonal: this.#emitter.load(i, layout.diagonal),
          right: this.#emitter.load(i, layout.right),
        });
        this.#emitter.store(i, layout.diagonal, balance.diagonal);
        this.#emitter.store(i, layout.right, balance.right);
      });
    }
    this.#synapses();
  }

  /**
   * The balance `(C/dt + sum G) dv = currents` of a row of compartments. The unknown is the change of the voltage, not the
   * new voltage: the rounding of a large axial conductance then cannot act as a leak (drift of finely divided cables).
   */
  balance(i: Local): Balance {
    const { base, diagonal, right, hasEarlier, mechanisms } = this.#emitter.layout;
    return mechanisms
      .filter(({ isFused }) => isFused)
      .reduce<Balance>((sum, mechanism) => this.#add(mechanism, i, sum), {
        diagonal: this.#emitter.load(i, hasEarlier ? diagonal : base),
        right: this.#emitter.load(i, right),
      });
  }

  /** Adds a mechanism to a balance; its states move on the way unless they have moved before. */
  #add(mechanism: MechanismLayout, i: Local, sum: Balance): Balance {
    const { to, layout } = this.#emitter;
    const { plan, table, together, weight } = mechanism;
    const [current, slope, ...states] = !layout.isJoint
      ? this.#evaluate(i, [plan.current, plan.slope])
      : table === undefined
        ? this.#evaluate(i, together)
        : this.#tabulated(table, i, together);
    if (current === undefined || slope === undefined) return sum;
    if (layout.isJoint) {
      for (const [s, { key }] of plan.updates.entries()) this.#keep(mechanism, i, key, states[s]);
    }
    if (layout.keepsCurrents) this.#keepCurrent(mechanism, i, current);
    const area = this.#emitter.load(i, weight);
    return {
      diagonal: to.add(sum.diagonal, to.mul(area, slope)),
      right: to.sub(sum.right, to.mul(area, current)),
    };
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
    const found = this.#lookUp(table, i);
    const names = new Map(table.functions.map((node, k) => [node, input(`table ${k}`)]));
    const byName = new Map(table.functions.map((_, k) => [`table ${k}`, found[k]]));
    return this.#evaluate(i, replaceNodes(roots, names), this.#emitter.voltage, (name) =>
      byName.get(name),
    );
  }

  /** Values of the functions of a table for the pair of compartments at `i`. */
  #lookUp(table: TableLayout, i: Local): Local[] {
    const { f, to, voltage } = this.#emitter;
    const { low, width, cells } = tableRange;
    const v = this.#emitter.load(i, voltage);
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
      () => assign(this.#interpolate(table, cell, place)),
      () => assign(this.#evaluate(i, table.functions)),
    );
    return results;
  }

  /** Pairs of functions side by side for one compartment, then turned into pairs of compartments. */
  #interpolate(table: TableLayout, cells: readonly Local[], place: Local): Local[] {
    const { f, to } = this.#emitter;
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
            this.#emitter.load(offset, at + 16 * power),
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

  #clearKept(): void {
    const { to, layout } = this.#emitter;
    const { keepsCurrents, keepsInjected, currentNames, columns } = layout;
    const names = [...(keepsCurrents ? currentNames : []), ...(keepsInjected ? ["i"] : [])];
    if (names.length === 0) return;
    this.#emitter.overAllRows((i) => {
      const zero = to.constant(0);
      for (const name of names) this.#emitter.store(i, columns.get(name) ?? 0, zero);
    });
  }

  #keepCurrent(mechanism: MechanismLayout, i: Local, current: Local | undefined): void {
    const { to, layout } = this.#emitter;
    const name = mechanism.plan.currentName;
    const total = this.#emitter.load(i, layout.columns.get(name) ?? 0);
    if (current !== undefined) this.#keep(mechanism, i, name, to.add(total, current));
  }

  /** Writes a column where the mechanism is; a row may hold one compartment that has it and one that has not. */
  #keep(mechanism: MechanismLayout, i: Local, name: string, value: Local | undefined): void {
    const { to, layout } = this.#emitter;
    const address = layout.columns.get(name);
    if (address === undefined || value === undefined) return;
    if (mechanism.isEverywhere && name !== "v") {
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

  /** Runs `body` with the byte offset of each row in which a compartment has the mechanism. */
  #overRuns(mechanism: MechanismLayout, body: (i: Local) => void): void {
    if (mechanism.isEverywhere) {
      this.#emitter.overAllRows(body);
      return;
    }
    const { f } = this.#emitter;
    const [i, end] = [f.local("i32"), f.local("i32")];
    this.#emitter.overList(mechanism.runs, mechanism.runs + 4, 8, (run) => {
      f.get(run).memory("i32.load", 0).set(i);
      f.get(run).memory("i32.load", 4).set(end);
      this.#emitter.along(i, end, () => body(i));
    });
    f.release(i);
    f.release(end);
  }
}
