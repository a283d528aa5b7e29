/** A fit: where it ends, when it stops, and that it goes on to the bit wherever it was killed. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import {
  Compartment,
  integrate,
  NameError,
  NumericalError,
  PlatformError,
  stepCurrent,
  ValueError,
} from "rall";
import { HH } from "rall/channels";
import {
  adam,
  type Checkpoint,
  cmaEs,
  compileObjective,
  DataLoader,
  type FitOptions,
  type Fittable,
  fit,
  gaussianPrior,
  lbfgs,
  meanSquaredError,
  type Parameter,
  reparametrized,
  sgd,
  weightedObjectives,
} from "rall/training";
import { describe, expect, test } from "vitest";
import { isLong } from "../long.ts";

/** `sum (x - target)^2`, whatever the inputs. */
function parabola(targets: readonly number[], start: readonly number[]): Fittable {
  const value = ([x]: readonly Parameter[]) =>
    targets.reduce((sum, target, i) => sum + ((x?.values[i] ?? 0) - target) ** 2, 0);
  return {
    parameters: [{ key: "x", values: Float64Array.from(start) }],
    value: async (parameters) => value(parameters),
    valueAndGradient: async (parameters, { signal } = {}) => {
      signal?.throwIfAborted();
      const slope = (parameters[0]?.values ?? new Float64Array()).map(
        (x, i) => 2 * (x - (targets[i] ?? 0)),
      );
      return { value: value(parameters), gradient: [{ key: "x", values: slope }] };
    },
  };
}

function neuron(gNa = 0.12): Compartment {
  const cell = new Compartment();
  cell.insert(HH).set("HH_gNa", gNa).set("radius", 10).set("length", 20).set("v", -65);
  cell.initStates().record("v");
  cell.stimulate(stepCurrent({ delay: 1, duration: 4, amplitude: 0.15, tMax: 8 }));
  return cell;
}

async function recovery() {
  const cell = neuron();
  const { recordings } = await integrate(cell);
  cell.makeTrainable("HH_gNa", 0.09).makeTrainable("HH_gK", 0.05);
  return compileObjective(cell, { loss: meanSquaredError(recordings) });
}

const bounds = { HH_gNa: [0.01, 1], HH_gK: [0.005, 0.5] } as const;

/** A checkpoint in memory that ends the process, so to say, after some writes. */
function memory(text?: string): Checkpoint & { text: string | undefined; writes: number } {
  return {
    text,
    writes: 0,
    async read() {
      return this.text;
    },
    async write(content) {
      this.text = content;
      this.writes++;
    },
  };
}

describe("a fit ends where the loss is least", () => {
  test.each([
    ["adam", adam({ learningRate: 0.1 }), 600],
    ["sgd", sgd({ learningRate: 0.1 }), 200],
    ["lbfgs", lbfgs(), 60],
    ["cmaEs", cmaEs({ standardDeviation: 1 }), 1200],
  ])("%s", async (_, optimizer, iterations) => {
    const result = await fit(parabola([1, -2], [0, 0]), { optimizer, iterations });
    expect(result.best.loss).toBeLessThan(1e-8);
    expect(result.parameters[0]?.values[1]).toBeCloseTo(-2, 3);
    expect(result.history.map(({ iteration }) => iteration)).toEqual([...result.history.keys()]);
    expect(result.status.code).toMatch(/completed|converged/);
  });

  test("conductances of a compartment, within bounds", async () => {
    const seen: number[] = [];
    const { parameters, best, history } = await fit(await recovery(), {
      optimizer: lbfgs(),
      iterations: 60,
      bounds,
      onIteration: ({ loss }) => void seen.push(loss),
    });
    expect(parameters.map(({ key }) => key)).toEqual(["HH_gNa", "HH_gK"]);
    expect(parameters[0]?.values[0]).toBeCloseTo(0.12, 6);
    expect(parameters[1]?.values[0]).toBeCloseTo(0.036, 6);
    expect(best.loss).toBe(Math.min(...seen));
    expect(history.length).toBe(seen.length);
  });

  test("a regularizer counts, with its gradient", async () => {
    const regularizer = gaussianPrior({ x: { mean: 0, standardDeviation: 1 } });
    const optimizer = sgd({ learningRate: 0.1 });
    const result = await fit(parabola([3], [0]), { optimizer, iterations: 300, regularizer });
    // (x - 3)^2 + x^2 / 2
    expect(result.parameters[0]?.values[0]).toBeCloseTo(2, 6);
    expect(result.best.penalty).toBeCloseTo(2, 6);
    expect(result.best.loss).toBeCloseTo(3, 8);
  });

  test("several objectives are one", async () => {
    const both = weightedObjectives([
      [1, parabola([3], [0])],
      [2, parabola([0], [0])],
    ]);
    const result = await fit(both, { optimizer: sgd({ learningRate: 0.1 }), iterations: 200 });
    expect(result.parameters[0]?.values[0]).toBeCloseTo(1, 9);
    expect(await both.value([{ key: "x", values: Float64Array.of(1) }])).toBeCloseTo(6, 12);
    expect(() => weightedObjectives([])).toThrow(ValueError);
    expect(() => weightedObjectives([[Number.NaN, parabola([1], [0])]])).toThrow(/weight/);
    expect(() =>
      weightedObjectives([
        [1, parabola([1], [0])],
        [1, parabola([1, 2], [0, 0])],
      ]),
    ).toThrow(/x \(2\)/);
  });

  test("several stimuli and targets are a batch", async () => {
    const truth = neuron();
    const cell = neuron().makeTrainable("HH_gNa", 0.09);
    const amplitudes = [0.05, 0.1, 0.15];
    const items = await Promise.all(
      amplitudes.map(async (amplitude) => {
        const samples = stepCurrent({ delay: 1, duration: 4, amplitude, tMax: 8 });
        const { recordings } = await integrate(truth, {
          dataStimuli: truth.dataStimulate(samples),
        });
        return { dataStimuli: cell.dataStimulate(samples), loss: meanSquaredError(recordings) };
      }),
    );
    const objective = await compileObjective(cell, { loss: meanSquaredError([]) });
    const loader = new DataLoader(items, { batchSize: 2, seed: 3 });
    const result = await fit(objective, {
      optimizer: adam({ learningRate: 0.05 }),
      iterations: 80,
      bounds: { HH_gNa: bounds.HH_gNa },
      inputs: (k) => loader.batch(k),
    });
    expect(result.final[0]?.values[0]).toBeCloseTo(0.12, 3);
    await expect(
      fit(objective, { optimizer: sgd({ learningRate: 1 }), iterations: 1, inputs: () => [] }),
    ).rejects.toThrow(/batch of iteration 0 is empty/);
  });

  test("numbers of your own, by the chain rule", async () => {
    const slope = reparametrized(parabola([2, 4, 6], [0, 0, 0]), {
      parameters: [{ key: "a", values: Float64Array.of(0) }],
      forward: ([a]) => [
        { key: "x", values: Float64Array.of(1, 2, 3).map((x) => x * (a?.values[0] ?? 0)) },
      ],
      pullBack: (_, [byX]) => {
        const sum = (byX?.values ?? new Float64Array()).reduce((all, d, i) => all + d * (i + 1), 0);
        return [{ key: "a", values: Float64Array.of(sum) }];
      },
    });
    const result = await fit(slope, { optimizer: sgd({ learningRate: 0.03 }), iterations: 100 });
    expect(result.parameters[0]?.values[0]).toBeCloseTo(2, 9);
  });
});

describe("a fit stops", () => {
  const optimizer = sgd({ learningRate: 0.1 });
  const run = (options: Partial<FitOptions>) =>
    fit(parabola([1], [0]), { optimizer, iterations: 1000, ...options });

  test("at its tolerances and when it stalls", async () => {
    const byLoss = await run({ lossTolerance: 1e-6 });
    expect(byLoss.status).toMatchObject({ code: "converged" });
    expect(byLoss.best.loss).toBeLessThanOrEqual(1e-6);
    expect(byLoss.history.at(-2)?.loss).toBeGreaterThan(1e-6);
    const byGradient = await run({ gradientTolerance: 1e-3 });
    expect(byGradient.history.at(-1)?.gradientNorm).toBeLessThanOrEqual(1e-3);
    const stalled = await run({ optimizer: sgd({ learningRate: 1 }), patience: 7 });
    expect(stalled.status).toMatchObject({ code: "stalled", message: /7 iterations/ });
    expect(stalled.history.length).toBe(8);
  });

  test("when it is told to, with the best so far", async () => {
    const controller = new AbortController();
    const result = await run({
      signal: controller.signal,
      onIteration: ({ iteration }) => {
        if (iteration === 4) controller.abort();
      },
    });
    expect(result.status).toEqual({ code: "cancelled", message: "cancelled after 5 iterations" });
    expect(result.best).toBe(result.history[4]);
    const none = await run({ signal: AbortSignal.abort() });
    expect(none.status.code).toBe("cancelled");
    expect(none.parameters[0]?.values[0]).toBe(0);
    expect(none.best.loss).toBeNaN();
  });

  test("within an iteration", async () => {
    const cell = neuron();
    cell.deleteStimuli().makeTrainable("HH_gNa", 0.1);
    const target = new Float64Array(400_001);
    const objective = await compileObjective(cell, { loss: meanSquaredError([target]), tMax: 1e4 });
    const controller = new AbortController();
    const { status } = await fit(objective, {
      optimizer,
      iterations: 2,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect(status.message).toBe("cancelled after 0 iterations");
  });

  test("when a run breaks, with what was found before; trials of a search may", async () => {
    const broken: Fittable = {
      ...parabola([1], [0]),
      async valueAndGradient(parameters) {
        const x = parameters[0]?.values[0] ?? 0;
        if (x > 0.5) throw new NumericalError("v is NaN.", {});
        return parabola([1], [0]).valueAndGradient(parameters);
      },
    };
    const result = await fit(broken, { optimizer, iterations: 100 });
    expect(result.status).toMatchObject({ code: "failed", message: /v is NaN/ });
    expect(result.best.parameters[0]?.values[0]).toBeLessThan(0.5);
    const searched = await fit(broken, { optimizer: lbfgs(), iterations: 100 });
    expect(searched.status.code).toMatch(/completed|converged/);
    expect(searched.parameters[0]?.values[0]).toBeGreaterThan(0.45);
    expect(searched.history.some(({ loss }) => Number.isNaN(loss))).toBe(true);
    const start = [{ key: "x", values: Float64Array.of(0.7) }];
    await expect(fit(broken, { optimizer, iterations: 9, start })).rejects.toThrow("v is NaN.");
  });
});

describe("many starts", () => {
  test("are drawn by the seed, the given one first, and the best is told", async () => {
    // Two valleys, the far one deeper
    const valleys: Fittable = {
      parameters: [{ key: "x", values: Float64Array.of(-1) }],
      value: async () => 0,
      valueAndGradient: async ([x]) => {
        const at = x?.values[0] ?? 0;
        const value = (at * at - 1) ** 2 - 0.3 * at;
        const slope = 4 * at * (at * at - 1) - 0.3;
        return { value, gradient: [{ key: "x", values: Float64Array.of(slope) }] };
      },
    };
    const options = {
      optimizer: adam({ learningRate: 0.05 }),
      iterations: 200,
      bounds: { x: [-3, 3] },
    } as const;
    const one = await fit(valleys, options);
    expect(one.parameters[0]?.values[0]).toBeLessThan(0);
    const many = await fit(valleys, { ...options, multiStart: { starts: 5, seed: 1 } });
    expect(many.parameters[0]?.values[0]).toBeGreaterThan(0.9);
    expect(many.starts.length).toBe(5);
    expect(many.starts[0]?.history).toEqual(one.history);
    expect(many.history).toBe(many.starts[many.best.start]?.history);
    const more = await fit(valleys, { ...options, multiStart: { starts: 6, seed: 1 } });
    expect(more.starts.slice(0, 5)).toEqual(many.starts);
  });

  test("need bounds, and logarithms positive ones", async () => {
    const options = { optimizer: sgd({ learningRate: 0.1 }), iterations: 1 };
    const multiStart = { starts: 2 };
    await expect(fit(parabola([1], [0]), { ...options, multiStart })).rejects.toThrow(/no x can/);
    await expect(
      fit(parabola([1], [0]), {
        ...options,
        bounds: { x: [-1, 1] },
        multiStart: { starts: 2, distribution: "logUniform" },
      }),
    ).rejects.toThrow(/above 0/);
  });
});

describe("checkpoints", () => {
  const optimizers = {
    adam: () => adam({ learningRate: 0.1 }),
    lbfgs: () => lbfgs(),
    cmaEs: () => cmaEs({ seed: 5 }),
  };

  test.each(Object.entries(optimizers))(
    "a fit killed at any moment ends with the same bits: %s",
    async (_, make) => {
      const options = {
        optimizer: make(),
        iterations: 7,
        bounds,
        multiStart: { starts: 2, seed: 9 },
      };
      const whole = await fit(await recovery(), options);
      const moments = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(moments, async (kills) => {
          const checkpoint = memory();
          for (const kill of kills) {
            let left = kill;
            const dying: Checkpoint = {
              read: () => checkpoint.read(),
              async write(text) {
                if (left-- === 0) throw new Error("killed");
                await checkpoint.write(text);
              },
            };
            await fit(await recovery(), { ...options, checkpointFile: dying }).catch(() => {});
          }
          expect(await fit(await recovery(), { ...options, checkpointFile: checkpoint })).toEqual(
            whole,
          );
          // No evaluation was made twice but the one that was being saved
          expect(checkpoint.writes).toBeLessThanOrEqual(14);
        }),
        { numRuns: 6 },
      );
    },
  );

  test("a fit goes on to more iterations", async () => {
    const checkpoint = memory();
    const options = { optimizer: adam({ learningRate: 0.1 }), bounds };
    await fit(await recovery(), { ...options, iterations: 4, checkpointFile: checkpoint });
    const more = await fit(await recovery(), {
      ...options,
      iterations: 9,
      checkpointFile: checkpoint,
    });
    expect(more).toEqual(await fit(await recovery(), { ...options, iterations: 9 }));
    expect(checkpoint.writes).toBe(9);
  });

  /** A fit of three iterations, saved in a file of a folder of its own. */
  async function saved() {
    const path = join(mkdtempSync(join(tmpdir(), "rall-")), "fit.jsonl");
    const options = { optimizer: sgd({ learningRate: 0.1 }), iterations: 3, checkpointFile: path };
    const first = await fit(parabola([1], [0]), options);
    const again = () => fit(parabola([1], [0]), options);
    return { path, options, first, again, text: readFileSync(path, "utf8") };
  }

  test("in a file", async () => {
    const { path, options, first, again, text } = await saved();
    expect(text.split("\n").length).toBe(7);
    expect(await again()).toEqual(first);
    expect(readdirSync(dirname(path)).sort()).toEqual(["fit.jsonl", "fit.jsonl.previous"]);
    const nowhere = { ...options, checkpointFile: "/nowhere/fit.jsonl" };
    await expect(fit(parabola([1], [0]), nowhere)).rejects.toThrow(
      "/nowhere/fit.jsonl cannot be written: the folder /nowhere does not exist",
    );
  });

  test("a change of any byte is found, and the one before is gone on with", async () => {
    const { path, first, again, text } = await saved();
    const previous = readFileSync(`${path}.previous`, "utf8");
    const bytes = Buffer.from(text);
    const places = isLong ? [...bytes.keys()] : [0, 40, 130, bytes.length - 1];
    for (const place of places) {
      for (const bit of isLong ? [1, 2, 32, 64, 128] : [1, 128]) {
        const changed = Buffer.from(bytes);
        changed[place] = (changed[place] ?? 0) ^ bit;
        writeFileSync(path, changed);
        writeFileSync(`${path}.previous`, "");
        await expect(again()).rejects.toThrow(/checkpoint is damaged/);
        writeFileSync(`${path}.previous`, previous);
        const { warnings, ...result } = await again();
        expect({ ...result, warnings: [] }).toEqual(first);
        expect(warnings.map(({ code }) => code)).toEqual(["damaged-checkpoint"]);
        // What is whole again is not called damaged
        expect(readFileSync(path, "utf8")).toBe(text);
        expect(readFileSync(`${path}.previous`, "utf8")).toBe(previous);
      }
    }
  });

  test("cut at any length, it is refused or goes on from the one before", async () => {
    const { path, first, again, text } = await saved();
    const previous = readFileSync(`${path}.previous`, "utf8");
    const lengths = [...Array(text.length).keys()];
    for (const length of lengths.filter((k) => isLong || k % 97 === 0)) {
      writeFileSync(path, text.slice(0, length));
      writeFileSync(`${path}.previous`, previous);
      const { warnings, ...result } = await again();
      expect({ ...result, warnings: [] }, `${length}`).toEqual(first);
      expect(warnings.length).toBe(1);
      rmSync(`${path}.previous`);
      writeFileSync(path, text.slice(0, length));
      if (length > 0) await expect(again()).rejects.toBeInstanceOf(ValueError);
      else expect((await again()).warnings[0]?.code).toBe("empty-checkpoint");
    }
  });

  test("a file that is deleted begins anew, whatever was before it", async () => {
    const { path, again, first } = await saved();
    rmSync(path);
    expect(await again()).toEqual(first);
  });

  test("a disk that is full for a while ends no fit", async () => {
    const checkpoint = memory();
    let left = 2;
    const full: Checkpoint = {
      read: () => checkpoint.read(),
      async write(text) {
        if (left-- > 0) throw new PlatformError("fit.jsonl cannot be written: the disk is full.");
        await checkpoint.write(text);
      },
    };
    const options = { optimizer: sgd({ learningRate: 0.1 }), iterations: 4 };
    const { warnings, ...result } = await fit(parabola([1], [0]), {
      ...options,
      checkpointFile: full,
    });
    expect(warnings.map(({ code }) => code)).toEqual(["unsaved-checkpoint"]);
    const whole = await fit(parabola([1], [0]), options);
    expect({ ...result, warnings: [] }).toEqual(whole);
    expect(
      await fit(parabola([1], [0]), { ...options, checkpointFile: memory(checkpoint.text) }),
    ).toEqual(whole);
  });

  test("one fit at a time", async () => {
    const { path, options, first } = await saved();
    rmSync(path);
    const slow = parabola([1], [0]);
    let goOn = () => {};
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const waiting: Fittable = {
      ...slow,
      valueAndGradient: (...args) => gate.then(() => slow.valueAndGradient(...args)),
    };
    const going = fit(waiting, options);
    while (!existsSync(`${path}.lock`)) await new Promise((resolve) => setTimeout(resolve, 5));
    for (let k = 0; k < 3; k++) {
      const second = fit(parabola([1], [0]), options);
      await expect(second).rejects.toThrow(/fit\.jsonl is in use by process \d+ on /);
    }
    goOn();
    expect(await going).toEqual(first);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  test.each<[string, Partial<FitOptions>]>([
    ["optimizer", { optimizer: adam({ learningRate: 0.1 }) }],
    ["parameters", { start: [{ key: "x", values: Float64Array.of(0.1) }] }],
    ["bounds", { bounds: { x: [-1, 2] } }],
    ["identity", { identity: "other data" }],
  ])("of another fit is refused: %s", async (name, other) => {
    const checkpoint = memory();
    const options = {
      optimizer: sgd({ learningRate: 0.1 }),
      iterations: 3,
      checkpointFile: checkpoint,
    };
    await fit(parabola([1], [0]), options);
    const going = fit(parabola([1], [0]), { ...options, ...other });
    await expect(going).rejects.toThrow(`its ${name} is`);
    await expect(going).rejects.toBeInstanceOf(ValueError);
  });
});

describe("what cannot be is refused", () => {
  const optimizer = sgd({ learningRate: 0.1 });
  test.each<[string, object, RegExp]>([
    ["an unknown option", { iteration: 3 }, /Did you mean "iterations"/],
    ["no iterations", { iterations: 0 }, /iterations is 0/],
    ["no patience", { patience: 0.5 }, /patience is 0.5/],
    ["a tolerance", { lossTolerance: Number.NaN }, /lossTolerance is NaN/],
    ["starts", { multiStart: { starts: 1.5 } }, /starts is 1.5/],
    ["a distribution", { multiStart: { starts: 1, distribution: "normal" } }, /"normal"/],
    ["bounds of another key", { bounds: { y: [0, 1] } }, /"y" to be bounded/],
    ["bounds the wrong way", { bounds: { x: [1, -1] } }, /bounds of x are 1 and -1/],
    ["a start outside", { bounds: { x: [0.5, 1] } }, /x begins with 0, not between 0.5 and 1/],
    ["too many bounds", { bounds: [[-1, 1], undefined] }, /2 bounds for 1 parameters/],
  ])("%s", async (_, options, message) => {
    const going = fit(parabola([1], [0]), { optimizer, iterations: 1, ...options });
    await expect(going).rejects.toThrow(message);
    await expect(going).rejects.toSatisfy(
      (error) => error instanceof ValueError || error instanceof NameError,
    );
  });

  test("nothing to fit", async () => {
    const objective = await compileObjective(neuron(), { loss: meanSquaredError([]) });
    await expect(fit(objective, { optimizer, iterations: 1 })).rejects.toThrow(/makeTrainable/);
  });
});
