/**
 * @file A field solved once more with the matrix of a step, whose inverse diagonals are known: from the far ends of the tree to its
 * root and back. The matrix is symmetric, so that this serves backwards as well as forwards.
 */
import type { Local } from "./assembler.ts";
import { mirrorAt, nearAt, segmentSize } from "./cable.ts";
import type { Emitter } from "./emitter.ts";
import { header } from "./layout.ts";

/** What a row of nodes is: compartments, or massless joints at which chains meet. */
export type RowKind = "compartments" | "joints";

export interface System {
  /** Column of the links. */
  readonly link: number;
  /** Working columns: solutions at joints, and sums of what chains bring there (0 before and after). */
  readonly solution: number;
  readonly joint: number;
  /** Inverse diagonals of a row. */
  inverse(i: Local): Local;
  /** Right-hand sides of a row of compartments, or of joints that have any; undefined for 0. */
  right(i: Local, kind: RowKind): Local | undefined;
  /** Begins a pair of chains near the root; `load` reads a column at the nodes that they hang on. */
  enter?(load: (address: number) => Local): void;
  /** Takes the solution of a row; `above` is that of the next row towards the root, undefined for roots. */
  solved(i: Local, value: Local, above: Local | undefined, kind: RowKind): void;
}

export function emitSweep(emitter: Emitter, system: System): void {
  const { rows, isLinked } = emitter.layout;
  const { to } = emitter;
  if (!isLinked) {
    emitter.overRows(0, rows, (i) => {
      const right = system.right(i, "compartments");
      if (right === undefined) return;
      const value = to.mul(right, system.inverse(i));
      system.solved(i, value, undefined, "compartments");
    });
    return;
  }
  eliminate(emitter, system);
  emitter.overRows(emitter.layout.firstRoot, rows, (i) => {
    const value = to.mul(takeSum(emitter, system, i), system.inverse(i));
    emitter.store(i, system.solution, value);
    system.solved(i, value, undefined, "joints");
  });
  substitute(emitter, system);
}

function eliminate(emitter: Emitter, system: System): void {
  const { f, to } = emitter;
  const [i, end] = [f.local("i32"), f.local("i32")];
  const carry = f.local("v128");
  const row = (right: Local) => {
    const solution = to.mul(right, system.inverse(i));
    emitter.store(i, system.solution, solution);
    f.get(to.mul(solution, emitter.load(i, system.link))).set(carry);
  };
  emitter.overList(header.segments, header.segmentsEnd, segmentSize, (entry) => {
    f.get(entry).memory("i32.load", 0).set(i);
    f.get(entry).memory("i32.load", mirrorAt).set(end);
    row(takeSum(emitter, system, i));
    f.get(i).i32(16).op("i32.add").set(i);
    emitter.along(i, end, () => {
      const right = system.right(i, "compartments");
      row(right === undefined ? carry : to.add(right, carry));
    });
    for (const lane of [0, 1] as const) {
      const near = f.local("i32");
      f.get(entry)
        .memory("i32.load", nearAt + 4 * lane)
        .set(near);
      f.get(near).get(near).memory("f64.load", system.joint);
      f.get(carry).extractFloat(lane).op("f64.add").memory("f64.store", system.joint);
      f.release(near);
    }
  });
  f.release(i);
  f.release(end);
}

/** Right-hand sides of a row of joints, with what chains brought. */
function takeSum(emitter: Emitter, system: System, i: Local): Local {
  const { to } = emitter;
  const sum = emitter.load(i, system.joint);
  emitter.store(i, system.joint, to.constant(0));
  const own = system.right(i, "joints");
  return own === undefined ? sum : to.add(own, sum);
}

function substitute(emitter: Emitter, system: System): void {
  const { f, to } = emitter;
  const [i, head] = [f.local("i32"), f.local("i32")];
  const above = f.local("v128");
  const row = (kind: RowKind) => {
    const factor = to.mul(system.inverse(i), emitter.load(i, system.link));
    const value = to.add(emitter.load(i, system.solution), to.mul(factor, above));
    system.solved(i, value, above, kind);
    f.get(value).set(above);
  };
  emitter.overListBackwards(header.segments, header.segmentsEnd, segmentSize, (entry) => {
    const near = (lane: 0 | 1) => f.get(entry).memory("i32.load", nearAt + 4 * lane);
    const load = (address: number) => {
      near(0).memory("v128.load64_splat", address);
      near(1).memory("f64.load", address).replaceFloat(1);
      return to.result();
    };
    f.get(load(system.solution)).set(above);
    system.enter?.(load);
    f.get(entry).memory("i32.load", 0).i32(16).op("i32.add").set(head);
    f.get(entry).memory("i32.load", mirrorAt).set(i);
    f.get(head).get(i).op("i32.lt_u");
    f.if(() =>
      f.loop(
        () => {
          f.get(i).i32(16).op("i32.sub").set(i);
          row("compartments");
        },
        () => f.get(head).get(i).op("i32.lt_u"),
      ),
    );
    f.get(i).i32(16).op("i32.sub").set(i);
    row("joints");
    emitter.store(i, system.solution, above);
  });
  f.release(i);
  f.release(head);
}
