/** @file The NPY format, version 1.0 (numpy.lib.format): a header padded to 64 bytes, then the numbers, low byte first. */

/** A list of numbers, as `float64`. */
export function npyOfNumbers(values: Float64Array): Uint8Array {
  const body = new DataView(new ArrayBuffer(8 * values.length));
  for (const [k, value] of values.entries()) body.setFloat64(8 * k, value, true);
  return npy("<f8", `(${values.length},)`, body);
}

/** One number, as an array without dimensions. */
export function npyOfNumber(value: number): Uint8Array {
  const body = new DataView(new ArrayBuffer(8));
  body.setFloat64(0, value, true);
  return npy("<f8", "()", body);
}

/** A text, as an array without dimensions. */
export function npyOfText(text: string): Uint8Array {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const body = new DataView(new ArrayBuffer(4 * points.length));
  for (const [k, point] of points.entries()) body.setUint32(4 * k, point, true);
  return npy(`<U${points.length}`, "()", body);
}

function npy(type: string, shape: string, body: DataView): Uint8Array {
  const description = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`;
  const length = Math.ceil((10 + description.length + 1) / 64) * 64 - 10;
  const header = new TextEncoder().encode(`${description.padEnd(length - 1)}\n`);
  const bytes = new Uint8Array(10 + length + body.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 0xff, length >> 8]);
  bytes.set(header, 10);
  bytes.set(new Uint8Array(body.buffer), 10 + length);
  return bytes;
}
