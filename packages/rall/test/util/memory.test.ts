/** What is derived from a model has a bound, however often the model changes. */
import { Branch, Cell, Compartment, integrate } from "rall";
import { HH, Leak } from "rall/channels";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Memory, mostKept } from "../../src/util/memory.ts";

const { Module } = WebAssembly;
let programs = 0;

beforeEach(() => {
  programs = 0;
  WebAssembly.Module = class extends Module {
    constructor(bytes: BufferSource) {
      super(bytes);
      programs++;
    }
  };
});

afterEach(() => {
  WebAssembly.Module = Module;
});

test("only what was used last is kept", () => {
  const memory = new Memory();
  const subject = {};
  let made = 0;
  const ask = (key: number) => memory.remember(subject, String(key), () => made++);
  ask(0);
  for (let key = 1; key < 1000; key++) {
    ask(key);
    expect(ask(0)).toBe(0);
  }
  expect(made).toBe(1000);
  for (let key = 999; key > 1000 - mostKept; key--) expect(ask(key)).toBe(key);
  expect(made).toBe(1000);
  // An older one is made anew, as it would be for another object
  expect(ask(1000 - mostKept)).toBe(1000);
  expect(memory.remember({}, "0", () => "other")).toBe("other");
});

test("one program whatever the time step and the values", async () => {
  const cell = new Compartment();
  cell.insert(HH).record();
  for (let k = 0; k < 200; k++) {
    cell.set("HH_gNa", 0.1 + 1e-4 * k);
    await integrate(cell, { dt: 0.01 + 1e-4 * k, tMax: 0.1 });
  }
  expect(programs).toBe(1);
});

test("a model that changes its form again and again has the same results", async () => {
  const cell = new Cell([new Branch(), new Branch()], { parents: [-1, 0] });
  cell.insert(HH).insert(Leak);
  cell.branch(0).record();
  const keys = ["HH_gNa", "HH_gK", "HH_gLeak", "Leak_gLeak", "Leak_eLeak"];
  /** Which parameters are one value everywhere is part of the program. */
  const run = async (form: number) => {
    for (const [bit, key] of keys.entries()) {
      const scale = key === "Leak_eLeak" ? -70 : 1e-3;
      cell.set(key, scale);
      if ((form >> bit) % 2 === 1) cell.branch(1).set(key, 1.1 * scale);
    }
    const result = await integrate(cell, { tMax: 1 });
    return [...(result.recordings[0] ?? [])];
  };
  const forms = Array.from({ length: 2 ** keys.length }, (_, form) => form);
  const first = [];
  for (const form of forms) first.push(await run(form));
  expect(programs).toBe(forms.length);
  for (const form of forms) expect(await run(form)).toEqual(first[form]);
  expect(programs).toBe(2 * forms.length);
  await run(forms.length - 1);
  expect(programs).toBe(2 * forms.length);
});
