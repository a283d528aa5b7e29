import { expect, test } from "vitest";
import { sampleClock, sampleTimes } from "../../src/numerics/sample-times.ts";

test("times are the doubles that one writes", () => {
  for (const dt of [0.025, 0.1, 0.05, 0.01, 0.001, 0.3, 0.0125, 0.7, 1, 2.5, 12, 1e-6]) {
    const digits = (String(dt).split(/\.|e-/)[1] ?? "").length + (dt < 1e-5 ? 5 : 0);
    const at = sampleClock(dt);
    for (let step = 0; step < 20_000; step += 7) {
      const whole = BigInt(step) * BigInt(Math.round(dt * 10 ** digits));
      const text = String(whole).padStart(digits + 1, "0");
      const written = `${text.slice(0, text.length - digits)}.${text.slice(text.length - digits)}`;
      expect(at(step), `${step} steps of ${dt}`).toBe(Number(written));
    }
  }
});

test("of thirds, of sevenths, and of steps that are no fraction", () => {
  expect(sampleClock(1 / 3)(3)).toBe(1);
  expect(sampleClock(1 / 3)(3000)).toBe(1000);
  expect(sampleClock(2 / 7)(7)).toBe(2);
  const dt = Math.PI / 100;
  expect(sampleClock(dt)(17)).toBe(17 * dt);
  for (const odd of [Number.MIN_VALUE, 1e-300, 1e300, Number.MAX_VALUE])
    expect(sampleClock(odd)(1)).toBe(odd);
});

test("an axis with a stride", () => {
  expect([...sampleTimes(4, 0.1, 3)]).toEqual([0, 0.3, 0.6, 0.9]);
});
