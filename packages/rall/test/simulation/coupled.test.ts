import { Compartment, defineChannel, integrate } from "rall";
import * as channels from "rall/channels";
import { describe, expect, test } from "vitest";

const warningsOf = async (...inserted: Parameters<Compartment["insert"]>[0][]) => {
  const one = new Compartment();
  for (const channel of inserted) one.insert(channel);
  one.initStates().record("v");
  const { warnings } = await integrate(one, { tMax: 0.1, backend: "reference" });
  return warnings.filter(({ code }) => code === "coupled-states").map(({ message }) => message);
};

/** A scheme of two states; its sum is 1 in truth. */
const Scheme = defineChannel("Scheme", {
  states: {
    C: { value: 1, derivative: "1 * O - 10 * C" },
    O: { value: 0, derivative: "10 * C - 1 * O" },
    x: { value: 0, derivative: "(O - x) / 5" },
  },
});

describe("states that read one another", () => {
  test("are told, with what is lost", async () => {
    const [message, ...others] = await warningsOf(Scheme);
    expect(others).toEqual([]);
    // x follows them, but they do not follow it
    expect(message).toMatch(/^The rates of Scheme_C, Scheme_O \(Scheme\) read one another/);
    expect(message).toMatch(/sum of 1/);
  });

  test("and it is lost indeed", async () => {
    const one = new Compartment();
    one.insert(Scheme).record("Scheme_C").record("Scheme_O");
    const { recordings } = await integrate(one, { dt: 0.1, tMax: 10 });
    const [closed, open] = recordings.map((row) => row.at(-1) ?? Number.NaN);
    expect(Math.abs((closed ?? 0) + (open ?? 0) - 1)).toBeGreaterThan(0.1);
  });

  test("across mechanisms and in circles of three", async () => {
    const circle = ["A", "B", "D"].map((name, k, all) =>
      defineChannel(name, {
        states: {
          [`s${k}`]: { value: 0, shared: true, derivative: `s${(k + 1) % all.length} - s${k}` },
          [`s${(k + 1) % all.length}`]: { value: 0, shared: true },
        },
      }),
    );
    expect(await warningsOf(...circle)).toHaveLength(3);
    expect(await warningsOf(...circle.slice(0, 2))).toHaveLength(0);
  });

  test("not gates, states that read themselves, or one that follows another", async () => {
    expect(await warningsOf(...Object.values(channels))).toEqual([]);
    const Following = defineChannel("Following", {
      states: {
        a: { value: 0, derivative: "1 - a^2" },
        b: { value: 0, derivative: "a - b" },
        c: { value: 0, update: "b + d" },
        d: { value: 0, update: "c" },
      },
    });
    expect(await warningsOf(Following)).toEqual([]);
  });
});
