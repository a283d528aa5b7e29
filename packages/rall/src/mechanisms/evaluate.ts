/** @file A channel at one place, by hand: what its equations give for one compartment. For looking and for tests. */
import { evaluate } from "../expressions/evaluate.ts";
import type { Expression } from "../expressions/expression.ts";
import { check, checkKeys, finite, list, object, record, required } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { type Channel, channelKind } from "./channel.ts";
import { bindQuantities } from "./equations.ts";

/** Where and when a channel is evaluated. Absent parameters and states take their defaults. */
export interface ChannelPoint {
  /** Voltage in mV. */
  readonly v: number;
  /** Time step in ms, default 0.025. */
  readonly dt?: number;
  /** By key, as in a module (`HH_gNa`, `eK`). */
  readonly parameters?: Readonly<Record<string, number>>;
  /** By key (`HH_m`). */
  readonly states?: Readonly<Record<string, number>>;
  /** Geometry and cable properties; defaults are those of a new compartment. */
  readonly compartment?: Readonly<Record<string, number>>;
}

const compartment = {
  radius: 1,
  length: 10,
  area: 20 * Math.PI,
  volume: 10 * Math.PI,
  axial_resistivity: 5000,
  capacitance: 1,
  celsius: 6.3,
};

/** States after one step by key, and `v` where the channel changes the voltage itself. */
export function updateStates(channel: Channel, point: ChannelPoint): Record<string, number> {
  const at = bindings(channel, point);
  const updated: Record<string, number> = {};
  for (const { key, local, update } of channel.states) {
    updated[key] = update === undefined ? (at[local] ?? Number.NaN) : evaluate(update, at);
  }
  if (channel.voltage !== undefined) updated.v = evaluate(channel.voltage, at);
  return updated;
}

/** Current density in mA/cm2, outward positive. */
export function membraneCurrent(channel: Channel, point: ChannelPoint): number {
  const at = bindings(channel, point);
  return evaluate(channel.current, at);
}

/** What `initStates` would set, by key; states without a rule are absent. */
export function initialStates(channel: Channel, point: ChannelPoint): Record<string, number> {
  const at = bindings(channel, point);
  const withRule = channel.states.flatMap(({ key, initial }) =>
    initial === undefined ? [] : [[key, evaluate(initial, at)] as const],
  );
  return Object.fromEntries(withRule);
}

/** Values of any expressions in a channel's local names, such as the rates of a gate. */
export function evaluateIn(
  channel: Channel,
  point: ChannelPoint,
  expressions: readonly Expression[],
): number[] {
  const at = bindings(channel, point);
  check(expressions, list(expressionKind), "expressions");
  return expressions.map((expression) => evaluate(expression, at));
}

const expressionKind = {
  what: "an expression: of a mechanism, or one that parse made",
  accepts: (value: unknown) => typeof value === "object" && value !== null && "op" in value,
};

const pointKinds = {
  v: required(finite),
  dt: finite,
  parameters: record(finite),
  states: record(finite),
  compartment: object(Object.fromEntries(Object.keys(compartment).map((key) => [key, finite]))),
};

function bindings(channel: Channel, point: ChannelPoint): Record<string, number> {
  check(channel, channelKind, "channel");
  checkOptions(point, pointKinds, `A point of ${channel.name}`);
  checkKeys(
    point.parameters ?? {},
    channel.parameters.map(({ key }) => key),
    channel.name,
  );
  checkKeys(
    point.states ?? {},
    channel.states.map(({ key }) => key),
    channel.name,
  );
  return {
    ...compartment,
    ...point.compartment,
    v: point.v,
    dt: point.dt ?? 0.025,
    ...bindQuantities(channel.parameters, point.parameters),
    ...bindQuantities(channel.states, point.states),
  };
}
