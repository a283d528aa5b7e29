/** @file The oracle as a backend. */
import type { Backend } from "../backend.ts";
import { ReferenceDifferentiableKernel } from "./adjoint-kernel.ts";
import { ReferenceKernel } from "./kernel.ts";

export const referenceBackend: Backend = {
  name: "reference",
  compile: async (plan) => new ReferenceKernel(plan),
  differentiate: async (plan, _, options) => new ReferenceDifferentiableKernel(plan, options),
};
