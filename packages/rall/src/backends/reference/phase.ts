/** @file A part of a time step: it replaces some columns, and knows how derivatives go back and forth through it. */
import type { Expression } from "../../expressions/expression.ts";
import type { Columns } from "./columns.ts";
import type { Moving } from "./moving.ts";
import type { PlaceOf } from "./places.ts";

/** The step that is differentiated: its number and the spikes that were sent up to its end. */
export type Passage = Pick<Moving, "step" | "sources">;

/** An equation that a phase evaluates. */
export interface PhaseEquation {
  /** Mechanism or kind of synapse that has it. */
  readonly mechanism: string;
  /** State that it gives, or current whose value or slope it is. */
  readonly key: string;
  readonly isSlope: boolean;
  readonly expression: Expression;
  /** Compartments, or connections, for which it may be evaluated. */
  readonly rows: readonly number[];
  readonly placeOf: PlaceOf;
}

export interface Phase {
  /** Equations in their order; absent where there are none. */
  readonly equations?: readonly PhaseEquation[];
  run(now: Moving): void;
  /**
   * Reverse mode: turns derivatives of the loss by the columns after it into those by the columns before, in place, and adds those
   * by what is given.
   */
  reverse(before: Columns, after: Columns, bars: Columns, passage: Passage): void;
  /** Forward mode: turns how the columns before it move into how those after do, in place. */
  tangent(before: Columns, after: Columns, dots: Columns, passage: Passage): void;
}
