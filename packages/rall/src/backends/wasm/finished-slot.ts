/** @file Slots of the tape with what a step did after the solution: exchanges and clamps. */
import type { AdjointLayout } from "./adjoint-layout.ts";
import type { Local } from "./assembler.ts";
import type { Emitter } from "./emitter.ts";
import { header } from "./layout.ts";
import { exchange } from "./program.ts";

const clampLists = [
  [header.clamps, header.clampsEnd],
  [header.voltageClamps, header.voltageClampsEnd],
] as const;

export class FinishedSlot {
  readonly #emitter: Emitter;
  readonly #adjoint: AdjointLayout;

  constructor(emitter: Emitter, adjoint: AdjointLayout) {
    this.#emitter = emitter;
    this.#adjoint = adjoint;
  }

  /** Address of a slot with what step `sample` ended with: its own, or a copy where anything changed it. */
  of(slot: Local, sample: Local): Local {
    const { f } = this.#emitter;
    const finished = f.local("i32");
    f.get(slot).set(finished);
    f.i32(0).memory("i32.load", header.isChanged);
    f.if(() => {
      f.i32(0).memory("i32.load", header.changed).i32(this.#adjoint.slot).op("i32.add");
      f.set(finished);
      this.write(finished, slot, sample);
    });
    return finished;
  }

  /** What a step did after the solution, exchanges and clamps, done to a copy of its slot. */
  write(copy: Local, slot: Local, sample: Local): void {
    const { f, layout } = this.#emitter;
    f.get(copy)
      .get(slot)
      .i32(layout.moving[1] - layout.moving[0])
      .op("memory.copy");
    this.#exchangeIn(copy);
    for (const [list, end] of clampLists) this.#clampIn(copy, list, end, sample);
  }

  /** Gap junctions that close loops, in a slot; notes their differences. */
  #exchangeIn(slot: Local): void {
    const { f, voltage } = this.#emitter;
    const at = voltage - this.#emitter.layout.moving[0];
    const [a, b] = [f.local("i32"), f.local("i32")];
    const difference = f.local("f64");
    this.#emitter.overList(header.exchanges, header.exchangesEnd, exchange.size, (entry) => {
      f.get(entry).memory("i32.load", exchange.a).get(slot).op("i32.add").set(a);
      f.get(entry).memory("i32.load", exchange.b).get(slot).op("i32.add").set(b);
      f.get(b).memory("f64.load", at).get(a).memory("f64.load", at);
      f.op("f64.sub").set(difference);
      f.get(entry).get(difference).memory("f64.store", exchange.difference);
      f.get(a).get(a).memory("f64.load", at).get(difference);
      f.get(entry).memory("f64.load", exchange.gain).op("f64.mul").op("f64.add");
      f.memory("f64.store", at);
      f.get(b).get(b).memory("f64.load", at).get(difference);
      f.get(entry).memory("f64.load", exchange.loss).op("f64.mul").op("f64.sub");
      f.memory("f64.store", at);
    });
    for (const local of [a, b, difference]) f.release(local);
  }

  #clampIn(slot: Local, list: number, end: number, sample: Local): void {
    const { f, layout } = this.#emitter;
    this.#emitter.overList(list, end, 8, (entry) => {
      f.get(entry).memory("i32.load", 0).i32(layout.moving[0]).op("i32.sub").get(slot);
      f.op("i32.add");
      f.get(entry).memory("i32.load", 4).get(sample).i32(8).op("i32.mul").op("i32.add");
      f.memory("f64.load", 0).memory("f64.store", 0);
    });
  }
}
