import type { Expression } from "rall/expressions";
import { assemble, FunctionBuilder } from "../../src/backends/wasm/assembler.ts";
import { emitExpressions } from "../../src/backends/wasm/emit.ts";
import { ConstantPool, Lanes } from "../../src/backends/wasm/lanes.ts";

/** Values of an expression in x, two at a time, as the engine computes them. */
export async function compiled(expression: Expression, xs: readonly number[]): Promise<number[]> {
  const f = new FunctionBuilder("f", []);
  const pool = new ConstantPool(32);
  const [result] = emitExpressions(new Lanes(f, pool), [expression], () => {
    f.i32(0).memory("v128.load", 0);
    const local = f.local("v128");
    f.set(local);
    return local;
  });
  if (result === undefined) throw new Error();
  f.i32(0).get(result).memory("v128.store", 16);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { instance } = await WebAssembly.instantiate(assemble([f]), { env: { memory } });
  pool.write(memory.buffer);
  const lanes = new Float64Array(memory.buffer, 0, 4);
  const run = instance.exports.f;
  if (typeof run !== "function") throw new Error();
  return xs.map((x, i) => {
    lanes[i % 2] = x;
    run();
    return lanes[2 + (i % 2)] ?? Number.NaN;
  });
}
