/** @file Synapses made ready for a time step. */
import { NameError } from "../errors.ts";
import { differentiate } from "../expressions/derivative.ts";
import { constant, type Expression, input, substitute } from "../expressions/expression.ts";
import { add, divide, subtract } from "../expressions/math.ts";
import { simplify } from "../expressions/simplify.ts";
import type { Synapse } from "../mechanisms/synapse.ts";
import type { Description, SynapseTable } from "../modules/description.ts";
import { isGeometryKey } from "../modules/geometry.ts";
import { placeName } from "../modules/placement.ts";
import { ownMember } from "../util/own.ts";
import type { Slopes, Update } from "./mechanism.ts";

/** A quantity of a compartment that the equations read. */
export interface PlannedReading {
  readonly side: "pre" | "post";
  /** Its key in the compartment. */
  readonly key: string;
}

/** The equations of a synapse in the keys of the network. */
export interface SynapseEquations {
  readonly name: string;
  readonly updates: readonly Update[];
  /** What the arrival of a spike does; undefined if none ever does. */
  readonly arrivals: readonly { readonly key: string; readonly value: Expression }[] | undefined;
  /** Current in nA, in terms of states after their update. */
  readonly current: Expression;
  /** Its derivative with respect to the post-synaptic voltage, in uS. */
  readonly slope: Expression;
  readonly currentName: string;
  /** Whether it is a gap junction, whose current is part of the tree. */
  readonly isElectrical: boolean;
  /** Quantities of compartments, by their names in the equations. */
  readonly readings: ReadonlyMap<string, PlannedReading>;
}

export interface PlannedSynapse extends SynapseEquations {
  /** Compartments on both sides of each connection; in the place of a spike train the post-synaptic one. */
  readonly pre: Int32Array;
  readonly post: Int32Array;
  readonly parameters: ReadonlyMap<string, Float64Array>;
  readonly states: ReadonlyMap<string, Float64Array>;
  /** Currents that a former run ended with. */
  readonly before: Float64Array | undefined;
}

/** Inputs of a synapse that are the voltage on one of its sides. */
export const voltageSides: ReadonlyMap<string, "pre" | "post"> = new Map([
  ["v_pre", "pre"],
  ["v_post", "post"],
]);

/** Shift in mV over which the reference system measures slopes: of the voltages of both sides. */
const shift = 1e-3;

export function planSynapseEquations(synapse: Synapse, slopes: Slopes): SynapseEquations {
  // No name of a key has a blank
  const readingName = (local: string) => `reading ${local}`;
  const names = new Map([
    ...[...synapse.parameters, ...synapse.states].map(
      ({ local, key }) => [local, input(key)] as const,
    ),
    ...synapse.readings.map(({ local }) => [local, input(readingName(local))] as const),
  ]);
  const moving = synapse.states.flatMap(({ key, update, isRate }) =>
    update === undefined ? [] : [{ key, update, isRate }],
  );
  const arriving = synapse.states.flatMap(({ key, local }) => {
    const value = synapse.event?.get(local);
    return value === undefined ? [] : [{ key, value }];
  });
  const [current = constant(0), ...rest] = substitute(
    [synapse.current, ...moving.map(({ update }) => update), ...arriving.map(({ value }) => value)],
    (local) => names.get(local),
  );
  const slope = slopes === "exact" ? differentiate([current], "v_post")[0] : difference(current);
  const [simple = current, simpleSlope = constant(0), ...stepped] = simplify([
    current,
    slope ?? constant(0),
    ...rest,
  ]);
  const keyed = (keys: readonly { readonly key: string }[], from: number) =>
    keys.map(({ key }, i) => ({ key, value: stepped[from + i] ?? input(key) }));
  return {
    name: synapse.name,
    updates: keyed(moving, 0).map((update, i) => ({
      ...update,
      // A spike acts in full at its time, so that states it moves cannot be half a step off
      isRate: synapse.event === undefined && moving[i]?.isRate === true,
    })),
    arrivals: synapse.event && keyed(arriving, moving.length),
    current: simple,
    slope: simpleSlope,
    currentName: synapse.currentName,
    isElectrical: synapse.electrical !== undefined,
    readings: new Map(
      synapse.readings.map(({ local, side, key }) => [readingName(local), { side, key }]),
    ),
  };
}

function difference(current: Expression): Expression {
  const [shifted = current] = substitute([current], (name) =>
    name === "v_post" || name === "v_pre" ? add(input(name), shift) : undefined,
  );
  return divide(subtract(shifted, current), shift);
}

/**
 * A table of connections with its equations; `given` replaces start values of states.
 *
 * @throws NameError if a compartment lacks what the synapse reads there.
 */
export function planSynapse(
  description: Description,
  table: SynapseTable,
  equations: SynapseEquations,
  given: Readonly<Record<string, Float64Array>> = {},
): PlannedSynapse {
  checkReadings(description, table);
  const column = (key: string) =>
    ownMember(given, key) ?? Float64Array.from(table.columns.get(key) ?? []);
  const { parameters, states } = table.synapse;
  const post = Int32Array.from(table.post);
  return {
    ...equations,
    pre: Int32Array.from(table.pre, (pre, edge) => (pre < 0 ? (post[edge] ?? 0) : pre)),
    post,
    parameters: new Map(parameters.map(({ key }) => [key, column(key)])),
    states: new Map(states.map(({ key }) => [key, column(key).slice()])),
    before: ownMember(given, equations.currentName),
  };
}

function checkReadings(description: Description, { synapse, pre, post }: SynapseTable): void {
  for (const { side, key } of synapse.readings) {
    if (isGeometryKey(key)) continue;
    const present = description.presence(key);
    for (const { channel, present: own } of description.insertions) {
      if (channel.currentName !== key) continue;
      for (const [i, isThere] of own.entries()) if (isThere === 1) present[i] = 1;
    }
    const missing = (side === "pre" ? pre : post).find((one) => one >= 0 && present[one] !== 1);
    if (missing === undefined) continue;
    const where = placeName(description, missing).slice(1) || "compartment 0";
    throw new NameError(`${synapse.name} reads ${key} of ${where}, which does not have it.`, {
      subject: key,
      value: missing,
      remedy: "Insert the channel that has it there, or connect other compartments.",
    });
  }
}
