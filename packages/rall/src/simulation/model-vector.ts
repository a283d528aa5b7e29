/** @file One number for each number of a model: its values, derivatives by them, or a direction in which they move. */
import type { Description } from "../modules/description.ts";
import { isGeometryKey } from "../modules/geometry.ts";

/** Columns by key, made when they are first asked for. */
export class ModelVector {
  readonly #columns = new Map<string, Float64Array>();
  readonly #make: (key: string, synapse: string | undefined) => Float64Array;

  private constructor(make: (key: string, synapse: string | undefined) => Float64Array) {
    this.#make = make;
  }

  /** 0 everywhere. */
  static zero(description: Description): ModelVector {
    return new ModelVector((_, synapse) => new Float64Array(lengthOf(description, synapse)));
  }

  /** The values of the model, 0 for currents that there are not yet, NaN for what it does not have. */
  static valuesOf(description: Description): ModelVector {
    const currents = description.currentNames();
    return new ModelVector((key, synapse) => {
      const column = modelColumn(description, key, synapse);
      const length = lengthOf(description, synapse);
      const otherwise = synapse === undefined && currents.has(key) ? 0 : Number.NaN;
      return Float64Array.from({ length }, (_, k) => column?.[k] ?? otherwise);
    });
  }

  /** @param synapse - kind that has the key; undefined for compartments. */
  column(key: string, synapse?: string): Float64Array {
    const name = synapse === undefined ? key : `${synapse} ${key}`;
    const column = this.#columns.get(name) ?? this.#make(key, synapse);
    this.#columns.set(name, column);
    return column;
  }

  /** Adds numbers to the first ones of a column, and leaves the others as they are. */
  add(values: ArrayLike<number>, key: string, synapse?: string): void {
    const column = this.column(key, synapse);
    for (let k = 0; k < values.length; k++) column[k] = (column[k] ?? 0) + (values[k] ?? 0);
  }
}

/** The values of a key in the model itself. */
export function modelColumn(
  { geometry, columns, synapses }: Description,
  key: string,
  synapse?: string,
): ArrayLike<number> | undefined {
  if (synapse !== undefined)
    return synapses.find((table) => table.synapse.name === synapse)?.columns.get(key);
  return isGeometryKey(key) ? geometry[key] : columns.get(key);
}

function lengthOf({ count, synapses }: Description, synapse: string | undefined): number {
  if (synapse === undefined) return count;
  return synapses.find((table) => table.synapse.name === synapse)?.pre.length ?? 0;
}
