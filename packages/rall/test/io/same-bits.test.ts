/** @file A model file changes nothing: a model that is written and read gives the same bits, with every solver. */
import fc from "fast-check";
import { fromJSON, integrate, toJSON } from "rall";
import { expect, test } from "vitest";
import { runs } from "../long.ts";
import { buildMechanisms } from "../simulation/random-mechanisms.ts";

const solvers = ["bwd_euler", "crank_nicolson", "staggered", "fwd_euler", "exp_euler"] as const;

test("random models, written and read", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.constantFrom(...solvers),
      fc.constantFrom("wasm", "reference"),
      fc.boolean(),
      async (number, solver, backend, tabulate) => {
        const { module, about } = buildMechanisms(number);
        const read = fromJSON(JSON.parse(JSON.stringify(toJSON(module))));
        const options = { dt: 0.05, solver, backend, tabulate, returnStates: true } as const;
        const [own, other] = [await integrate(module, options), await integrate(read, options)];
        expect(other.names).toEqual(own.names);
        for (const [row, series] of own.recordings.entries())
          expect([...(other.recordings[row] ?? [])], `${own.names[row]}\n${about}`).toEqual([
            ...series,
          ]);
        expect(other.states).toEqual(own.states);
      },
    ),
    { numRuns: runs(15, 500), seed: 3, endOnFailure: true },
  );
});
