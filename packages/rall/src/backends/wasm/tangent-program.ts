/**
 * @file The program of forward mode: after each step, how all that moves in it would move if the inputs did, with the values of the step
 * in two slots of the tape and the matrix that was solved with.
 */
import { type AdjointLayout, extraOffset, type FieldAdjoint } from "./adjoint-layout.ts";
import { FunctionBuilder, type Local } from "./assembler.ts";
import { mirrorAt, nearAt, segmentSize } from "./cable.ts";
import { Emitter, perNanoampere } from "./emitter.ts";
import { Evaluator } from "./evaluator.ts";
import { FinishedSlot } from "./finished-slot.ts";
import type { ConstantPool } from "./lanes.ts";
import { header, type Layout } from "./layout.ts";
import { emitProgram, exchange, held, isHalvedLayout, stiffness } from "./program.ts";
import { Slots } from "./slots.ts";
import { emitSweep } from "./sweep.ts";
import { TangentMembrane } from "./tangent-membrane.ts";
import { emitWatchedStart, emitWatchMoved } from "./tangent-spikes.ts";
import { TangentSynapses } from "./tangent-synapses.ts";

/** Functions of a program with forward mode; those of any program come first. */
export function emitTangentProgram(
  layout: Layout,
  adjoint: AdjointLayout,
  pool: ConstantPool,
): FunctionBuilder[] {
  const functions = emitProgram(layout, pool, false, adjoint);
  const add = (name: string, parameters: number, emit: (move: Moved) => void) => {
    const types = Array.from({ length: parameters }, () => "i32" as const);
    const f = new FunctionBuilder(name, types);
    emit(new Moved(new Emitter(f, layout, pool), adjoint));
    functions.push(f);
  };
  add("moveBegin", 2, (move) => move.begin());
  if (layout.isEliminated) add("moveFields", 2, (move) => move.fields());
  add("moveEnd", 2, (move) => move.end());
  add("moveStart", 0, (move) => move.start());
  for (const [k, table] of adjoint.tables.entries())
    add(`sampleDerivatives${k}`, 0, (move) => move.evaluator.sample(table));
  return functions;
}

class Moved {
  readonly #emitter: Emitter;
  readonly #adjoint: AdjointLayout;
  readonly #slots: Slots;
  readonly evaluator: Evaluator;

  constructor(emitter: Emitter, adjoint: AdjointLayout) {
    this.#emitter = emitter;
    this.#adjoint = adjoint;
    this.#slots = new Slots(emitter);
    this.evaluator = new Evaluator(emitter, adjoint, this.#slots);
  }

  /** `moveBegin(k, steps)`: what a step does before fields are solved. */
  begin(): void {
    const { f, to, layout } = this.#emitter;
    const { voltage, ions } = this.#adjoint;
    const membrane = new TangentMembrane(this.#emitter, this.#adjoint, this.#slots);
    const synapses = new TangentSynapses(this.#emitter, this.#adjoint, this.#slots);
    this.#pointToSlots();
    const sample = this.#stepDone();
    if (layout.hasSources) emitWatchedStart(this.#emitter, this.#adjoint);
    this.#emitter.overAllRows((i) => {
      for (const { right, diagonal } of [voltage, ...ions])
        for (const address of [right, diagonal]) this.#emitter.store(i, address, to.constant(0));
    });
    membrane.rules();
    membrane.pumps();
    membrane.channels(false);
    synapses.step(sample);
    membrane.channels(true);
    this.#stimulate(sample, f.parameter(0), f.parameter(1));
  }

  /** `moveFields(k, steps)`: the solutions. */
  fields(): void {
    this.#pointToSlots();
    const { f, layout, voltage } = this.#emitter;
    this.#hold(f.parameter(0), f.parameter(1));
    for (const [n, { key, isLinked, inverse, link }] of layout.ions.entries()) {
      const field = this.#adjoint.ions[n];
      const value = layout.columns.get(key);
      if (field === undefined || value === undefined) continue;
      if (isLinked) this.#solve(value, inverse, link, field);
      else this.#solveAlone(value, inverse, field);
    }
    this.#solve(voltage, layout.inverse, layout.link, this.#adjoint.voltage);
  }

  /** `moveEnd(k, steps)`: exchanges, clamps, spikes and recordings. */
  end(): void {
    const { f, layout } = this.#emitter;
    this.#pointToSlots();
    const sample = this.#stepDone();
    const finished = new FinishedSlot(this.#emitter, this.#adjoint).of(this.#slots.end, sample);
    this.#exchange();
    this.#clamp(f.parameter(0), f.parameter(1));
    if (layout.hasSources)
      emitWatchMoved(this.#emitter, this.#adjoint, this.#slots, finished, sample);
    this.#record(f.parameter(0), f.parameter(1));
  }

  /** Currents that are evaluated at the start, from what stands in the columns. */
  start(): void {
    const { f, layout } = this.#emitter;
    f.i32(layout.moving[0]).set(this.#slots.old);
    f.i32(layout.moving[0]).set(this.#slots.end);
    new TangentMembrane(this.#emitter, this.#adjoint, this.#slots).start();
    if (layout.keepsSynapticCurrents)
      new TangentSynapses(this.#emitter, this.#adjoint, this.#slots).start();
  }

  /** The tape holds one step. */
  #pointToSlots(): void {
    const { f } = this.#emitter;
    f.i32(0).memory("i32.load", header.tapeStart).set(this.#slots.old);
    f.i32(0).memory("i32.load", header.tape).set(this.#slots.end);
  }

  /** Number of the step that was done last. */
  #stepDone(): Local {
    const { f } = this.#emitter;
    const sample = f.local("i32");
    f.i32(0).memory("i32.load", header.step).i32(1).op("i32.sub").set(sample);
    return sample;
  }

  #stimulate(sample: Local, k: Local, steps: Local): void {
    const { f, layout, to } = this.#emitter;
    const { bars, voltage } = this.#adjoint;
    const injected = layout.keepsInjected ? (layout.columns.get("i") ?? 0) + bars : 0;
    if (injected !== 0)
      this.#emitter.overAllRows((i) => this.#emitter.store(i, injected, to.constant(0)));
    const [row, node] = [this.#row(header.byStimuli, k), f.local("i32")];
    this.#emitter.overList(header.stimuli, header.stimuliEnd, 12, (entry) => {
      f.get(sample).get(entry).memory("i32.load", 8).op("i32.lt_u");
      f.if(() => {
        f.get(entry).memory("i32.load", 0).set(node);
        f.get(node).get(node).memory("f64.load", voltage.right);
        f.get(row).memory("f64.load", 0).f64(perNanoampere).op("f64.mul").op("f64.add");
        f.memory("f64.store", voltage.right);
        if (injected === 0) return;
        f.get(node).get(node).memory("f64.load", injected);
        f.get(row).memory("f64.load", 0).op("f64.add").memory("f64.store", injected);
      });
      this.#nextRow(row, steps);
    });
    for (const local of [row, node]) f.release(local);
  }

  /** Right-hand sides of what clamps hold. */
  #hold(k: Local, steps: Local): void {
    const { f, layout } = this.#emitter;
    const { bars } = this.#adjoint;
    const force = isHalvedLayout(layout) ? stiffness / 2 : stiffness;
    this.#emitter.overList(header.held, header.heldEnd, held.size, (entry) => {
      f.get(entry).memory("i32.load", held.lambda);
      f.get(entry).memory("i32.load", held.row).get(steps).op("i32.mul").get(k).op("i32.add");
      f.i32(8).op("i32.mul").i32(0).memory("i32.load", header.byClamps).op("i32.add");
      f.memory("f64.load", 0).get(entry).memory("i32.load", held.value).memory("f64.load", bars);
      f.op("f64.sub").f64(force).op("f64.mul").memory("f64.store", 0);
    });
  }

  /**
   * From `M dx = R + L x` follows how the change moves: `M dx' = R' - (D' + C'/h) dx + L x' + L' (x + dx)`, with a dash for motion.
   */
  #solve(value: number, inverse: number, link: number, field: FieldAdjoint): void {
    const { to, layout } = this.#emitter;
    const { solution, joint, bars } = this.#adjoint;
    const dot = value + bars;
    this.#emitter.overAllRows((i) => {
      const diagonal = this.#emitter.load(i, field.diagonal);
      const whole =
        field.capacity === 0 ? diagonal : to.add(diagonal, this.#emitter.load(i, field.capacity));
      const change = to.sub(this.#reached(i, value, field), this.#before(i, field));
      const own = to.sub(this.#emitter.load(i, field.right), to.mul(whole, change));
      this.#emitter.store(i, field.right, own);
    });
    if (layout.isLinked) this.#addLinks(value, link, field);
    const inverseAt = extraOffset(this.#adjoint, inverse);
    emitSweep(this.#emitter, {
      ...{ link, solution, joint },
      inverse: (i) => this.#emitter.load(this.#slots.within("end", i), inverseAt),
      right: (i) => this.#emitter.load(i, field.right),
      solved: (i, change, _, kind) => {
        // Massless joints follow; how they moved before does not matter
        if (kind === "joints" && !layout.hasMassiveJoints) return;
        const whole =
          layout.gain === 0 ? change : to.mul(change, this.#emitter.load(i, layout.gain));
        this.#emitter.increase(i, dot, whole);
      },
    });
  }

  /** Currents along links: by how their ends moved, and by how the links do. */
  #addLinks(value: number, link: number, field: FieldAdjoint): void {
    const { f, to, layout } = this.#emitter;
    const dot = value + this.#adjoint.bars;
    const [i, end, near] = [f.local("i32"), f.local("i32"), f.local("i32")];
    this.#emitter.overList(header.segments, header.segmentsEnd, segmentSize, (entry) => {
      f.get(entry).memory("i32.load", 0).set(i);
      f.get(entry).memory("i32.load", mirrorAt).set(end);
      if (layout.hasMassiveJoints) {
        for (const lane of [0, 1] as const) {
          f.get(end)
            .get(entry)
            .memory("i32.load", nearAt + 4 * lane);
          f.memory("f64.load", dot).memory("f64.store", dot + 8 * lane);
        }
      }
      this.#emitter.along(i, end, () => {
        const next = f.local("i32");
        f.get(i).i32(16).op("i32.add").set(next);
        const moved = to.sub(this.#emitter.load(next, dot), this.#emitter.load(i, dot));
        const byEnds = to.mul(this.#emitter.load(i, link), moved);
        const inflow =
          field.link === 0
            ? byEnds
            : to.add(
                byEnds,
                to.mul(
                  this.#emitter.load(i, field.link),
                  to.sub(this.#reached(next, value, field), this.#reached(i, value, field)),
                ),
              );
        this.#emitter.increase(i, field.right, inflow);
        this.#emitter.increase(next, field.right, to.op("f64x2.neg", inflow));
        f.release(next);
      });
      for (const lane of [0, 1] as const) {
        f.get(entry)
          .memory("i32.load", nearAt + 4 * lane)
          .set(near);
        f.get(near).get(near).memory("f64.load", field.right);
        f.get(end)
          .memory("f64.load", field.right + 8 * lane)
          .op("f64.add");
        f.memory("f64.store", field.right);
      }
    });
    for (const local of [i, end, near]) f.release(local);
  }

  /** `x + dx` of a row. */
  #reached(i: Local, value: number, field: FieldAdjoint): Local {
    const { to } = this.#emitter;
    const { inverseGain } = this.#adjoint;
    const after = this.#emitter.load(this.#slots.within("end", i), this.#slots.inSlot(value));
    if (inverseGain === 0) return after;
    const before = this.#before(i, field);
    return to.add(before, to.mul(to.sub(after, before), this.#emitter.load(i, inverseGain)));
  }

  #before(i: Local, field: FieldAdjoint): Local {
    return this.#emitter.load(this.#slots.within(field.slot, i), field.offset);
  }

  #solveAlone(value: number, inverse: number, field: FieldAdjoint): void {
    const { to } = this.#emitter;
    const dot = value + this.#adjoint.bars;
    this.#emitter.overAllRows((i) => {
      const end = this.#slots.within("end", i);
      const after = this.#emitter.load(end, this.#slots.inSlot(value));
      const change = to.sub(after, this.#before(i, field));
      const right = to.sub(
        this.#emitter.load(i, field.right),
        to.mul(this.#emitter.load(i, field.diagonal), change),
      );
      this.#emitter.increase(
        i,
        dot,
        to.mul(right, this.#emitter.load(end, extraOffset(this.#adjoint, inverse))),
      );
    });
  }

  /** Gap junctions that close loops; their differences were noted when the slot was finished. */
  #exchange(): void {
    const { f, voltage } = this.#emitter;
    const dot = voltage + this.#adjoint.bars;
    const [a, b, moved] = [f.local("i32"), f.local("i32"), f.local("f64")];
    this.#emitter.overList(header.exchanges, header.exchangesEnd, exchange.size, (entry) => {
      f.get(entry).memory("i32.load", exchange.a).set(a);
      f.get(entry).memory("i32.load", exchange.b).set(b);
      f.get(b).memory("f64.load", dot).get(a).memory("f64.load", dot).op("f64.sub").set(moved);
      for (const [side, factor, by, sign] of [
        [a, exchange.gain, exchange.byGain, "f64.add"],
        [b, exchange.loss, exchange.byLoss, "f64.sub"],
      ] as const) {
        f.get(side).get(side).memory("f64.load", dot);
        f.get(entry).memory("f64.load", factor).get(moved).op("f64.mul");
        f.get(entry).memory("f64.load", by);
        f.get(entry).memory("f64.load", exchange.difference).op("f64.mul").op("f64.add");
        f.op(sign).memory("f64.store", dot);
      }
    });
    for (const local of [a, b, moved]) f.release(local);
  }

  #clamp(k: Local, steps: Local): void {
    const { f } = this.#emitter;
    const row = this.#row(header.byClamps, k);
    // In the order of the rows, in which those of voltages come first
    for (const [list, end] of [
      [header.voltageClamps, header.voltageClampsEnd],
      [header.clamps, header.clampsEnd],
    ] as const)
      this.#emitter.overList(list, end, 8, (entry) => {
        f.get(entry).memory("i32.load", 0).i32(this.#adjoint.bars).op("i32.add");
        f.get(row).memory("f64.load", 0).memory("f64.store", 0);
        this.#nextRow(row, steps);
      });
    f.release(row);
  }

  #record(k: Local, steps: Local): void {
    const { f } = this.#emitter;
    const row = this.#row(header.given, k);
    this.#emitter.overList(header.recordings, header.recordingsEnd, 4, (entry) => {
      f.get(row).get(entry).memory("i32.load", 0).i32(this.#adjoint.bars).op("i32.add");
      f.memory("f64.load", 0).memory("f64.store", 0);
      this.#nextRow(row, steps);
    });
    f.release(row);
  }

  /** Address of entry k of the first row of a block. */
  #row(block: number, k: Local): Local {
    const { f } = this.#emitter;
    const row = f.local("i32");
    f.i32(0).memory("i32.load", block).get(k).i32(8).op("i32.mul").op("i32.add").set(row);
    return row;
  }

  #nextRow(row: Local, steps: Local): void {
    this.#emitter.f.get(row).get(steps).i32(8).op("i32.mul").op("i32.add").set(row);
  }
}
