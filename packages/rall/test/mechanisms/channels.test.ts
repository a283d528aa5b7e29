import {
  type Channel,
  defineChannel,
  EquationError,
  evaluateIn,
  initialStates,
  membraneCurrent,
  renameChannel,
  updateStates,
} from "rall";
import * as builtIn from "rall/channels";
import { differentiate } from "rall/expressions";
import { describe, expect, expectTypeOf, test } from "vitest";

const { AdEx, CaT, HH, Km } = builtIn;
const all: readonly Channel[] = Object.values(builtIn);

describe("built-in channels", () => {
  test.each(all.map((channel) => [channel.name, channel] as const))(
    "%s is finite from -150 to 100 mV, slopes included",
    (_, channel) => {
      for (let v = -150; v <= 100; v += 0.25) {
        const updated = updateStates(channel, { v });
        for (const value of Object.values(updated)) expect(value).toSatisfy(Number.isFinite);
        expect(membraneCurrent(channel, { v })).toSatisfy(Number.isFinite);
        for (const value of Object.values(initialStates(channel, { v })))
          expect(value).toSatisfy(Number.isFinite);
        const moving = channel.states.flatMap(({ update }) =>
          update === undefined ? [] : [update],
        );
        for (const slope of evaluateIn(
          channel,
          { v },
          differentiate([...moving, channel.current], "v"),
        )) {
          expect(slope).toSatisfy(Number.isFinite);
        }
      }
    },
  );

  test("rates at their removable singularities have their limits", () => {
    const rates = (channel: Channel, state: string, v: number) => {
      const gate = channel.states.find(({ local }) => local === state)?.gate;
      if (gate?.form !== "alphaBeta") throw new Error();
      return evaluateIn(channel, { v }, [gate.alpha, gate.beta]);
    };
    expect(rates(HH, "m", -40)[0]).toBeCloseTo(1, 15);
    expect(rates(HH, "n", -55)[0]).toBeCloseTo(0.1, 15);
    expect(rates(builtIn.Na, "m", -47)[0]).toBeCloseTo(1.28, 14);
    expect(rates(builtIn.Na, "m", -20)[1]).toBeCloseTo(1.4, 14);
    expect(rates(builtIn.K, "n", -45)[0]).toBeCloseTo(0.16, 15);
    expect(rates(builtIn.CaL, "q", -27)[0]).toBeCloseTo(0.209, 15);
  });

  test("Km and CaT start at their steady state", () => {
    expect(initialStates(Km, { v: -65 }).Km_p).toBeCloseTo(1 / (1 + Math.exp(3)), 15);
    expect(initialStates(CaT, { v: -65 }).CaT_u).toBeCloseTo(1 / (1 + Math.exp(18 / 4)), 15);
  });

  test("a state that starts at its steady state stays there", () => {
    for (const channel of all) {
      for (const v of [-90, -65, -40, 0]) {
        const states = initialStates(channel, { v });
        const gates = channel.states.filter(({ gate }) => gate !== undefined);
        const updated = updateStates(channel, { v, states });
        for (const { key } of gates)
          expect(updated[key]).toBeCloseTo(states[key] ?? Number.NaN, 14);
      }
    }
  });

  test("keys are known to the compiler", () => {
    type Keys<C> = C extends Channel<string, infer P, infer S> ? P | S : never;
    expectTypeOf<Keys<typeof Km>>().toEqualTypeOf<"Km_gKm" | "Km_taumax" | "eK" | "Km_p">();
    expectTypeOf<Keys<typeof AdEx>>().extract<"AdEx_w">().toEqualTypeOf<"AdEx_w">();
  });
});

describe("defineChannel", () => {
  test("an equation that cannot be read says once what, where and whose it is", () => {
    const make = () =>
      defineChannel("X", { parameters: { g: { value: 1 } }, current: "g * (v - eK" });
    try {
      make();
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof EquationError)) throw error;
      expect(error.sentence).toBe('In the equation current of X: Unknown name "eK".');
      expect(error.details).toMatchObject({
        subject: "current",
        location: { line: 1, column: 10 },
      });
      expect(error.cause).toBeUndefined();
      expect(error.message.split("Unknown name").length).toBe(2);
    }
  });

  const relax = (rule: object) =>
    defineChannel("Relax", {
      parameters: { k: { value: 0.5 } },
      states: { x: { value: 0.3, ...rule } },
    });

  test("a derivative that is linear in the state is integrated exactly", () => {
    const channel = relax({ derivative: "k * (2 - x) + 0.1 * v" });
    const inf = 2 + (0.1 * -60) / 0.5;
    const exact = inf + (0.3 - inf) * Math.exp(-0.5 * 0.7);
    expect(updateStates(channel, { v: -60, dt: 0.7 }).Relax_x).toBeCloseTo(exact, 14);
  });

  test("a constant derivative is, too, and a nonlinear one is of second order", () => {
    expect(updateStates(relax({ derivative: "k" }), { v: 0, dt: 0.2 }).Relax_x).toBeCloseTo(
      0.4,
      15,
    );
    const logistic = relax({ derivative: "x * (1 - x)" });
    const error = (dt: number) => {
      let x = 0.3;
      for (let t = 0; t < 1 - 1e-9; t += dt)
        x = updateStates(logistic, { v: 0, dt, states: { Relax_x: x } }).Relax_x ?? 0;
      return Math.abs(x - 0.3 / (0.3 + 0.7 * Math.exp(-1)));
    };
    expect(error(0.05) / error(0.025)).toBeGreaterThan(3.7);
    expect(error(0.05) / error(0.025)).toBeLessThan(4.3);
  });

  test("text and functions give the same", () => {
    const asText = relax({ update: "x + dt * k * v" });
    const asFunction = relax({
      update: (
        { x }: Record<string, never>,
        { dt, v }: Record<string, never>,
        { k }: Record<string, never>,
      ) => ({
        op: "add",
        args: [x, { op: "multiply", args: [{ op: "multiply", args: [dt, k] }, v] }],
      }),
    });
    expect(asFunction.states[0]?.update).toEqual(asText.states[0]?.update);
  });

  test.each([
    [() => defineChannel("A b", {}), "model", "cannot be the name"],
    [
      () => defineChannel("A", { current: "g * v" }),
      "equation",
      '1:1: In the equation current of A: Unknown name "g"',
    ],
    [() => defineChannel("A", { parameters: { v: { value: 1 } } }), "model", "the environment"],
    [
      () => defineChannel("A", { parameters: { g: { value: Number.NaN } } }),
      "value",
      "default of g in A is NaN",
    ],
    [
      () => defineChannel("A", { parameters: { g: { value: 1 } }, states: { g: { value: 1 } } }),
      "model",
      "states and in parameters",
    ],
    [() => relax({ derivative: "1", update: "2" }), "model", "more than one rule"],
    [() => defineChannel("A", { current: "v > 2" }), "equation", "truth value"],
    [
      () => defineChannel("A", { let: { a: "b", b: "1" }, current: "a" }),
      "equation",
      "equation a of A",
    ],
  ])("refuses mistakes %#", (define, code, message) => {
    expect(define).toThrow(message);
    try {
      define();
    } catch (error) {
      expect(error).toHaveProperty("code", code);
    }
  });

  test("another name changes prefixes but not shared keys", () => {
    const second = renameChannel(Km, "Slow");
    expect(second.parameters.map(({ key }) => key)).toEqual(["Slow_gKm", "Slow_taumax", "eK"]);
    expect(second.currentName).toBe("i_K");
    expect(renameChannel(builtIn.Leak, "La").currentName).toBe("i_La");
    expect(renameChannel(HH, "Axon").currentName).toBe("i_HH");
  });
});
