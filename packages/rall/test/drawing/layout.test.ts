/** Pictures as a reader meets them: every word inside and on its own, no colour twice, branches joined, units said. */
import {
  Branch,
  belowEachOther,
  Cell,
  Compartment,
  connect,
  drawConnectivity,
  drawCurves,
  drawFit,
  drawGates,
  drawLossHistory,
  drawMorphology,
  drawNetwork,
  drawParameters,
  drawProfile,
  drawRaster,
  drawTraces,
  fullyConnect,
  integrate,
  Network,
  type Network as NetworkType,
  parseSwc,
  poissonTrain,
  type Result,
  readSwc,
  stepCurrent,
} from "rall";
import { HH, Leak } from "rall/channels";
import { ExpSyn, GapJunction } from "rall/synapses";
import { describe, expect, test } from "vitest";
import { textWidth, unitInPrint } from "../../src/drawing/text.ts";
import { checkWords, elements, texts } from "./svg.ts";

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, k) => from + k);
const time = Float64Array.from({ length: 200 }, (_, k) => k / 10);

function family(count: number, name = (k: number) => `${-80 + 10 * k} mV`) {
  return range(0, count).map((k) => ({
    name: name(k),
    x: time,
    y: time.map((t) => (k - 3) * (1 - Math.exp(-t))),
  }));
}

function populations(): NetworkType {
  const point = new Compartment();
  point.insert(HH).set("v", -65).initStates();
  const net = new Network(range(0, 30).map(() => point));
  net.cell(range(0, 20)).addToGroup("excitatory");
  net.cell(range(20, 30)).addToGroup("inhibitory");
  net.addToGroup("everything");
  fullyConnect(net.cell(range(0, 5)), net.cell(range(10, 30)), ExpSyn, {
    values: { weight: 2e-4 },
  });
  for (const k of [0, 1, 2])
    connect(poissonTrain({ rate: 100, tMax: 50, seed: k }), net.cell(k), ExpSyn);
  connect(net.cell(20), net.cell(21), GapJunction);
  return net;
}

function tree(): Cell {
  const branch = new Branch(new Compartment(), { ncomp: 3 });
  const cell = new Cell(branch, { parents: [-1, 0, 0, 1, 1, 0] });
  cell.insert(HH);
  cell.branch(0).addToGroup("soma");
  cell.branch([1, 3, 4]).addToGroup("apical");
  cell.branch([2, 5]).addToGroup("basal");
  cell.branch(0).loc(0.5).stimulate([1]).record("v");
  return cell;
}

describe("curves", () => {
  test.each([1, 7, 8, 10, 40])("%i names, no colour twice, all inside", (count) => {
    const svg = drawCurves(family(count), { title: "clamp", xTitle: "time (ms)", width: 480 });
    checkWords(svg);
    const inks = elements(svg, "path").map(({ stroke }) => stroke);
    expect(new Set(inks).size).toBe(count);
    expect(texts(svg)).toEqual(expect.arrayContaining(family(count).map(({ name }) => name)));
  });

  test("a family by value: ordered colours, a bar with the unit in the place of names", () => {
    const curves = family(12).map((curve, k) => ({ ...curve, value: -80 + 10 * k }));
    const svg = drawCurves([...curves, { name: "data", x: time, y: time, colour: "#123456" }], {
      valueTitle: "voltage (mV)",
    });
    checkWords(svg);
    expect(texts(svg)).toEqual(expect.arrayContaining(["voltage (mV)", "data"]));
    expect(texts(svg)).not.toContain("-80 mV");
    const inks = elements(svg, "path").map(({ stroke }) => stroke ?? "");
    expect(inks.at(-1)).toBe("#123456");
    const green = inks.slice(0, 12).map((ink) => Number.parseInt(ink.slice(3, 5), 16));
    expect(green).toEqual(green.toSorted((a, b) => a - b));
    expect(new Set(inks).size).toBe(13);
  });

  test("a name longer than the picture is cut, not the picture", () => {
    const svg = drawCurves(
      family(3, (k) => `${k} `.repeat(100)),
      { title: "x".repeat(400) },
    );
    checkWords(svg);
    expect(texts(svg).filter((text) => text.endsWith("…")).length).toBe(4);
  });
});

describe("traces", () => {
  const rows = (
    count: number,
    unit: string,
  ): Pick<Result, "time" | "recordings" | "names" | "units"> => ({
    time,
    recordings: range(0, count).map((k) => time.map((t) => Math.sin(t + k))),
    names: range(0, count).map((k) => `v_b${k}_c0`),
    units: range(0, count).map(() => unit),
  });

  test.each([1, 12, 13, 40, 300])("%i rows of one kind", (count) => {
    const svg = drawTraces(rows(count, "mV"), { title: "rows" });
    checkWords(svg);
    const drawn = elements(svg, "path");
    expect(drawn.length).toBe(count <= 60 ? count : 60);
    expect(new Set(drawn.map(({ stroke }) => stroke)).size).toBe(drawn.length);
    if (count === 300) expect(texts(svg)).toContain("v, 60 of 300 rows");
    if (count >= 13) expect(texts(svg).some((text) => /^[\d.]+ mV$/.test(text))).toBe(true);
  });

  test.each(["wasm", "reference"] as const)("each axis has its unit (%s)", async (backend) => {
    const cell = new Compartment();
    cell.insert(HH).insert(Leak);
    cell.stimulate(stepCurrent({ delay: 1, duration: 2, amplitude: 0.01, tMax: 5 }));
    for (const key of ["v", "HH_m", "HH_h", "i_HH", "i"]) cell.record(key);
    const svg = drawTraces(await integrate(cell, { backend }));
    checkWords(svg);
    expect(texts(svg)).toEqual(
      expect.arrayContaining(["v (mV)", "HH_m", "HH_h", "i_HH (mA/cm²)", "i (nA)"]),
    );
    // One time axis, below the last of four panels
    expect(texts(svg).filter((text) => text === "time (ms)").length).toBe(1);
    expect(elements(svg, "rect").length).toBe(1 + 4);
  });
});

describe("a cell", () => {
  test("limits are shared by pictures, and said at the bar with the unit", () => {
    const cell = tree();
    cell.branch(1).set("HH_gNa", 0.3);
    const svg = drawMorphology(cell, { colourBy: "HH_gNa", limits: [0, 0.6] });
    checkWords(svg);
    expect(texts(svg)).toEqual(expect.arrayContaining(["HH_gNa (S/cm²)", "0", "0.6"]));
    const colours = new Set(elements(svg, "path").map(({ fill }) => fill));
    expect(colours.size).toBe(2);
    expect(colours, "0.3 is the middle").toContain("#21918c");
    const same = drawMorphology(cell.branch(1), { colourBy: "HH_gNa", limits: [0, 0.6] });
    expect(elements(same, "path")[0]?.fill).toBe("#21918c");
    for (const limits of [[1, 0], [0, Number.NaN], [0]] as never[])
      expect(() => drawMorphology(cell, { colourBy: "HH_gNa", limits })).toThrow("limits");
    expect(() =>
      drawMorphology(cell, { colourBy: "HH_gNa", limits: [0, 1], colours: "logarithmic" }),
    ).toThrow("above 0");
    expect(() => drawMorphology(cell, { colours: "rainbow" as never })).toThrow("rainbow");
  });

  test("logarithmic and diverging colours", () => {
    const cell = tree();
    const values = range(0, cell.compartments.length).map((k) => 10 ** (k % 4));
    const decades = drawMorphology(cell, {
      colourBy: values,
      colours: "logarithmic",
      barTitle: "mM",
    });
    checkWords(decades);
    expect(texts(decades)).toEqual(expect.arrayContaining(["10⁰", "10³"]));
    expect(new Set(elements(decades, "path").map(({ fill }) => fill)).size).toBe(4);
    const signed = values.map((_, k) => (k % 3) - 1);
    const fills = elements(
      drawMorphology(cell, { colourBy: signed, colours: "diverging" }),
      "path",
    );
    expect(new Set(fills.map(({ fill }) => fill))).toEqual(
      new Set(["#053061", "#f7f7f7", "#67001f"]),
    );
  });

  test("marks of electrodes and recordings", () => {
    const svg = drawMorphology(tree(), { marks: true, colourBy: "groups" });
    checkWords(svg);
    expect(texts(svg)).toEqual(expect.arrayContaining(["stimulus", "recording", "basal"]));
    // One in the legend, one on the cell
    expect(elements(svg, "polygon").length).toBe(2);
  });

  test("the sheet is no larger than the cell needs", async () => {
    const cell = await readSwc("examples/morphologies/morph_ca1_n120_250.swc", { ncomp: 1 });
    const svg = drawMorphology(cell, { colourBy: "radius", title: "CA1" });
    checkWords(svg);
    const [sheet] = elements(svg, "svg");
    const places = elements(svg, "path").flatMap(({ d = "" }) =>
      Array.from(d.matchAll(/[MLC ]([\d.-]+) [\d.-]+(?=[LCZ]|$)/g), ([, x]) => Number(x)),
    );
    const [low, high] = places.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [1e9, 0]);
    expect(low).toBeGreaterThan(0);
    expect(low).toBeLessThan(30);
    expect(Number(sheet?.width) - high, "the bar").toBeLessThan(120);
  });

  test.each([
    ["one point", "1 1 0 0 0 8 -1\n2 3 8 0 0 1 1\n3 3 90 0 0 1 2\n"],
    [
      "three points",
      "1 1 0 0 0 8 -1\n2 1 0 8 0 8 1\n3 1 0 -8 0 8 1\n4 3 8 0 0 1 1\n5 3 90 0 0 1 4\n",
    ],
  ])("a soma of %s is a disc", (_, swc) => {
    for (const convention of ["jaxley", "neuron"] as const) {
      const cell = parseSwc(swc, { ncomp: 1, convention });
      const svg = drawMorphology(cell.group("soma"));
      const [around] = elements(svg, "path");
      const ends = Array.from(
        (around?.d ?? "").matchAll(/[ M]([\d.]+) ([\d.]+)(?=[CZ])/g),
        ([, x, y]) => [Number(x), Number(y)],
      );
      expect(ends.length).toBeGreaterThan(20);
      const mean = (c: number) => ends.reduce((sum, end) => sum + (end[c] ?? 0), 0) / ends.length;
      const xs = ends.map(([x = 0]) => x);
      const ys = ends.map(([, y = 0]) => y);
      const middle = [
        (Math.min(...xs) + Math.max(...xs)) / 2,
        (Math.min(...ys) + Math.max(...ys)) / 2,
      ];
      const radii = ends.map(([x = 0, y = 0]) =>
        Math.hypot(x - (middle[0] ?? 0), y - (middle[1] ?? 0)),
      );
      expect(Number.isFinite(mean(0))).toBe(true);
      expect(Math.max(...radii) / Math.min(...radii), convention).toBeLessThan(1.02);
    }
  });

  test("profiles begin where their parent ends, in the colour of their group", () => {
    const svg = drawProfile(tree(), "HH_gNa");
    checkWords(svg);
    expect(texts(svg)).toEqual(
      expect.arrayContaining(["soma", "apical", "basal", "HH_gNa (S/cm²)"]),
    );
    const lines = elements(svg, "path").map(({ d = "", stroke = "" }) => ({
      stroke,
      points: Array.from(d.matchAll(/[ML]([\d.-]+ [\d.-]+)/g), ([, point]) => point),
    }));
    expect(lines.length).toBe(6);
    expect(new Set(lines.map(({ stroke }) => stroke)).size).toBe(3);
    const [soma, apical, basal, one, other] = lines;
    expect(apical?.points[0]).toBe(soma?.points.at(-1));
    expect(one?.points[0]).toBe(apical?.points.at(-1));
    expect(other?.points[0]).toBe(apical?.points.at(-1));
    // Basal ones go to the left, from the begin of the soma on
    expect(basal?.points[0]).toBe(soma?.points[0]);
    const x = (point: string | undefined) => Number(point?.split(" ")[0]);
    expect(x(basal?.points.at(-1))).toBeLessThan(x(soma?.points[0]));
    const plain = elements(drawProfile(tree(), "HH_gNa", { left: [] }), "path");
    expect(plain.length).toBe(6);
    expect(() => drawProfile(tree(), "v", { left: ["basl"] })).toThrow("basal");
  });

  test("200,000 compartments", () => {
    const many = new Branch(new Compartment(), { ncomp: 200_000 });
    const svg = drawMorphology(many, { type: "line", colourBy: many.get("v") });
    expect(svg.match(/<path/g)?.length).toBe(200_000);
    const spikes = range(0, 130_000).map((k) => ({ name: `c${k}`, times: Float64Array.of(1) }));
    expect(drawRaster(spikes).match(/<path/g)?.length).toBeGreaterThan(130_000);
  });
});

describe("a network", () => {
  test("cells in the colours of their populations, the smallest that has them", () => {
    const net = populations();
    const svg = drawNetwork(net, { detail: "point", title: "net" });
    checkWords(svg);
    expect(texts(svg)).toEqual(
      expect.arrayContaining(["20 excitatory", "10 inhibitory", "103 ExpSyn"]),
    );
    expect(texts(svg).some((text) => text.includes("everything"))).toBe(false);
    const cells = elements(svg, "circle").slice(-30);
    expect(new Set(cells.map(({ fill }) => fill)).size).toBe(2);
    expect(new Set(cells.slice(0, 20).map(({ fill }) => fill)).size).toBe(1);
    const own = drawNetwork(net, { detail: "point", populations: { a: [0], b: range(1, 30) } });
    expect(texts(own)).toEqual(expect.arrayContaining(["1 a", "29 b"]));
    expect(() => drawNetwork(net, { populations: { a: [30] } })).toThrow("no cell 30");
  });

  test("a matrix of cells: one square for each pair that is connected", () => {
    const svg = drawConnectivity(populations(), { title: "who to whom" });
    checkWords(svg);
    expect(texts(svg)).toEqual(
      expect.arrayContaining(["excitatory", "inhibitory", "trains", "connections", "from", "to"]),
    );
    const squares = elements(svg, "path").flatMap(({ d = "" }) => d.match(/M/g) ?? []);
    // 5 to 20 cells, trains to 3, a gap junction in both directions
    expect(squares.length).toBe(100 + 3 + 2);
  });

  test("a matrix of populations: sums of numbers and of weights, in their unit", () => {
    const net = populations();
    const counts = drawConnectivity(net, { by: "populations" });
    checkWords(counts);
    // From excitatory to both, from trains, and both ends of the gap junction
    expect(texts(counts)).toEqual(expect.arrayContaining(["50", "3", "2"]));
    const weights = drawConnectivity(net, { by: "populations", value: "ExpSyn_weight" });
    checkWords(weights);
    expect(texts(weights)).toEqual(expect.arrayContaining(["0.01", "ExpSyn_weight (µS)"]));
    expect(() => drawConnectivity(net, { value: "ExpSyn_wight" })).toThrow("ExpSyn_weight");
    expect(() => drawConnectivity(net, { synapse: "ExpSin" })).toThrow("ExpSyn");
    expect(() => drawConnectivity(net, { by: "layers" as never })).toThrow("layers");
    expect(() => drawConnectivity(tree())).toThrow("no network");
  });

  test("a raster by cell and population, with their rates", async () => {
    const net = populations();
    net.recordSpikes();
    const { spikes } = await integrate(net, { tMax: 50 });
    expect(spikes.some(({ times }) => times.length > 0)).toBe(true);
    const svg = drawRaster(spikes, { network: net, tMax: 50, bin: 5, title: "raster" });
    checkWords(svg);
    expect(texts(svg)).toEqual(
      expect.arrayContaining(["excitatory", "inhibitory", "cell 3", "time (ms)", "rate (Hz)"]),
    );
    // A row for each cell, a rate for each population
    const paths = elements(svg, "path");
    expect(paths.length).toBe(30 + 2);
    expect(new Set(paths.map(({ stroke }) => stroke)).size).toBe(2);
    expect(() => drawRaster(spikes, { bin: 0 })).toThrow("0 ms");
    expect(() => drawRaster([{ name: "x", times: Float64Array.of(1) }], { network: net })).toThrow(
      "no cell",
    );
  });

  test("a row for each cell is called by it, also where labels say the place", () => {
    const rows = range(0, 5).map((k) => ({
      name: `spikes cell ${k} soma(0.5)`,
      times: Float64Array.of(k),
    }));
    expect(texts(drawRaster(rows))).toEqual(expect.arrayContaining(["cell 0", "cell 4"]));
    const twice = [...rows, { name: "spikes cell 0 apical(0.5)", times: Float64Array.of(1) }];
    expect(texts(drawRaster(twice))).toContain("spikes cell 0 soma(0.5)");
  });

  test("a rate is spikes per cell and second", () => {
    const rows = range(0, 10).map((k) => ({ name: `c${k}`, times: Float64Array.of(1, 2, 12) }));
    const svg = drawRaster(rows, { tMax: 20, bin: 10 });
    const [, below] = elements(svg, "rect").slice(1);
    const steps = Array.from(
      (elements(svg, "path").at(-1)?.d ?? "").matchAll(/[ML][\d.]+ ([\d.]+)/g),
      ([, y]) => Number(y),
    );
    const bottom = Number(below?.y) + Number(below?.height);
    // 200 Hz, then 100
    expect((bottom - (steps[0] ?? 0)) / (bottom - (steps[2] ?? 0))).toBeCloseTo(2, 2);
    expect(texts(svg)).toEqual(expect.arrayContaining(["200", "100"]));
  });
});

test("all other pictures keep their words inside and apart", () => {
  const history = range(0, 30).map((k) => ({ loss: 10 / (k + 1) }));
  const starts = [{ history }, { history }] as never;
  const parameters = [
    { name: "HH_gNa", unit: "S/cm2", start: 0.1, fitted: 0.12, bounds: [0.01, 1] as const },
    { name: "a very long name of a parameter that somebody chose", start: 1e-9, fitted: -3 },
  ];
  const cell = tree();
  const fitted = {
    ...{ time, starts, parameters },
    traces: [{ name: "v", before: time, after: time, data: time }],
    sensitivity: { view: cell, values: cell.get("length").map((_, k) => k) },
  };
  const pictures = [
    drawGates(HH),
    drawLossHistory(starts),
    drawParameters(parameters),
    drawFit(fitted, { title: "fit" }),
    drawNetwork(new Network([tree(), tree()]), { title: "trees" }),
  ];
  for (const svg of [...pictures, belowEachOther(pictures, "all of them")]) {
    checkWords(svg);
    expect(svg).not.toMatch(/\bum\b|log10/);
  }
});

test("units in print", () => {
  const printed = {
    um: "µm",
    um2: "µm²",
    "S/cm2": "S/cm²",
    "uF/cm2": "µF/cm²",
    "Ohm cm": "Ω cm",
    uS: "µS",
    "deg C": "°C",
    "um2/ms": "µm²/ms",
    "length (um)": "length (µm)",
    mV: "mV",
    "1/ms": "1/ms",
  };
  for (const [plain, text] of Object.entries(printed)) expect(unitInPrint(plain)).toBe(text);
  expect(textWidth("WWWW")).toBeGreaterThan(2 * textWidth("iiii"));
});
