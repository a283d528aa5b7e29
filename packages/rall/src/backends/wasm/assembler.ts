/** @file A small assembler of WebAssembly: functions over one imported memory, as bytes and as readable text. */
import {
  type MemoryOpcode,
  memoryOpcodes,
  type Opcode,
  opcodes,
  type ValueType,
  valueTypes,
} from "./opcodes.ts";

/** A local variable of a function. */
export interface Local {
  readonly index: number;
  readonly type: ValueType;
}

/** Writes the instructions of one function, front to back. */
export class FunctionBuilder {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly #locals: ValueType[] = [];
  readonly #free = new Map<ValueType, Local[]>();
  readonly #code: number[] = [];
  /** One line per instruction, if asked for: writing it takes longer than writing the bytes. */
  readonly #text: string[] | undefined;
  #depth = 1;

  constructor(name: string, parameters: readonly ValueType[], isPrinted = false) {
    this.name = name;
    this.parameters = parameters;
    this.#text = isPrinted ? [] : undefined;
  }

  parameter(index: number): Local {
    const type = this.parameters[index];
    if (type === undefined) throw new RangeError(`${this.name} has no parameter ${index}`);
    return { index, type };
  }

  /** A variable of its own, or one that was released. */
  local(type: ValueType): Local {
    const known = this.#free.get(type)?.pop();
    if (known !== undefined) return known;
    this.#locals.push(type);
    return { index: this.parameters.length + this.#locals.length - 1, type };
  }

  /** Lets `local` serve again for something else. */
  release(local: Local): void {
    const free = this.#free.get(local.type) ?? [];
    free.push(local);
    this.#free.set(local.type, free);
  }

  get(local: Local): this {
    return this.#emit(["local.get ", local.index], [0x20, ...unsigned(local.index)]);
  }

  set(local: Local): this {
    return this.#emit(["local.set ", local.index], [0x21, ...unsigned(local.index)]);
  }

  tee(local: Local): this {
    return this.#emit(["local.tee ", local.index], [0x22, ...unsigned(local.index)]);
  }

  i32(value: number): this {
    return this.#emit(["i32.const ", value], [0x41, ...signed(value)]);
  }

  f64(value: number): this {
    const bytes = new Uint8Array(Float64Array.of(value).buffer);
    return this.#emit(["f64.const ", value], [0x44, ...bytes]);
  }

  /** Calls a function of the same module by its number. */
  call(index: number): this {
    return this.#emit(["call ", index], [0x10, ...unsigned(index)]);
  }

  op(opcode: Opcode): this {
    return this.#emit(opcode, opcodes[opcode]);
  }

  /** Load or store; the address on the stack plus `offset` bytes. */
  memory(opcode: MemoryOpcode, offset: number): this {
    const { code, alignment } = memoryOpcodes[opcode];
    return this.#emit([`${opcode} offset=`, offset], [...code, alignment, ...unsigned(offset)]);
  }

  /**
   * Runs `body` again and again until it leaves `condition` 0: `body` is run at least once, then `condition` puts an i32
   * on the stack.
   */
  loop(body: () => void, condition: () => void): this {
    this.#emit("loop", [0x03, 0x40]);
    this.#depth++;
    body();
    condition();
    this.#emit("br_if 0", [0x0d, 0x00]);
    this.#depth--;
    return this.#emit("end", [0x0b]);
  }

  /** Runs `body` if the i32 on the stack is not 0, else `otherwise`. */
  if(body: () => void, otherwise?: () => void): this {
    this.#emit("if", [0x04, 0x40]);
    this.#depth++;
    body();
    if (otherwise !== undefined) {
      this.#depth--;
      this.#emit("else", [0x05]);
      this.#depth++;
      otherwise();
    }
    this.#depth--;
    return this.#emit("end", [0x0b]);
  }

  /** The whole number in one of the four lanes. */
  extractInteger(lane: 0 | 1 | 2 | 3): this {
    return this.#emit(["i32x4.extract_lane ", lane], [0xfd, 0x1b, lane]);
  }

  /** The number in one lane of a pair. */
  extractFloat(lane: 0 | 1): this {
    return this.#emit(["f64x2.extract_lane ", lane], [0xfd, 0x21, lane]);
  }

  /** A pair from a pair and a number for one lane. */
  replaceFloat(lane: 0 | 1): this {
    return this.#emit(["f64x2.replace_lane ", lane], [0xfd, 0x22, lane]);
  }

  /** A pair from two pairs on the stack: entries 0 and 1 are those of the first, 2 and 3 of the second. */
  shuffle(first: 0 | 1 | 2 | 3, second: 0 | 1 | 2 | 3): this {
    const bytes = [first, second].flatMap((entry) =>
      Array.from({ length: 8 }, (_, b) => 8 * entry + b),
    );
    return this.#emit(`i8x16.shuffle ${first} ${second}`, [0xfd, 0x0d, ...bytes]);
  }

  /** Body as the code section holds it: locals, instructions, end. */
  body(): number[] {
    const locals = this.#locals.flatMap((type) => [1, valueTypes[type]]);
    return sized([...unsigned(this.#locals.length), ...locals, ...this.#code, 0x0b]);
  }

  /** One instruction a line. */
  print(): string {
    const header = `(func ${this.name} (param ${this.parameters.join(" ")}) (local ${this.#locals.join(" ")})`;
    return [header, ...(this.#text ?? []), ")"].join("\n");
  }

  #emit(text: string | readonly [string, string | number], bytes: readonly number[]): this {
    this.#text?.push("  ".repeat(this.#depth) + (typeof text === "string" ? text : text.join("")));
    for (const byte of bytes) this.#code.push(byte);
    return this;
  }
}

/** A module of exported functions that work on the memory imported as `env.memory`. */
export function assemble(functions: readonly FunctionBuilder[]): Uint8Array<ArrayBuffer> {
  const name = (text: string) => sized([...new TextEncoder().encode(text)]);
  const types = functions.map(({ parameters }) => [
    0x60,
    ...vector(parameters.map((type) => [valueTypes[type]])),
    0,
  ]);
  const memory = [...name("env"), ...name("memory"), 0x02, 0x00, 0x00];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, types),
    ...section(2, [memory]),
    ...section(
      3,
      functions.map((_, i) => unsigned(i)),
    ),
    ...section(
      7,
      functions.map((f, i) => [...name(f.name), 0x00, ...unsigned(i)]),
    ),
    ...section(
      10,
      functions.map((f) => f.body()),
    ),
  ]);
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  return [id, ...sized(vector(items))];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

/** LEB128 of a number from 0 up. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return bytes;
}

/** LEB128 of a 32-bit number with sign. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
      bytes.push(low);
      return bytes;
    }
    bytes.push(low | 0x80);
  }
}
