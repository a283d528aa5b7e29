import fc from "fast-check";
import { makeTree, solveTree } from "rall";
import { expect, test } from "vitest";
import { makeSchedule, scheduledTree } from "../../src/plan/schedule.ts";
import { runs } from "../long.ts";

/** Forests as cells have them: chains of compartments, and massless nodes that join the chains. */
const forests = fc
  .array(
    fc.array(
      fc.record({
        above: fc.nat(),
        ncomp: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(40)),
      }),
      { minLength: 1, maxLength: 12 },
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map(layBranches);

function layBranches(cells: readonly (readonly { above: number; ncomp: number }[])[]) {
  const links: [number, string | number][] = [];
  let count = 0;
  const lastOf = new Map<string, number>();
  for (const [c, branches] of cells.entries()) {
    for (const [b, { above, ncomp }] of branches.entries()) {
      for (let k = 0; k < ncomp; k++) {
        const top = b === 0 ? -1 : `${c} ${above % b}`;
        links.push([count, k > 0 ? count - 1 : top]);
        count++;
      }
      lastOf.set(`${c} ${b}`, count - 1);
    }
  }
  const massless = [
    ...new Set(links.flatMap(([, above]) => (typeof above === "string" ? [above] : []))),
  ];
  const parent = [
    ...links.map(([, above]) =>
      typeof above === "string" ? count + massless.indexOf(above) : above,
    ),
    ...massless.map((branch) => lastOf.get(branch) ?? -1),
  ];
  return { parent: Int32Array.from(parent), count };
}

test("every node has one place, children come before what they lead to, and the solution is the same", () => {
  fc.assert(
    fc.property(
      forests,
      fc.infiniteStream(fc.double({ min: 0.1, max: 2, noNaN: true })),
      (forest, random) => {
        const { parent, count } = forest;
        const next = () => random.next().value ?? 1;
        const g = Array.from(parent, (above) => (above < 0 ? 0 : next()));
        const capacity = Array.from(parent, (_, i) => (i < count ? next() : 0));
        const original = makeTree(parent, g, capacity);
        const schedule = makeSchedule(parent, count);
        const tree = scheduledTree(schedule, original);

        expect(new Set(schedule.place).size).toBe(tree.parent.length);
        expect(Math.max(...schedule.place)).toBeLessThan(2 * schedule.rows);
        const done = new Set<number>();
        const nodeAt = new Map(Array.from(schedule.place, (place, node) => [place, node]));
        for (const { head, mirror, near } of schedule.segments) {
          for (let row = head; row < mirror; row++) {
            for (const lane of [0, 1]) {
              const node = nodeAt.get(2 * row + lane);
              if (node === undefined) continue;
              for (const [child, above] of tree.parent.entries())
                if (above === node) expect(done.has(child)).toBe(true);
              done.add(node);
              const above = tree.parent[node] ?? -1;
              const follows = row + 1 < mirror ? 2 * (row + 1) + lane : near[lane];
              if (above >= 0) expect(schedule.place[above]).toBe(follows);
            }
          }
        }

        const right = Array.from(parent, next);
        const solve = (one: typeof tree) => {
          const diagonal = Float64Array.from(one.capacity);
          for (const [node, above] of one.parent.entries()) {
            if (above < 0) continue;
            for (const end of [node, above])
              diagonal[end] = (diagonal[end] ?? 0) + (one.conductance[node] ?? 0);
          }
          const solution = new Float64Array(one.parent.length);
          solution.set(right);
          solveTree(one, diagonal, one.conductance, solution);
          return solution.slice(0, parent.length);
        };
        for (const [i, x] of solve(original).entries()) expect(solve(tree)[i]).toBeCloseTo(x, 9);
      },
    ),
    { numRuns: runs(50, 300), seed: 3 },
  );
});

test("both lanes are used", () => {
  const cable = Int32Array.from({ length: 1000 }, (_, i) => i - 1);
  expect(makeSchedule(cable, 1000).rows).toBeLessThan(510);
  const points = new Int32Array(100).fill(-1);
  expect(makeSchedule(points, 100).rows).toBe(50);
});
