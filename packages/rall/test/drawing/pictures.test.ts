/** Pictures as SVG: well-formed, complete, and where things should be. */
import {
  Branch,
  Cell,
  Compartment,
  connect,
  drawGates,
  drawMorphology,
  drawNetwork,
  drawProfile,
  drawRaster,
  drawTraces,
  fullyConnect,
  integrate,
  Network,
  parseSwc,
  SpikeTrain,
} from "rall";
import { HH, Leak } from "rall/channels";
import { ExpSyn, GapJunction } from "rall/synapses";
import { describe, expect, test } from "vitest";
import { ticks } from "../../src/drawing/axes.ts";
import { elements, texts } from "./svg.ts";

describe("a network", () => {
  const point = new Compartment();
  point.insert(Leak);
  const tree = new Cell(undefined, { parents: [-1, 0, 0] });
  tree.insert(Leak);

  test("with branches, synapses of each kind and a scale", () => {
    const net = new Network([tree, point, tree]);
    net.arrangeInLayers([1, 2]);
    fullyConnect(net.cell([0, 1]), net.cell(2), ExpSyn);
    connect(new SpikeTrain([1]), net.cell(0).branch(0), ExpSyn);
    connect(net.cell(0).branch(1), net.cell(2).branch(1), GapJunction);
    const svg = drawNetwork(net, { title: "a < b & c" });
    // One path per branch of a tree and per kind of synapse
    expect(elements(svg, "path").length).toBe(6 + 2);
    expect(texts(svg)).toContain("3 ExpSyn");
    expect(texts(svg)).toContain("1 GapJunction");
    expect(texts(svg)).toContain("a < b & c");
    expect(texts(svg).some((text) => /µm$/.test(text))).toBe(true);
    // A dot for the cell of one compartment, and at the end of each synapse from a cell or train
    expect(elements(svg, "circle").length).toBe(1 + 4);
    expect(() => drawNetwork(net, { detail: "line" as never })).toThrow('"line"');
  });

  test("as points, in a circle if all lie at one place", () => {
    const net = new Network([point, point, point, point]);
    const places = elements(drawNetwork(net, { detail: "point" }), "circle");
    expect(new Set(places.map(({ cx, cy }) => `${cx} ${cy}`)).size).toBe(4);
    expect(net.root.description.laidPoints, "the model is as it was").toEqual(
      Array(4).fill(undefined),
    );
  });

  test("of one cell", () => {
    expect(elements(drawNetwork(new Network([tree])), "path").length).toBe(3);
  });
});

describe("a cell", () => {
  const tree = new Cell(new Branch(new Compartment(), { ncomp: 3 }), { parents: [-1, 0, 0] });
  tree.insert(HH).branch(0).addToGroup("soma");
  tree.branch(1).set("HH_gNa", 0.3).addToGroup("basal");

  test("one shape per compartment, coloured by value, with a bar", () => {
    for (const type of ["line", "comp", "morph"] as const) {
      const paths = elements(drawMorphology(tree, { type, colourBy: "HH_gNa" }), "path");
      expect(paths.length).toBe(9);
      const colours = paths.map(({ fill, stroke }) => (type === "morph" ? fill : stroke));
      expect(new Set(colours).size).toBe(2);
      expect(colours.slice(3, 6)).toEqual(Array(3).fill("#fde725"));
    }
    const bar = drawMorphology(tree, { colourBy: tree.get("length"), barTitle: "length (um)" });
    expect(texts(bar)).toContain("length (µm)");
    expect(elements(drawMorphology(tree.branch(1)), "path").length).toBe(3);
    expect(tree.root.description.laidPoints.length, "the cell is as it was").toBe(0);
  });

  test("coloured by group, with their names", () => {
    const svg = drawMorphology(tree, { colourBy: "groups" });
    expect(texts(svg)).toEqual(expect.arrayContaining(["soma", "basal"]));
    expect(new Set(elements(svg, "path").map(({ fill }) => fill)).size).toBe(3);
  });

  test("a soma of one point is a blob, not nothing", () => {
    const point = parseSwc("1 1 0 0 0 8 -1\n2 3 8 0 0 1 1\n3 3 90 0 0 1 2\n", { ncomp: 1 });
    expect(elements(drawMorphology(point), "path").length).toBeGreaterThan(1);
  });

  test("values over path length: a line per branch", () => {
    const svg = drawProfile(tree, "HH_gNa");
    const lines = elements(svg, "path");
    expect(lines.length).toBe(3);
    expect(texts(svg)).toEqual(expect.arrayContaining(["path length (µm)", "HH_gNa (S/cm²)"]));
    expect(() => drawProfile(tree, [1, 2])).toThrow("2 values do not fit 9");
  });

  test("gates over the voltage: curves at their values", () => {
    const svg = drawGates(HH, { from: -80, to: 20 });
    const paths = elements(svg, "path");
    expect(paths.length).toBe(6);
    const [m] = paths;
    const heights = Array.from((m?.d ?? "").matchAll(/[ML][\d.]+ ([\d.]+)/g), ([, y]) => Number(y));
    expect(heights.at(-1)).toBeLessThan(heights[0] ?? 0);
    expect(() => drawGates(Leak)).toThrow("no gates");
    expect(() => drawGates(HH, { from: 0, to: 0 })).toThrow("no voltages");
  });

  test("what cannot be drawn is refused", () => {
    expect(() => drawMorphology(tree, { type: "dots" as never })).toThrow('"dots"');
    expect(() => drawMorphology(tree, { colourBy: [1] })).toThrow("1 values do not fit 9");
    expect(() => drawMorphology(tree, { colourBy: "HH_gN" })).toThrow("HH_gN");
    expect(() => drawMorphology(tree, { colorBy: "v" } as never)).toThrow("colourBy");
  });
});

test("spikes: one mark each, in their rows", () => {
  const spikes = [
    { name: "first", times: Float64Array.of(1, 5, 9) },
    { name: "second", times: Float64Array.of() },
    { name: "third", times: Float64Array.of(10) },
  ];
  const svg = drawRaster(spikes, { tMax: 20, title: "raster" });
  const paths = elements(svg, "path").map(({ d = "" }) => [...d.matchAll(/M([\d.]+) ([\d.]+)/g)]);
  expect(paths.map((marks) => marks.length)).toEqual([3, 0, 1]);
  const [left, top] = [Number(paths[0]?.[0]?.[1]), Number(paths[0]?.[0]?.[2])];
  const [, frame] = elements(svg, "rect");
  expect(Number(paths[2]?.[0]?.[1]) - left).toBeCloseTo((9 / 20) * Number(frame?.width), 0);
  expect(Number(paths[2]?.[0]?.[2])).toBeGreaterThan(top);
  expect(texts(svg)).toEqual(expect.arrayContaining(["first", "third", "4 spikes", "time (ms)"]));
  expect(() => drawRaster([])).toThrow("no spikes to draw");
  const many = Array.from({ length: 500 }, (_, k) => ({
    name: `c${k}`,
    times: Float64Array.of(k),
  }));
  elements(drawRaster(many), "path");
});

test("traces: a panel per kind, no spike lost by thinning out", async () => {
  const cell = new Compartment();
  cell.insert(HH).set("v", -65).initStates();
  cell.stimulate(new Float64Array(40_000).fill(0.01, 4000)).record("v").record("HH_m").record("i");
  const result = await integrate(cell, { dt: 0.0025 });
  const svg = drawTraces(result, { title: "traces" });
  expect(texts(svg)).toEqual(expect.arrayContaining(["v (mV)", "HH_m", "i (nA)", "time (ms)"]));
  const [first] = elements(svg, "path");
  const heights = Array.from((first?.d ?? "").matchAll(/[ML][\d.]+ ([\d.]+)/g), ([, y]) =>
    Number(y),
  );
  expect(heights.length).toBeLessThan(2 * 960);
  const { recordings } = result;
  const [v = new Float64Array()] = recordings;
  const [low, high] = [Math.min(...v), Math.max(...v)];
  // The panel is 190 pixels high and has 5 % of the range to spare on both sides
  expect(Math.max(...heights) - Math.min(...heights)).toBeCloseTo(190 / 1.1, 0);
  expect(high - low).toBeGreaterThan(90);
});

test("ticks are round and lie in the range", () => {
  expect(ticks({ low: 0, high: 100 }, 5)).toEqual([0, 20, 40, 60, 80, 100]);
  expect(ticks({ low: -73.2, high: 41 }, 4)).toEqual([-60, -40, -20, 0, 20, 40]);
  expect(ticks({ low: 0, high: 0.0007 }, 4)).toEqual([0, 0.0002, 0.0004, 0.0006]);
});
