/** @file Synapses made ready for a time step. */
import { differentiate } from "../expressions/derivative.ts";
import { constant, type Expression, input, substitute } from "../expressions/expression.ts";
import { add, divide, subtract } from "../expressions/math.ts";
import { simplify } from "../expressions/simplify.ts";
import type { Synapse } from "../mechanisms/synapse.ts";
import type { SynapseTable } from "../modules/description.ts";
import type { Slopes } from "./mechanism.ts";

/** The equations of a synapse in the keys of the network. */
export interface SynapseEquations {
  readonly name: string;
  readonly updates: readonly { readonly key: string; readonly value: Expression }[];
  /** Current in nA, in terms of states after their update. */
  readonly current: Expression;
  /** Its derivative with respect to the post-synaptic voltage, in uS. */
  readonly slope: Expression;
  readonly currentName: string;
}

export interface PlannedSynapse extends SynapseEquations {
  /** Compartments on both sides of each connection. */
  readonly pre: Int32Array;
  readonly post: Int32Array;
  readonly parameters: ReadonlyMap<string, Float64Array>;
  readonly states: ReadonlyMap<string, Float64Array>;
  /** Currents that a former run ended with. */
  readonly before: Float64Array | undefined;
}

/** Shift in mV over which the reference system measures slopes: of the voltages of both sides. */
const shift = 1e-3;

export function planSynapseEquations(synapse: Synapse, slopes: Slopes): SynapseEquations {
  const keys = new Map(
    [...synapse.parameters, ...synapse.states].map(({ local, key }) => [local, input(key)]),
  );
  const moving = synapse.states.filter(({ update }) => update !== undefined);
  const [current = constant(0), ...updates] = substitute(
    [synapse.current, ...moving.flatMap(({ update }) => (update === undefined ? [] : [update]))],
    (local) => keys.get(local),
  );
  const slope = slopes === "exact" ? differentiate([current], "v_post")[0] : difference(current);
  const [simple = current, simpleSlope = constant(0), ...stepped] = simplify([
    current,
    slope ?? constant(0),
    ...updates,
  ]);
  return {
    name: synapse.name,
    updates: moving.map(({ key }, i) => ({ key, value: stepped[i] ?? input(key) })),
    current: simple,
    slope: simpleSlope,
    currentName: synapse.currentName,
  };
}

function difference(current: Expression): Expression {
  const [shifted = current] = substitute([current], (name) =>
    name === "v_post" || name === "v_pre" ? add(input(name), shift) : undefined,
  );
  return divide(subtract(shifted, current), shift);
}

/** A table of connections with its equations; `given` replaces start values of states. */
export function planSynapse(
  table: SynapseTable,
  equations: SynapseEquations,
  given: Readonly<Record<string, Float64Array>> = {},
): PlannedSynapse {
  const column = (key: string) => given[key] ?? Float64Array.from(table.columns.get(key) ?? []);
  const { parameters, states } = table.synapse;
  return {
    ...equations,
    pre: Int32Array.from(table.pre),
    post: Int32Array.from(table.post),
    parameters: new Map(parameters.map(({ key }) => [key, column(key)])),
    states: new Map(states.map(({ key }) => [key, column(key).slice()])),
    before: given[equations.currentName],
  };
}
