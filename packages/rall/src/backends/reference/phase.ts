/** @file A part of a time step: it replaces some columns, and knows how derivatives go back and forth through it. */
import type { Columns } from "./columns.ts";
import type { Moving } from "./moving.ts";

/** The step that is differentiated: its number and the spikes that were sent up to its end. */
export type Passage = Pick<Moving, "step" | "sources">;

export interface Phase {
  run(now: Moving): void;
  /**
   * Reverse mode: turns derivatives of the loss by the columns after it into those by the columns before, in place, and adds those
   * by what is given.
   */
  reverse(before: Columns, after: Columns, bars: Columns, passage: Passage): void;
  /** Forward mode: turns how the columns before it move into how those after do, in place. */
  tangent(before: Columns, after: Columns, dots: Columns, passage: Passage): void;
}
