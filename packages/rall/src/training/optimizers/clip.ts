/** @file Gradients cut off before an optimizer sees them. */
import { ValueError } from "../../errors.ts";
import { check, number } from "../../util/kinds.ts";
import { optimizer as optimizerKind } from "../kinds.ts";
import {
  checkStep,
  type Evaluation,
  globalNorm,
  type Optimizer,
  type OptimizerState,
} from "./optimizer.ts";

/**
 * Scales a gradient whose norm, over all parameters, is larger down to it (Pascanu et al. 2013, ICML, arXiv:1211.5063). As
 * `optax.clip_by_global_norm`.
 *
 * @throws ValueError for a norm that is not above 0.
 */
export function clipByGlobalNorm<State extends OptimizerState>(
  norm: number,
  optimizer: Optimizer<State>,
): Optimizer<State> {
  checkLimit("norm", norm);
  return clipped(optimizer, (gradient) => {
    const size = globalNorm(gradient);
    // One that is not finite goes on as it is, for the optimizer to say where it is not
    if (!(size >= norm && Number.isFinite(size))) return gradient;
    return gradient.map((vector) => vector.map((x) => (x / size) * norm));
  });
}

/**
 * Brings each number of a gradient between minus and plus a limit. As `optax.clip`.
 *
 * @throws ValueError for a limit that is not above 0.
 */
export function clipByValue<State extends OptimizerState>(
  limit: number,
  optimizer: Optimizer<State>,
): Optimizer<State> {
  checkLimit("limit", limit);
  return clipped(optimizer, (gradient) =>
    gradient.map((vector) => vector.map((x) => Math.max(-limit, Math.min(limit, x)))),
  );
}

/** The same optimizer, its states included, for a gradient that is changed first. */
function clipped<State extends OptimizerState>(
  optimizer: Optimizer<State>,
  change: (gradient: Evaluation["gradient"]) => Evaluation["gradient"],
): Optimizer<State> {
  check(optimizer, optimizerKind, "optimizer");
  return Object.freeze({
    ...optimizer,
    step(at, evaluation) {
      checkStep(at, evaluation);
      const { value, gradient } = evaluation;
      return optimizer.step(at, { value, gradient: change(gradient) });
    },
  } satisfies Optimizer<State>);
}

function checkLimit(subject: string, value: number): void {
  check(value, number, subject);
  if (value > 0) return;
  throw new ValueError(`The ${subject} to clip at is ${value}.`, {
    subject,
    value,
    remedy: "Give a number above 0.",
  });
}
