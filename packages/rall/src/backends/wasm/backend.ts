/** @file The WebAssembly engine: compiles the equations of a plan and runs the whole time loop inside. */
import { isEliminated, type Plan } from "../../plan/plan.ts";
import { compileModule } from "../../platform/webassembly.ts";
import type { Memory } from "../../util/memory.ts";
import type { Backend } from "../backend.ts";
import { assemble } from "./assembler.ts";
import { type CompiledProgram, WasmKernel } from "./kernel.ts";
import { ConstantPool } from "./lanes.ts";
import { isHalved, type Layout, layOut, uniformValues } from "./layout.ts";
import { emitProgram } from "./program.ts";

export const wasmBackend: Backend = {
  name: "wasm",
  async compile(plan, memory) {
    const started = performance.now();
    const uniform = uniformValues(plan);
    let isNew = false;
    const program = await memory.remember(plan.schedule, keyOf(plan, uniform, memory), () => {
      isNew = true;
      return compileProgram(plan, uniform);
    });
    return WasmKernel.create(plan, program, uniform, isNew ? performance.now() - started : 0);
  },
};

/** The bytes of the program of a plan, for looking at and for other tools. */
export function programBytes(plan: Plan): Uint8Array<ArrayBuffer> {
  return assembleProgram(layoutOf(plan)).bytes;
}

/** The instructions of the program of a plan as text. */
export function printProgram(plan: Plan): string {
  const layout = layoutOf(plan);
  return emitProgram(layout, new ConstantPool(layout.end), true)
    .map((f) => f.print())
    .join("\n");
}

function layoutOf(plan: Plan): Layout {
  return layOut(plan, new Set(uniformValues(plan).keys()));
}

async function compileProgram(
  plan: Plan,
  uniform: ReadonlyMap<string, number>,
): Promise<CompiledProgram> {
  const layout = layOut(plan, new Set(uniform.keys()));
  const { bytes, pool } = assembleProgram(layout);
  return { module: await compileModule(bytes), layout, pool, idle: [] };
}

function assembleProgram(layout: Layout) {
  const pool = new ConstantPool(layout.end);
  return { bytes: assemble(emitProgram(layout, pool)), pool };
}

/** Everything that a program depends on besides the schedule, as text: equations, where they hold, but no values. */
function keyOf(plan: Plan, uniform: ReadonlyMap<string, number>, memory: Memory): string {
  const mechanisms = plan.mechanisms.map(
    ({ updates, present }) => `${memory.numberOf(updates)}${present.includes(0) ? "" : "!"}`,
  );
  const synapses = plan.synapses.map(
    // Lengths of loops are part of the program
    ({ updates, pre }) => `${memory.numberOf(updates)}x${pre.length}x${new Set(pre).size}`,
  );
  const injected = plan.recordings.some(({ state }) => state === "i");
  const spikes = plan.events.sources.length > 0;
  const flags = [
    isHalved(plan.solver),
    isEliminated(plan),
    plan.tabulates,
    plan.keepsSynapticCurrents,
    injected,
    spikes,
    ...plan.keptCurrents,
    "|",
    ...plan.ions.map(({ key, diffusion }) => `${key}${diffusion === undefined ? "" : "~"}`),
  ];
  return ["wasm", ...mechanisms, "|", ...synapses, "|", ...flags, ...uniform.keys()].join(" ");
}
