/** Losses, penalties and trials that are not finite: whatever the optimizer, they never pass for a result. */
import { Compartment, defineChannel, integrate, NumericalError, ValueError } from "rall";
import {
  adam,
  cmaEs,
  compileObjective,
  type Fittable,
  fit,
  lbfgs,
  meanSquaredError,
  type Optimizer,
  polyak,
  type Regularizer,
  rmsProp,
  sgd,
} from "rall/training";
import { describe, expect, test } from "vitest";

/** Minimum 0 at 3, and a value of its own where `limit` is passed. */
function bowl(limit = Number.POSITIVE_INFINITY, beyond = Number.NaN): Fittable {
  const at = ([first]: Parameters<Fittable["value"]>[0]) => {
    const x = first?.values[0] ?? 0;
    const value = x > limit ? beyond : (x - 3) ** 2;
    return { value, gradient: [{ key: "x", values: Float64Array.of(2 * (x - 3)) }] };
  };
  return {
    parameters: [{ key: "x", values: Float64Array.of(0) }],
    value: async (parameters) => at(parameters).value,
    valueAndGradient: async (parameters) => at(parameters),
  };
}

const descents: readonly (readonly [string, Optimizer])[] = [
  ["adam", adam({ learningRate: 0.5 })],
  ["sgd", sgd({ learningRate: 0.2 })],
  ["rmsProp", rmsProp({ learningRate: 0.5 })],
  ["polyak", polyak()],
];
const searches: readonly (readonly [string, Optimizer])[] = [
  ["lbfgs", lbfgs()],
  ["cmaEs", cmaEs({ seed: 2 })],
];
const quiet = { onWarning: false } as const;

describe.each(descents)("%s", (_, optimizer) => {
  test("a penalty that becomes NaN ends the fit as failed, with the best before it", async () => {
    const regularizer: Regularizer = ([{ values } = { values: new Float64Array(1) }]) => ({
      value: (values[0] ?? 0) > 0.1 ? Number.NaN : 0,
      gradient: [new Float64Array(1)],
    });
    const heard: string[] = [];
    const onWarning = ({ code }: { readonly code: string }) => heard.push(code);
    const result = await fit(bowl(), { optimizer, iterations: 20, regularizer, onWarning });
    expect(result.status.code).toBe("failed");
    expect(result.status.cause).toBeInstanceOf(NumericalError);
    expect(result.best.loss).toBe(9);
    expect(result.history.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    expect(heard).toEqual(["failed-start"]);
    expect(result.warnings.map(({ code }) => code)).toEqual(heard);
  });

  test("so does a loss of one's own", async () => {
    const { status } = await fit(bowl(0.1), { optimizer, iterations: 20, ...quiet });
    expect(status.code).toBe("failed");
  });
});

describe.each(searches)("%s", (_, optimizer) => {
  test("a trial that is NaN or infinite is the worst", async () => {
    for (const beyond of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const { status, best } = await fit(bowl(4, beyond), { optimizer, iterations: 150, ...quiet });
      expect(["completed", "converged"]).toContain(status.code);
      expect(best.parameters[0]?.values[0]).toBeCloseTo(3, 3);
    }
  });

  test("nothing finite at all is an error", async () => {
    const nothing = bowl(Number.NEGATIVE_INFINITY);
    await expect(fit(nothing, { optimizer, iterations: 20, ...quiet })).rejects.toThrow(
      /finite|Infinity/,
    );
  });
});

test("a regularizer of another shape than the parameters is refused", async () => {
  const wrong = [
    { value: 1, gradient: [] },
    { value: 1, gradient: [new Float64Array(2)] },
    { value: 1 },
    { gradient: [new Float64Array(1)] },
    undefined,
  ];
  for (const penalty of wrong) {
    for (const [, optimizer] of [...descents, ...searches]) {
      const options = { optimizer, iterations: 3, regularizer: () => penalty as never, ...quiet };
      await expect(fit(bowl(), options)).rejects.toThrow(ValueError);
    }
  }
});

test("a first candidate that fails counts as worst, as any later one", async () => {
  const Bad = defineChannel("Bad", {
    parameters: { g: { value: 1e-4, unit: "S/cm2" } },
    current: "g * (v + 70) + 1e-12 * log(3.3e-4 - g)",
  });
  const one = new Compartment();
  one.insert(Bad).set("radius", 10).set("length", 20).set("v", -65);
  one.stimulate(new Float64Array(400).fill(0.01)).record("v");
  const { recordings } = await integrate(one);
  one.makeTrainable("Bad_g", 3e-4);
  const objective = await compileObjective(one, { loss: meanSquaredError(recordings) });
  for (const seed of [1, 2, 3]) {
    const optimizer = cmaEs({ seed });
    const bounds = { Bad_g: [1e-5, 1e-2] as const };
    const { best } = await fit(objective, { optimizer, iterations: 200, bounds, ...quiet });
    expect(best.parameters[0]?.values[0]).toBeCloseTo(1e-4, 7);
  }
});
