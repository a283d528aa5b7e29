/** Models and pictures of 200,000 parts: nothing spreads a list of that length into the arguments of a call. */
import { Branch, Cell, Compartment, drawMorphology, drawRaster } from "rall";
import { expect, test } from "vitest";
import { leftToLongRun } from "../long.ts";

const many = 200_000;

test("a branch of 200,000 compartments is stimulated, clamped and trained", () => {
  const branch = new Branch(new Compartment(), { ncomp: many });
  branch.stimulate(Float64Array.of(0.1));
  branch.stimulate(Float64Array.of(0.2));
  expect(branch.root.description.stimuli.length).toBe(2 * many);
  branch.clamp("v", Float64Array.of(-70));
  expect(branch.root.description.clamps.length).toBe(many);
  branch.makeTrainable("radius", undefined, {
    share: Int32Array.from({ length: many }, (_, i) => i),
  });
  expect(branch.showTrainables()).toContain(`${many} compartments`);
});

test("a branch of 200,000 compartments and a cell of 200,000 branches are drawn", ({ skip }) => {
  if (leftToLongRun !== undefined) skip(leftToLongRun);
  const branch = new Branch(new Compartment(), { ncomp: many });
  expect(drawMorphology(branch).match(/<path/g)?.length).toBe(many);
  const parents = Int32Array.from({ length: many }, (_, branch) => (branch === 0 ? -1 : 0));
  const cell = new Cell(new Branch(), { parents });
  expect(drawMorphology(cell, { type: "line" }).match(/<path/g)?.length).toBe(many);
});

test("200,000 rows of spikes are drawn", () => {
  const rows = Array.from({ length: many }, (_, row) => ({
    ...{ compartment: row, name: `spikes_${row}`, times: Float64Array.of(1) },
  }));
  expect(drawRaster(rows).match(/<path/g)?.length).toBeGreaterThanOrEqual(many);
});
