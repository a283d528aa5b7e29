/**
 * @file The program of a kernel: a function that runs whole time steps inside WebAssembly, and one that evaluates the
 * currents at the start. It depends on the equations and on the number of compartments, not on any value.
 */
import { type Expression, input, replaceNodes } from "../../expressions/expression.ts";
import { FunctionBuilder, type Local } from "./assembler.ts";
import { emitExpressions } from "./emit.ts";
import { type ConstantPool, Lanes } from "./lanes.ts";
import { header, type Layout, type MechanismLayout, type TableLayout } from "./layout.ts";
import { coefficientCount, sampleCount, tableRange, tableStride } from "./table.ts";

/** Factor from nA to the unit of the balance of currents, 100 nA. */
const perNanoampere = 0.01;

/** `advance(steps)`, `start()`, and `sample()`, which evaluates the functions to be tabulated. */
export function emitProgram(layout: Layout, pool: ConstantPool): FunctionBuilder[] {
  const advance = new FunctionBuilder("advance", ["i32"]);
  new ProgramEmitter(advance, layout, pool).advance();
  const start = new FunctionBuilder("start", []);
  if (layout.keepsCurrents) new ProgramEmitter(start, layout, pool).start();
  const sample = new FunctionBuilder("sample", []);
  new ProgramEmitter(sample, layout, pool).sample();
  return [advance, start, sample];
}

class ProgramEmitter {
  readonly #f: FunctionBuilder;
  readonly #layout: Layout;
  readonly #to: Lanes;

  constructor(f: FunctionBuilder, layout: Layout, pool: ConstantPool) {
    this.#f = f;
    this.#layout = layout;
    this.#to = new Lanes(f, pool);
  }

  start(): void {
    this.#clearCurrents();
    for (const mechanism of this.#layout.mechanisms) {
      this.#overRuns(mechanism, (i) =>
        this.#keepCurrent(mechanism, i, this.#evaluate(i, [mechanism.plan.current])[0]),
      );
    }
  }

  sample(): void {
    for (const { table } of this.#layout.mechanisms) {
      if (table === undefined) continue;
      this.#overPairs(sampleCount, (i) => {
        const values = this.#direct(table, i, table.samples);
        for (const [k, value] of values.entries()) {
          this.#store(i, table.samples + 8 * sampleCount * (k + 1), value);
        }
      });
    }
  }

  advance(): void {
    const f = this.#f;
    const steps = f.parameter(0);
    const k = f.local("i32");
    const sample = f.local("i32");
    f.i32(0).memory("i32.load", header.step).set(sample);
    f.i32(0).set(k);
    f.loop(
      () => {
        this.#membrane();
        this.#stimulate(sample);
        this.#clamp(header.clamps, header.clampsEnd, sample);
        this.#eliminate();
        this.#substituteBack();
        this.#clamp(header.voltageClamps, header.voltageClampsEnd, sample);
        this.#record(k, steps);
        f.get(sample).i32(1).op("i32.add").set(sample);
      },
      () => f.get(k).i32(1).op("i32.add").tee(k).get(steps).op("i32.lt_u"),
    );
    f.i32(0).get(sample).memory("i32.store", header.step);
  }

  /** States, currents, and with them diagonal and right-hand side. */
  #membrane(): void {
    const { mechanisms, hasVoltageUpdate, isFused, columns, voltageBefore, count } = this.#layout;
    const v = columns.get("v") ?? 0;
    if (hasVoltageUpdate) {
      this.#overPairs(count, (i) => this.#store(i, voltageBefore, this.#load(i, v)));
    }
    if (!isFused) {
      for (const mechanism of mechanisms)
        this.#overRuns(mechanism, (i) => this.#update(mechanism, i));
    }
    this.#begin();
    this.#clearCurrents();
    for (const mechanism of mechanisms) {
      this.#overRuns(mechanism, (i) => {
        if (isFused) this.#updateAndAccumulate(mechanism, i);
        else {
          const { current, slope } = mechanism.plan;
          this.#accumulate(mechanism, i, this.#evaluate(i, [current, slope]));
        }
      });
    }
  }

  /**
   * The balance without membrane currents, `(C/dt + sum G) dv = 0`. The unknown is the change of the voltage, not the new
   * voltage: the rounding of a large axial conductance then cannot act as a leak (drift of finely divided cables).
   */
  #begin(): void {
    const { base, diagonal, right, nodes } = this.#layout;
    this.#overPairs(nodes, (i) => {
      this.#store(i, diagonal, this.#load(i, base));
      this.#store(i, right, this.#to.constant(0));
    });
  }

  #clearCurrents(): void {
    const { keepsCurrents, keepsInjected, currentNames, columns, count } = this.#layout;
    const names = [...(keepsCurrents ? currentNames : []), ...(keepsInjected ? ["i"] : [])];
    if (names.length === 0) return;
    this.#overPairs(count, (i) => {
      const zero = this.#to.constant(0);
      for (const name of names) this.#store(i, columns.get(name) ?? 0, zero);
    });
  }

  #update(mechanism: MechanismLayout, i: Local): void {
    const { updates, voltage } = mechanism.plan;
    const roots = updates.map(({ value }) => value);
    const { hasVoltageUpdate, voltageBefore, columns } = this.#layout;
    const source = hasVoltageUpdate ? voltageBefore : columns.get("v");
    const values = this.#evaluate(i, voltage === undefined ? roots : [...roots, voltage], source);
    for (const [s, { key }] of updates.entries()) this.#keep(mechanism, i, key, values[s]);
    if (voltage !== undefined) this.#keep(mechanism, i, "v", values.at(-1));
  }

  /** Both at once, with what is tabulated looked up. */
  #updateAndAccumulate(mechanism: MechanismLayout, i: Local): void {
    const { fused, table, plan } = mechanism;
    const values =
      table === undefined ? this.#evaluate(i, fused) : this.#tabulated(table, i, fused);
    this.#accumulate(mechanism, i, values);
    for (const [s, { key }] of plan.updates.entries()) this.#keep(mechanism, i, key, values[s + 2]);
  }

  #tabulated(table: TableLayout, i: Local, roots: readonly Expression[]): Local[] {
    const found = this.#lookUp(table, i);
    const names = new Map(table.functions.map((node, k) => [node, input(`table ${k}`)]));
    const byName = new Map(table.functions.map((_, k) => [`table ${k}`, found[k]]));
    return this.#evaluate(i, replaceNodes(roots, names), undefined, (name) => byName.get(name));
  }

  /** Values of the functions of a table for the pair of compartments at `i`. */
  #lookUp(table: TableLayout, i: Local): Local[] {
    const f = this.#f;
    const to = this.#to;
    const { low, width, cells } = tableRange;
    const v = this.#load(i, this.#layout.columns.get("v") ?? 0);
    // Cell 0 is for all that lies below, and for NaN; the last for all above
    const scaled = to.add(to.mul(v, to.constant(1 / width)), to.constant(1 - low / width));
    const limited = to.op("f64x2.pmin", scaled, to.constant(cells + 1));
    const place = to.sub(to.sub(limited, to.op("f64x2.trunc", limited)), to.constant(0.5));
    const numbers = to.op("i32x4.trunc_sat_f64x2_u_zero", limited);
    const lanes = [0, 1] as const;
    const cell = lanes.map((lane) => {
      const local = f.local("i32");
      f.get(numbers).extractInteger(lane).set(local);
      return local;
    });
    for (const [k, local] of cell.entries()) {
      f.get(local).i32(4).op("i32.mul").memory("i32.load", table.valid);
      if (k > 0) f.op("i32.and");
    }
    const results = table.functions.map(() => f.local("v128"));
    const assign = (values: readonly Local[]) => {
      for (const [k, result] of results.entries()) {
        const value = values[k];
        if (value !== undefined) f.get(value).set(result);
      }
    };
    f.if(
      () => {
        const offset = cell.map((local) => {
          const bytes = f.local("i32");
          f.get(local).i32(tableStride(table.functions.length)).op("i32.mul").set(bytes);
          return bytes;
        });
        const places = lanes.map((lane) => {
          f.get(place).get(place).shuffle(lane, lane);
          return to.result();
        });
        const values: Local[] = [];
        for (let pair = 0; 2 * pair < table.functions.length; pair++) {
          const sums = lanes.map((lane) =>
            this.#polynomial(table, pair, offset[lane], places[lane]),
          );
          const [first, second] = sums;
          if (first === undefined || second === undefined) continue;
          f.get(first).get(second).shuffle(0, 2);
          values.push(to.result());
          f.get(first).get(second).shuffle(1, 3);
          values.push(to.result());
        }
        assign(values);
      },
      () => assign(this.#direct(table, i, this.#layout.columns.get("v") ?? 0)),
    );
    return results;
  }

  /** A pair of functions in one cell, by Horner's scheme. */
  #polynomial(
    table: TableLayout,
    pair: number,
    offset: Local | undefined,
    s: Local | undefined,
  ): Local {
    if (offset === undefined || s === undefined) throw new TypeError("a lane has no cell");
    const at = table.coefficients + 16 * coefficientCount * pair;
    let sum = this.#load(offset, at + 16 * (coefficientCount - 1));
    for (let power = coefficientCount - 2; power >= 0; power--) {
      sum = this.#to.add(this.#to.mul(sum, s), this.#load(offset, at + 16 * power));
    }
    return sum;
  }

  /** The functions of a table themselves, for the voltages in the column at `voltage`. */
  #direct(table: TableLayout, i: Local, voltage: number): Local[] {
    return this.#evaluate(i, table.functions, voltage, (name) => {
      const address = table.uniform.get(name);
      if (address === undefined) return undefined;
      this.#f.i32(0).memory("v128.load", address);
      return this.#to.result();
    });
  }

  #accumulate(mechanism: MechanismLayout, i: Local, [current, slope]: readonly Local[]): void {
    if (current === undefined || slope === undefined) return;
    const to = this.#to;
    const { diagonal, right } = this.#layout;
    const weight = this.#load(i, mechanism.weight);
    this.#store(i, diagonal, to.add(this.#load(i, diagonal), to.mul(weight, slope)));
    this.#store(i, right, to.sub(this.#load(i, right), to.mul(weight, current)));
    if (this.#layout.keepsCurrents) this.#keepCurrent(mechanism, i, current);
  }

  #keepCurrent(mechanism: MechanismLayout, i: Local, current: Local | undefined): void {
    const name = mechanism.plan.currentName;
    const total = this.#load(i, this.#layout.columns.get(name) ?? 0);
    if (current !== undefined) this.#keep(mechanism, i, name, this.#to.add(total, current));
  }

  /** Writes a column where the mechanism is; pairs may reach one compartment beyond a run. */
  #keep(mechanism: MechanismLayout, i: Local, name: string, value: Local | undefined): void {
    const address = this.#layout.columns.get(name);
    if (address === undefined || value === undefined) return;
    if (mechanism.isEverywhere && name !== "v") {
      this.#store(i, address, value);
      return;
    }
    const to = this.#to;
    const isHere = to.op("f64x2.ne", this.#load(i, mechanism.weight), to.constant(0));
    this.#store(i, address, to.select(isHere, value, this.#load(i, address)));
  }

  /** Emits expressions in keys; `known` may give locals for some names. */
  #evaluate(
    i: Local,
    roots: readonly Expression[],
    voltage = this.#layout.columns.get("v"),
    known: (name: string) => Local | undefined = () => undefined,
  ): Local[] {
    return emitExpressions(this.#to, roots, (name) => {
      const local = known(name);
      if (local !== undefined) return local;
      if (name === "dt") {
        this.#f.i32(0).memory("v128.load", this.#layout.dt);
        return this.#to.result();
      }
      const address = name === "v" ? voltage : this.#layout.columns.get(name);
      if (address === undefined) throw new TypeError(`the plan has no column ${name}`);
      return this.#load(i, address);
    });
  }

  #stimulate(sample: Local): void {
    const f = this.#f;
    const { right, columns, keepsInjected } = this.#layout;
    const node = f.local("i32");
    const value = f.local("f64");
    this.#overList(header.stimuli, header.stimuliEnd, 12, (entry) => {
      f.get(sample).get(entry).memory("i32.load", 8).op("i32.lt_u");
      f.if(() => {
        this.#sampleAddress(entry, sample);
        f.memory("f64.load", 0).set(value);
        f.get(entry).memory("i32.load", 0).set(node);
        f.get(node).get(node).memory("f64.load", right);
        f.get(value).f64(perNanoampere).op("f64.mul").op("f64.add").memory("f64.store", right);
        if (!keepsInjected) return;
        const injected = columns.get("i") ?? 0;
        f.get(node).get(node).memory("f64.load", injected);
        f.get(value).op("f64.add").memory("f64.store", injected);
      });
    });
  }

  #clamp(start: number, end: number, sample: Local): void {
    const f = this.#f;
    this.#overList(start, end, 8, (entry) => {
      f.get(entry).memory("i32.load", 0);
      this.#sampleAddress(entry, sample);
      f.memory("f64.load", 0).memory("f64.store", 0);
    });
  }

  /** Address of the current sample of a list entry, whose second number points to its series. */
  #sampleAddress(entry: Local, sample: Local): void {
    this.#f.get(entry).memory("i32.load", 4).get(sample).i32(8).op("i32.mul").op("i32.add");
  }

  /**
   * From the leaves to the root; links are listed leaves first, as pairs of byte offsets of node and parent. On the way
   * the axial currents at the old voltages join the right-hand side.
   */
  #eliminate(): void {
    const f = this.#f;
    const { diagonal, right, link, factor, columns } = this.#layout;
    const v = columns.get("v") ?? 0;
    const [node, parent] = [f.local("i32"), f.local("i32")];
    const [inverse, scale, g] = [f.local("f64"), f.local("f64"), f.local("f64")];
    const [inflow, own] = [f.local("f64"), f.local("f64")];
    this.#overList(header.links, header.linksEnd, 8, (entry) => {
      f.get(entry).memory("i32.load", 0).set(node);
      f.get(entry).memory("i32.load", 4).set(parent);
      f.get(node).memory("f64.load", link).tee(g);
      f.get(parent).memory("f64.load", v).get(node).memory("f64.load", v).op("f64.sub");
      f.op("f64.mul").set(inflow);
      f.get(node).memory("f64.load", right).get(inflow).op("f64.add").set(own);
      f.f64(1).get(node).memory("f64.load", diagonal).op("f64.div").set(inverse);
      f.get(g).get(inverse).op("f64.mul").set(scale);
      f.get(node).get(scale).memory("f64.store", factor);
      f.get(parent).get(parent).memory("f64.load", diagonal);
      f.get(scale).get(g).op("f64.mul").op("f64.sub").memory("f64.store", diagonal);
      f.get(parent).get(parent).memory("f64.load", right).get(inflow).op("f64.sub");
      f.get(scale).get(own).op("f64.mul").op("f64.add").memory("f64.store", right);
      f.get(node).get(own).get(inverse).op("f64.mul").memory("f64.store", right);
    });
  }

  #substituteBack(): void {
    const f = this.#f;
    const { diagonal, right, factor, columns } = this.#layout;
    const v = columns.get("v") ?? 0;
    const [entry, first] = [f.local("i32"), f.local("i32")];
    const [node, change] = [f.local("i32"), f.local("f64")];
    const apply = () => {
      f.get(node).get(change).memory("f64.store", right);
      f.get(node).get(node).memory("f64.load", v).get(change).op("f64.add").memory("f64.store", v);
    };
    f.i32(0).memory("i32.load", header.root).set(node);
    f.get(node).memory("f64.load", right).get(node).memory("f64.load", diagonal);
    f.op("f64.div").set(change);
    apply();
    f.i32(0).memory("i32.load", header.links).set(first);
    f.i32(0).memory("i32.load", header.linksEnd).set(entry);
    f.get(first).get(entry).op("i32.lt_u");
    f.if(() =>
      f.loop(
        () => {
          f.get(entry).i32(8).op("i32.sub").tee(entry).memory("i32.load", 0).set(node);
          f.get(node).memory("f64.load", right).get(node).memory("f64.load", factor);
          f.get(entry).memory("i32.load", 4).memory("f64.load", right);
          f.op("f64.mul").op("f64.add").set(change);
          apply();
        },
        () => f.get(first).get(entry).op("i32.lt_u"),
      ),
    );
  }

  /** Row r of step k goes to `output + 8 (r steps + k)`. */
  #record(k: Local, steps: Local): void {
    const f = this.#f;
    const target = f.local("i32");
    f.i32(0)
      .memory("i32.load", header.output)
      .get(k)
      .i32(8)
      .op("i32.mul")
      .op("i32.add")
      .set(target);
    this.#overList(header.recordings, header.recordingsEnd, 4, (entry) => {
      f.get(target).get(entry).memory("i32.load", 0).memory("f64.load", 0).memory("f64.store", 0);
      f.get(target).get(steps).i32(8).op("i32.mul").op("i32.add").set(target);
    });
  }

  #load(i: Local, address: number): Local {
    this.#f.get(i).memory("v128.load", address);
    return this.#to.result();
  }

  #store(i: Local, address: number, value: Local): void {
    this.#f.get(i).get(value).memory("v128.store", address);
  }

  /** Runs `body` with the byte offset of each pair among the first `count` entries of a column. */
  #overPairs(count: number, body: (i: Local) => void): void {
    const f = this.#f;
    const i = f.local("i32");
    f.i32(0).set(i);
    f.loop(
      () => body(i),
      () =>
        f
          .get(i)
          .i32(16)
          .op("i32.add")
          .tee(i)
          .i32(8 * count)
          .op("i32.lt_u"),
    );
    f.release(i);
  }

  /** Runs `body` with the byte offset of each pair in the runs of compartments that have the mechanism. */
  #overRuns(mechanism: MechanismLayout, body: (i: Local) => void): void {
    if (mechanism.isEverywhere) {
      this.#overPairs(this.#layout.count, body);
      return;
    }
    const f = this.#f;
    const [i, end] = [f.local("i32"), f.local("i32")];
    this.#overList(mechanism.runs, mechanism.runs + 4, 8, (run) => {
      f.get(run).memory("i32.load", 0).set(i);
      f.get(run).memory("i32.load", 4).set(end);
      f.loop(
        () => body(i),
        () => f.get(i).i32(16).op("i32.add").tee(i).get(end).op("i32.lt_u"),
      );
    });
    f.release(i);
    f.release(end);
  }

  /** Runs `body` with the address of each entry of a list whose start and end stand at the given addresses. */
  #overList(start: number, end: number, size: number, body: (entry: Local) => void): void {
    const f = this.#f;
    const [entry, last] = [f.local("i32"), f.local("i32")];
    f.i32(0).memory("i32.load", start).set(entry);
    f.i32(0).memory("i32.load", end).set(last);
    f.get(entry).get(last).op("i32.lt_u");
    f.if(() =>
      f.loop(
        () => body(entry),
        () => f.get(entry).i32(size).op("i32.add").tee(entry).get(last).op("i32.lt_u"),
      ),
    );
    f.release(entry);
    f.release(last);
  }
}
