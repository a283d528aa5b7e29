/** Keys that nothing knows, and values of another type, are refused wherever an object is given. */
import {
  Branch,
  byDistance,
  Cell,
  Compartment,
  compileStep,
  defineChannel,
  definePump,
  defineSynapse,
  integrate,
  membraneCurrent,
} from "rall";
import { HH } from "rall/channels";
import { expect, test } from "vitest";

// As from plain JavaScript, which has no types
const loose = (value: unknown) => value as never;
const cell = () => new Cell(new Branch(new Compartment(), { ncomp: 2 })).insert(HH).record();

test.each<[string, () => unknown, string]>([
  ["new Branch", () => new Branch(new Compartment(), loose({ ncmp: 4 })), "ncomp"],
  ["new Cell", () => new Cell(new Branch(), loose({ parent: [-1] })), "parents"],
  ["insert", () => cell().insert(HH, loose({ nam: "a" })), "name"],
  ["setNcomp", () => cell().setNcomp(2, loose({ minradius: 1 })), "minRadius"],
  ["initStates", () => cell().initStates(loose({ dT: 1 })), "dt"],
  ["show", () => cell().show(loose({ key: ["v"] })), "keys"],
  ["deleteClamps", () => cell().deleteClamps(loose("V")), "v"],
  ["byDistance", () => byDistance((um) => um, loose({ form: cell() })), "from"],
  ["step", async () => (await compileStep(cell())).step(loose({ stimulus: [1] })), "stimuli"],
  ["integrate", () => integrate(cell(), loose({ tmax: 1 })), "tMax"],
  ["defineChannel", () => defineChannel("X", loose({ parametres: {} })), "parameters"],
  ["a parameter", () => defineChannel("X", { parameters: { g: loose({ vlue: 1 }) } }), "value"],
  [
    "a state",
    () => defineChannel("X", { states: { x: loose({ value: 1, derivativ: "-x" }) } }),
    "derivative",
  ],
  [
    "a gate",
    () => defineChannel("X", { states: { x: { value: 1, gate: loose({ inf: "1", tua: "1" }) } } }),
    "tau",
  ],
  ["defineSynapse", () => defineSynapse("X", loose({ current: "1", params: {} })), "parameters"],
  [
    "definePump",
    () => definePump("X", loose({ ion: "c", state: { c: { value: 1 } }, current: "c" })),
    "states",
  ],
  ["membraneCurrent", () => membraneCurrent(HH, { v: -65, parameters: { HH_gna: 1 } }), "HH_gNa"],
])("%s", async (_, action, suggestion) => {
  const failure = await (async () => action())().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: "name" });
  const { message } = failure as Error;
  expect(message.includes(`"${suggestion}"`) || message.includes(suggestion)).toBe(true);
});

test.each<[string, (options: never) => unknown]>([
  ["new Branch", (options) => new Branch(new Compartment(), options)],
  ["new Cell", (options) => new Cell(new Branch(), options)],
  ["insert", (options) => cell().insert(HH, options)],
  ["initStates", (options) => cell().initStates(options)],
  ["show", (options) => cell().show(options)],
  ["byDistance", (options) => byDistance((um) => um, options)],
  ["defineChannel", (options) => defineChannel("X", options)],
  ["defineSynapse", (options) => defineSynapse("X", options)],
  ["membraneCurrent", (options) => membraneCurrent(HH, options)],
  ["step", async (options) => (await compileStep(cell())).step(options)],
  ["integrate", (options) => integrate(cell(), options)],
])("%s takes an object", async (_, call) => {
  for (const wrong of [null, 1, "dt", [], () => 1, new AbortController()]) {
    const failure = await (async () => call(loose(wrong)))().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: "value" });
  }
});
