/** @file What the parts of a program have in common: loads and stores of pairs, loops over rows and lists. */
import type { FunctionBuilder, Local } from "./assembler.ts";
import { type ConstantPool, Lanes } from "./lanes.ts";
import type { Layout, MechanismLayout } from "./layout.ts";

/** From nA to the unit of the balance of currents, 100 nA. */
export const perNanoampere = 0.01;

export class Emitter {
  readonly f: FunctionBuilder;
  readonly layout: Layout;
  readonly to: Lanes;

  constructor(f: FunctionBuilder, layout: Layout, pool: ConstantPool) {
    this.f = f;
    this.layout = layout;
    this.to = new Lanes(f, pool);
  }

  get voltage(): number {
    return this.layout.columns.get("v") ?? 0;
  }

  load(i: Local, address: number): Local {
    this.f.get(i).memory("v128.load", address);
    return this.to.result();
  }

  store(i: Local, address: number, value: Local): void {
    this.f.get(i).get(value).memory("v128.store", address);
  }

  /** Adds to a pair in memory. */
  increase(i: Local, address: number, by: Local): void {
    this.store(i, address, this.to.add(this.load(i, address), by));
  }

  /** Variables that a body takes serve again after it. */
  #within(body: () => void): void {
    this.f.scope(() => {
      body();
      return [];
    });
  }

  /** Runs `body` with the byte offset of each row from `first` to before `end`. */
  overRows(first: number, end: number, body: (i: Local) => void): void {
    if (first >= end) return;
    const { f } = this;
    const i = f.local("i32");
    f.i32(16 * first).set(i);
    f.loop(
      () => this.#within(() => body(i)),
      () =>
        f
          .get(i)
          .i32(16)
          .op("i32.add")
          .tee(i)
          .i32(16 * end)
          .op("i32.lt_u"),
    );
    f.release(i);
  }

  overAllRows(body: (i: Local) => void): void {
    this.overRows(0, this.layout.rows, body);
  }

  /** Runs `body` with the byte offset of each row in which a compartment has the mechanism. */
  overRuns(
    { isEverywhere, runs }: Pick<MechanismLayout, "isEverywhere" | "runs">,
    body: (i: Local) => void,
  ): void {
    if (isEverywhere) {
      this.overAllRows(body);
      return;
    }
    const { f } = this;
    const [i, end] = [f.local("i32"), f.local("i32")];
    this.overList(runs, runs + 4, 8, (run) => {
      f.get(run).memory("i32.load", 0).set(i);
      f.get(run).memory("i32.load", 4).set(end);
      this.along(i, end, () => body(i));
    });
    f.release(i);
    f.release(end);
  }

  /** Runs `body` with each row from the offset in `i`, which moves along, to before that in `end`: at least once. */
  along(i: Local, end: Local, body: () => void): void {
    const { f } = this;
    f.loop(
      () => this.#within(body),
      () => f.get(i).i32(16).op("i32.add").tee(i).get(end).op("i32.lt_u"),
    );
  }

  /** Runs `body` with the address of each entry of a list whose start and end stand at the given addresses. */
  overList(start: number, end: number, size: number, body: (entry: Local) => void): void {
    const { f } = this;
    const [entry, last] = [f.local("i32"), f.local("i32")];
    f.i32(0).memory("i32.load", start).set(entry);
    f.i32(0).memory("i32.load", end).set(last);
    f.get(entry).get(last).op("i32.lt_u");
    f.if(() =>
      f.loop(
        () => this.#within(() => body(entry)),
        () => f.get(entry).i32(size).op("i32.add").tee(entry).get(last).op("i32.lt_u"),
      ),
    );
    f.release(entry);
    f.release(last);
  }

  /** The same from the last entry to the first. */
  overListBackwards(start: number, end: number, size: number, body: (entry: Local) => void): void {
    const { f } = this;
    const [entry, first] = [f.local("i32"), f.local("i32")];
    f.i32(0).memory("i32.load", start).set(first);
    f.i32(0).memory("i32.load", end).set(entry);
    f.get(first).get(entry).op("i32.lt_u");
    f.if(() =>
      f.loop(
        () => {
          f.get(entry).i32(size).op("i32.sub").set(entry);
          this.#within(() => body(entry));
        },
        () => f.get(first).get(entry).op("i32.lt_u"),
      ),
    );
    f.release(entry);
    f.release(first);
  }
}
