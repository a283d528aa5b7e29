/** @file Concentrations that a run takes to 0 or below, where reversal potentials have no value of their own. */
import type { Kernel } from "../backends/backend.ts";
import { type Domain, isWithin } from "../mechanisms/domain.ts";
import type { Description } from "../modules/description.ts";
import { domainsOf } from "../modules/values.ts";
import type { Diagnostic } from "../morphology/diagnostic.ts";

/** Looks at the concentrations of a run now and then; costs nothing in models without. */
export class DepletionWatch {
  /** Which values each concentration may have, by key and compartment. */
  readonly #domains: ReadonlyMap<string, readonly Domain[]>;
  #found: Diagnostic | undefined;

  constructor(description: Description) {
    const concentrations = [...description.quantities()].filter(
      ([, { quantity, isState }]) => isState && /^[munp]?M$/.test(quantity.unit),
    );
    this.#domains = new Map(
      concentrations.map(([key]) => {
        const domainAt = domainsOf(description, key);
        return [key, Array.from({ length: description.count }, (_, i) => domainAt(i))];
      }),
    );
  }

  /** @param time - in ms. */
  look(kernel: Kernel, time: number): void {
    if (this.#domains.size === 0 || this.#found !== undefined) return;
    const { values } = kernel.states();
    for (const [key, domains] of this.#domains) {
      const column = values[key] ?? new Float64Array();
      const at = column.findIndex(
        (value, i) => Number.isFinite(value) && !isWithin(value, domains[i] ?? "any"),
      );
      if (at < 0) continue;
      this.#found = {
        severity: "warning",
        code: "depletion",
        message:
          `${key} of compartment ${at} was ${column[at]} mM at ${Number(time.toPrecision(9))} ms. ` +
          "Where a concentration is not above 0, Nernst's potential is held at 1e6 mV (inside) or -1e6 mV (outside).",
      };
      return;
    }
  }

  get warnings(): readonly Diagnostic[] {
    return this.#found === undefined ? [] : [this.#found];
  }
}
