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

/** The equations of a channel in the keys of the model. */
export interface Equations {
  readonly name: string;
  /** New values of its states. */
  readonly updates: readonly { readonly key: string; readonly value: Expression }[];
  /** New voltage, if the mechanism changes it. */
  readonly voltage: Expression | undefined;
  /** Current density in mA/cm2, in terms of states after their update. */
  readonly current: Expression;
  /** Derivative of the current with respect to v, in S/cm2 x 1e-3 per mV. */
  readonly slope: Expression;
  readonly currentName: string;
  /** Names of all that the equations read. */
  readonly reads: ReadonlySet<string>;
}

export interface PlannedMechanism extends Equations {
  /** 1 for each compartment that has it. */
  readonly present: Uint8Array;
}

/** Shift of the voltage in mV over which the reference system measures slopes. */
const shift = 1e-3;

/** Key of the state by which the spikes of a channel that tells them are watched. */
export function spikeKey(channel: Channel): string {
  return `${channel.name}_spike`;
}

/** @param marksSpikes - whether 1 or 0 for a spike is kept as a state. */
export function planEquations(channel: Channel, slopes: Slopes, marksSpikes: boolean): Equations {
  const { spike } = channel;
  const moving = [
    ...channel.states.flatMap(({ key, update }) => (update === undefined ? [] : [{ key, update }])),
    ...(marksSpikes && spike !== undefined ? [{ key: spikeKey(channel), update: spike }] : []),
  ];
  const toKey = keyNames(channel);
  const [current = constant(0)] = substitute([channel.current], toKey);
  const updates = substitute(
    moving.map(({ update }) => update),
    toKey,
  );
  const voltage = channel.voltage && substitute([channel.voltage], toKey)[0];
  const slope = slopes === "exact" ? differentiate([current], "v")[0] : differenceSlope(current);
  const stepped = simplify(voltage === undefined ? updates : [...updates, voltage]);
  const [simpleCurrent = current, simpleSlope = constant(0)] = simplify([
    current,
    slope ?? constant(0),
  ]);
  const roots = [...stepped, simpleCurrent, simpleSlope];
  return {
    name: channel.name,
    updates: moving.map(({ key }, i) => ({ key, value: stepped[i] ?? input(key) })),
    voltage: voltage === undefined ? undefined : stepped.at(-1),
    current: simpleCurrent,
    slope: simpleSlope,
    currentName: channel.currentName,
    reads: inputNames(roots),
  };
}

function differenceSlope(current: Expression): Expression {
  const [shifted = current] = substitute([current], (name) =>
    name === "v" ? add(input("v"), shift) : undefined,
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
