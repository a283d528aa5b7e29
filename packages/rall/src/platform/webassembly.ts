/** @file WebAssembly at once where the platform lets us: its asynchronous way costs more than the work itself. */

/** Compiles at once, or, for a program too large for that on the main thread of a page, in the background. */
export async function compileModule(bytes: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return WebAssembly.compile(bytes);
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
