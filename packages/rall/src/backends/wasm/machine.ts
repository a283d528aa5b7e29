/** @file A compiled program with its own memory. */
import { instantiate } from "../../platform/webassembly.ts";
import { Caller } from "./caller.ts";

const pageSize = 65536;

export class Machine {
  readonly memory: WebAssembly.Memory;
  readonly #exports: WebAssembly.Exports;
  /** The values that each table was filled for, so that it is filled again only for others. */
  readonly tabulated = new Map<string, string>();
  readonly #callers = new Map<string, Caller>();

  static async create(module: WebAssembly.Module, bytes: number): Promise<Machine> {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / pageSize) });
    const { exports } = await instantiate(module, { env: { memory } });
    return new Machine(memory, exports);
  }

  private constructor(memory: WebAssembly.Memory, exports: WebAssembly.Exports) {
    this.memory = memory;
    this.#exports = exports;
  }

  /** Makes the memory at least this large. */
  reserve(bytes: number): void {
    const missing = bytes - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / pageSize));
  }

  /** Runs so many steps by a function that there is for two depths of the stack. */
  call(name: string, steps: number): void {
    const caller =
      this.#callers.get(name) ?? new Caller(this.function(name), this.function(`${name}Deep`));
    this.#callers.set(name, caller);
    caller.advance(steps);
  }

  function(name: string): (...args: number[]) => void {
    const found = this.#exports[name];
    if (typeof found !== "function") throw new TypeError(`the program exports no function ${name}`);
    return (...args) => found(...args);
  }
}
