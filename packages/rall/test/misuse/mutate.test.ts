/** The test of misuse finds what it is there for. */
import { ValueError } from "rall";
import { expect, test } from "vitest";
import { misuse, uncovered } from "./mutate.ts";

test("silence, foreign errors and needless exceptions are found; refusals are not", async () => {
  const careful = (x: unknown) => {
    if (typeof x !== "number" || Number.isNaN(x)) throw new ValueError("x");
  };
  expect(await misuse("careful", { call: () => [careful, 1] })).toEqual([]);
  const silent = await misuse("silent", { call: () => [(_: unknown) => 1, 1] });
  expect(silent).toContain("silent with 0 = null: nothing");
  const foreign = await misuse("foreign", {
    call: () => [async (x: { y: { z: number } }) => x.y.z.toFixed(1), { y: { z: 1 } }],
  });
  expect(foreign).toContainEqual(expect.stringMatching(/^foreign with 0\.y = null: TypeError/));
  expect(foreign).toContain("foreign with 0.y = unknown: nothing");
  const accepts = [["0", ["null"], "never needed"]] as const;
  expect(await misuse("needless", { call: () => [careful, 1], accepts })).toHaveLength(1);
  expect(uncovered({ careful, silent: careful, number: 1 }, {}, ["silent"])).toEqual(["careful"]);
});
