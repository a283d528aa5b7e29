/** @file A run that stops being finite names what stopped first, not its victims. */
import {
  Branch,
  Cell,
  Compartment,
  compileStep,
  connect,
  defineChannel,
  definePump,
  defineSynapse,
  integrate,
  type Module,
  Network,
  NumericalError,
} from "rall";
import { Leak } from "rall/channels";
import { compileObjective } from "rall/training";
import { describe, expect, test } from "vitest";

const backends = ["wasm", "reference"] as const;

async function failureOf(module: Module, backend: (typeof backends)[number], tMax = 5) {
  const { status } = await integrate(module, { backend, tMax });
  if (status.code !== "nonFinite") throw new Error(`the run is ${status.code}`);
  return status;
}

const cable = () => {
  const cell = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0] });
  return cell.insert(Leak).set("v", -65).record("v") as Cell;
};

describe.each(backends)("on %s", (backend) => {
  test("a state whose rule fails", async () => {
    const Counting = defineChannel("Counting", {
      parameters: { last: { value: 0.5 } },
      states: {
        n: { value: 0, update: "n + 1" },
        x: { value: 1, update: "log(last - n / 10)" },
      },
      current: "1e-5 * x * (v + 60)",
    });
    const cell = cable();
    cell.branch(1).comp(1).insert(Counting);
    const failure = await failureOf(cell, backend);
    // n / 10 reaches 0.5 in the step that begins with n = 5
    expect(failure).toMatchObject({
      ...{ state: "Counting_x", mechanism: "Counting", compartment: 3, step: 5 },
      value: Number.NEGATIVE_INFINITY,
    });
    expect(failure.message).toMatch(
      /^Counting_x of compartment 3 became -Infinity at 0\.15 ms \(step 5\), by the equations of Counting\. It was made of Counting_last = 0\.5, Counting_n = 5\./,
    );
  });

  test("a current, a slope, and the loss of a pump", async () => {
    const cell = cable();
    const current = defineChannel("Bad", { parameters: { p: { value: 0 } }, current: "1e-5 / p" });
    cell.branch(0).comp(1).insert(current);
    expect(await failureOf(cell, backend)).toMatchObject({
      ...{ state: "i_Bad", mechanism: "Bad", compartment: 1, step: 0 },
    });
    const steep = cable();
    steep
      .branch(1)
      .comp(0)
      .insert(defineChannel("Steep", { current: "1e-5 * sqrt(abs(v + 65)) * abs(v + 65)" }));
    const failure = await failureOf(steep, backend);
    expect(failure).toMatchObject({
      state: "i_Steep",
      mechanism: "Steep",
      compartment: 2,
      step: 0,
    });
    expect(failure.message).toMatch(/^the slope of i_Steep of compartment 2 became/);
    const pumped = cable();
    const pump = definePump("Pump", {
      states: { c: { value: 1, shared: true } },
      ion: "c",
      current: "log(1 - c)",
    });
    pumped.branch(1).insert(pump);
    expect(await failureOf(pumped, backend)).toMatchObject({
      ...{ state: "i_Pump", mechanism: "Pump", compartment: 2 },
    });
  });

  test("a synapse, also when a spike arrives", async () => {
    const net = new Network([cable(), cable()]);
    const graded = defineSynapse("Graded", {
      states: { s: { value: 0, update: "s + 1" } },
      current: "1e-5 / (s - 3) * (v_post - 1)",
    });
    connect(net.cell(0).branch(0).comp(0), net.cell(1).branch(0).comp(0), graded);
    connect(net.cell(1).branch(0).comp(0), net.cell(0).branch(0).comp(1), graded);
    net.record("v");
    const failure = await failureOf(net, backend);
    expect(failure).toMatchObject({
      ...{ state: "i_Graded", mechanism: "Graded", compartment: 0, step: 2 },
    });
    expect(failure.message).toMatch(/^i_Graded of synapse 0 became/);
    const spiking = new Network([cable(), cable()]);
    const arriving = defineSynapse("Arriving", {
      states: { s: { value: 0 } },
      event: { s: "log(s)" },
      current: "1e-5 * s * v_post",
    });
    const cells = [0, 1].map((k) => spiking.cell(k).branch(0).comp(0));
    const [pre, post] = cells;
    if (pre === undefined || post === undefined) throw new Error();
    connect(pre, post, arriving, { values: { threshold: -60, delay: 0.1 } });
    pre.stimulate(new Float64Array(100).fill(1));
    spiking.record("v");
    expect(await failureOf(spiking, backend, 2)).toMatchObject({
      ...{ state: "Arriving_s", mechanism: "Arriving", compartment: 0 },
      value: Number.NEGATIVE_INFINITY,
    });
  });

  test("a voltage that nobody's equation made", async () => {
    const one = new Compartment();
    one.insert(defineChannel("Grows", { current: "-1e305" }));
    one.set("v", 0).record("v");
    const failure = await failureOf(one, backend, 20);
    // The first number of all is looked at, too
    expect(failure).toMatchObject({ compartment: 0, mechanism: undefined, state: "v" });
    expect(failure.message).toMatch(/area = /);
  });

  test("gradients say the same", async () => {
    const cell = cable();
    cell
      .branch(0)
      .comp(1)
      .insert(defineChannel("Bad", { current: "1e-5 / (v + 65)" }));
    cell.makeTrainable("Leak_gLeak");
    const objective = await compileObjective(cell, {
      ...{ backend, tMax: 1 },
      loss: () => ({ value: 0, gradient: [] }),
    } as unknown as Parameters<typeof compileObjective>[1]);
    const parameters = cell.getParameters();
    for (const attempt of [
      () => objective.value(parameters),
      () => objective.valueAndGradient(parameters),
    ]) {
      const error = await attempt().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(NumericalError);
      expect(String(error)).toMatch(/i_Bad of compartment 1 became .* by the equations of Bad/);
    }
  });

  test("the time of a loop begins anew with it", async () => {
    const loop = await compileStep(cable(), { backend });
    await loop.step();
    await loop.step();
    expect(loop.time).toBeCloseTo(0.05, 12);
    await loop.init();
    expect(loop.time).toBe(0);
  });
});
