/** Names that every object inherits are names like others, wherever a table is looked up by one; and names of any kind are shown safely. */
import {
  Compartment,
  connect,
  defineChannel,
  defineSynapse,
  drawTraces,
  EquationError,
  findSteadyState,
  fromJSON,
  integrate,
  NameError,
  Network,
  toJSON,
} from "rall";
import { parse } from "rall/expressions";
import { describe, expect, test } from "vitest";

const inherited = Object.getOwnPropertyNames(Object.prototype);

describe("what every object inherits", () => {
  test("is no operator, no function and no unknown name", () => {
    for (const name of inherited) {
      expect(() => parse(`g*v ${name} 3`, { names: new Set(["g", "v"]) }), name).toThrow(
        EquationError,
      );
      expect(() => parse(`${name}(3)`), name).toThrow(EquationError);
      expect(parse(name), name).toEqual({ op: "input", name });
      expect(() => parse(name, { names: new Set(["g"]) }), name).toThrow(/Unknown name/);
    }
  });

  test("is no name of an option's value", async () => {
    const one = new Compartment();
    one.record();
    for (const name of inherited) {
      for (const key of ["solver", "linearSolver", "backend", "slopes"])
        await expect(integrate(one, { tMax: 1, [key]: name })).rejects.toThrow(NameError);
    }
  });

  // Names of mechanisms' quantities begin with a letter
  test.each(inherited.filter((name) => /^[a-z]/.test(name)))(
    "%s may be a quantity of a channel and of a synapse",
    async (name) => {
      const other = name === "toString" ? "valueOf" : "toString";
      const channel = defineChannel("Odd", {
        parameters: { [name]: { value: 2e-4, shared: true } },
        states: { [other]: { value: 0.1, shared: true, derivative: `(0.5 - ${other}) / 3` } },
        current: `${name} * ${other} * (v + 60)`,
      });
      const synapse = defineSynapse("Between", {
        parameters: { [name]: { value: 1e-3 } },
        states: { [other]: { value: 0.2, derivative: `-${other} / 4` } },
        current: `${name} * ${other} * (v_post - 0)`,
      });
      const cell = new Compartment();
      cell.insert(channel);
      const net = new Network([cell, cell]);
      connect(net.cell(0), net.cell(1), synapse);
      net.record();
      const run = (backend: "wasm" | "reference", solver: "staggered" | "bwd_euler") =>
        integrate(net, { tMax: 5, backend, solver, returnStates: true });
      for (const solver of ["staggered", "bwd_euler"] as const) {
        const [wasm, reference] = [await run("wasm", solver), await run("reference", solver)];
        for (const [row, series] of reference.recordings.entries())
          for (const [k, v] of series.entries())
            expect(wasm.recordings[row]?.[k]).toBeCloseTo(v, 9);
        if (wasm.states === undefined) throw new Error("no states");
        const more = await integrate(net, { tMax: 1, initialState: wasm.states });
        expect(more.status.code).toBe("completed");
      }
      expect(toJSON(fromJSON(JSON.stringify(toJSON(net))))).toEqual(toJSON(net));
      await expect(findSteadyState(net, { limit: 1000, tolerance: 1e-3 })).resolves.toBeDefined();
    },
  );
});

test("a picture is well-formed whatever a recording is called", () => {
  const name = `]]> & <b> "q" ' \u0000\u001b[31m\ud800\ufffe${"x".repeat(30)}`;
  const svg = drawTraces({
    time: Float64Array.of(0, 1),
    recordings: [Float64Array.of(0, 1)],
    names: [name],
  });
  expect(svg).not.toMatch(/[^\P{Cc}\n\t]|\p{Cs}|[\ufffe\uffff]/u);
  expect(svg).toContain("]]&gt; &amp; &lt;b&gt;");
  expect(svg).not.toContain("]]>");
  const text = svg.replace(/<[^<>]*>/g, "");
  expect(text).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot);)/);
});
