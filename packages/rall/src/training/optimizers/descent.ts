/** @file Optimizers that go down the gradient by a rule for each number on its own. */
import { ValueError } from "../../errors.ts";
import { callback, required, text, whole } from "../../util/kinds.ts";
import { checkOptions } from "../../util/options.ts";
import { rate } from "../kinds.ts";
import {
  checkGradient,
  checkParameters,
  checkState,
  checkStep,
  type Optimizer,
  type OptimizerState,
  toNumbers,
} from "./optimizer.ts";
import { type Rate, scheduleOf } from "./schedule.ts";
import { isCount, isNumber, listLike, listOf, objectWith } from "./state-shape.ts";

export interface DescentState extends OptimizerState {
  /** How many steps were taken. */
  readonly count: number;
  /** What the rule remembers (averages of gradients, say): in the shape of the parameters, each. */
  readonly memory: readonly (readonly (readonly number[])[])[];
}

/** How far a number is to go down; may change what it remembers of it. */
type Move = (gradient: number, parameter: number, memory: Float64Array) => number;

/** How a direction follows from a gradient. */
export interface DescentRule {
  readonly kind: string;
  readonly learningRate: Rate;
  /** How many numbers it remembers for each number; all begin as 0. */
  readonly memories: number;
  /** The rule in a step, counted from 0, in which the learning rate has a value. */
  readonly move: (count: number, rate: number) => Move;
}

const ruleFields = {
  kind: required(text),
  learningRate: required(rate),
  memories: required(whole),
  move: required(callback),
};

/** The optimizer of a rule: `parameter - move(gradient)`. @throws ValueError for a learning rate that is not finite. */
export function descent(rule: DescentRule): Optimizer<DescentState> {
  checkOptions(rule, ruleFields, "descent");
  const { kind, memories } = rule;
  const learningRate = scheduleOf(rule.learningRate);
  return Object.freeze({
    kind,
    isSearch: false,
    start(parameters: readonly Float64Array[]) {
      checkParameters(parameters);
      const zeros = () => toNumbers(parameters.map(({ length }) => new Float64Array(length)));
      const memory = Array.from({ length: memories }, zeros);
      return {
        parameters: parameters.map((values) => values.slice()),
        state: { kind, count: 0, memory },
      };
    },
    step(at, evaluation) {
      checkStep(at, evaluation);
      const { parameters, state } = at;
      const { gradient } = evaluation;
      const vectors = listLike(parameters.map(({ length }) => listOf(isNumber, length)));
      const shape = objectWith({ count: isCount, memory: listOf(vectors, memories) });
      checkState(state, kind, shape);
      checkGradient(gradient, parameters);
      const now = learningRate(state.count);
      if (!Number.isFinite(now)) {
        throw new ValueError(`The learning rate is ${now} in step ${state.count}.`, {
          subject: "learningRate",
          value: now,
          remedy: "Give a schedule of finite numbers.",
        });
      }
      const move = rule.move(state.count, now);
      const next = state.memory.map((vectors) => vectors.map((vector) => vector.slice()));
      const own = new Float64Array(memories);
      const moved = parameters.map((values, k) =>
        values.map((x, i) => {
          for (const slot of own.keys()) own[slot] = next[slot]?.[k]?.[i] ?? 0;
          const result = x - move(gradient[k]?.[i] ?? 0, x, own);
          for (const [slot, value] of own.entries()) {
            const vector = next[slot]?.[k];
            if (vector !== undefined) vector[i] = value + 0;
          }
          return result;
        }),
      );
      return { parameters: moved, state: { kind, count: state.count + 1, memory: next } };
    },
  } satisfies Optimizer<DescentState>);
}

/** @throws ValueError for a value that is not from 0 up to, but not, 1. */
export function checkFraction(subject: string, value: number): void {
  if (value >= 0 && value < 1) return;
  throw new ValueError(`${subject} is ${value}.`, {
    subject,
    value,
    remedy: "Give a number from 0 up to, but not, 1.",
  });
}

/** @throws ValueError for a value that is not finite, or is negative. */
export function checkNotNegative(subject: string, value: number): void {
  if (value >= 0 && Number.isFinite(value)) return;
  throw new ValueError(`${subject} is ${value}.`, {
    subject,
    value,
    remedy: "Give a finite number that is not negative.",
  });
}
