/** @file Learning rates that change from step to step. */
import { ValueError } from "../../errors.ts";
import { check, flag, list, number, required, tuple } from "../../util/kinds.ts";
import { checkOptions } from "../../util/options.ts";
import { rate as rateKind } from "../kinds.ts";

/** A number for each step, counted from 0. */
export type Schedule = (step: number) => number;

/** A number that stays, or a schedule. */
export type Rate = number | Schedule;

/** The same number in each step. @throws ValueError for one that is not finite. */
export function constant(value: number): Schedule {
  checkFinite({ value });
  return () => value;
}

/** A rate that falls exponentially. */
export interface ExponentialDecay {
  readonly initial: number;
  /** By what the number is multiplied... */
  readonly factor: number;
  /** ...every so many steps. */
  readonly steps: number;
  /** Whether it stays the same in between; default false. */
  readonly staircase?: boolean;
}

/** `initial factor^(step / steps)`. @throws ValueError for numbers that are not finite, or steps not above 0. */
export function exponentialDecay(options: ExponentialDecay): Schedule {
  const own = { initial: required(number), factor: required(number), steps: required(number) };
  checkOptions(options, { ...own, staircase: flag }, "exponentialDecay");
  const { initial, factor, steps, staircase = false } = options;
  checkFinite({ initial, factor, steps });
  checkSteps(steps);
  return (step) => initial * factor ** (staircase ? Math.floor(step / steps) : step / steps);
}

/** A rate that falls along a cosine. */
export interface CosineDecay {
  readonly initial: number;
  /** What it ends at; default 0. */
  readonly final?: number;
  /** How many steps it takes. */
  readonly steps: number;
}

/**
 * Half a wave of the cosine from `initial` to `final`, where it stays: `final + (initial - final) (1 + cos(pi step /
 * steps)) / 2` (Loshchilov and Hutter 2017, arXiv:1608.03983).
 *
 * @throws ValueError for numbers that are not finite, or steps not above 0.
 */
export function cosineDecay(options: CosineDecay): Schedule {
  const fields = { initial: required(number), final: number, steps: required(number) };
  checkOptions(options, fields, "cosineDecay");
  const { initial, final = 0, steps } = options;
  checkFinite({ initial, final, steps });
  checkSteps(steps);
  return (step) =>
    final + ((initial - final) * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps))) / 2;
}

/** A rate that rises along a line. */
export interface LinearWarmup {
  /** Default 0. */
  readonly initial?: number;
  readonly final: number;
  /** How many steps it takes. */
  readonly steps: number;
}

/**
 * A straight line from `initial` to `final`, where it stays.
 *
 * @throws ValueError for numbers that are not finite, or steps not above 0.
 */
export function linearWarmup(options: LinearWarmup): Schedule {
  const fields = { initial: number, final: required(number), steps: required(number) };
  checkOptions(options, fields, "linearWarmup");
  const { initial = 0, final, steps } = options;
  checkFinite({ initial, final, steps });
  checkSteps(steps);
  return (step) => initial + (final - initial) * Math.min(step / steps, 1);
}

/**
 * One rate after the other, each from the step given with it on, which is step 0 of its own. `piecewise([[0,
 * linearWarmup(...)], [100, cosineDecay(...)]])` warms up first; `piecewise([[0, 0.1], [50, 0.01]])` is a staircase.
 *
 * @throws ValueError for steps that do not begin with 0 or do not ascend, or a rate that is not finite.
 */
export function piecewise(pieces: readonly (readonly [from: number, rate: Rate])[]): Schedule {
  check(pieces, list(tuple("a pair [step, rate]", number, rateKind)), "pieces");
  const schedules = pieces.map(([from, rate]) => [from, scheduleOf(rate)] as const);
  for (const [k, [from]] of schedules.entries()) {
    const before = schedules[k - 1]?.[0];
    if (before === undefined ? from === 0 : from > before) continue;
    throw new ValueError(`Piece ${k} begins at step ${from}.`, {
      subject: "pieces",
      value: from,
      remedy: "Let the first begin at 0 and each later than the one before.",
    });
  }
  if (schedules.length === 0) {
    throw new ValueError("There are no pieces.", { subject: "pieces", value: pieces });
  }
  return (step) => {
    const [from, schedule] = schedules.findLast((piece) => piece[0] <= step) ?? [0, () => 0];
    return schedule(step - from);
  };
}

/** A rate as a schedule. @throws ValueError for a number that is not finite. */
export function scheduleOf(rate: Rate): Schedule {
  return typeof rate === "number" ? constant(rate) : rate;
}

function checkFinite(values: Readonly<Record<string, number>>): void {
  for (const [subject, value] of Object.entries(values)) {
    if (Number.isFinite(value)) continue;
    throw new ValueError(`The ${subject} of a schedule is ${value}.`, {
      subject,
      value,
      remedy: "Give a finite number.",
    });
  }
}

function checkSteps(steps: number): void {
  if (steps > 0) return;
  throw new ValueError(`A schedule takes ${steps} steps.`, {
    subject: "steps",
    value: steps,
    remedy: "Give a number above 0.",
  });
}
