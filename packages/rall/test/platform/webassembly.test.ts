/** Where WebAssembly is forbidden, as by a Content Security Policy, the error says what to do. */
import { Compartment, integrate, PlatformError, stepCurrent } from "rall";
import { HH } from "rall/channels";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => vi.unstubAllGlobals());

function cell(): Compartment {
  const one = new Compartment();
  one.insert(HH).initStates();
  one.stimulate(stepCurrent({ delay: 0, duration: 1, amplitude: 0.01, tMax: 1 })).record("v");
  return one;
}

class Forbidden {
  constructor() {
    throw new WebAssembly.CompileError("violates the Content Security policy");
  }
}

const platforms = {
  "under a strict policy": { ...WebAssembly, Module: Forbidden, CompileError: Error },
  "without WebAssembly": undefined,
};

test.each(Object.entries(platforms))("%s", async (_, platform) => {
  vi.stubGlobal("WebAssembly", platform);
  const error = await integrate(cell()).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(PlatformError);
  expect(String(error)).toContain("'wasm-unsafe-eval'");
  const { status } = await integrate(cell(), { backend: "reference" });
  expect(status.code).toBe("completed");
});

test("a program that is wrong is no matter of the platform", async () => {
  const { compileModule } = await import("../../src/platform/webassembly.ts");
  const bytes = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 9, 0, 0, 0);
  await expect(compileModule(bytes)).rejects.toThrow(WebAssembly.CompileError);
});
