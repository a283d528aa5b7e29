/** @file Concentrations that a run takes to 0 or below, where reversal potentials have no value of their own. */
import type { Kernel } from "../backends/backend.ts";
import { isWithin } from "../mechanisms/domain.ts";
import type { Description } from "../modules/description.ts";
import type { Diagnostic } from "../morphology/diagnostic.ts";

/** Looks at the concentrations of a run now and then; costs nothing in models without. */
export class DepletionWatch {
  readonly #states: ReadonlyMap<string, (value: number) => boolean>;
  readonly #presence = new Map<string, Uint8Array>();
  #found: Diagnostic | undefined;

  constructor(description: Description) {
    const quantities = [...description.quantities()].filter(
      ([, { quantity, isState }]) =>
        isState && quantity.domain !== "any" && /^[munp]?M$/.test(quantity.unit),
    );
    this.#states = new Map(
      quantities.map(([key, { quantity }]) => [key, (value) => isWithin(value, quantity.domain)]),
    );
    for (const { channel, present } of description.insertions)
      for (const { key } of channel.states) this.#note(key, present);
  }

  /** @param time - in ms. */
  look(kernel: Kernel, time: number): void {
    if (this.#states.size === 0 || this.#found !== undefined) return;
    const { values } = kernel.states();
    for (const [key, isPossible] of this.#states) {
      const present = this.#presence.get(key);
      const at = values[key]?.findIndex(
        (value, i) => present?.[i] === 1 && Number.isFinite(value) && !isPossible(value),
      );
      if (at === undefined || at < 0) continue;
      this.#found = {
        severity: "warning",
        code: "depletion",
        message:
          `${key} of compartment ${at} was ${values[key]?.[at]} mM at ${Number(time.toPrecision(9))} ms. ` +
          "Where a concentration is not above 0, Nernst's potential is held at 1e6 mV (inside) or -1e6 mV (outside).",
      };
      return;
    }
  }

  get warnings(): readonly Diagnostic[] {
    return this.#found === undefined ? [] : [this.#found];
  }

  #note(key: string, present: Uint8Array): void {
    if (!this.#states.has(key)) return;
    const known = this.#presence.get(key);
    this.#presence.set(key, known?.map((one, i) => one | (present[i] ?? 0)) ?? present);
  }
}
