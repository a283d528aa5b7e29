/**
 * @file The program of a kernel with derivatives: besides what every program has, steps that are kept on a tape, and steps backwards.
 *
 * A slot of the tape holds all that moved at the end of a step, before clamps; the next step began with that and the clamps. The
 * first slot holds what the first step began with.
 */
import { type AdjointLayout, extraOffset, type FieldAdjoint } from "./adjoint-layout.ts";
import { AdjointMembrane } from "./adjoint-membrane.ts";
import { emitWatchBackwards, emitWatchedBefore } from "./adjoint-spikes.ts";
import { AdjointSynapses } from "./adjoint-synapses.ts";
import { FunctionBuilder, type Local } from "./assembler.ts";
import { Emitter, perNanoampere } from "./emitter.ts";
import { Evaluator } from "./evaluator.ts";
import { FinishedSlot } from "./finished-slot.ts";
import type { ConstantPool } from "./lanes.ts";
import { header, type Layout, type TableLayout } from "./layout.ts";
import { emitDeepCall, emitProgram, exchange, held, isHalvedLayout, stiffness } from "./program.ts";
import { Slots } from "./slots.ts";
import { emitSweep, type RowKind } from "./sweep.ts";

/** Functions of a program with derivatives; those of any program come first. */
export function emitDifferentiableProgram(
  layout: Layout,
  adjoint: AdjointLayout,
  pool: ConstantPool,
): FunctionBuilder[] {
  const forward = emitProgram(layout, pool, false, adjoint);
  const functions: FunctionBuilder[] = [];
  const add = (name: string, parameters: number, emit: (back: Backwards) => void) => {
    const f = new FunctionBuilder(
      name,
      Array.from({ length: parameters }, () => "i32" as const),
    );
    emit(new Backwards(new Emitter(f, layout, pool), adjoint));
    return forward.length + functions.push(f) - 1;
  };
  if (layout.isEliminated) {
    const reverse = add("reverse", 1, (back) => back.reverse());
    functions.push(emitDeepCall("reverseDeep", reverse));
  } else {
    add("reverseEnd", 2, (back) => back.reverseEnd());
    add("reverseBegin", 2, (back) => back.reverseBegin());
  }
  add("reverseStart", 0, (back) => back.start());
  for (const [k, table] of adjoint.tables.entries())
    add(`sampleDerivatives${k}`, 0, (back) => back.sample(table));
  return [...forward, ...functions];
}

class Backwards {
  readonly #emitter: Emitter;
  readonly #adjoint: AdjointLayout;
  readonly #slots: Slots;
  readonly #membrane: AdjointMembrane;
  readonly #synapses: AdjointSynapses;

  constructor(emitter: Emitter, adjoint: AdjointLayout) {
    this.#emitter = emitter;
    this.#adjoint = adjoint;
    this.#slots = new Slots(emitter);
    this.#membrane = new AdjointMembrane(emitter, adjoint, this.#slots);
    this.#synapses = new AdjointSynapses(emitter, adjoint, this.#slots);
  }

  /** Values of tabulated functions at the sampled voltages. */
  sample(table: TableLayout): void {
    new Evaluator(this.#emitter, this.#adjoint, this.#slots).sample(table);
  }

  /** Whole steps from the last on the tape back. */
  reverse(): void {
    const { f } = this.#emitter;
    const steps = f.parameter(0);
    const k = f.local("i32");
    f.get(steps).set(k);
    f.loop(
      () => {
        f.get(k).i32(1).op("i32.sub").set(k);
        const sample = this.#stepBack();
        this.#beginAtOld(sample);
        this.#undoEnd(sample, k, steps);
        this.#fields();
        this.#undoHeld(k, steps);
        this.#undoBegin(sample, k, steps);
        f.release(sample);
      },
      () => f.i32(0).get(k).op("i32.lt_u"),
    );
  }

  /** `reverseEnd(k, steps)`: what a step does after the fields are solved. */
  reverseEnd(): void {
    const { f } = this.#emitter;
    const sample = this.#stepBack();
    this.#beginAtOld(sample);
    this.#undoEnd(sample, f.parameter(0), f.parameter(1));
  }

  /** `reverseBegin(k, steps)`: what it does before, with derivatives by the equations of the fields in their columns. */
  reverseBegin(): void {
    const { f } = this.#emitter;
    const sample = this.#load(header.step);
    f.i32(0).memory("i32.load", header.tape).set(this.#slots.end);
    this.#pointToOld();
    this.#membrane.allFused();
    this.#undoBegin(sample, f.parameter(0), f.parameter(1));
  }

  /** Currents that were evaluated at the start, from what stands in the columns. */
  start(): void {
    const { f, layout } = this.#emitter;
    f.i32(layout.moving[0]).set(this.#slots.old);
    f.i32(layout.moving[0]).set(this.#slots.end);
    if (layout.keepsSynapticCurrents) this.#synapses.start();
    this.#membrane.start();
  }

  #load(address: number): Local {
    const { f } = this.#emitter;
    const local = f.local("i32");
    f.i32(0).memory("i32.load", address).set(local);
    return local;
  }

  /** Moves to the slot before; the last one becomes the end of the step. @returns the number of the step. */
  #stepBack(): Local {
    const { f } = this.#emitter;
    const sample = this.#load(header.step);
    f.get(sample).i32(1).op("i32.sub").set(sample);
    f.i32(0).get(sample).memory("i32.store", header.step);
    f.i32(0).memory("i32.load", header.tape).set(this.#slots.end);
    return sample;
  }

  /** Address of what the step began with: a slot, or where that was put with clamps. */
  #pointToOld(): void {
    const { f } = this.#emitter;
    f.i32(0).memory("i32.load", header.begun).set(this.#slots.old);
  }

  /** Prepares what the step began with, and moves the tape on to the slot before. */
  #beginAtOld(sample: Local): void {
    const { f } = this.#emitter;
    const before = f.local("i32");
    f.get(this.#slots.end).i32(this.#adjoint.slot).op("i32.sub").set(before);
    f.i32(0).get(before).memory("i32.store", header.begun);
    // The first slot holds it as it is
    f.i32(0).memory("i32.load", header.tapeStart).get(before).op("i32.lt_u");
    f.if(() => {
      f.i32(0).memory("i32.load", header.isChanged);
      f.if(() => {
        const changed = this.#load(header.changed);
        const earlier = f.local("i32");
        f.get(sample).i32(1).op("i32.sub").set(earlier);
        new FinishedSlot(this.#emitter, this.#adjoint).write(changed, before, earlier);
        f.i32(0).get(changed).memory("i32.store", header.begun);
        for (const local of [changed, earlier]) f.release(local);
      });
    });
    this.#pointToOld();
    f.release(before);
  }

  /** Spikes, recordings, clamps and exchanges at the end of a step. */
  #undoEnd(sample: Local, k: Local, steps: Local): void {
    const { f, layout } = this.#emitter;
    const { bars } = this.#adjoint;
    const row = f.local("i32");
    const toRow = (base: number) =>
      f.i32(0).memory("i32.load", base).get(k).i32(8).op("i32.mul").op("i32.add").set(row);
    const nextRow = () => f.get(row).get(steps).i32(8).op("i32.mul").op("i32.add").set(row);
    toRow(header.given);
    this.#emitter.overList(header.recordings, header.recordingsEnd, 4, (entry) => {
      const at = f.local("i32");
      f.get(entry).memory("i32.load", 0).i32(bars).op("i32.add").set(at);
      f.get(at).get(at).memory("f64.load", 0).get(row).memory("f64.load", 0);
      f.op("f64.add").memory("f64.store", 0);
      nextRow();
      f.release(at);
    });
    const finished = new FinishedSlot(this.#emitter, this.#adjoint).of(this.#slots.end, sample);
    if (layout.hasSources)
      emitWatchBackwards(this.#emitter, this.#adjoint, this.#slots, finished, sample);
    f.release(finished);
    toRow(header.byClamps);
    const undoClamps = (list: number, end: number) =>
      this.#emitter.overList(list, end, 8, (entry) => {
        const at = f.local("i32");
        f.get(entry).memory("i32.load", 0).i32(bars).op("i32.add").set(at);
        f.get(row).get(at).memory("f64.load", 0).memory("f64.store", 0);
        f.get(at).f64(0).memory("f64.store", 0);
        nextRow();
        f.release(at);
      });
    undoClamps(header.voltageClamps, header.voltageClampsEnd);
    undoClamps(header.clamps, header.clampsEnd);
    f.release(row);
    this.#undoExchanges();
  }

  #undoExchanges(): void {
    const { f, voltage } = this.#emitter;
    const at = voltage + this.#adjoint.bars;
    const [a, b] = [f.local("i32"), f.local("i32")];
    const [gain, loss, difference] = [f.local("f64"), f.local("f64"), f.local("f64")];
    const { exchanges, exchangesEnd } = header;
    this.#emitter.overListBackwards(exchanges, exchangesEnd, exchange.size, (entry) => {
      f.get(entry).memory("i32.load", exchange.a).set(a);
      f.get(entry).memory("i32.load", exchange.b).set(b);
      f.get(a).memory("f64.load", at).set(gain);
      f.get(b).memory("f64.load", at).set(loss);
      for (const [bar, sum] of [
        [gain, exchange.byGain],
        [loss, exchange.byLoss],
      ] as const) {
        f.get(entry).get(entry).memory("f64.load", sum).get(bar);
        f.get(entry).memory("f64.load", exchange.difference).op("f64.mul").op("f64.add");
        f.memory("f64.store", sum);
      }
      f.get(gain).get(entry).memory("f64.load", exchange.gain).op("f64.mul");
      f.get(loss).get(entry).memory("f64.load", exchange.loss).op("f64.mul");
      f.op("f64.sub").set(difference);
      f.get(a).get(gain).get(difference).op("f64.sub").memory("f64.store", at);
      f.get(b).get(loss).get(difference).op("f64.add").memory("f64.store", at);
    });
    for (const local of [a, b, gain, loss, difference]) f.release(local);
  }

  /** Clamps get what their neighbours saw of them: the stiffness times the derivative by the right-hand side, which is next to 0. */
  #undoHeld(k: Local, steps: Local): void {
    const { f, layout } = this.#emitter;
    const force = isHalvedLayout(layout) ? stiffness / 2 : stiffness;
    const at = f.local("i32");
    this.#emitter.overList(header.held, header.heldEnd, held.size, (entry) => {
      f.get(entry).memory("i32.load", held.row).get(steps).op("i32.mul").get(k).op("i32.add");
      f.i32(8).op("i32.mul").i32(0).memory("i32.load", header.byClamps).op("i32.add").set(at);
      f.get(at).get(at).memory("f64.load", 0);
      f.get(entry).memory("i32.load", held.lambda).memory("f64.load", 0);
      f.f64(force).op("f64.mul").op("f64.add").memory("f64.store", 0);
    });
    f.release(at);
  }

  /** The solutions of the voltage and of what diffuses. */
  #fields(): void {
    for (const [n, { key, isLinked, inverse, link }] of this.#emitter.layout.ions.entries()) {
      const field = this.#adjoint.ions[n];
      const value = this.#emitter.layout.columns.get(key);
      if (field === undefined || value === undefined) continue;
      if (isLinked) this.#solve(value, inverse, link, field, undefined);
      else this.#emitter.overAllRows((i) => this.#solveAlone(i, value, inverse, field));
    }
    const { voltage, layout } = this.#emitter;
    this.#solve(voltage, layout.inverse, layout.link, this.#adjoint.voltage, this.#membrane);
  }

  /**
   * Back through `M dx = R, x' = x + gain dx`: with `lambda = M^-1 gain bar x'`, `bar R = lambda`, `bar D = -lambda dx`. Of `bar x` this leaves
   * `C/dt lambda - (gain - 1) bar x'`, to which mechanisms add (`plan/adjoint.ts`). A link g between two nodes has
   * `bar g = (lambda_1 - lambda_2) ((x + dx)_2 - (x + dx)_1)`.
   */
  #solve(
    value: number,
    inverse: number,
    link: number,
    field: FieldAdjoint,
    membrane: AdjointMembrane | undefined,
  ): void {
    const { to, f, layout } = this.#emitter;
    const { solution, joint, reached, inverseGain, bars, keepsDerivatives } = this.#adjoint;
    const hasLinks = field.link !== 0 && layout.isLinked;
    const reachedAbove = hasLinks ? f.local("v128") : undefined;
    const bar = value + bars;
    const offset = this.#slots.inSlot(value);
    const inverseAt = extraOffset(this.#adjoint, inverse);
    const isAwake = (kind: RowKind) => kind === "compartments" || layout.hasMassiveJoints;
    emitSweep(this.#emitter, {
      link,
      solution,
      joint,
      inverse: (i) => this.#emitter.load(this.#slots.within("end", i), inverseAt),
      right: (i, kind) => {
        if (!isAwake(kind)) return undefined;
        const own = this.#emitter.load(i, bar);
        return inverseGain === 0 ? own : to.mul(own, this.#emitter.load(i, layout.gain));
      },
      ...(reachedAbove === undefined
        ? {}
        : { enter: (load) => f.get(load(reached)).set(reachedAbove) }),
      solved: (i, lambda, above, kind) => {
        const end = this.#slots.within("end", i);
        const after = this.#emitter.load(end, offset);
        if (!isAwake(kind)) {
          if (reachedAbove !== undefined)
            this.#addToLinks(i, field, lambda, above, after, reachedAbove, true);
          return;
        }
        const old = this.#slots.within("old", i);
        const before = this.#emitter.load(field.slot === "old" ? old : end, field.offset);
        const moved = to.sub(after, before);
        const change =
          inverseGain === 0 ? moved : to.mul(moved, this.#emitter.load(i, inverseGain));
        if (reachedAbove !== undefined) {
          const target = inverseGain === 0 ? after : to.add(before, change);
          this.#addToLinks(i, field, lambda, above, target, reachedAbove, kind === "joints");
        }
        const diagonal = to.op("f64x2.neg", to.mul(lambda, change));
        if (field.capacity !== 0) this.#emitter.increase(i, field.capacity, diagonal);
        this.#emitter.store(i, field.right, lambda);
        if (keepsDerivatives || membrane === undefined)
          this.#emitter.store(i, field.diagonal, diagonal);
        const left = to.mul(lambda, this.#emitter.load(i, field.rate));
        // Half a step done twice: x' = 2 (x + dx) - x
        const kept =
          inverseGain === 0
            ? left
            : to.sub(
                left,
                to.mul(
                  to.sub(this.#emitter.load(i, layout.gain), to.constant(1)),
                  this.#emitter.load(i, bar),
                ),
              );
        const added = membrane?.fused(i, { right: lambda, diagonal, old, end }) ?? [];
        this.#emitter.store(
          i,
          bar,
          added.reduce((sum, term) => to.add(sum, term), kept),
        );
      },
    });
    if (reachedAbove !== undefined) f.release(reachedAbove);
  }

  /** Adds to the derivative by the link of a row towards the next, and moves on. */
  #addToLinks(
    i: Local,
    field: FieldAdjoint,
    lambda: Local,
    above: Local | undefined,
    target: Local,
    targetAbove: Local,
    isJoint: boolean,
  ): void {
    const { to, f } = this.#emitter;
    if (isJoint) this.#emitter.store(i, this.#adjoint.reached, target);
    if (above !== undefined) {
      const product = to.mul(to.sub(lambda, above), to.sub(targetAbove, target));
      this.#emitter.increase(i, field.link, product);
    }
    f.get(target).set(targetAbove);
  }

  /** A concentration that does not diffuse: backward Euler by itself. */
  #solveAlone(i: Local, value: number, inverse: number, field: FieldAdjoint): void {
    const { to } = this.#emitter;
    const bar = value + this.#adjoint.bars;
    const end = this.#slots.within("end", i);
    const before = this.#emitter.load(this.#slots.within(field.slot, i), field.offset);
    const change = to.sub(this.#emitter.load(end, this.#slots.inSlot(value)), before);
    const own = this.#emitter.load(end, extraOffset(this.#adjoint, inverse));
    const lambda = to.mul(this.#emitter.load(i, bar), own);
    this.#emitter.store(i, field.right, lambda);
    this.#emitter.store(i, field.diagonal, to.op("f64x2.neg", to.mul(lambda, change)));
    this.#emitter.store(i, bar, to.mul(lambda, this.#emitter.load(i, field.rate)));
  }

  /** Stimuli, synapses, and the mechanisms that are not evaluated where the field is solved; then the tape is a slot shorter. */
  #undoBegin(sample: Local, k: Local, steps: Local): void {
    const { f } = this.#emitter;
    this.#undoStimuli(sample, k, steps);
    this.#synapses.step(sample);
    this.#membrane.others();
    this.#membrane.pumps();
    this.#membrane.rules();
    this.#membrane.beginCurrents();
    if (this.#emitter.layout.hasSources) emitWatchedBefore(this.#emitter, this.#adjoint);
    f.i32(0).get(this.#slots.end).i32(this.#adjoint.slot).op("i32.sub");
    f.memory("i32.store", header.tape);
  }

  #undoStimuli(sample: Local, k: Local, steps: Local): void {
    const { f, layout, to } = this.#emitter;
    const { bars, voltage } = this.#adjoint;
    const injected = layout.keepsInjected ? (layout.columns.get("i") ?? 0) + bars : 0;
    const [row, node, value] = [f.local("i32"), f.local("i32"), f.local("f64")];
    f.i32(0).memory("i32.load", header.byStimuli).get(k).i32(8).op("i32.mul");
    f.op("i32.add").set(row);
    this.#emitter.overList(header.stimuli, header.stimuliEnd, 12, (entry) => {
      f.f64(0).set(value);
      f.get(sample).get(entry).memory("i32.load", 8).op("i32.lt_u");
      f.if(() => {
        f.get(entry).memory("i32.load", 0).set(node);
        f.get(node).memory("f64.load", voltage.right).f64(perNanoampere).op("f64.mul");
        if (injected !== 0) f.get(node).memory("f64.load", injected).op("f64.add");
        f.set(value);
      });
      f.get(row).get(value).memory("f64.store", 0);
      f.get(row).get(steps).i32(8).op("i32.mul").op("i32.add").set(row);
    });
    for (const local of [row, node, value]) f.release(local);
    if (injected !== 0)
      this.#emitter.overAllRows((i) => this.#emitter.store(i, injected, to.constant(0)));
  }
}
