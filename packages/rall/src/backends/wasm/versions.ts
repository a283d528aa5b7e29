/**
 * @file Which value of a state an equation saw: within a step a state moves, and on the way back only its values at the start and
 * at the end are at hand. Values in between are kept besides, for the few models that have them.
 */
import { type Expression, input, substitute } from "../../expressions/expression.ts";
import { formerOf } from "./former.ts";
import type { KeptVersion, MechanismLayout } from "./layout.ts";

/** A part of a mechanism as the program evaluates it, or the synapses. */
export type Reader =
  | { readonly mechanism: number; readonly part: "rules" | "current" }
  | "synapses";

/** Name of the value of a key at the end of the step, before clamps. */
export const endOf = (key: string) => `end ${key}`;
/** Name of a value that is kept. */
export const versionOf = ({ key, mechanism }: KeptVersion) => `after ${mechanism} ${key}`;

export class Versions {
  readonly #mechanisms: readonly MechanismLayout[];
  readonly #solved: ReadonlySet<string>;
  /** Currents, new and of the step before: a step writes both anew. */
  readonly #currents: ReadonlySet<string>;
  readonly #kept = new Map<string, KeptVersion>();

  /** @param solved - keys that the solution of a field moves after all rules. */
  constructor(mechanisms: readonly MechanismLayout[], solved: Iterable<string>) {
    this.#mechanisms = mechanisms;
    this.#solved = new Set(solved);
    this.#currents = new Set(
      mechanisms.flatMap(({ plan: { currentName } }) => [currentName, formerOf(currentName)]),
    );
  }

  /** Values that were asked for and have to be kept. */
  get kept(): KeptVersion[] {
    return [...this.#kept.values()];
  }

  /** Whether rules move the voltage. */
  get movesVoltage(): boolean {
    return this.#mechanisms.some(({ plan }) => plan.voltage !== undefined);
  }

  /** Expressions as `reader` evaluates them, with inputs renamed to the values that it saw. */
  rename(roots: readonly Expression[], reader: Reader): Expression[] {
    return substitute(roots, (name) => {
      const seen = this.seen(name, reader);
      return seen === name ? undefined : input(seen);
    });
  }

  /** Name of the value of a key that a reader saw: the key itself for that at the start of the step. */
  seen(key: string, reader: Reader): string {
    if (this.#currents.has(key)) return endOf(key);
    // All rules see the voltage from before any of them
    if (key === "v" && reader !== "synapses" && reader.part === "rules") return key;
    const rank = this.#rankOf(reader);
    const writers = this.#mechanisms
      .flatMap(({ plan }, mechanism) => {
        const moves =
          key === "v" ? plan.voltage !== undefined : plan.updates.some((one) => one.key === key);
        return moves ? [{ mechanism, rank: this.#rankOf({ mechanism, part: "rules" }) }] : [];
      })
      .sort((a, b) => a.rank - b.rank);
    const last = writers.filter((writer) => writer.rank < rank).at(-1);
    if (last === undefined) return key;
    if (last === writers.at(-1) && !this.#solved.has(key)) return endOf(key);
    const version = { key, mechanism: last.mechanism };
    this.#kept.set(versionOf(version), version);
    return versionOf(version);
  }

  /** Place in the order of the program: split rules, pumps, what is not fused, synapses, what is fused. */
  #rankOf(reader: Reader): number {
    if (reader === "synapses") return 3e9;
    const { mechanism, part } = reader;
    const { isSplit, isFused, ion } = this.#mechanisms[mechanism] ?? {};
    const within = 2 * mechanism + (part === "rules" ? 0 : 1);
    if (isSplit === true && part === "rules") return within;
    return (ion !== undefined ? 1e9 : isFused === true ? 4e9 : 2e9) + within;
  }
}
