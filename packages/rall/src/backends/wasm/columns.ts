/** @file The memory of a run as columns of numbers, one for each place of the schedule. */
import type { Plan } from "../../plan/plan.ts";
import type { Layout } from "./layout.ts";

export class Columns {
  readonly buffer: ArrayBuffer;
  readonly plan: Plan;
  readonly layout: Layout;

  constructor(buffer: ArrayBuffer, plan: Plan, layout: Layout) {
    this.buffer = buffer;
    this.plan = plan;
    this.layout = layout;
  }

  /** The column at an address: one number per place. */
  places(address: number): Float64Array {
    return new Float64Array(this.buffer, address, 2 * this.layout.rows);
  }

  /** Numbers that follow one another. */
  list(address: number, length: number): Float64Array {
    return new Float64Array(this.buffer, address, length);
  }

  /** A column by compartment; 0 for one that there is not, and where the key is not. */
  gather(address: number, present?: Uint8Array): Float64Array {
    const { count, schedule } = this.plan;
    const { place } = schedule;
    if (address === 0) return new Float64Array(count);
    const column = this.places(address);
    return Float64Array.from({ length: count }, (_, i) =>
      present?.[i] === 0 ? 0 : (column[place[i] ?? 0] ?? 0),
    );
  }

  /** The first nodes of a tree by their numbers. */
  nodes(address: number, count: number): Float64Array {
    const { place } = this.plan.schedule;
    const column = this.places(address);
    return Float64Array.from({ length: count }, (_, i) => column[place[i] ?? 0] ?? 0);
  }

  /** Puts values of compartments into a column, if there is one. */
  spread(address: number, values: ArrayLike<number>): void {
    if (address === 0) return;
    const { place } = this.plan.schedule;
    const column = this.places(address);
    for (let i = 0; i < values.length; i++) column[place[i] ?? 0] = values[i] ?? 0;
  }

  integer(address: number): number {
    return new DataView(this.buffer).getInt32(address, true);
  }

  setInteger(address: number, value: number): void {
    new DataView(this.buffer).setInt32(address, value, true);
  }
}
