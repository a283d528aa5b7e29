/** @file The tape as a program reads it: what moved, at the start of a step and at its end before clamps. */
import type { Local } from "./assembler.ts";
import type { Emitter } from "./emitter.ts";

export class Slots {
  readonly #emitter: Emitter;
  /** Addresses of the two slots. */
  readonly old: Local;
  readonly end: Local;

  constructor(emitter: Emitter) {
    this.#emitter = emitter;
    this.old = emitter.f.local("i32");
    this.end = emitter.f.local("i32");
  }

  /** Offset of a row, or of anything else at an offset in columns, within a slot; `load` with `inSlot` reads there. */
  within(slot: "old" | "end", i: Local): Local {
    const { f } = this.#emitter;
    const local = f.local("i32");
    f.get(i).get(this[slot]).op("i32.add").set(local);
    return local;
  }

  /** Offset in a slot of what stands at an address. */
  inSlot(address: number): number {
    return address - this.#emitter.layout.moving[0];
  }
}
