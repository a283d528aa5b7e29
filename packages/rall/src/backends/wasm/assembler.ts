/** @file A small assembler of WebAssembly: functions over one imported memory, as bytes and as readable text. */
import { PlatformError } from "../../errors.ts";
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
  /** Variables in use that were taken within each of the scopes that are open, the innermost last. */
  readonly #scopes: Set<Local>[] = [];
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
    const local = known ?? this.#add(type);
    this.#scopes.at(-1)?.add(local);
    return local;
  }

  #add(type: ValueType): Local {
    this.#locals.push(type);
    return { index: this.parameters.length + this.#locals.length - 1, type };
  }

  /**
   * Writes what `body` does; of the variables that it takes, those that it does not return serve again afterwards. Functions have a
   * limit to their variables.
   */
  scope(body: () => readonly Local[]): readonly Local[] {
    const own = new Set<Local>();
    this.#scopes.push(own);
    const kept = body();
    this.#scopes.pop();
    for (const local of own) {
      if (kept.includes(local)) this.#scopes.at(-1)?.add(local);
      else this.release(local);
    }
    return kept;
  }

  /** Number of its variables, and bytes of its instructions. */
  get size(): { readonly locals: number; readonly bytes: number } {
    return { locals: this.#locals.length, bytes: this.#code.length };
  }

  /** Lets `local` serve again for something else. */
  release(local: Local): void {
    for (const scope of this.#scopes) scope.delete(local);
    const free = this.#free.get(local.type) ?? [];
    free.push(local);
    this.#free.set(local.type, free);
  }

  get(local: Local): this {
    this.#code.byte(0x20).unsigned(local.index);
    return this.#text === undefined ? this : this.#write("local.get ", local.index);
  }

  set(local: Local): this {
    this.#code.byte(0x21).unsigned(local.index);
    return this.#text === undefined ? this : this.#write("local.set ", local.index);
  }

  tee(local: Local): this {
    this.#code.byte(0x22).unsigned(local.index);
    return this.#text === undefined ? this : this.#write("local.tee ", local.index);
  }

  i32(value: number): this {
    this.#code.byte(0x41).signed(value);
    return this.#text === undefined ? this : this.#write("i32.const ", value);
  }

  f64(value: number): this {
    this.#code.byte(0x44).push(...new Uint8Array(Float64Array.of(value).buffer));
    return this.#write("f64.const ", value);
  }

  /** Calls a function of the same module by its number. */
  call(index: number): this {
    this.#code.byte(0x10).unsigned(index);
    return this.#write("call ", index);
  }

  op(opcode: Opcode): this {
    for (const byte of opcodes[opcode]) this.#code.byte(byte);
    return this.#text === undefined ? this : this.#write(opcode);
  }

  /** Load or store; the address on the stack plus `offset` bytes. */
  memory(opcode: MemoryOpcode, offset: number): this {
    const { code, alignment } = memoryOpcodes[opcode];
    for (const byte of code) this.#code.byte(byte);
    this.#code.byte(alignment).unsigned(offset);
    return this.#text === undefined ? this : this.#write(`${opcode} offset=`, offset);
  }

  /**
   * Runs `body` again and again until it leaves `condition` 0: `body` is run at least once, then `condition` puts an i32
   * on the stack.
   */
  loop(body: () => void, condition: () => void): this {
    this.#code.byte(0x03).byte(0x40);
    this.#write("loop");
    this.#depth++;
    body();
    condition();
    this.#code.byte(0x0d).byte(0x00);
    this.#write("br_if 0");
    this.#depth--;
    this.#code.byte(0x0b);
    return this.#write("end");
  }

  /** Runs `body` if the i32 on the stack is not 0, else `otherwise`. */
  if(body: () => void, otherwise?: () => void): this {
    this.#code.byte(0x04).byte(0x40);
    this.#write("if");
    this.#depth++;
    body();
    if (otherwise !== undefined) {
      this.#depth--;
      this.#code.byte(0x05);
      this.#write("else");
      this.#depth++;
      otherwise();
    }
    this.#depth--;
    this.#code.byte(0x0b);
    return this.#write("end");
  }

  /** The whole number in one of the four lanes. */
  extractInteger(lane: 0 | 1 | 2 | 3): this {
    this.#code.byte(0xfd).byte(0x1b).byte(lane);
    return this.#write("i32x4.extract_lane ", lane);
  }

  /** The number in one lane of a pair. */
  extractFloat(lane: 0 | 1): this {
    this.#code.byte(0xfd).byte(0x21).byte(lane);
    return this.#write("f64x2.extract_lane ", lane);
  }

  /** A pair from a pair and a number for one lane. */
  replaceFloat(lane: 0 | 1): this {
    this.#code.byte(0xfd).byte(0x22).byte(lane);
    return this.#write("f64x2.replace_lane ", lane);
  }

  /** A pair from two pairs on the stack: entries 0 and 1 are those of the first, 2 and 3 of the second. */
  shuffle(first: 0 | 1 | 2 | 3, second: 0 | 1 | 2 | 3): this {
    this.#code.byte(0xfd).byte(0x0d);
    for (const entry of [first, second]) for (let b = 0; b < 8; b++) this.#code.byte(8 * entry + b);
    return this.#text === undefined ? this : this.#write(`i8x16.shuffle ${first} ${second}`);
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

  /** Notes an instruction as text, if that is asked for. */
  #write(name: string, operand: string | number = ""): this {
    this.#text?.push(`${"  ".repeat(this.#depth)}${name}${operand}`);
    return this;
  }
}

/** What engines allow of a function (WebAssembly JavaScript Interface 2.0, "Implementation-defined Limits"). */
const largest = { locals: 50_000, bytes: 7_654_321 } as const;

/** @throws PlatformError for a function that is larger than engines allow. */
function checkSize({ size }: FunctionBuilder): void {
  for (const [what, most] of Object.entries(largest) as [keyof typeof largest, number][]) {
    if (size[what] <= most) continue;
    const unit = what === "bytes" ? "bytes of instructions" : "variables";
    throw new PlatformError(
      `The equations of this model are too large for WebAssembly: a function has ${size[what]} ${unit}, and ${most} is the most.`,
      {
        subject: "WebAssembly",
        value: size[what],
        remedy:
          'Give mechanisms fewer or shorter equations, or run with { backend: "reference" }, which is slow.',
      },
    );
  }
}

/**
 * A module of exported functions that work on the memory imported as `env.memory`.
 *
 * @throws PlatformError for a function that is larger than engines allow.
 */
export function assemble(functions: readonly FunctionBuilder[]): Uint8Array<ArrayBuffer> {
  for (const f of functions) checkSize(f);
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
