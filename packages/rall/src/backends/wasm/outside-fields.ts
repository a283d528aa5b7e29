/** @file Derivatives of fields that are not solved in the program: by all solvers but elimination. */
import { reverseField, type TreeSums, tangentField } from "../../numerics/field-adjoint.ts";
import type { Tree } from "../../numerics/tree.ts";
import { clampedRows } from "../../plan/clamped.ts";
import type { PlanGradient } from "../../plan/gradient.ts";
import { type AdjointLayout, extraOffset, type FieldAdjoint } from "./adjoint-layout.ts";
import type { Columns } from "./columns.ts";
import { header } from "./layout.ts";

export class OutsideFields {
  readonly #columns: Columns;
  readonly #adjoint: AdjointLayout;
  /** Sums of the derivatives by the trees of the voltage and of each ion. */
  readonly voltage: TreeSums;
  readonly ions: readonly TreeSums[];

  constructor(columns: Columns, adjoint: AdjointLayout) {
    this.#columns = columns;
    this.#adjoint = adjoint;
    this.voltage = sumsOf(columns.plan.axial);
    this.ions = columns.plan.ions.map(({ diffusion }) => sumsOf(diffusion?.tree));
  }

  /**
   * Takes derivatives back through the solutions of a step.
   *
   * @param addToClamp - is told the derivatives by the samples of clamps.
   */
  reverse(addToClamp: (clamp: number, by: number) => void): void {
    const columns = this.#columns;
    const { plan, layout } = columns;
    const { axial, ions, dt, count, schedule } = plan;
    const { place } = schedule;
    const end = columns.integer(header.tape);
    const old = columns.integer(header.begun);
    const offsetOf = (address: number) => extraOffset(this.#adjoint, address);
    const gather = (address: number, nodes = count) => columns.nodes(address, nodes);
    const reverse = (
      tree: Tree,
      key: string,
      at: { readonly slope: number; readonly right: number },
      field: FieldAdjoint,
      sums: TreeSums,
      isPerCapacity: boolean,
    ) => {
      const nodes = tree.parent.length;
      const value = (layout.columns.get(key) ?? 0) - layout.moving[0];
      const unit = (i: number) => (isPerCapacity ? (tree.capacity[i] ?? 0) : 1);
      const [ownSlope, ownRight] = [at.slope, at.right].map((one) => gather(end + offsetOf(one)));
      if (ownSlope === undefined || ownRight === undefined) return;
      const bars = columns.places((layout.columns.get(key) ?? 0) + this.#adjoint.bars);
      const bar = new Float64Array(nodes);
      for (let i = 0; i < count; i++) bar[i] = bars[place[i] ?? 0] ?? 0;
      const slope = ownSlope.map((one, i) => one * unit(i));
      const right = ownRight.map((one, i) => one * unit(i));
      const before = gather((field.slot === "old" ? old : end) + field.offset, nodes);
      const after = gather(end + value, nodes);
      const clamped = clampedRows(plan, key);
      const held = clamped.map(({ compartment }) => compartment);
      const by = reverseField(plan, tree, before, after, slope, right, dt, bar, sums, held);
      for (const [k, { clamp }] of clamped.entries()) addToClamp(clamp, by.held[k] ?? Number.NaN);
      const [byRight, byDiagonal] = [columns.places(field.right), columns.places(field.diagonal)];
      for (let i = 0; i < count; i++) {
        const p = place[i] ?? 0;
        const [r, d] = [by.right[i] ?? 0, by.slope[i] ?? 0];
        byRight[p] = r * unit(i);
        byDiagonal[p] = d * unit(i);
        bars[p] = (by.values[i] ?? 0) - (slope[i] ?? 0) * r;
        if (isPerCapacity)
          sums.capacity[i] =
            (sums.capacity[i] ?? 0) + r * (ownRight[i] ?? 0) + d * (ownSlope[i] ?? 0);
      }
    };
    const { diagonal: slope, right } = layout;
    reverse(axial, "v", { slope, right }, this.#adjoint.voltage, this.voltage, false);
    for (const [number, { key, diffusion }] of ions.entries()) {
      const [ion, field] = [layout.ions[number], this.#adjoint.ions[number]];
      const sums = this.ions[number];
      if (ion === undefined || field === undefined || sums === undefined) continue;
      if (diffusion !== undefined) reverse(diffusion.tree, key, ion, field, sums, true);
      else this.#reverseAlone(key, field, end, old, offsetOf(ion.slope));
    }
  }

  /**
   * How the solutions of a step move.
   *
   * @param tape - slot with what the step began with.
   * @param step - its number.
   */
  move(direction: PlanGradient, tape: number, step: number): void {
    const columns = this.#columns;
    const { plan, layout } = columns;
    const { axial, ions, dt, count, schedule } = plan;
    const { place } = schedule;
    const slots = { old: tape, end: columns.integer(header.tape) };
    const gather = (address: number, nodes = count) => columns.nodes(address, nodes);
    const extra = (address: number) => slots.end + extraOffset(this.#adjoint, address);
    const move = (
      tree: Tree,
      key: string,
      at: { readonly slope: number; readonly right: number },
      field: FieldAdjoint,
      dots: TreeSums,
      isPerCapacity: boolean,
    ) => {
      const nodes = tree.parent.length;
      const address = layout.columns.get(key) ?? 0;
      const unit = (i: number) => (isPerCapacity ? (tree.capacity[i] ?? 0) : 1);
      const scaled = (values: Float64Array) => values.map((value, i) => value * unit(i));
      const [slope, right] = [gather(extra(at.slope)), gather(extra(at.right))];
      const byVolume = (values: Float64Array, own: Float64Array) =>
        scaled(values).map((value, i) =>
          isPerCapacity ? value + (dots.capacity[i] ?? 0) * (own[i] ?? 0) : value,
        );
      const column = columns.places(address + this.#adjoint.bars);
      const values = new Float64Array(nodes);
      for (let i = 0; i < count; i++) values[i] = column[place[i] ?? 0] ?? 0;
      const clamped = clampedRows(plan, key);
      const held = {
        nodes: clamped.map(({ compartment }) => compartment),
        values: clamped.map(({ clamp }) => direction.clamps[clamp]?.[step] ?? 0),
      };
      const moved = tangentField(
        plan,
        tree,
        gather(slots[field.slot] + field.offset, nodes),
        gather(slots.end + address - layout.moving[0], nodes),
        scaled(slope),
        scaled(right),
        dt,
        {
          values,
          right: byVolume(gather(field.right), right),
          slope: byVolume(gather(field.diagonal), slope),
          held,
          ...dots,
        },
      );
      for (let i = 0; i < count; i++) column[place[i] ?? 0] = moved[i] ?? 0;
    };
    const { diagonal: slope, right } = layout;
    const { capacity, conductance } = direction;
    const nodes = (values: Float64Array, tree: Tree) => {
      const all = new Float64Array(tree.parent.length);
      all.set(values);
      return all;
    };
    move(
      axial,
      "v",
      { slope, right },
      this.#adjoint.voltage,
      { capacity: nodes(capacity, axial), conductance },
      false,
    );
    for (const [n, { key, diffusion }] of ions.entries()) {
      const [ion, field, own] = [layout.ions[n], this.#adjoint.ions[n], direction.ions[n]];
      if (ion === undefined || field === undefined) continue;
      if (diffusion !== undefined && own !== undefined) {
        const { tree } = diffusion;
        const dots = { capacity: nodes(own.volume, tree), conductance: own.conductance };
        move(tree, key, ion, field, dots, true);
        continue;
      }
      const address = layout.columns.get(key) ?? 0;
      const [ownSlope, before, after, byRight, byDiagonal, dots] = [
        extra(ion.slope),
        slots[field.slot] + field.offset,
        slots.end + address - layout.moving[0],
        field.right,
        field.diagonal,
        address + this.#adjoint.bars,
      ].map((one) => columns.places(one));
      if (!ownSlope || !before || !after || !byRight || !byDiagonal || !dots) continue;
      for (const p of place.subarray(0, count)) {
        const change = (after[p] ?? 0) - (before[p] ?? 0);
        const flow = (byRight[p] ?? 0) - (byDiagonal[p] ?? 0) * change;
        dots[p] = (dots[p] ?? 0) + flow / (1 / dt + (ownSlope[p] ?? 0));
      }
    }
  }

  /** A concentration that does not diffuse: backward Euler by itself. */
  #reverseAlone(
    key: string,
    field: FieldAdjoint,
    end: number,
    old: number,
    slopeOffset: number,
  ): void {
    const columns = this.#columns;
    const { layout, plan } = columns;
    const { dt, schedule, count } = plan;
    const address = layout.columns.get(key) ?? 0;
    const bars = columns.places(address + this.#adjoint.bars);
    const slope = columns.places(end + slopeOffset);
    const before = columns.places((field.slot === "old" ? old : end) + field.offset);
    const after = columns.places(end + address - layout.moving[0]);
    const [byRight, byDiagonal] = [columns.places(field.right), columns.places(field.diagonal)];
    for (const p of schedule.place.subarray(0, count)) {
      const lambda = (bars[p] ?? 0) / (1 / dt + (slope[p] ?? 0));
      byRight[p] = lambda;
      byDiagonal[p] = -lambda * ((after[p] ?? 0) - (before[p] ?? 0));
      bars[p] = lambda / dt;
    }
  }
}

function sumsOf(tree: Tree | undefined): TreeSums {
  const nodes = tree?.parent.length ?? 0;
  return { conductance: new Float64Array(nodes), capacity: new Float64Array(nodes) };
}
