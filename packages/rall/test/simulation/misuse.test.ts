/** What peers answer with NaN, or with traces that look right: here each is refused, with its name, value and remedy, or right. */
import { Branch, Cell, Compartment, integrate, type RallError, stepCurrent } from "rall";
import { HH, K, Leak, Na } from "rall/channels";
import { describe, expect, test } from "vitest";

function cell() {
  const one = new Cell(new Branch(new Compartment(), { ncomp: 2 }), { parents: [-1, 0, 0] });
  one.insert(HH).set("v", -65).initStates().branch(0).comp(0).record();
  return one;
}

const step = (dt: number, tMax = 10) =>
  stepCurrent({ delay: 1, duration: 2, amplitude: 0.3, dt, tMax });

async function refusal(action: () => unknown): Promise<RallError> {
  try {
    await action();
  } catch (error) {
    return error as RallError;
  }
  throw new Error("nothing was refused");
}

describe("refused", () => {
  test.each<[string, string, number]>([
    ...(["radius", "length", "axial_resistivity", "capacitance"] as const).flatMap((key) =>
      [0, -1, Number.NaN, Number.POSITIVE_INFINITY].map((value): [string, string, number] => [
        `${key} = ${value}`,
        key,
        value,
      ]),
    ),
    ["a NaN conductance", "HH_gNa", Number.NaN],
    ["a negative conductance", "HH_gNa", -0.1],
    ["a large negative leak", "HH_gLeak", -10],
    ["a NaN voltage", "v", Number.NaN],
    ["a NaN gate", "HH_m", Number.NaN],
    ["a NaN reversal potential", "HH_eK", Number.NaN],
  ])("%s", async (_, key, value) => {
    const model = cell();
    const before = model.get(key as string);
    const error = await refusal(() => model.branch(1).set(key as string, value));
    expect(error.code).toBe("value");
    expect(error.message).toContain(key);
    expect(error.message).toContain("compartment 2");
    expect(error.message).toContain(String(value));
    expect(error.details.remedy).toBeTruthy();
    expect(model.get(key as string)).toEqual(before);
  });

  const from = (parents: number[]) => () => new Cell(new Branch(), { parents });
  test.each<[string, () => unknown, string, string]>([
    ["dt = 0", () => integrate(cell(), { dt: 0, tMax: 1 }), "value", "dt is 0"],
    ["dt < 0", () => integrate(cell(), { dt: -0.025, tMax: 1 }), "value", "dt is -0.025"],
    ["dt = NaN", () => integrate(cell(), { dt: Number.NaN, tMax: 1 }), "value", "dt is NaN"],
    ["tMax < 0", () => integrate(cell(), { tMax: -1 }), "value", "tMax is -1"],
    ["no duration", () => integrate(cell()), "value", "how long"],
    [
      "nothing recorded",
      () => integrate(cell().deleteRecordings(), { tMax: 1 }),
      "model",
      "Nothing is recorded",
    ],
    [
      "a stimulus with NaN",
      () => cell().select([1]).stimulate([0, Number.NaN]),
      "value",
      "Sample 1",
    ],
    ["an empty stimulus", () => cell().select([1]).stimulate([]), "value", "no samples"],
    [
      "a step current of NaN",
      () => stepCurrent({ delay: 1, duration: 1, amplitude: Number.NaN, tMax: 5 }),
      "value",
      "amplitude",
    ],
    [
      "a stimulus of another time step",
      () => integrate(cell().select([0]).stimulate(step(0.025)), { dt: 0.1 }),
      "value",
      "sampled every 0.025 ms, but dt is 0.1",
    ],
    [
      "a clamp of another time step",
      () =>
        integrate(cell().select([0]).clamp("v", new Array(99).fill(-60), { dt: 0.1 }), { tMax: 1 }),
      "value",
      "clamp of v",
    ],
    [
      "a time step of a series that is none",
      () => cell().select([0]).stimulate([1], { dt: 0 }),
      "value",
      "time step of a series is 0",
    ],
    [
      "an interval that is no multiple",
      () => integrate(cell(), { tMax: 1, recordInterval: 0.03 }),
      "value",
      "recordInterval is 0.03",
    ],
    [
      "a channel inserted twice",
      () => cell().insert(HH),
      "model",
      "HH is in compartment 0 already",
    ],
    [
      "a channel inserted twice in a part",
      () => cell().branch(2).insert(HH),
      "model",
      "compartment 4",
    ],
    [
      "an unknown parameter",
      () => cell().set("HH_gna" as string, 1),
      "name",
      'Did you mean "HH_gNa"?',
    ],
    [
      "an unknown option",
      () => integrate(cell(), { tmax: 1 } as object),
      "name",
      'Did you mean "tMax"?',
    ],
    ["values of the wrong number", () => cell().set("radius", [1, 2]), "value", "2 values for 6"],
    ["a branch that is not there", () => cell().branch(3), "selection", "3"],
    ["an empty selection", () => cell().select([]), "selection", ""],
    ["an unknown group", () => cell().group("axon"), "name", "axon"],
    ["a place beyond a branch", () => cell().branch(0).loc(1.5), "selection", "1.5"],
    [
      "no compartments",
      () => new Branch(new Compartment(), { ncomp: 0 }),
      "value",
      "0 compartments",
    ],
    ["half a compartment", () => new Branch(new Compartment(), { ncomp: 1.5 }), "value", "1.5"],
    ["an empty cell", () => new Cell([], { parents: [] }), "model", "0 branches"],
    [
      "a list of branches without parents",
      () => new Cell([new Branch()]),
      "model",
      "needs parents",
    ],
    ["a parent that is not there", from([-1, 5]), "model", "parent of branch 1 is 5"],
    ["a branch that is its own parent", from([-1, 1]), "model", "parent of branch 1 is 1"],
    ["a loop", from([-1, 2, 1]), "model", "cycle"],
    ["no root", from([1, 0]), "model", ""],
    ["two roots", from([-1, -1]), "model", "2 roots"],
    ["a parent that is no number", from([-1, Number.NaN]), "model", "NaN"],
  ])("%s", async (_, action, code, message) => {
    const error = await refusal(action);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.details.remedy ?? error.details.suggestion).toBeTruthy();
  });
});

describe("right", () => {
  test.each([-40, -55, -35, -65])("starting at exactly %d mV, where rates are 0/0", async (v) => {
    for (const tabulate of [false, true]) {
      const one = new Compartment();
      one.insert(HH).insert(Na).insert(K).set("v", v).initStates().record();
      const { status, recordings } = await integrate(one, { tMax: 5, tabulate });
      expect(status.code).toBe("completed");
      expect(recordings[0]?.every(Number.isFinite)).toBe(true);
    }
  });

  test("negative conductances, if they are meant", async () => {
    const one = new Compartment();
    one.insert(Leak).set("Leak_gLeak", -1e-5, { allowNegative: true }).record();
    const { recordings } = await integrate(one, { tMax: 5 });
    expect(recordings[0]?.every(Number.isFinite)).toBe(true);
  });

  test("stimuli resampled on request keep their times", async () => {
    const coarse = cell();
    coarse.select([0]).stimulate(step(0.1));
    const fine = cell();
    fine.select([0]).stimulate(step(0.025));
    const [a, b] = [
      await integrate(coarse, { resample: true, tMax: 10 }),
      await integrate(fine, { tMax: 10 }),
    ];
    expect(a.recordings[0]).toEqual(b.recordings[0]);
    const back = await integrate(fine, { dt: 0.1, resample: true, tMax: 10 });
    expect(back.recordings[0]).toEqual(
      (await integrate(coarse, { dt: 0.1, tMax: 10 })).recordings[0],
    );
  });

  test("an interval keeps each nth sample", async () => {
    const model = cell();
    model.select([0]).stimulate(step(0.025));
    const all = await integrate(model, { tMax: 10, tabulate: true });
    const some = await integrate(model, { tMax: 10, recordInterval: 0.1, tabulate: true });
    expect([...some.time]).toEqual([...all.time.filter((_, k) => k % 4 === 0)]);
    expect([...(some.recordings[0] ?? [])]).toEqual([
      ...(all.recordings[0] ?? []).filter((_, k) => k % 4 === 0),
    ]);
  });
});

describe("warned of", () => {
  test("gates that were never started", async () => {
    const model = cell();
    expect((await integrate(model, { tMax: 1 })).warnings).toEqual([]);
    const forgotten = new Compartment();
    forgotten.insert(HH).record();
    const { warnings } = await integrate(forgotten, { tMax: 1 });
    expect(warnings).toEqual([expect.objectContaining({ code: "default-states" })]);
    expect(warnings[0]?.message).toContain("initStates()");
  });

  test("a time step too coarse for gates", async () => {
    const { warnings } = await integrate(cell(), { dt: 5, tMax: 4 });
    expect(warnings).toEqual([expect.objectContaining({ code: "coarse-step" })]);
  });
});
