/** @file States whose derivatives read one another, which steps move one by one all the same. */
import { type Expression, inputNames } from "../expressions/expression.ts";
import type { State } from "../mechanisms/equations.ts";
import type { Description } from "../modules/description.ts";
import type { Diagnostic } from "../morphology/diagnostic.ts";

/** A state that moves by a rate. */
interface Moving {
  readonly mechanism: string;
  readonly reads: ReadonlySet<string>;
}

/** A warning for each mechanism that has states which read one another, in a circle of any length. */
export function warnOfCoupledStates(description: Description): Diagnostic[] {
  const states = new Map<string, Moving>();
  for (const { name, parameters, states: own } of description.mechanisms()) {
    const keys = new Map([...parameters, ...own].map(({ local, key }) => [local, key]));
    for (const state of own) {
      if (!state.isRate) continue;
      const reads = Array.from(inputNames(rateOf(state)), (local) => keys.get(local) ?? local);
      states.set(state.key, { mechanism: name, reads: new Set(reads) });
    }
  }
  const coupled = onCircles(states);
  const byMechanism = new Map<string, string[]>();
  for (const key of coupled) {
    const { mechanism = "" } = states.get(key) ?? {};
    byMechanism.set(mechanism, [...(byMechanism.get(mechanism) ?? []), key]);
  }
  return Array.from(byMechanism, ([mechanism, keys]) => ({
    severity: "warning",
    code: "coupled-states",
    message:
      `The rates of ${named(keys)} (${mechanism}) read one another, but a step moves each state with the others held: ` +
      "what they should conserve, as a sum of 1, is lost at a rate that grows with dt, and their error is of first order. " +
      "Take shorter steps and compare, or let one of them follow from the others, as 1 minus their sum.",
  }));
}

/** Most states that a message names. */
const mostNamed = 8;

function named(keys: readonly string[]): string {
  const more = keys.length > mostNamed ? ` and ${keys.length - mostNamed} others` : "";
  return keys.slice(0, mostNamed).join(", ") + more;
}

function rateOf({ gate, derivative }: State): Expression[] {
  if (gate === undefined) return derivative === undefined ? [] : [derivative];
  return gate.form === "alphaBeta" ? [gate.alpha, gate.beta] : [gate.inf, gate.tau];
}

/** States on circles (and on ways between two circles): what is left when those that nothing waits for are taken away, again and again. */
function onCircles(states: ReadonlyMap<string, Moving>): string[] {
  const left = new Map(
    Array.from(states, ([key, { reads }]) => [
      key,
      new Set([...reads].filter((other) => other !== key && states.has(other))),
    ]),
  );
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    const read = new Set([...left.values()].flatMap((reads) => [...reads]));
    for (const [key, reads] of left) {
      for (const other of reads) if (!left.has(other)) reads.delete(other);
      if (reads.size === 0 || !read.has(key)) left.delete(key);
    }
  }
  return [...left.keys()];
}
