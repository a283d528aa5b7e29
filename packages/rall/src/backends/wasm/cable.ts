/**
 * @file The part of a program that solves the cable equation, or diffusion: from the far ends of the tree to its root, two chains side
 * by side, with the mechanisms evaluated on the way, so that their arithmetic fills the time in which one compartment's
 * elimination waits for the last; then from the root back.
 */
import type { Local } from "./assembler.ts";
import type { Emitter } from "./emitter.ts";
import { header } from "./layout.ts";
import type { Balance } from "./membrane.ts";

/** What flows along the tree: addresses of its values and of its equations. */
export interface Field {
  readonly value: number;
  readonly base: number;
  readonly link: number;
  /** Sums at joints, to which chains add; for the voltage, also what is added before the elimination. */
  readonly diagonal: number;
  readonly right: number;
  /** Where inverses of diagonals are kept; 0 if they are not. */
  readonly inverse: number;
  /** Equation of a row of compartments. */
  balance(i: Local): Balance;
  /** Equation of a row of joints, to which chains were added; what mechanisms add there. */
  atJoint(i: Local, sum: Balance): Balance;
}

/** Bytes of an entry of the list of segments: rows of head and mirror, places of the two nodes near the root. */
export const segmentSize = 16;
export const [mirrorAt, nearAt] = [4, 8];

export class Cable {
  readonly #emitter: Emitter;
  readonly #field: Field;

  constructor(emitter: Emitter, field: Field) {
    this.#emitter = emitter;
    this.#field = field;
  }

  solve(): void {
    const { isLinked, rows } = this.#emitter.layout;
    if (!isLinked) {
      this.#emitter.overRows(0, rows, (i) =>
        this.#move(i, this.#solution(i, this.#field.balance(i))),
      );
      return;
    }
    if (this.#emitter.layout.hasMassiveJoints) this.#mirrorJoints();
    this.#eliminate();
    this.#solveRoots();
    this.#substituteBack();
  }

  #eliminate(): void {
    const { f, to } = this.#emitter;
    const field = this.#field;
    const [i, end] = [f.local("i32"), f.local("i32")];
    const carry: Balance = { diagonal: f.local("v128"), right: f.local("v128") };
    const { segments, segmentsEnd } = header;
    this.#emitter.overList(segments, segmentsEnd, segmentSize, (entry) => {
      f.get(entry).memory("i32.load", 0).set(i);
      f.get(entry).memory("i32.load", mirrorAt).set(end);
      this.#eliminateRow(i, this.#takeSum(i), carry);
      f.get(i).i32(16).op("i32.add").set(i);
      this.#emitter.along(i, end, () => {
        const own = this.#field.balance(i);
        const diagonal = to.add(own.diagonal, carry.diagonal);
        this.#eliminateRow(i, { diagonal, right: to.add(own.right, carry.right) }, carry);
      });
      for (const lane of [0, 1] as const) {
        const near = f.local("i32");
        f.get(entry)
          .memory("i32.load", nearAt + 4 * lane)
          .set(near);
        for (const [address, sum] of [
          [field.diagonal, carry.diagonal],
          [field.right, carry.right],
        ] as const) {
          f.get(near).get(near).memory("f64.load", address);
          f.get(sum).extractFloat(lane).op("f64.add").memory("f64.store", address);
        }
        f.release(near);
      }
    });
  }

  /**
   * Eliminates a row towards the next one: `dv = solution + factor dv'`. The axial currents at the old voltages join the
   * right-hand sides of both.
   */
  #eliminateRow(i: Local, { diagonal, right }: Balance, carry: Balance): void {
    const { f, to, layout } = this.#emitter;
    const { link, value } = this.#field;
    const g = this.#emitter.load(i, link);
    const difference = to.sub(this.#emitter.load(i, value + 16), this.#emitter.load(i, value));
    const inflow = to.mul(g, difference);
    const own = to.add(right, inflow);
    const inverse = to.div(to.constant(1), diagonal);
    const factor = to.mul(g, inverse);
    this.#emitter.store(i, layout.factor, factor);
    if (this.#field.inverse !== 0) this.#emitter.store(i, this.#field.inverse, inverse);
    this.#emitter.store(i, layout.solution, to.mul(own, inverse));
    f.get(to.op("f64x2.neg", to.mul(factor, g))).set(carry.diagonal);
    f.get(to.sub(to.mul(factor, own), inflow)).set(carry.right);
  }

  /** Balance of a row of joints, to which chains were added; ready for the next step afterwards. */
  #takeSum(i: Local): Balance {
    const { to } = this.#emitter;
    const { diagonal, right, base } = this.#field;
    const sum = {
      diagonal: this.#emitter.load(i, diagonal),
      right: this.#emitter.load(i, right),
    };
    this.#emitter.store(i, diagonal, this.#emitter.load(i, base));
    this.#emitter.store(i, right, to.constant(0));
    return this.#field.atJoint(i, sum);
  }

  /** The voltage of a compartment may have been set since the last solution. */
  #mirrorJoints(): void {
    const { f } = this.#emitter;
    const { value } = this.#field;
    const mirror = f.local("i32");
    this.#emitter.overList(header.segments, header.segmentsEnd, segmentSize, (entry) => {
      f.get(entry).memory("i32.load", mirrorAt).set(mirror);
      for (const lane of [0, 1] as const) {
        f.get(mirror)
          .get(entry)
          .memory("i32.load", nearAt + 4 * lane);
        f.memory("f64.load", value).memory("f64.store", value + 8 * lane);
      }
    });
    f.release(mirror);
  }

  #solveRoots(): void {
    const { layout } = this.#emitter;
    this.#emitter.overRows(layout.firstRoot, layout.rows, (i) => {
      const change = this.#solution(i, this.#takeSum(i));
      this.#emitter.store(i, layout.solution, change);
      this.#move(i, change);
    });
  }

  #substituteBack(): void {
    const { f, to, layout } = this.#emitter;
    const [i, head] = [f.local("i32"), f.local("i32")];
    const change = f.local("v128");
    const { segments, segmentsEnd } = header;
    this.#emitter.overListBackwards(segments, segmentsEnd, segmentSize, (entry) => {
      const near = (lane: 0 | 1) => f.get(entry).memory("i32.load", nearAt + 4 * lane);
      near(0).memory("v128.load64_splat", layout.solution);
      near(1).memory("f64.load", layout.solution).replaceFloat(1).set(change);
      f.get(entry).memory("i32.load", 0).set(head);
      f.get(entry).memory("i32.load", mirrorAt).set(i);
      this.#move(i, change);
      f.loop(
        () => {
          f.get(i).i32(16).op("i32.sub").set(i);
          const solution = this.#emitter.load(i, layout.solution);
          const factor = this.#emitter.load(i, layout.factor);
          f.get(to.add(solution, to.mul(factor, change))).set(change);
          this.#move(i, change);
        },
        () => f.get(head).get(i).op("i32.lt_u"),
      );
      this.#emitter.store(i, layout.solution, change);
    });
  }

  #solution(i: Local, { diagonal, right }: Balance): Local {
    const { to } = this.#emitter;
    const { inverse } = this.#field;
    if (inverse !== 0) this.#emitter.store(i, inverse, to.div(to.constant(1), diagonal));
    return to.div(right, diagonal);
  }

  #move(i: Local, change: Local): void {
    const { to, layout } = this.#emitter;
    const whole = layout.gain === 0 ? change : to.mul(change, this.#emitter.load(i, layout.gain));
    this.#emitter.increase(i, this.#field.value, whole);
  }
}
