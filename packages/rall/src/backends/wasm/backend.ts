/** @file The WebAssembly engine: compiles the equations of a plan and runs the whole time loop inside. */
import { isEliminated, type Plan } from "../../plan/plan.ts";
import { keepsInjected } from "../../plan/recorded.ts";
import { compileModule } from "../../platform/webassembly.ts";
import type { Memory } from "../../util/memory.ts";
import type { Backend, DifferentiationOptions } from "../backend.ts";
import { WasmDifferentiableKernel } from "./adjoint-kernel.ts";
import { type AdjointLayout, layOutAdjoint } from "./adjoint-layout.ts";
import { emitDifferentiableProgram } from "./adjoint-program.ts";
import { assemble } from "./assembler.ts";
import { type CompiledProgram, stepsPerCall, takeMachine, WasmKernel } from "./kernel.ts";
import { ConstantPool } from "./lanes.ts";
import { isHalved, type Layout, layOut, uniformValues } from "./layout.ts";
import { Lists } from "./lists.ts";
import { emitProgram } from "./program.ts";
import { emitTangentProgram } from "./tangent-program.ts";

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
    const chunk = stepsPerCall(plan.count);
    const lists = new Lists(plan, program.layout, program.pool.end, chunk);
    const machine = await takeMachine(program, lists.size, memory);
    const compileTime = isNew ? performance.now() - started : 0;
    return WasmKernel.create(
      { plan, program, machine, owner: memory, lists, chunk, compileTime },
      uniform,
    );
  },
  async differentiate(plan, memory, options) {
    const started = performance.now();
    const uniform = uniformValues(plan);
    const { tapeLength, steps, owner = memory } = options;
    const { program, isNew } = await rememberDifferentiable(plan, uniform, memory, options);
    const { adjoint } = program;
    const chunk = stepsPerCall(plan.count);
    const lists = new Lists(plan, program.layout, program.pool.end, chunk, {
      ...{ adjoint, tapeLength },
    });
    // Before the tape, two slots for what steps began and ended with where clamps changed it
    const tape = lists.size + 2 * adjoint.slot;
    const machine = await takeMachine(program, tape + (tapeLength + 1) * adjoint.slot, owner);
    const compileTime = isNew ? performance.now() - started : 0;
    const run = { plan, program, machine, owner, lists, chunk, compileTime };
    return new WasmDifferentiableKernel(run, adjoint, tape, steps, uniform);
  },
  async sizes(plan, memory, options) {
    const { program } = await rememberDifferentiable(plan, uniformValues(plan), memory, options);
    const [start, end] = program.layout.moving;
    // Rings of spikes are as long as the longest delay and, at most, twice the tape
    const spikes = 8 * plan.events.sources.length + 4 * sum(plan.events.longest);
    return {
      moment: end - start + spikes,
      step: program.adjoint.slot + 2 * plan.events.sources.length,
    };
  },
};

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let k = 0; k < values.length; k++) total += values[k] ?? 0;
  return total;
}

async function rememberDifferentiable(
  plan: Plan,
  uniform: ReadonlyMap<string, number>,
  memory: Memory,
  options: Pick<DifferentiationOptions, "wanted" | "surrogate" | "mode">,
) {
  const { wanted, surrogate, mode } = options;
  const key = [
    keyOf(plan, uniform, memory),
    ...["derivatives", mode, ...wanted.keys, wanted.geometry, wanted.delays],
    ...[surrogate?.kind, surrogate?.slope],
  ].join(" ");
  let isNew = false;
  const program = await memory.remember(plan.schedule, key, () => {
    isNew = true;
    return compileDifferentiable(plan, uniform, options);
  });
  return { program, isNew };
}

/** A program with derivatives. */
interface DifferentiableProgram extends CompiledProgram {
  readonly adjoint: AdjointLayout;
}

async function compileDifferentiable(
  plan: Plan,
  uniform: ReadonlyMap<string, number>,
  options: Pick<DifferentiationOptions, "wanted" | "surrogate" | "mode">,
): Promise<DifferentiableProgram> {
  const forward = layOut(plan, new Set(uniform.keys()), true);
  const { layout, adjoint } = layOutAdjoint(plan, forward, options);
  const pool = new ConstantPool(layout.end);
  const emit = options.mode === "backwards" ? emitDifferentiableProgram : emitTangentProgram;
  const bytes = assemble(emit(layout, adjoint, pool));
  return { module: await compileModule(bytes), layout, pool, idle: new WeakMap(), adjoint };
}

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
  return { module: await compileModule(bytes), layout, pool, idle: new WeakMap() };
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
  const spikes = plan.events.sources.length > 0;
  const flags = [
    isHalved(plan.solver),
    isEliminated(plan),
    plan.tabulates,
    plan.keepsSynapticCurrents,
    keepsInjected(plan),
    spikes,
    ...plan.keptCurrents,
    "|",
    ...plan.ions.map(({ key, diffusion }) => `${key}${diffusion === undefined ? "" : "~"}`),
  ];
  return ["wasm", ...mechanisms, "|", ...synapses, "|", ...flags, ...uniform.keys()].join(" ");
}
