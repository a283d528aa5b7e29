/** Optimizers: optax's trajectories, minima that are known, going on from a file, and what is refused. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { NameError, RallError, ValueError } from "rall";
import * as training from "rall/training";
import {
  adam,
  adamW,
  clipByGlobalNorm,
  clipByValue,
  cmaEs,
  cosineDecay,
  type Evaluation,
  exponentialDecay,
  type Iterate,
  iterateFromJSON,
  iterateToJSON,
  lbfgs,
  linearWarmup,
  type Optimizer,
  piecewise,
  polyak,
  rmsProp,
  type Schedule,
  sgd,
  typeOptimizer,
} from "rall/training";
import { describe, expect, test } from "vitest";
import { runs } from "../long.ts";

interface Optax {
  readonly start: number[][];
  readonly gradients: number[][][];
  readonly values: number[];
  readonly checked: number[];
  readonly trajectories: Record<string, number[][][]>;
  readonly schedules: Record<string, number[]>;
}

const optax: Optax = JSON.parse(readFileSync(new URL("optax.json", import.meta.url), "utf8"));
const vectors = (rows: readonly (readonly number[])[]) => rows.map((row) => Float64Array.from(row));

const schedules: Readonly<Record<string, Schedule>> = {
  exponential: exponentialDecay({ initial: 0.1, factor: 0.5, steps: 20 }),
  staircase: exponentialDecay({ initial: 0.1, factor: 0.5, steps: 20, staircase: true }),
  cosine: cosineDecay({ initial: 0.1, final: 0.01, steps: 60 }),
  linear: linearWarmup({ initial: 0.01, final: 0.1, steps: 30 }),
  piecewise: piecewise([
    [0, 0.1],
    [10, 0.05],
    [40, 0.005],
  ]),
  warmUpThenCosine: piecewise([
    [0, linearWarmup({ final: 0.1, steps: 20 })],
    [20, cosineDecay({ initial: 0.1, final: 0.005, steps: 50 })],
  ]),
};
const scheduled = (name: string) => schedules[name] ?? training.constant(Number.NaN);

const optimizers: Readonly<Record<string, Optimizer>> = {
  sgd: sgd({ learningRate: 0.1 }),
  momentum: sgd({ learningRate: 0.1, momentum: 0.9 }),
  nesterov: sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }),
  adam: adam({ learningRate: 0.01 }),
  adamSettings: adam({ learningRate: 0.03, beta1: 0.8, beta2: 0.95, epsilon: 1e-3 }),
  nadam: adam({ learningRate: 0.01, nesterov: true }),
  adamW: adamW({ learningRate: 0.01, weightDecay: 0.05 }),
  nadamW: adamW({ learningRate: 0.01, weightDecay: 0.05, nesterov: true }),
  rmsProp: rmsProp({ learningRate: 0.01 }),
  rmsPropCentered: rmsProp({ learningRate: 0.01, decay: 0.8, epsilon: 1e-4, centered: true }),
  rmsPropMomentum: rmsProp({ learningRate: scheduled("exponential"), momentum: 0.9 }),
  rmsPropNesterov: rmsProp({ learningRate: 0.01, momentum: 0.9, nesterov: true }),
  polyak: polyak({ optimum: 0.05 }),
  adamCosine: adam({ learningRate: scheduled("cosine") }),
  sgdWarmUp: sgd({ learningRate: scheduled("warmUpThenCosine"), momentum: 0.9 }),
  adamWPiecewise: adamW({ learningRate: scheduled("piecewise"), weightDecay: 0.1 }),
  clipByGlobalNorm: clipByGlobalNorm(2, adam({ learningRate: 0.01 })),
  clipByValue: clipByValue(0.5, sgd({ learningRate: 0.1, momentum: 0.5 })),
};

describe("as optax", () => {
  test("every case is tested", () => {
    expect(Object.keys(optimizers).sort()).toEqual(Object.keys(optax.trajectories).sort());
    expect(Object.keys(schedules).sort()).toEqual(Object.keys(optax.schedules).sort());
  });

  test.each(Object.entries(optimizers))("%s", (name, optimizer) => {
    let at = optimizer.start(vectors(optax.start));
    for (const [step, gradient] of optax.gradients.entries()) {
      const value = optax.values[step] ?? Number.NaN;
      at = optimizer.step(at, { value, gradient: vectors(gradient) });
      const kept = optax.checked.indexOf(step + 1);
      if (kept < 0) continue;
      for (const [k, vector] of (optax.trajectories[name]?.[kept] ?? []).entries()) {
        for (const [i, expected] of vector.entries()) {
          const error = Math.abs((at.parameters[k]?.[i] ?? Number.NaN) - expected);
          expect(error, `${step} ${k} ${i}`).toBeLessThan(1e-12 * Math.max(1, Math.abs(expected)));
        }
      }
    }
  });

  test.each(Object.entries(schedules))("%s", (name, schedule) => {
    for (const [step, expected] of (optax.schedules[name] ?? []).entries()) {
      expect(Math.abs(schedule(step) - expected), `${step}`).toBeLessThan(1e-12 * 0.1);
    }
  });
});

/** The banana: a curved valley with its end at 1, 1, in two vectors. */
function rosenbrock(parameters: readonly Float64Array[]): Evaluation {
  const [x, y] = parameters.flatMap((vector) => [...vector]) as [number, number];
  const [a, b] = [1 - x, y - x * x];
  return {
    value: a * a + 100 * b * b,
    gradient: vectors([[-2 * a - 400 * x * b], [200 * b]]),
  };
}

const valley = vectors([[-1.2], [1]]);

/** Without steep places, so that every optimizer goes down with any settings. */
function bowl(parameters: readonly Float64Array[]): Evaluation {
  const all = parameters.flatMap((vector) => [...vector]);
  return {
    value: all.reduce((sum, x) => sum + Math.log(Math.cosh(x - 0.3)), 0),
    gradient: parameters.map((vector) => vector.map((x) => Math.tanh(x - 0.3))),
  };
}

/** The lowest value within some evaluations, where it was, and how many it took to get below 1e-10. */
function minimize(
  optimizer: Optimizer,
  objective: (parameters: readonly Float64Array[]) => Evaluation,
  start: readonly Float64Array[],
  evaluations: number,
) {
  let at: Iterate = optimizer.start(start);
  let lowest = { value: Number.POSITIVE_INFINITY, parameters: start };
  let needed = Number.POSITIVE_INFINITY;
  for (let k = 1; k <= evaluations && at.stopped === undefined; k++) {
    const evaluation = objective(at.parameters);
    if (evaluation.value < lowest.value) {
      lowest = { value: evaluation.value, parameters: at.parameters };
    }
    if (evaluation.value < 1e-10) needed = Math.min(needed, k);
    at = optimizer.step(at, evaluation);
  }
  return { ...lowest, needed, at };
}

const searches = {
  lbfgs: [lbfgs(), 80],
  cmaEs: [cmaEs({ seed: 3 }), 1500],
  adam: [adam({ learningRate: 0.02 }), 5000],
  momentum: [sgd({ learningRate: 5e-4, momentum: 0.95 }), 10_000],
  polyak: [polyak({ learningRate: 0.5 }), 20_000],
} as const;

describe("minima", () => {
  test.each(Object.entries(searches))("%s finds the end of the valley", (_, [optimizer, most]) => {
    const { value, needed, parameters } = minimize(optimizer, rosenbrock, valley, most);
    expect(value).toBeLessThan(1e-10);
    expect(needed).toBeLessThanOrEqual(most);
    for (const vector of parameters) expect(vector[0]).toBeCloseTo(1, 4);
  });

  test("L-BFGS stops at the minimum, and says so", () => {
    const { at, value, parameters } = minimize(lbfgs(), rosenbrock, valley, 1000);
    expect(at.stopped).toMatch(/lower value|leads nowhere|no derivative/);
    expect(value).toBeLessThan(1e-25);
    expect(at.parameters).toEqual(parameters);
    const optimizer: Optimizer = lbfgs();
    expect(optimizer.step(at, rosenbrock(at.parameters))).toBe(at);
    const early = minimize(lbfgs({ tolerance: 1e-3 }), rosenbrock, valley, 1000).at;
    expect(early.stopped).toBe("no derivative is larger than 0.001");
  });

  test("L-BFGS gets along with kinks and with runs that break", () => {
    const kinked = ([x = valley[0], y = valley[0]]: readonly Float64Array[]): Evaluation => {
      const [a, b] = [x?.[0] ?? 0, y?.[0] ?? 0];
      if (a > 5 || b > 5) return { value: Number.NaN, gradient: vectors([[Number.NaN], [0]]) };
      return {
        value: Math.abs(a - 1) + 10 * Math.abs(b + a),
        gradient: vectors([[Math.sign(a - 1) + 10 * Math.sign(b + a)], [10 * Math.sign(b + a)]]),
      };
    };
    expect(
      minimize(lbfgs({ initialStep: 100 }), kinked, vectors([[3], [4]]), 400).value,
    ).toBeLessThan(1e-5);
  });

  test("CMA-ES learns an ellipsoid of condition 1e6 that is turned", () => {
    const turned = ([x = new Float64Array()]: readonly Float64Array[]): Evaluation => {
      const n = x.length;
      // Reflected at the diagonal: an orthogonal matrix that mixes all axes
      const sum = x.reduce((total, xi) => total + xi, 0);
      const value = x.reduce(
        (total, xi, i) => total + 10 ** ((6 * i) / (n - 1)) * (xi - (2 * sum) / n) ** 2,
        0,
      );
      return { value, gradient: [] };
    };
    const start = [new Float64Array(6).fill(1)];
    const { value, needed, at } = minimize(cmaEs({ seed: 1 }), turned, start, 20_000);
    expect(value).toBeLessThan(1e-18);
    expect(needed).toBeLessThan(4000);
    expect(at.stopped).toMatch("narrower");
    expect(minimize(cmaEs({ seed: 1 }), turned, start, 20_000).at).toEqual(at);
    expect(minimize(cmaEs({ seed: 2 }), turned, start, 20_000).at).not.toEqual(at);
  });

  test("a generation of CMA-ES is asked for and told at once", () => {
    const optimizer = cmaEs({ populationSize: 7, seed: 5 });
    let [together, single] = [optimizer.start(valley), optimizer.start(valley)];
    for (let generation = 0; generation < 3; generation++) {
      const candidates = optimizer.ask(together);
      expect(candidates.length).toBe(7);
      together = optimizer.tell(
        together,
        candidates.map((candidate) => rosenbrock(candidate).value),
      );
      for (let k = 0; k < 7; k++) single = optimizer.step(single, rosenbrock(single.parameters));
    }
    expect(together).toEqual(single);
    expect(() => optimizer.tell(together, Array(8).fill(1))).toThrow("8 values for 7 candidates");
    const broken = optimizer.tell(together, Array(7).fill(Number.NaN));
    expect(broken.state.mean.every(Number.isFinite)).toBe(true);
  });

  test("steps of Polyak's rule scale with the loss over the norm to beta", () => {
    const optimizer = polyak({ learningRate: 2, beta: 0.8, optimum: 1 });
    const { parameters } = optimizer.step(optimizer.start(vectors([[1], [2]])), {
      value: 5,
      gradient: vectors([[3], [4]]),
    });
    expect(parameters[0]?.[0]).toBeCloseTo(1 - ((2 * 4) / 5 ** 0.8) * 3, 13);
    expect(parameters[1]?.[0]).toBeCloseTo(2 - ((2 * 4) / 5 ** 0.8) * 4, 13);
    const flat = { value: 5, gradient: vectors([[0], [0]]) };
    const start = optimizer.start(vectors([[1], [2]]));
    expect(optimizer.step(start, flat).parameters).toEqual(start.parameters);
  });
});

const parameters = [{ key: "HH_gNa" }, { key: "radius" }];
const typed = typeOptimizer(
  { HH_gNa: adam({ learningRate: 0.01 }), radius: sgd({ learningRate: 1e-4, momentum: 0.5 }) },
  parameters,
);

test("each key goes by its own optimizer", () => {
  const [first, second] = [
    adam({ learningRate: 0.01 }),
    sgd({ learningRate: 1e-4, momentum: 0.5 }),
  ];
  let [at, a, b] = [
    typed.start(valley),
    first.start(valley.slice(0, 1)),
    second.start(valley.slice(1)),
  ];
  for (let k = 0; k < 20; k++) {
    const { value, gradient } = rosenbrock(at.parameters);
    at = typed.step(at, { value, gradient });
    a = first.step(a, { value, gradient: gradient.slice(0, 1) });
    b = second.step(b, { value, gradient: gradient.slice(1) });
    expect(at.parameters).toEqual([...a.parameters, ...b.parameters]);
  }
});

test("a fit goes on from a file to the bit", () => {
  const all: readonly (readonly [string, Optimizer])[] = [
    ...Object.entries(optimizers),
    ["typed", typed],
    ["lbfgs", lbfgs({ history: 3 })],
    ["cmaEs", cmaEs()],
  ];
  for (const [name, optimizer] of all) {
    let straight = optimizer.start(valley);
    let interrupted = optimizer.start(valley);
    for (let k = 0; k < 40; k++) {
      straight = optimizer.step(straight, bowl(straight.parameters));
      interrupted = iterateFromJSON(iterateToJSON(interrupted));
      interrupted = optimizer.step(interrupted, bowl(interrupted.parameters));
    }
    expect(interrupted, name).toEqual(straight);
    expect(straight.parameters.flatMap((vector) => [...vector]).every(Number.isFinite)).toBe(true);
  }
  expect(valley).toEqual(vectors([[-1.2], [1]]));
});

describe("what is refused", () => {
  test("gradients that are not finite or do not fit", () => {
    for (const optimizer of [...Object.values(optimizers), lbfgs()]) {
      const at = optimizer.start(valley);
      const step = (...rows: number[][]) => {
        return () => optimizer.step(at, { value: 1, gradient: vectors(rows) });
      };
      expect(step([1], [Number.NaN])).toThrow("gradient of parameter 1 is NaN at 0");
      expect(step([1])).toThrow(ValueError);
      expect(step([1], [1, 2])).toThrow(ValueError);
      expect(() => optimizer.start(vectors([[Number.NaN]]))).toThrow("value of parameter 0 is NaN");
    }
    const gradient = vectors([[1], [1]]);
    const start = polyak().start(valley);
    expect(() => polyak().step(start, { value: Number.NaN, gradient })).toThrow("The value is NaN");
    expect(() => lbfgs().step(lbfgs().start(valley), { value: Infinity, gradient })).toThrow(
      "where the fit begins",
    );
  });

  test("states of another optimizer or other parameters", () => {
    const at = adam({ learningRate: 1 }).start(valley);
    expect(() => rmsProp({ learningRate: 1 }).step(at, rosenbrock(valley))).toThrow(
      "A state of adam is no state of rmsProp",
    );
    const grown = { ...at, parameters: vectors([[1], [1, 2]]) };
    const gradient = { value: 1, gradient: grown.parameters };
    expect(() => adam({ learningRate: 1 }).step(grown, gradient)).toThrow("does not fit");
    for (const text of ["", "{}", '{"parameters":[[1]],"state":{}}', '{"parameters":1}', "null"]) {
      expect(() => iterateFromJSON(text)).toThrow("no iterate");
    }
    expect(() => iterateFromJSON('{"parameters":[[null]],"state":{"kind":"sgd"}}')).toThrow(
      ValueError,
    );
  });

  test("keys without an optimizer, optimizers without a key, searches for a key", () => {
    const rate = { learningRate: 1 };
    expect(() => typeOptimizer({ HH_gNa: sgd(rate) }, parameters)).toThrow(NameError);
    const misspelt = { HH_gNa: sgd(rate), radius: sgd(rate), raduis: sgd(rate) };
    expect(() => typeOptimizer(misspelt, parameters)).toThrow('Did you mean "radius"?');
    expect(() => typeOptimizer({ HH_gNa: lbfgs(), radius: sgd(rate) }, parameters)).toThrow(
      "lbfgs cannot go by HH_gNa alone",
    );
    expect(() => typed.start(valley.slice(1))).toThrow("1 vectors for the parameters");
  });

  test("options out of range or unknown", () => {
    const bad: (() => unknown)[] = [
      () => sgd({ learningRate: Number.NaN }),
      () => sgd({ learningRate: 1, momentum: 1 }),
      () => adam({ learningRate: 1, beta2: -0.1 }),
      () => adam({ learningRate: 1, epsilon: -1 }),
      () => adamW({ learningRate: 1, weightDecay: -1 }),
      () => rmsProp({ learningRate: 1, decay: 2 }),
      () => polyak({ beta: Number.NaN }),
      () => polyak({ optimum: Number.NaN }),
      () => lbfgs({ history: 0 }),
      () => lbfgs({ tolerance: -1 }),
      () => cmaEs({ standardDeviation: 0 }),
      () => cmaEs({ populationSize: 1 }),
      () => cmaEs({ seed: -1 }),
      () => clipByGlobalNorm(0, lbfgs()),
      () => clipByValue(Number.NaN, lbfgs()),
      () => cosineDecay({ initial: 1, steps: 0 }),
      () => exponentialDecay({ initial: Number.NaN, factor: 1, steps: 1 }),
      () => piecewise([[1, 0.1]]),
      () => piecewise([]),
      () =>
        piecewise([
          [0, 1],
          [0, 2],
        ]),
    ];
    for (const make of bad) expect(make).toThrow(ValueError);
    const misspelt = { learningRate: 1, beta_1: 0.5 };
    expect(() => adam(misspelt)).toThrow('Did you mean "beta1"?');
    const wild = sgd({ learningRate: () => Number.NaN });
    expect(() => wild.step(wild.start(valley), rosenbrock(valley))).toThrow(
      "rate is NaN in step 0",
    );
  });
});

describe("a state that somebody changed is refused, and never an untyped error", () => {
  const optimizers: Readonly<Record<string, () => Optimizer>> = {
    adam: () => adam({ learningRate: 0.1 }),
    sgd: () => sgd({ learningRate: 0.1, momentum: 0.9 }),
    polyak: () => polyak({ learningRate: 0.1 }),
    lbfgs: () => lbfgs(),
    cmaEs: () => cmaEs({ seed: 1 }),
    typeOptimizer: () => typeOptimizer({ x: adam({ learningRate: 0.1 }) }, [{ key: "x" }]),
  };
  const bowl = (parameters: readonly Float64Array[]) => ({
    value: parameters.reduce((sum, x) => sum + x.reduce((s, xi) => s + xi * xi, 0), 0),
    gradient: parameters.map((x) => x.map((xi) => 2 * xi)),
  });

  test.each(Object.entries(optimizers))("%s", (_, make) => {
    const optimizer = make();
    let at = optimizer.start([Float64Array.of(1, -2)]);
    for (let k = 0; k < 9; k++) at = optimizer.step(at, bowl(at.parameters));
    const text = iterateToJSON(at);
    const step = (changed: string) => {
      const iterate = iterateFromJSON(changed);
      optimizer.step(iterate, bowl(iterate.parameters));
    };
    step(text);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 32, max: 126 }), (place, code) => {
        const changed = text.slice(0, place) + String.fromCharCode(code) + text.slice(place + 1);
        try {
          step(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(RallError);
        }
      }),
      { numRuns: runs(300, 20_000) },
    );
  });
});
