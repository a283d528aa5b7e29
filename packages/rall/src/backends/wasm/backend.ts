/** @file The WebAssembly engine: compiles the equations of a plan and runs the whole time loop inside. */
import { print } from "../../expressions/print.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Backend } from "../backend.ts";
import { assemble } from "./assembler.ts";
import { type CompiledProgram, WasmKernel } from "./kernel.ts";
import { ConstantPool } from "./lanes.ts";
import { type Layout, layOut } from "./layout.ts";
import { emitProgram } from "./program.ts";

export const wasmBackend: Backend = {
  name: "wasm",
  async compile(plan, programs) {
    const layout = layOut(plan);
    const key = fingerprint(layout);
    const known = programs.get(key);
    if (isProgram(known)) return WasmKernel.create(plan, layout, known, 0);
    const started = performance.now();
    const { bytes, pool } = assembleProgram(layout);
    const program: CompiledProgram = { module: await WebAssembly.compile(bytes), pool };
    programs.set(key, program);
    return WasmKernel.create(plan, layout, program, performance.now() - started);
  },
};

/** The bytes of the program of a plan, for looking at and for other tools. */
export function programBytes(plan: Plan): Uint8Array<ArrayBuffer> {
  return assembleProgram(layOut(plan)).bytes;
}

/** The instructions of the program of a plan as text. */
export function printProgram(plan: Plan): string {
  const layout = layOut(plan);
  return emitProgram(layout, new ConstantPool(layout.end))
    .map((f) => f.print())
    .join("\n");
}

function assembleProgram(layout: Layout) {
  const pool = new ConstantPool(layout.end);
  return { bytes: assemble(emitProgram(layout, pool)), pool };
}

function isProgram(value: unknown): value is CompiledProgram {
  return typeof value === "object" && value !== null && "module" in value && "pool" in value;
}

/** Everything that the program depends on, as text: equations, sizes and addresses, but no values. */
function fingerprint({ mechanisms, columns, ...rest }: Layout): string {
  const equations = mechanisms.map(({ plan, fused: _, table, ...place }) => ({
    ...place,
    table: table && {
      ...table,
      functions: table.functions.map(print),
      uniform: [...table.uniform],
    },
    updates: plan.updates.map(({ key, value }) => [key, print(value)]),
    voltage: plan.voltage && print(plan.voltage),
    current: print(plan.current),
    slope: print(plan.slope),
    currentName: plan.currentName,
  }));
  return JSON.stringify({ backend: "wasm", ...rest, columns: [...columns], equations });
}
