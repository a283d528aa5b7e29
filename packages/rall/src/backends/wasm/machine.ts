/** @file A compiled program with its own memory. */
import { instantiate } from "../../platform/webassembly.ts";
import { Caller } from "./caller.ts";

const pageSize = 65536;

export class Machine {
  readonly memory: WebAssembly.Memory;
  readonly #exports: WebAssembly.Exports;
  /** The values that each table was filled for, so that it is filled again only for others. */
  readonly tabulated = new Map<number, string>();
  /** Runs whole steps; undefined for a program that stops in each step. */
  readonly caller: Caller | undefined;

  static async create(module: WebAssembly.Module, bytes: number): Promise<Machine> {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / pageSize) });
    const { exports } = await instantiate(module, { env: { memory } });
    return new Machine(memory, exports);
  }

  private constructor(memory: WebAssembly.Memory, exports: WebAssembly.Exports) {
    this.memory = memory;
    this.#exports = exports;
    this.caller =
      exports.advance === undefined
        ? undefined
        : new Caller(this.function("advance"), this.function("advanceDeep"));
  }

  /** Makes the memory at least this large. */
  reserve(bytes: number): void {
    const missing = bytes - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / pageSize));
  }

  function(name: string): (...args: number[]) => void {
    const found = this.#exports[name];
    if (typeof found !== "function") throw new TypeError(`the program exports no function ${name}`);
    return (...args) => found(...args);
  }
}
