/** @file What a mechanism is: its declaration, not its name. */
import { ModelError } from "../errors.ts";
import { areEqual } from "../expressions/equal.ts";
import type { Expression } from "../expressions/expression.ts";
import type { Channel } from "./channel.ts";
import type { Quantity, State } from "./equations.ts";
import type { Synapse } from "./synapse.ts";

type Mechanism = Channel | Synapse;

/**
 * Checks that two mechanisms of one name are declared the same: equal names, defaults, units and equations. That they are one object is
 * not needed: the same text may have been read twice. Descriptions and sources do not count.
 *
 * @throws ModelError naming what differs.
 */
export function checkSameDeclaration(known: Mechanism, other: Mechanism, what: string): void {
  const difference = known === other ? undefined : differenceOf(known, other);
  if (difference === undefined) return;
  throw new ModelError(`Another ${what} is called ${known.name} already: ${difference} differs.`, {
    subject: known.name,
    remedy:
      what === "synapse"
        ? 'Take one of them under another name: renameSynapse(synapse, "...").'
        : 'Insert one of them under another name: insert(channel, { name: "..." }).',
  });
}

/** The first thing in which two declarations differ; undefined if there is none. */
function differenceOf(a: Mechanism, b: Mechanism): string | undefined {
  const [one, other] = [partsOf(a), partsOf(b)];
  for (const name of new Set([...one.keys(), ...other.keys()])) {
    const [x, y] = [one.get(name), other.get(name)];
    if (x === undefined || y === undefined || x.text !== y.text) return name;
    if (!areEqual(x.equations, y.equations)) return name;
  }
  return undefined;
}

interface Part {
  readonly text: string;
  readonly equations: readonly Expression[];
}

/** A declaration part by part, each with a name. */
function partsOf(mechanism: Mechanism): Map<string, Part> {
  const parts = new Map<string, Part>();
  const add = (
    name: string,
    facts: readonly unknown[],
    equations: (Expression | undefined)[] = [],
  ) =>
    parts.set(name, {
      // Which equations there are is a fact like others
      text: JSON.stringify([...facts, equations.map((one) => one !== undefined)]),
      equations: equations.flatMap((one) => (one === undefined ? [] : [one])),
    });
  const ofQuantity = ({ key, value, unit, shared, domain }: Quantity) => [
    ...[key, value, unit, shared, domain],
  ];
  const { parameters, states, current, currentName } = mechanism;
  for (const parameter of parameters)
    add(`its parameter ${parameter.local}`, ofQuantity(parameter));
  for (const state of states)
    add(
      `its state ${state.local}`,
      [...ofQuantity(state), state.isRate, gateForm(state)],
      [state.update, state.initial],
    );
  add("its current", [currentName], [current]);
  if ("readings" in mechanism) {
    const { readings, event, electrical } = mechanism;
    add("what it reads", [readings.map(({ local, side, key }) => [local, side, key]), electrical]);
    const arrivals = [...(event ?? [])];
    add(
      "what a spike does",
      [event === undefined, arrivals.map(([local]) => local)],
      arrivals.map(([, value]) => value),
    );
    return parts;
  }
  const { kind, ion, hasOwnCurrentName, voltage, spike } = mechanism;
  add("its kind", [kind, hasOwnCurrentName]);
  add("its ion", [ion]);
  add("its voltage", [], [voltage]);
  add("its spike", [], [spike]);
  return parts;
}

function gateForm({ gate }: State): string | undefined {
  return gate?.form;
}
