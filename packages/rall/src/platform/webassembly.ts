/** @file WebAssembly at once where the platform lets us: its asynchronous way costs more than the work itself. */
import { PlatformError } from "../errors.ts";

/**
 * Compiles at once, or, for a program too large for that on the main thread of a page, in the background.
 *
 * @throws PlatformError where no WebAssembly may be compiled.
 */
export async function compileModule(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  try {
    try {
      return new WebAssembly.Module(bytes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return await WebAssembly.compile(bytes);
    }
  } catch (cause) {
    if (isAllowed()) throw cause;
    throw new PlatformError("WebAssembly may not be compiled here.", {
      subject: "WebAssembly",
      cause,
      remedy:
        "Where a Content Security Policy forbids it, allow it with script-src 'self' 'wasm-unsafe-eval'; " +
        'or run without it: { backend: "reference" }, which is slow.',
    });
  }
}

export async function instantiate(
  module: WebAssembly.Module,
  imports: WebAssembly.Imports,
): Promise<WebAssembly.Instance> {
  try {
    return new WebAssembly.Instance(module, imports);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return WebAssembly.instantiate(module, imports);
  }
}

/** Whether the smallest of all modules compiles: platforms word their refusals in ways of their own. */
function isAllowed(): boolean {
  try {
    return WebAssembly.validate(smallest) && new WebAssembly.Module(smallest) !== undefined;
  } catch {
    return false;
  }
}

/** The magic number and the version 1. */
const smallest = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
