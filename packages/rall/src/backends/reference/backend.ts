/** @file The oracle as a backend. */
import type { Backend } from "../backend.ts";
import { ReferenceDifferentiableKernel } from "./adjoint-kernel.ts";
import { ReferenceKernel } from "./kernel.ts";
import { startOf } from "./moving.ts";
import { voltageTree } from "./step.ts";

export const referenceBackend: Backend = {
  name: "reference",
  compile: async (plan) => new ReferenceKernel(plan),
  differentiate: async (plan, _, options) => new ReferenceDifferentiableKernel(plan, options),
  async sizes(plan) {
    const { columns } = startOf(plan, voltageTree(plan).parent.length);
    const moment = [...columns.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    // Phases replace each column about twice
    return { moment, step: 2 * moment };
  },
};
