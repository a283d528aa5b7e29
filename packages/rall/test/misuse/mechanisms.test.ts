/** Misuse of every function of the entries `rall/channels`, `rall/pumps`, `rall/synapses` and `rall/examples`. */
import * as channels from "rall/channels";
import * as examples from "rall/examples";
import * as pumps from "rall/pumps";
import * as synapses from "rall/synapses";
import { expect, test } from "vitest";
import { misuse, type Table, uncovered } from "./mutate.ts";

const table: Table = {
  exampleCell: {
    call: () => [
      examples.exampleCell,
      {
        ...{ file: "ca1.swc", ncomp: 2, maxBranchLength: 100, minRadius: 0.1 },
      },
    ],
  },
};

test("every export has an entry, mechanisms are data", () => {
  const all = { ...channels, ...pumps, ...synapses, ...examples };
  expect(uncovered(all, table)).toEqual([]);
});

test.each(Object.entries(table))("%s", async (name, entry) => {
  expect(await misuse(name, entry)).toEqual([]);
});

test("mechanisms cannot be changed", () => {
  for (const one of Object.values({ ...channels, ...pumps, ...synapses }))
    expect(Object.isFrozen(one)).toBe(true);
});
