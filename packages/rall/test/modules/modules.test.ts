import { Branch, Cell, type CheckedKey, Compartment, range, renameChannel, type View } from "rall";
import { CaL, CaT, Fire, HH, K, Km, Leak, Na } from "rall/channels";
import { describe, expect, expectTypeOf, test } from "vitest";

const compartment = () => new Compartment();
const branch = (ncomp: number) => new Branch(compartment(), { ncomp });
/** Branches of 3, 2, 4 and 1 compartments: numbers 0-2, 3-4, 5-8, 9. */
const tree = () =>
  new Cell([branch(3), branch(2), branch(4), branch(1)], { parents: [-1, 0, 0, 1] });
const numbers = (view: View) => [...view.compartments];

/** The error that `action` throws must be typed, name the thing, and say what helps. */
function expectRefusal(action: () => unknown, code: string, ...parts: (string | RegExp)[]): void {
  let caught: unknown;
  try {
    action();
  } catch (error) {
    caught = error;
  }
  expect(caught).toHaveProperty("code", code);
  for (const part of parts) expect((caught as Error).message).toMatch(part);
}

describe("constructors", () => {
  test("a compartment has the reference's defaults", () => {
    const one = compartment();
    const value = <Key extends string>(key: CheckedKey<Key>) => one.get(key)[0];
    expect([
      value("length"),
      value("radius"),
      value("axial_resistivity"),
      value("capacitance"),
      value("v"),
    ]).toEqual([10, 1, 5000, 1, -70]);
    expect(value("area")).toBeCloseTo(20 * Math.PI, 12);
    expect(value("volume")).toBeCloseTo(10 * Math.PI, 12);
    expect(value("resistive_load_in")).toBeCloseTo(5 / Math.PI, 12);
  });

  test("composition carries channels, values and groups upward", () => {
    const soma = compartment();
    soma.insert(HH).set("HH_gNa", 0.2).addToGroup("somatic");
    const whole = new Branch([soma, compartment()]);
    const cell = new Cell([whole, branch(1)], { parents: [-1, 0] });
    expect(numbers(cell.channel("HH"))).toEqual([0]);
    expect(cell.get("HH_gNa")).toEqual(Float64Array.of(0.2));
    expect(numbers(cell.group("somatic"))).toEqual([0]);
    soma.set("HH_gNa", 0.3);
    expect(cell.get("HH_gNa")[0]).toBe(0.2);
  });

  test("impossible trees are refused", () => {
    const make = (parents: number[]) => () => new Cell(branch(1), { parents });
    expectRefusal(make([1, 0]), "model", /cycle/);
    expectRefusal(make([-1, 2, 1]), "model", /cycle: no root is above branch 1/);
    expectRefusal(make([-1, 5]), "model", /parent of branch 1 is 5/, /0 to 1/);
    expectRefusal(make([-1, 0.5]), "model", /0.5/);
    expectRefusal(make([-1, -1]), "model", /2 roots/);
    expectRefusal(make([]), "model", /0 parents/);
    expectRefusal(make([-1, 1]), "model", /parent of branch 1 is 1/);
    expectRefusal(() => new Cell([branch(1), branch(1)]), "model", /needs parents/);
    expectRefusal(
      () => new Cell([branch(1)], { parents: [-1, 0] }),
      "model",
      /1 branches and 2 parents/,
    );
    expectRefusal(() => branch(0), "value", /0 compartments/);
    expectRefusal(() => new Branch([compartment()], { ncomp: 3 }), "value", /ncomp is 3/);
    expectRefusal(() => new Branch([]), "value", /0 compartments/);
    const points = [
      [
        [0, 0, 0, 1],
        [10, 0, 0, 1],
      ],
    ];
    expectRefusal(
      () => new Cell(branch(1), { parents: [-1, 0], xyzr: points }),
      "model",
      /1 lists of points/,
    );
    expectRefusal(
      () => new Cell(branch(1), { xyzr: [[[0, 0, 0]]] }),
      "value",
      /x, y, z and radius/,
    );
  });
});

describe("views", () => {
  test("select by number, list, range, mask and all", () => {
    const cell = tree();
    expect(numbers(cell.branch(1))).toEqual([3, 4]);
    expect(numbers(cell.branch([2, 0, 2]))).toEqual([0, 1, 2, 5, 6, 7, 8]);
    expect(numbers(cell.branch(range(1, 3)))).toEqual([3, 4, 5, 6, 7, 8]);
    expect(numbers(cell.branch([false, false, false, true]))).toEqual([9]);
    expect(numbers(cell.branch("all"))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(numbers(cell.branch("all").comp(2))).toEqual([2, 7]);
    expect(numbers(cell.comp(0))).toEqual([0, 3, 5, 9]);
    expect(numbers(cell.select([7, 1]))).toEqual([7, 1]);
    expect(numbers(cell.branch(new Int32Array([3])))).toEqual([9]);
  });

  test("local and global scope", () => {
    const cell = tree();
    cell.branch([1, 2]).addToGroup("tuft");
    expect(numbers(cell.group("tuft").branch(0))).toEqual([3, 4]);
    expect(numbers(cell.group("tuft").scope("global").branch(2))).toEqual([5, 6, 7, 8]);
    expect(numbers(cell.branch(2).scope("global").comp(6))).toEqual([6]);
    expect(numbers(cell.branch(2).comp(1).scope("local").comp(0))).toEqual([6]);
  });

  test("loc puts borders into the lower compartment", () => {
    const cell = tree();
    expect(
      [0, 0.25, 0.26, 0.5, 0.75, 1].map((at) => cell.branch(2).loc(at).compartments[0]),
    ).toEqual([5, 5, 6, 6, 7, 8]);
    expect(numbers(cell.loc(1))).toEqual([2, 4, 8, 9]);
  });

  test("iterate", () => {
    const cell = tree();
    expect([...cell].map(numbers)).toEqual([[0, 1, 2], [3, 4], [5, 6, 7, 8], [9]]);
    expect([...cell.branch(1)].map(numbers)).toEqual([[3], [4]]);
    expect([...cell.comps()].length).toBe(10);
  });

  test("mistakes are refused with what there is", () => {
    const cell = tree();
    cell.addToGroup("basal");
    expectRefusal(() => cell.branch(4), "selection", /no branch 4/, /0 to 3/);
    expectRefusal(() => cell.branch(-1), "selection", /-1/);
    expectRefusal(() => cell.branch(1.5), "selection", /1.5/);
    expectRefusal(() => cell.branch(1).comp(2), "selection", /no compartment 2/);
    expectRefusal(() => cell.branch([]), "selection", /empty/);
    expectRefusal(() => cell.branch([true]), "selection", /mask of 1 values/, /4 items/);
    expectRefusal(() => cell.branch("some" as "all"), "selection", /"some"/);
    expectRefusal(() => cell.loc(1.2), "selection", /no place 1.2/);
    expectRefusal(() => cell.group("basl"), "name", /Did you mean "basal"/);
    expectRefusal(() => cell.channel("HH"), "name", /Insert one first/);
    expectRefusal(() => branch(2).branch(0), "selection", /A branch has no branch/);
    expectRefusal(() => compartment().comp(0), "selection", /A compartment has no comp/);
    expectRefusal(() => cell.scope("somewhere" as "local"), "selection", /"somewhere"/);
    expectRefusal(() => cell.select([10]), "selection", /no compartment 10/);
    cell.branch(0).addToGroup("other");
    expectRefusal(() => cell.branch(1).group("other"), "selection", /Nothing is in view/);
  });
});

describe("values", () => {
  test("set and get where the key exists", () => {
    const cell = tree();
    cell.branch([0, 3]).insert(HH);
    cell.set("HH_gNa", [1, 2, 3, 4]).branch(3).set("HH_gNa", 5);
    expect([...cell.get("HH_gNa")]).toEqual([1, 2, 3, 5]);
    cell.branch(1).set("radius", 2);
    expect(cell.branch(1).get("area")[0]).toBeCloseTo(40 * Math.PI, 12);
    cell.branch(1).set("area", 7);
    expect(cell.branch(1).get("area")[0]).toBe(7);
  });

  test("typos are errors with a suggestion", () => {
    const cell = tree();
    cell.insert(HH);
    const set = (key: string, value: number | number[]) => () => cell.set(key, value);
    expectRefusal(set("HH_gNaa", 1), "name", /"HH_gNaa"/, /Did you mean "HH_gNa"/);
    expectRefusal(set("raduis", 1), "name", /Did you mean "radius"/);
    expectRefusal(set("Km_gKm", 1), "name", /Insert the channel first|Did you mean/);
    expectRefusal(set("radius", Number.NaN), "value", /radius of compartment 0 cannot be NaN/);
    expectRefusal(set("radius", -1), "value", /above 0/);
    expectRefusal(set("capacitance", 0), "value", /above 0/);
    expectRefusal(set("HH_gNa", [1, 2]), "value", /2 values for 10 compartments/);
    expectRefusal(set("v", Number.POSITIVE_INFINITY), "value", /Infinity/);
    expectRefusal(() => cell.record("HH_x"), "name", /Did you mean "HH_m"|"HH_x"/);
    expectRefusal(() => cell.record("HH_gNa"), "name", /no state "HH_gNa"/);
  });

  test("built-in keys are checked at compile time", () => {
    expectTypeOf<CheckedKey<"HH_gNa">>().toEqualTypeOf<"HH_gNa">();
    expectTypeOf<CheckedKey<"radius">>().toEqualTypeOf<"radius">();
    expectTypeOf<CheckedKey<"eK">>().toEqualTypeOf<"eK">();
    expectTypeOf<CheckedKey<"Mine_g">>().toEqualTypeOf<"Mine_g">();
    expectTypeOf<CheckedKey<string>>().toEqualTypeOf<string>();
    expectTypeOf<"HH_gNaa">().not.toExtend<CheckedKey<"HH_gNaa">>();
    expectTypeOf<"Km_gkm">().not.toExtend<CheckedKey<"Km_gkm">>();
  });
});

describe("channels in modules", () => {
  test("shared parameters stay while another channel needs them", () => {
    const cell = tree();
    cell.insert(K).insert(Km).set("eK", -80);
    cell.delete(K);
    expect(cell.get("eK")[0]).toBe(-80);
    cell.delete("Km");
    expectRefusal(() => cell.get("eK"), "name", /eK/);
    expectRefusal(() => cell.delete(Km), "name", /No channel "Km"/);
  });

  test("an insertion writes its defaults where nothing shares them already", () => {
    const cell = tree();
    cell.insert(Na).set("vt", -50);
    cell.branch(0).insert(K);
    expect([...cell.get("vt")]).toEqual(new Array(10).fill(-50));
    const part = tree();
    part.branch(0).insert(Na).set("vt", -50);
    part.insert(K);
    expect([...part.get("vt")]).toEqual([-50, -50, -50, -60, -60, -60, -60, -60, -60, -60]);
  });

  test("two of a kind under two names", () => {
    const cell = tree();
    cell.insert(Leak, { name: "La" }).insert(Leak, { name: "Lb" }).set("La_gLeak", 1e-3);
    expect(cell.get("Lb_gLeak")[0]).toBe(1e-4);
    expectRefusal(
      () => cell.insert(renameChannel(HH, "La")),
      "model",
      /Another channel is called La/,
    );
  });

  test("names of channels and groups are apart", () => {
    const cell = tree();
    cell.insert(HH).addToGroup("HHs");
    expectRefusal(() => cell.addToGroup("HH"), "model", /that of a channel/);
    expectRefusal(() => cell.insert(Leak, { name: "HHs" }), "model", /that of a group/);
  });

  test("deleting a channel takes its recordings and clamps along", () => {
    const cell = tree();
    cell.insert(HH).record("HH_m").record("v").clamp("HH_n", [0.3]);
    cell.branch(0).delete(HH);
    expect(cell.root.description.recordings.filter(({ state }) => state === "HH_m").length).toBe(7);
    cell.delete(HH);
    expect(cell.root.description.recordings.every(({ state }) => state === "v")).toBe(true);
    expect(cell.root.description.clamps).toEqual([]);
  });

  test("initStates uses the voltage of each compartment", () => {
    const cell = tree();
    cell.insert(CaT).insert(CaL).set("v", -80).branch(0).set("v", -50);
    cell.initStates();
    const u = cell.get("CaT_u");
    expect(u[0]).toBeCloseTo(1 / (1 + Math.exp((-50 + 2 + 81) / 4)), 14);
    expect(u[9]).toBeCloseTo(1 / (1 + Math.exp((-80 + 2 + 81) / 4)), 14);
  });
});

describe("what is placed", () => {
  test("recordings have names and come once", () => {
    const cell = tree();
    cell.insert(Fire);
    cell.branch(1).comp(1).record().record("v").record("Fire_spikes", { name: "spike" });
    cell.branch(2).record("Fire_fire", { name: "row" });
    const names = cell.root.description.recordings.map(({ name }) => name);
    expect(names).toEqual(["v_b1_c1", "spike", "row_0", "row_1", "row_2", "row_3"]);
    cell.branch(2).deleteRecordings();
    expect(cell.root.description.recordings.length).toBe(2);
  });

  test("stimuli: one for all or one for each", () => {
    const cell = tree();
    cell
      .branch(1)
      .stimulate([1, 2])
      .stimulate([[1], [2]]);
    expect(cell.root.description.stimuli.length).toBe(4);
    expectRefusal(() => cell.branch(1).stimulate([[1], [2], [3]]), "value", /3 series .* 2 places/);
    expectRefusal(() => cell.stimulate([1, Number.NaN]), "value", /Sample 1 .* NaN/);
    expectRefusal(() => cell.stimulate([]), "value", /no samples/);
    cell.branch(1).comp(0).deleteStimuli();
    expect(cell.root.description.stimuli.length).toBe(2);
  });

  test("a later clamp replaces an earlier one", () => {
    const cell = tree();
    cell.clamp("v", [1, 2]).branch(0).clamp("v", [3, 4]);
    expect(cell.root.description.clamps.length).toBe(10);
    expectRefusal(() => cell.deleteClamps("V" as "v"), "name", /Did you mean "v"/);
    cell.branch(0).deleteClamps("i").deleteClamps("v");
    expect(cell.root.description.clamps.length).toBe(7);
    cell.deleteClamps();
    expect(cell.root.description.clamps).toEqual([]);
    expectRefusal(() => cell.clamp("HH_m", [1]), "name", /could be clamped/);
    expectRefusal(() => cell.clamp("i", [1]), "name", /could be clamped/);
  });
});

describe("setNcomp", () => {
  test("keeps length, values and groups", () => {
    const cell = tree();
    cell.branch(1).insert(HH).set("HH_gNa", 0.3).addToGroup("g");
    cell.branch(1).setNcomp(5);
    expect(cell.compartments.length).toBe(13);
    expect([...cell.branch(1).get("length")]).toEqual([4, 4, 4, 4, 4]);
    expect(numbers(cell.group("g"))).toEqual([3, 4, 5, 6, 7]);
    expect([...cell.get("HH_gNa")]).toEqual([0.3, 0.3, 0.3, 0.3, 0.3]);
  });

  test("uses the traced points that a cell was given", () => {
    const xyzr = [
      [
        [0, 0, 0, 1],
        [10, 0, 0, 3],
      ],
    ];
    const cell = new Cell(branch(1), { xyzr });
    cell.setNcomp(2);
    expect([...cell.get("radius")]).toEqual([1.5, 2.5]);
    expect([...cell.get("length")]).toEqual([5, 5]);
  });

  test("refuses what it would have to guess", () => {
    const cell = tree();
    expectRefusal(() => cell.setNcomp(2), "model", /4 branches/);
    expectRefusal(() => cell.branch(0).setNcomp(0), "value", /0 compartments/);
    cell.branch(0).comp(0).set("radius", 3);
    expectRefusal(() => cell.branch(0).setNcomp(2), "model", /radius differs/);
    cell.branch(2).comp(0).insert(HH);
    expectRefusal(() => cell.branch(2).setNcomp(2), "model", /presence of HH differs/i);
    cell.branch(1).comp(0).addToGroup("g");
    expectRefusal(() => cell.branch(1).setNcomp(3), "model", /group g differs/i);
    cell.record();
    expectRefusal(() => cell.branch(3).setNcomp(3), "model", /there are recordings/);
  });
});

test("copy is independent", () => {
  const cell = tree();
  cell.insert(HH).record();
  const twin = cell.copy();
  twin.set("HH_gNa", 1).deleteRecordings();
  expect(cell.get("HH_gNa")[0]).toBe(0.12);
  expect(cell.root.description.recordings.length).toBe(10);
  expect(twin).toBeInstanceOf(Cell);
});

test("show prints a table", () => {
  const cell = new Cell([branch(1), branch(2)], { parents: [-1, 0] });
  cell.branch(0).insert(Leak);
  expect(cell.show()).toMatchInlineSnapshot(`
    "branch  comp  length  radius  axial_resistivity  capacitance    v  Leak_gLeak  Leak_eLeak
         0     0      10       1               5000            1  -70      0.0001         -70
         1     0      10       1               5000            1  -70                        
         1     1      10       1               5000            1  -70                        "
  `);
  expect(tree().show({ keys: ["v"], rows: 2 })).toContain("... and 8 more compartments");
});
