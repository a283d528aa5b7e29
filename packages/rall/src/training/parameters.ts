/** @file Parameters as an optimizer sees them: named vectors, and transforms for sets of them. */
import { ValueError } from "../errors.ts";
import { type Parameter, parameterList } from "../modules/trainable.ts";
import { check, list, object, required, text } from "../util/kinds.ts";
import { transform as transformKind } from "./kinds.ts";
import type { Transform } from "./transforms.ts";

export type { Parameter } from "../modules/trainable.ts";

const entry = object({ key: required(text), transform: required(transformKind) });
const entriesKind = list(entry, "a list of { key, transform }");

/** Transforms for a set of parameters, one for each, in the same order. */
export class ParameterTransform {
  readonly #entries: readonly { readonly key: string; readonly transform: Transform }[];

  constructor(entries: readonly { readonly key: string; readonly transform: Transform }[]) {
    check(entries, entriesKind, "entries");
    this.#entries = entries;
  }

  /** From unbounded numbers to values. @throws ValueError for other parameters than those it is for. */
  forward(parameters: readonly Parameter[]): Parameter[] {
    return this.#map(parameters, ({ forward }) => forward);
  }

  /** From values to unbounded numbers. @throws ValueError for a value outside its range. */
  inverse(parameters: readonly Parameter[]): Parameter[] {
    return this.#map(parameters, ({ inverse }) => inverse);
  }

  /** Derivatives of `forward`. */
  derivative(parameters: readonly Parameter[]): Parameter[] {
    return this.#map(parameters, ({ derivative }) => derivative);
  }

  #map(
    parameters: readonly Parameter[],
    choose: (transform: Transform) => (x: number, index: number) => number,
  ): Parameter[] {
    check(parameters, parameterList, "parameters");
    const keys = this.#entries.map(({ key }) => key);
    const given = parameters.map(({ key }) => key);
    if (keys.join() !== given.join()) {
      throw new ValueError(`Transforms for ${keys.join(", ")} do not fit ${given.join(", ")}.`, {
        subject: "transform",
        value: given,
        remedy: "Give one for each parameter, in the same order.",
      });
    }
    return parameters.map(({ key, values }, k) => {
      const transform = this.#entries[k]?.transform;
      if (transform === undefined) return { key, values };
      return { key, values: Float64Array.from(values, choose(transform)) };
    });
  }
}
