/**
 * @file L-BFGS: Newton's method with what the last steps tell of the curvature (Nocedal 1980; Nocedal and Wright 2006,
 * algorithm 7.4). The line search is by bisection (Lewis and Overton 2013, Math. Program. 141, algorithm 2.6), which also
 * serves where the loss has kinks, as spikes make them.
 */
import { ValueError } from "../../errors.ts";
import { number } from "../../util/kinds.ts";
import { checkOptions } from "../../util/options.ts";
import { checkNotNegative } from "./descent.ts";
import {
  checkGradient,
  checkLengths,
  checkParameters,
  checkState,
  checkStep,
  type Optimizer,
  type OptimizerState,
} from "./optimizer.ts";
import { isCount, isNumber, listOf, objectWith, optional, type Shape } from "./state-shape.ts";
import { along, dot, flatten, unflatten } from "./vectors.ts";

/** Settings of L-BFGS. */
export interface LbfgsOptions {
  /** How many steps are remembered; default 10. */
  readonly history?: number;
  /** How far the very first trial is from the start, at most; default 1. */
  readonly initialStep?: number;
  /** How many trials a line may take; default 25. */
  readonly maxTrials?: number;
  /** Stops when no derivative is larger; default 0: when no lower value can be found. */
  readonly tolerance?: number;
}

/** A place on the line with its evaluation. */
interface Place {
  readonly point: readonly number[];
  readonly value: number;
  readonly gradient: readonly number[];
}

/** A pair of a step and of the gradient's change by it. */
type Pair = readonly [step: readonly number[], change: readonly number[]];

interface Line {
  readonly origin: Place;
  readonly direction: readonly number[];
  /** Trial under way, in multiples of the direction. */
  readonly length: number;
  /** The longest that was lower enough but still going down steeply; 0 if none. */
  readonly low: number;
  readonly lowest: Place;
  /** The shortest that was too far, if any. */
  readonly high: number | null;
  readonly trials: number;
}

export interface LbfgsState extends OptimizerState {
  readonly pairs: readonly Pair[];
  /** Missing before the first evaluation. */
  readonly line?: Line;
}

/** What a state for so many numbers looks like. */
function shapeOf(length: number): Shape {
  const vector = listOf(isNumber, length);
  const place = objectWith({ point: vector, value: isNumber, gradient: vector });
  const line = objectWith({
    ...{ origin: place, direction: vector, length: isNumber, low: isNumber, lowest: place },
    high: (value) => value === null || isNumber(value),
    trials: isCount,
  });
  return objectWith({ pairs: listOf(listOf(vector, 2)), line: optional(line) });
}

/** How much of the fall that the slope promises is asked for, and how much of the slope may be left (weak Wolfe conditions). */
const [armijo, wolfe] = [1e-4, 0.9];

/**
 * A search: each step is one trial, and only some trials are better than all before. A trial whose value or gradient is
 * not finite is too far, so that a run that breaks does not end the fit.
 *
 * @throws NameError for an unknown option.
 * @throws ValueError for an option out of range. A step throws if the very first evaluation is not finite.
 */
export function lbfgs(options: LbfgsOptions = {}): Optimizer<LbfgsState> {
  const fields = { history: number, initialStep: number, maxTrials: number, tolerance: number };
  checkOptions(options, fields, "lbfgs");
  const { history = 10, initialStep = 1, maxTrials = 25, tolerance = 0 } = options;
  for (const [subject, value] of Object.entries({ history, maxTrials, initialStep })) {
    if (value > 0 && (Number.isInteger(value) || subject === "initialStep")) continue;
    throw new ValueError(`${subject} is ${value}.`, {
      subject,
      value,
      remedy: "Give a number above 0, a whole one of steps or trials.",
    });
  }
  checkNotNegative("tolerance", tolerance);
  const kind = "lbfgs";

  return Object.freeze({
    kind,
    isSearch: true,
    start(parameters: readonly Float64Array[]) {
      checkParameters(parameters);
      return { parameters: parameters.map((values) => values.slice()), state: { kind, pairs: [] } };
    },
    step(at, evaluation) {
      checkStep(at, evaluation);
      const { value, gradient } = evaluation;
      if (at.stopped !== undefined) return at;
      const { parameters, state } = at;
      checkLengths(gradient, parameters);
      const here = { point: flatten(parameters), value, gradient: flatten(gradient) };
      checkState(state, kind, shapeOf(here.point.length));
      const begin = (place: Place, pairs: readonly Pair[]) => {
        if (place.gradient.every((slope) => Math.abs(slope) <= tolerance)) {
          return stop(place, pairs, `no derivative is larger than ${tolerance}`);
        }
        const next = newLine(place, pairs, initialStep);
        return next === undefined ? undefined : go(next, pairs);
      };
      const go = (line: Line, pairs: readonly Pair[]) => ({
        parameters: unflatten(along(line.origin.point, line.length, line.direction), parameters),
        state: { kind, pairs, line },
      });
      const stop = ({ point }: Place, pairs: readonly Pair[], stopped: string) => ({
        parameters: unflatten(point, parameters),
        state: { ...state, pairs },
        stopped,
      });
      const { line, pairs } = state;
      if (line === undefined) {
        checkGradient(gradient, parameters);
        if (!Number.isFinite(value)) {
          throw new ValueError(`The value is ${value} where the fit begins.`, {
            subject: "value",
            value,
            remedy: "Begin where the loss is finite.",
          });
        }
        return begin(here, pairs) ?? stop(here, pairs, "the gradient leads nowhere");
      }
      const { origin, direction, length, trials } = line;
      const slope = dot(origin.gradient, direction);
      const isLower =
        Number.isFinite(value) &&
        here.gradient.every(Number.isFinite) &&
        value <= origin.value + armijo * length * slope;
      const isFlat = isLower && dot(here.gradient, direction) >= wolfe * slope;
      const tried: Line = {
        ...line,
        ...(isLower ? { low: length, lowest: here } : { high: length }),
        trials: trials + 1,
      };
      if (!isFlat && tried.trials < maxTrials) {
        const { low, high } = tried;
        return go({ ...tried, length: high === null ? 2 * low : (low + high) / 2 }, pairs);
      }
      if (tried.low > 0) {
        const { lowest } = tried;
        const kept = isFlat ? remember(pairs, origin, lowest, history) : [];
        return begin(lowest, kept) ?? stop(lowest, kept, "the gradient leads nowhere");
      }
      const again = pairs.length > 0 ? begin(origin, []) : undefined;
      return again ?? stop(origin, pairs, "no lower value was found along the gradient");
    },
  } satisfies Optimizer<LbfgsState>);
}

/** The line along which to search; undefined where rounding leaves no slope. */
function newLine(origin: Place, pairs: readonly Pair[], initialStep: number): Line | undefined {
  const direction = newtonDirection(origin.gradient, pairs);
  const slope = dot(origin.gradient, direction);
  const size = Math.sqrt(dot(direction, direction));
  if (!(slope < 0 && Number.isFinite(slope) && size > 0)) return undefined;
  const length = pairs.length === 0 ? Math.min(1, initialStep / size) : 1;
  return { origin, direction, length, low: 0, lowest: origin, high: null, trials: 0 };
}

/** Minus the gradient times the approximate inverse of the Hessian: the recursion of two loops. */
function newtonDirection(gradient: readonly number[], pairs: readonly Pair[]): number[] {
  let direction = gradient.map((slope) => -slope);
  const factors: number[] = [];
  for (const [step, change] of pairs.toReversed()) {
    const factor = dot(step, direction) / dot(step, change);
    direction = along(direction, -factor, change);
    factors.unshift(factor);
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = dot(...last) / dot(last[1], last[1]);
    direction = direction.map((x) => scale * x);
  }
  for (const [k, [step, change]] of pairs.entries()) {
    const factor = (factors[k] ?? 0) - dot(change, direction) / dot(step, change);
    direction = along(direction, factor, step);
  }
  return direction;
}

/** Pairs with one more, if it tells of a positive curvature beyond rounding. */
function remember(
  pairs: readonly Pair[],
  from: Place,
  to: Place,
  history: number,
): readonly Pair[] {
  const step = along(to.point, -1, from.point);
  const change = along(to.gradient, -1, from.gradient);
  if (!(dot(step, change) > Number.EPSILON * dot(change, change))) return pairs;
  return [...pairs, [step, change] as const].slice(-history);
}
