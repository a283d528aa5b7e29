/**
 * @file The program of a kernel: a function that runs whole time steps inside WebAssembly, one that evaluates the currents
 * at the start, and one for each table that samples its functions. It depends on the equations and on the schedule, not
 * on any value.
 */
import type { AdjointLayout } from "./adjoint-layout.ts";
import { FunctionBuilder, type Local } from "./assembler.ts";
import { Cable } from "./cable.ts";
import { Emitter, perNanoampere } from "./emitter.ts";
import { emitIons, voltageField } from "./fields.ts";
import type { ConstantPool } from "./lanes.ts";
import { header, type Layout } from "./layout.ts";
import { Membrane } from "./membrane.ts";
import { emitWatch } from "./spikes.ts";
import { Synapses } from "./synapses.ts";

/**
 * Entry of a gap junction that closes a loop: offsets of its compartments, parts of their difference that they move by; on the way
 * back that difference, and sums of the derivatives by the parts.
 */
export const exchange = {
  ...{ a: 0, b: 4, gain: 8, loss: 16 },
  ...{ difference: 24, byGain: 32, byLoss: 40, size: 48 },
} as const;

/**
 * Entry of a clamp that is a row of a system: addresses of what is held, of its series and of its right-hand side, and, with
 * derivatives, the number of its row among those by clamps and the address of the derivative by its right-hand side. A series stands
 * where it does in other entries of clamps.
 */
export const held = { value: 0, series: 4, right: 8, row: 12, lambda: 16, size: 20 } as const;

/**
 * Added to the diagonal of a held row, so that its change is what the clamp says, whatever flows in: all else there is lost in
 * rounding, and neighbours are eliminated as ever. In units of the balance, in which conductances are 1e-9 to 1e3.
 */
export const stiffness = 1e30;

/**
 * `advance(steps)`, the same from deeper in the stack, `start()`, and `sample0()` and so on for the tables of mechanisms 0 and so on.
 *
 * @param isPrinted - whether the functions can also be printed.
 * @param adjoint - if derivatives are wanted: each step is then kept on a tape, where `header.isTaped` is set.
 */
export function emitProgram(
  layout: Layout,
  pool: ConstantPool,
  isPrinted = false,
  adjoint?: AdjointLayout,
): FunctionBuilder[] {
  const steps = emitSteps(layout, pool, isPrinted, adjoint);
  const start = new FunctionBuilder("start", [], isPrinted);
  new Membrane(new Emitter(start, layout, pool)).start();
  if (layout.keepsSynapticCurrents) new Synapses(new Emitter(start, layout, pool)).start();
  const samplers = layout.mechanisms.flatMap(({ table }, number) => {
    if (table === undefined) return [];
    const sample = new FunctionBuilder(`sample${number}`, [], isPrinted);
    new Membrane(new Emitter(sample, layout, pool)).sample(table);
    return [sample];
  });
  return [...steps, start, ...samplers];
}

function emitSteps(
  layout: Layout,
  pool: ConstantPool,
  isPrinted: boolean,
  adjoint: AdjointLayout | undefined,
): FunctionBuilder[] {
  const emit = (name: string, parameters: number, body: (step: Step) => void) => {
    const types = Array.from({ length: parameters }, () => "i32" as const);
    const f = new FunctionBuilder(name, types, isPrinted);
    body(new Step(new Emitter(f, layout, pool), adjoint));
    return f;
  };
  return layout.isEliminated
    ? [emit("advance", 1, (step) => step.emitAdvance()), emitDeepCall("advanceDeep", 0, isPrinted)]
    : [emit("begin", 0, (step) => step.emitBegin()), emit("end", 2, (step) => step.emitEnd())];
}

/** A function of one number that calls another from below a frame of a kilobyte; see `caller.ts`. */
export function emitDeepCall(name: string, callee: number, isPrinted = false): FunctionBuilder {
  const f = new FunctionBuilder(name, ["i32"], isPrinted);
  const kept = Array.from({ length: 64 }, (_, k) => {
    const local = f.local("v128");
    f.i32(0)
      .memory("v128.load", 16 * k)
      .set(local);
    return local;
  });
  f.get(f.parameter(0)).call(callee);
  // Whatever is used after the call has to be kept on the stack meanwhile
  f.i32(0);
  for (const [k, local] of kept.entries()) {
    f.get(local);
    if (k > 0) f.op("v128.or");
  }
  f.memory("v128.store", header.scratch);
  return f;
}

/** Whether solutions are for half a step. */
export function isHalvedLayout({ gain }: Pick<Layout, "gain">): boolean {
  return gain !== 0;
}

class Step {
  readonly #emitter: Emitter;
  readonly #tape: AdjointLayout | undefined;

  /** @param tape - what is kept of each step; undefined for nothing. */
  constructor(emitter: Emitter, tape: AdjointLayout | undefined) {
    this.#emitter = emitter;
    this.#tape = tape;
  }

  /** Whole steps, one after the other. */
  emitAdvance(): void {
    const { f } = this.#emitter;
    const membrane = new Membrane(this.#emitter);
    const cable = new Cable(this.#emitter, voltageField(this.#emitter, membrane));
    const steps = f.parameter(0);
    const k = f.local("i32");
    const sample = this.#loadSample();
    f.i32(0).set(k);
    f.loop(
      () => {
        this.#gather(membrane, sample);
        cable.solve();
        emitIons(this.#emitter);
        this.#finish(sample, k, steps);
      },
      () => f.get(k).i32(1).op("i32.add").tee(k).get(steps).op("i32.lt_u"),
    );
    f.i32(0).get(sample).memory("i32.store", header.step);
  }

  /** The part of a step before the tree is solved: slopes and currents of all rows, in the columns of diagonal and right. */
  emitBegin(): void {
    const { layout } = this.#emitter;
    const membrane = new Membrane(this.#emitter);
    this.#gather(membrane, this.#loadSample());
    this.#emitter.overAllRows((i) => {
      const { diagonal, right } = membrane.balance(i);
      this.#emitter.store(i, layout.diagonal, diagonal);
      this.#emitter.store(i, layout.right, right);
    });
  }

  /** `end(k, steps)`: the part of step k of so many after the tree is solved. */
  emitEnd(): void {
    const { f } = this.#emitter;
    const sample = this.#loadSample();
    this.#finish(sample, f.parameter(0), f.parameter(1));
    f.i32(0).get(sample).memory("i32.store", header.step);
  }

  #loadSample(): Local {
    const { f } = this.#emitter;
    const sample = f.local("i32");
    f.i32(0).memory("i32.load", header.step).set(sample);
    return sample;
  }

  #gather(membrane: Membrane, sample: Local): void {
    membrane.before();
    new Synapses(this.#emitter).step(sample);
    this.#stimulate(sample);
    this.#hold(sample);
  }

  /** Right-hand sides of what clamps hold: the change that they ask for, or half of it in half a step. */
  #hold(sample: Local): void {
    const { f, layout } = this.#emitter;
    const force = isHalvedLayout(layout) ? stiffness / 2 : stiffness;
    this.#emitter.overList(header.held, header.heldEnd, held.size, (entry) => {
      f.get(entry).memory("i32.load", held.right);
      this.#sampleAddress(entry, sample);
      f.memory("f64.load", 0).get(entry).memory("i32.load", held.value).memory("f64.load", 0);
      f.op("f64.sub").f64(force).op("f64.mul").memory("f64.store", 0);
    });
  }

  #finish(sample: Local, k: Local, steps: Local): void {
    const { f, layout } = this.#emitter;
    const tape = this.#tape;
    if (tape !== undefined) {
      f.i32(0).memory("i32.load", header.isTaped);
      f.if(() => this.#keep(tape));
    }
    this.#exchange();
    this.#clamp(header.clamps, header.clampsEnd, sample);
    this.#clamp(header.voltageClamps, header.voltageClampsEnd, sample);
    if (layout.hasSources) emitWatch(this.#emitter, sample);
    this.#record(k, steps);
    f.get(sample).i32(1).op("i32.add").set(sample);
  }

  /** Writes the next slot of the tape. */
  #keep({ slot, extras }: AdjointLayout): void {
    const { f, layout } = this.#emitter;
    const [start, end] = layout.moving;
    const at = f.local("i32");
    f.i32(0).memory("i32.load", header.tape).i32(slot).op("i32.add").set(at);
    f.i32(0).get(at).memory("i32.store", header.tape);
    f.get(at)
      .i32(start)
      .i32(end - start)
      .op("memory.copy");
    for (const { address, offset } of extras) {
      f.get(at).i32(offset).op("i32.add").i32(address);
      f.i32(16 * layout.rows).op("memory.copy");
    }
    f.release(at);
  }

  #stimulate(sample: Local): void {
    const { f, layout } = this.#emitter;
    const { right, columns, keepsInjected, hasEarlier } = layout;
    const { stimuli, stimuliEnd } = header;
    const [node, value] = [f.local("i32"), f.local("f64")];
    if (!hasEarlier) {
      this.#emitter.overList(stimuli, stimuliEnd, 12, (entry) =>
        f.get(entry).memory("i32.load", 0).f64(0).memory("f64.store", right),
      );
    }
    this.#emitter.overList(stimuli, stimuliEnd, 12, (entry) => {
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

  /** Gap junctions that close loops exchange charge. */
  #exchange(): void {
    const { f, voltage } = this.#emitter;
    const [a, b] = [f.local("i32"), f.local("i32")];
    const difference = f.local("f64");
    this.#emitter.overList(header.exchanges, header.exchangesEnd, exchange.size, (entry) => {
      f.get(entry).memory("i32.load", exchange.a).set(a);
      f.get(entry).memory("i32.load", exchange.b).set(b);
      f.get(b).memory("f64.load", voltage).get(a).memory("f64.load", voltage);
      f.op("f64.sub").set(difference);
      f.get(a).get(a).memory("f64.load", voltage).get(difference);
      f.get(entry).memory("f64.load", exchange.gain).op("f64.mul").op("f64.add");
      f.memory("f64.store", voltage);
      f.get(b).get(b).memory("f64.load", voltage).get(difference);
      f.get(entry).memory("f64.load", exchange.loss).op("f64.mul").op("f64.sub");
      f.memory("f64.store", voltage);
    });
    for (const local of [a, b, difference]) f.release(local);
  }

  #clamp(start: number, end: number, sample: Local): void {
    const { f } = this.#emitter;
    this.#emitter.overList(start, end, 8, (entry) => {
      f.get(entry).memory("i32.load", 0);
      this.#sampleAddress(entry, sample);
      f.memory("f64.load", 0).memory("f64.store", 0);
    });
  }

  /** Address of the current sample of a list entry, whose second number points to its series. */
  #sampleAddress(entry: Local, sample: Local): void {
    const { f } = this.#emitter;
    f.get(entry).memory("i32.load", 4).get(sample).i32(8).op("i32.mul").op("i32.add");
  }

  /** Row r of step k goes to `output + 8 (r steps + k)`. */
  #record(k: Local, steps: Local): void {
    const { f } = this.#emitter;
    const target = f.local("i32");
    f.i32(0).memory("i32.load", header.output);
    f.get(k).i32(8).op("i32.mul").op("i32.add").set(target);
    this.#emitter.overList(header.recordings, header.recordingsEnd, 4, (entry) => {
      f.get(target).get(entry).memory("i32.load", 0).memory("f64.load", 0).memory("f64.store", 0);
      f.get(target).get(steps).i32(8).op("i32.mul").op("i32.add").set(target);
    });
  }
}
