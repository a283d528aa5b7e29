/** @file Arithmetic on pairs of float64 numbers: each method emits instructions and gives the local that holds the result. */
import type { FunctionBuilder, Local } from "./assembler.ts";
import type { Opcode } from "./opcodes.ts";

/** Pairs of equal numbers in memory: loading one is cheaper than building it from an immediate. */
export class ConstantPool {
  readonly start: number;
  readonly #values: bigint[] = [];
  /** Index of each value, by the number or the pattern. */
  readonly #numbers = new Map<number, number>();
  readonly #patterns = new Map<bigint, number>();

  constructor(start: number) {
    this.start = start;
  }

  /** Address of a pair of the double `value`. */
  address(value: number): number {
    // A map takes 0 and -0 for the same
    const known = Object.is(value, -0) ? undefined : this.#numbers.get(value);
    if (known !== undefined) return this.start + 16 * known;
    const address = this.bits(new BigUint64Array(Float64Array.of(value).buffer)[0] ?? 0n);
    if (!Object.is(value, -0)) this.#numbers.set(value, (address - this.start) / 16);
    return address;
  }

  /** Address of a pair of 64-bit patterns. */
  bits(pattern: bigint): number {
    const known = this.#patterns.get(pattern);
    if (known !== undefined) return this.start + 16 * known;
    const index = this.#values.push(pattern) - 1;
    this.#patterns.set(pattern, index);
    return this.start + 16 * index;
  }

  get end(): number {
    return this.start + 16 * this.#values.length;
  }

  write(memory: ArrayBuffer): void {
    const pairs = new BigUint64Array(memory, this.start, 2 * this.#values.length);
    for (const [i, value] of this.#values.entries()) pairs.fill(value, 2 * i, 2 * i + 2);
  }
}

export class Lanes {
  readonly f: FunctionBuilder;
  readonly pool: ConstantPool;

  constructor(f: FunctionBuilder, pool: ConstantPool) {
    this.f = f;
    this.pool = pool;
  }

  constant(value: number): Local {
    return this.#load(this.pool.address(value));
  }

  bits(pattern: bigint): Local {
    return this.#load(this.pool.bits(pattern));
  }

  op(opcode: Opcode, ...operands: readonly Local[]): Local {
    for (const operand of operands) this.f.get(operand);
    this.f.op(opcode);
    return this.result();
  }

  shift(opcode: "i64x2.shl" | "i64x2.shr_u", a: Local, by: number): Local {
    this.f.get(a).i32(by).op(opcode);
    return this.result();
  }

  add = (a: Local, b: Local) => this.op("f64x2.add", a, b);
  sub = (a: Local, b: Local) => this.op("f64x2.sub", a, b);
  mul = (a: Local, b: Local) => this.op("f64x2.mul", a, b);
  div = (a: Local, b: Local) => this.op("f64x2.div", a, b);

  /** `a` where the mask is set, else `b`. */
  select(mask: Local, a: Local, b: Local): Local {
    return this.op("v128.bitselect", a, b, mask);
  }

  /** Horner's scheme; coefficients from the constant term up. */
  polynomial(x: Local, coefficients: readonly number[]): Local {
    return [...coefficients.slice(0, -1)]
      .reverse()
      .reduce(
        (sum, c) => this.add(this.mul(sum, x), this.constant(c)),
        this.constant(coefficients.at(-1) ?? 0),
      );
  }

  /** Estrin's scheme: shorter chains of dependent operations than Horner's. */
  estrin(x: Local, coefficients: readonly number[]): Local {
    return this.estrinOf(
      coefficients.map((c) => this.constant(c)),
      [x],
    );
  }

  /** The same with computed coefficients; `powers` holds x, and afterwards x^2, x^4 and so on as far as needed. */
  estrinOf(coefficients: readonly Local[], powers: Local[]): Local {
    let terms = coefficients;
    for (let level = 0; terms.length > 1; level++) {
      const before = powers[level - 1] ?? powers[0];
      if (before === undefined) throw new TypeError("a polynomial in nothing");
      const power = powers[level] ?? this.mul(before, before);
      powers[level] = power;
      const pairs: Local[] = [];
      for (let i = 0; i < terms.length; i += 2) {
        const [low, high] = [terms[i], terms[i + 1]];
        if (low === undefined) continue;
        pairs.push(high === undefined ? low : this.add(low, this.mul(high, power)));
      }
      terms = pairs;
    }
    const [sum] = terms;
    if (sum === undefined) throw new TypeError("a polynomial without coefficients");
    return sum;
  }

  result(): Local {
    const local = this.f.local("v128");
    this.f.set(local);
    return local;
  }

  #load(address: number): Local {
    this.f.i32(0).memory("v128.load", address);
    return this.result();
  }
}
