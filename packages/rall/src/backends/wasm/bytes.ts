/** @file Bytes of a WebAssembly module, written front to back. */

export class Bytes {
  #buffer = new Uint8Array(4096);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** One byte; cheaper than `push` where there are many. */
  byte(value: number): this {
    if (this.#length === this.#buffer.length) this.#reserve(1);
    this.#buffer[this.#length++] = value;
    return this;
  }

  push(...bytes: readonly number[]): this {
    this.#reserve(bytes.length);
    for (const byte of bytes) this.#buffer[this.#length++] = byte;
    return this;
  }

  append(other: Bytes): this {
    this.#reserve(other.length);
    this.#buffer.set(other.#buffer.subarray(0, other.length), this.#length);
    this.#length += other.length;
    return this;
  }

  /** LEB128 of a number from 0 up. */
  unsigned(value: number): this {
    let rest = value;
    do {
      const low = rest % 128;
      rest = Math.floor(rest / 128);
      this.byte(rest > 0 ? low + 128 : low);
    } while (rest > 0);
    return this;
  }

  /** LEB128 of a 32-bit number with sign. */
  signed(value: number): this {
    let rest = value | 0;
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
        return this.byte(low);
      }
      this.byte(low | 0x80);
    }
  }

  /** Another piece, with its length before it. */
  sized(other: Bytes): this {
    return this.unsigned(other.length).append(other);
  }

  text(text: string): this {
    return this.sized(new Bytes().push(...new TextEncoder().encode(text)));
  }

  /** A copy as an array. */
  toArray(): Uint8Array<ArrayBuffer> {
    return this.#buffer.slice(0, this.#length);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#buffer.length, this.#length + count));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}
