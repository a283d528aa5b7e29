/** @file A run forwards to its end, with or without the motion of its recordings when numbers of the plan move. */
import type { DifferentiableKernel, Kernel } from "../backends/backend.ts";
import { NumericalError } from "../errors.ts";
import type { PlanGradient } from "../plan/gradient.ts";
import type { Plan } from "../plan/plan.ts";
import { Pacer } from "../platform/pause.ts";
import { firstNonFinite, locateFailure } from "./failure.ts";

export interface ForwardsOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, all: number) => void;
}

/**
 * Runs `steps` steps.
 *
 * @throws NumericalError for a state that stops being finite; what `signal` says when it aborts.
 */
export function runForwards(
  kernel: Kernel,
  plan: Plan,
  steps: number,
  options: ForwardsOptions,
): Promise<{ readonly recordings: Float64Array[] }>;
export function runForwards(
  kernel: DifferentiableKernel,
  plan: Plan,
  steps: number,
  options: ForwardsOptions,
  direction: PlanGradient,
): Promise<{ readonly recordings: Float64Array[]; readonly tangents: Float64Array[] }>;
export async function runForwards(
  kernel: Kernel | DifferentiableKernel,
  plan: Plan,
  steps: number,
  { signal, onProgress }: ForwardsOptions,
  direction?: PlanGradient,
) {
  const rows = () => plan.recordings.map(() => new Float64Array(steps + 1));
  const [recordings, tangents] = [rows(), rows()];
  const keep = (target: Float64Array[], block: Float64Array, from: number, length: number) => {
    for (const [row, series] of target.entries())
      series.set(block.subarray(row * length, (row + 1) * length), from);
  };
  const moving = direction !== undefined && "startTangent" in kernel ? kernel : undefined;
  keep(recordings, kernel.recordStart(), 0, 1);
  if (moving !== undefined && direction !== undefined)
    keep(tangents, moving.startTangent(direction), 0, 1);
  const pacer = new Pacer();
  for (let done = 0; done < steps; ) {
    await pacer.breathe();
    signal?.throwIfAborted();
    const length = Math.min(kernel.chunk, steps - done);
    kernel.mark();
    if (moving === undefined) keep(recordings, await kernel.advance(length), done + 1, length);
    else {
      const both = await moving.advanceTangent(length);
      keep(recordings, both.recordings, done + 1, length);
      keep(tangents, both.tangents, done + 1, length);
    }
    if (!kernel.isFinite() && firstNonFinite(plan, kernel.states()) !== undefined) {
      kernel.restore();
      const { message, state, value } = await locateFailure(kernel, plan, done, () => {});
      throw new NumericalError(message, { subject: state, value });
    }
    done += length;
    onProgress?.(done, steps);
  }
  return { recordings, tangents };
}
