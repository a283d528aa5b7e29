/** @file A channel made ready for a time step: its equations in the keys of the model, with slopes. */
import { differentiate } from "../expressions/derivative.ts";
import {
  constant,
  type Expression,
  input,
  inputNames,
  substitute,
} from "../expressions/expression.ts";
import { add, divide, subtract } from "../expressions/math.ts";
import { simplify } from "../expressions/simplify.ts";
import type { Channel } from "../mechanisms/channel.ts";

/**
 * How the slope of a current is found: its exact derivative, or, as the reference system does, its difference over
 * 0.001 mV, for comparisons with old results.
 */
export type Slopes = "exact" | "difference";

/** New value of a state; `isRate`: by a rate, not by a rule of its own. */
export interface Update {
  readonly key: string;
  readonly value: Expression;
  readonly isRate: boolean;
}

/** The equations of a channel in the keys of the model. */
export interface Equations {
  readonly name: string;
  /** New values of its states. */
  readonly updates: readonly Update[];
  /** New voltage, if the mechanism changes it. */
  readonly voltage: Expression | undefined;
  /** Current density in mA/cm2, in terms of states after their update. */
  readonly current: Expression;
  /** Derivative of the current with respect to v, in S/cm2 x 1e-3 per mV. */
  readonly slope: Expression;
  readonly currentName: string;
  /**
   * Concentration that a pump moves; its `current` is then a loss in mM/ms and its `slope` the derivative with respect to the
   * concentration.
   */
  readonly ion: string | undefined;
  /** Whether it tells spikes: its comparisons are thresholds. */
  readonly isSpiking: boolean;
  /** Names of all that the equations read. */
  readonly reads: ReadonlySet<string>;
}

export interface PlannedMechanism extends Equations {
  /** 1 for each compartment that has it. */
  readonly present: Uint8Array;
}

/** Shift of the voltage in mV, or of a concentration in mM, over which the reference system measures slopes. */
const shift = 1e-3;

/** Name of the state by which the spikes of a channel that tells them are watched: no key of a channel has such a sign. */
export function spikeKey(channel: Channel): string {
  return `${channel.name}@spike`;
}

/** Whether a state is one of the model, and not one that runs keep for themselves. */
export function isModelState(key: string): boolean {
  return !key.includes("@");
}

/** @param marksSpikes - whether 1 or 0 for a spike is kept as a state. */
export function planEquations(channel: Channel, slopes: Slopes, marksSpikes: boolean): Equations {
  const { spike } = channel;
  const moving = [
    ...channel.states.flatMap(({ key, update, isRate }) =>
      update === undefined ? [] : [{ key, update, isRate }],
    ),
    ...(marksSpikes && spike !== undefined
      ? [{ key: spikeKey(channel), update: spike, isRate: false }]
      : []),
  ];
  const toKey = keyNames(channel);
  const [current = constant(0)] = substitute([channel.current], toKey);
  const updates = substitute(
    moving.map(({ update }) => update),
    toKey,
  );
  const voltage = channel.voltage && substitute([channel.voltage], toKey)[0];
  const variable = channel.ion ?? "v";
  const slope =
    slopes === "exact" ? differentiate([current], variable)[0] : differenceSlope(current, variable);
  const stepped = simplify(voltage === undefined ? updates : [...updates, voltage]);
  const [simpleCurrent = current, simpleSlope = constant(0)] = simplify([
    current,
    slope ?? constant(0),
  ]);
  const roots = [...stepped, simpleCurrent, simpleSlope];
  return {
    name: channel.name,
    updates: moving.map(({ key, isRate }, i) => ({ key, value: stepped[i] ?? input(key), isRate })),
    voltage: voltage === undefined ? undefined : stepped.at(-1),
    current: simpleCurrent,
    slope: simpleSlope,
    currentName: channel.currentName,
    ion: channel.ion,
    isSpiking: spike !== undefined,
    reads: inputNames(roots),
  };
}

function differenceSlope(current: Expression, variable: string): Expression {
  const [shifted = current] = substitute([current], (name) =>
    name === variable ? add(input(variable), shift) : undefined,
  );
  return divide(subtract(shifted, current), shift);
}

/** From local names to keys; names of the environment stay as they are. */
function keyNames(channel: Channel): (local: string) => Expression | undefined {
  const keys = new Map(
    [...channel.parameters, ...channel.states].map(({ local, key }) => [local, input(key)]),
  );
  return (local) => keys.get(local);
}
