/** A loss written with jax-js gives what the same loss built in gives. */
import type { DType, Array as Tensor } from "@jax-js/jax";
import { Compartment, stepCurrent } from "rall";
import { HH } from "rall/channels";
import { compileObjective, jaxLoss, meanSquaredError } from "rall/training";
import { beforeAll, describe, expect, test } from "vitest";

// jax-js asks whether data are half floats, which Node has since version 24 only
Object.assign(globalThis, "Float16Array" in globalThis ? {} : { Float16Array: class {} });
const jax = await import("@jax-js/jax");

function neuron(): Compartment {
  const neuron = new Compartment();
  neuron.insert(HH).set("v", -65).initStates();
  neuron.stimulate(stepCurrent({ delay: 1, duration: 5, amplitude: 0.05, tMax: 10 })).record("v");
  return neuron.makeTrainable("HH_gNa").makeTrainable("radius");
}

describe("losses of jax-js", () => {
  beforeAll(async () => {
    await jax.init("wasm");
    jax.defaultDevice("wasm");
  });

  test("mean squared error", async () => {
    const { numpy } = jax;
    const program = jaxLoss<Tensor, DType>(jax, ([v]) =>
      numpy.mean(numpy.square(numpy.subtract(v ?? numpy.zeros([1]), -60))),
    );
    const target = new Float64Array(402).fill(-60);
    const [own, built] = await Promise.all(
      [program, meanSquaredError([target])].map(async (loss) =>
        (await compileObjective(neuron(), { loss })).valueAndGradient(),
      ),
    );
    expect(own?.recordings[0]?.length).toBe(built?.recordings[0]?.length);
    expect(own?.value).toBeCloseTo(built?.value ?? Number.NaN, 9);
    for (const [k, { values }] of (own?.gradient ?? []).entries())
      for (const [i, value] of values.entries())
        expect(value / (built?.gradient[k]?.values[i] ?? Number.NaN)).toBeCloseTo(1, 10);
  });

  test("more than one number is refused", async () => {
    const program = jaxLoss<Tensor, DType>(jax, ([v]) =>
      jax.numpy.square(v ?? jax.numpy.zeros([1])),
    );
    const objective = await compileObjective(neuron(), { loss: program });
    await expect(objective.valueAndGradient()).rejects.toThrow();
  });
});
