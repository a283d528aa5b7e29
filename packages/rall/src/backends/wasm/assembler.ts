/** @file A small assembler of WebAssembly: functions over one imported memory, as bytes and as readable text. */
import { Bytes } from "./bytes.ts";
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
  readonly #code = new Bytes();
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
    return this.#emit(["local.get ", local.index], (code) => code.push(0x20).unsigned(local.index));
  }

  set(local: Local): this {
    return this.#emit(["local.set ", local.index], (code) => code.push(0x21).unsigned(local.index));
  }

  tee(local: Local): this {
    return this.#emit(["local.tee ", local.index], (code) => code.push(0x22).unsigned(local.index));
  }

  i32(value: number): this {
    return this.#emit(["i32.const ", value], (code) => code.push(0x41).signed(value));
  }

  f64(value: number): this {
    const bytes = new Uint8Array(Float64Array.of(value).buffer);
    return this.#emit(["f64.const ", value], [0x44, ...bytes]);
  }

  /** Calls a function of the same module by its number. */
  call(index: number): this {
    return this.#emit(["call ", index], (code) => code.push(0x10).unsigned(index));
  }

  op(opcode: Opcode): this {
    return this.#emit(opcode, opcodes[opcode]);
  }

  /** Load or store; the address on the stack plus `offset` bytes. */
  memory(opcode: MemoryOpcode, offset: number): this {
    const { code, alignment } = memoryOpcodes[opcode];
    return this.#emit([`${opcode} offset=`, offset], (bytes) =>
      bytes.push(...code, alignment).unsigned(offset),
    );
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

  /** Body as the code section holds it: locals in runs of one type, instructions, end. */
  body(): Bytes {
    const runs: [number, ValueType][] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.[1] === type) last[0]++;
      else runs.push([1, type]);
    }
    const body = new Bytes().unsigned(runs.length);
    for (const [count, type] of runs) body.unsigned(count).push(valueTypes[type]);
    return body.append(this.#code).push(0x0b);
  }

  /** One instruction a line. */
  print(): string {
    const header = `(func ${this.name} (param ${this.parameters.join(" ")}) (local ${this.#locals.join(" ")})`;
    return [header, ...(this.#text ?? []), ")"].join("\n");
  }

  #emit(
    text: string | readonly [string, string | number],
    bytes: readonly number[] | ((code: Bytes) => void),
  ): this {
    this.#text?.push("  ".repeat(this.#depth) + (typeof text === "string" ? text : text.join("")));
    if (typeof bytes === "function") bytes(this.#code);
    else this.#code.push(...bytes);
    return this;
  }
}

/** A module of exported functions that work on the memory imported as `env.memory`. */
export function assemble(functions: readonly FunctionBuilder[]): Uint8Array<ArrayBuffer> {
  const module = new Bytes().push(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
  const section = (id: number, items: readonly Bytes[]) => {
    const content = new Bytes().unsigned(items.length);
    for (const item of items) content.append(item);
    module.push(id).sized(content);
  };
  section(
    1,
    functions.map(({ parameters }) => {
      const type = new Bytes().push(0x60).unsigned(parameters.length);
      return type.push(...parameters.map((one) => valueTypes[one]), 0);
    }),
  );
  section(2, [new Bytes().text("env").text("memory").push(0x02, 0x00, 0x00)]);
  section(
    3,
    functions.map((_, i) => new Bytes().unsigned(i)),
  );
  section(
    7,
    functions.map((f, i) => new Bytes().text(f.name).push(0x00).unsigned(i)),
  );
  section(
    10,
    functions.map((f) => new Bytes().sized(f.body())),
  );
  return module.toArray();
}
