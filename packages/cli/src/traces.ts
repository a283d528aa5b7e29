/** @file Traces as files: CSV, NPZ (NumPy) and JSON. */
import { rename, rm, writeFile } from "node:fs/promises";
import { extname } from "node:path";
import { strToU8, zipSync } from "fflate";
import type { Result } from "rall";
import { UsageError } from "./failure.ts";

const formats: Readonly<Record<string, (result: Result) => string | Uint8Array>> = {
  ".csv": toCsv,
  ".json": toJson,
  ".npz": toNpz,
};

/** @throws {UsageError} for an ending that names no format; called before the run, so that no run is lost. */
export function checkFormat(file: string): void {
  if (formats[extname(file)] !== undefined) return;
  const endings = Object.keys(formats).join(", ");
  throw new UsageError(`${file}: the ending says the format; known are ${endings}.`, "run");
}

/** @throws {UsageError} for a name with another ending. */
export function checkEnding(
  command: string,
  option: string,
  file: string | undefined,
  ending: string,
): void {
  if (file === undefined || file.endsWith(ending)) return;
  const format = ending.slice(1).toUpperCase();
  throw new UsageError(
    `${file}: ${option} writes ${format}; let the name end in ${ending}.`,
    command,
  );
}

export async function writeTraces(file: string, result: Result): Promise<void> {
  const format = formats[extname(file)];
  if (format !== undefined) await writeWhole(file, format(result));
}

/** Writes a file at once: whoever looks at it, or ends the process meanwhile, finds the old one or the new one. */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const draft = `${file}.${process.pid}.part`;
  try {
    await writeFile(draft, content);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** One line per sample: time in ms, then the recordings. */
export function toCsv({ time, recordings, names }: Result): string {
  const lines = [["time_ms", ...names].join(",")];
  for (const [k, t] of time.entries()) {
    lines.push([Number(t.toPrecision(12)), ...recordings.map((row) => row[k])].join(","));
  }
  return `${lines.join("\n")}\n`;
}

/** One line per spike: the row and the time in ms. */
export function spikesToCsv({ spikes }: Result): string {
  const lines = spikes.flatMap(({ name, times }) =>
    Array.from(times, (time) => `${name},${Number(time.toPrecision(12))}`),
  );
  return `${["name,time_ms", ...lines].join("\n")}\n`;
}

export function toJson({ time, recordings, names, spikes, status }: Result): string {
  const rows = names.map((name, row) => [name, [...(recordings[row] ?? [])]]);
  return `${JSON.stringify({
    status,
    time_ms: [...time],
    recordings: Object.fromEntries(rows),
    spikes_ms: Object.fromEntries(spikes.map(({ name, times }) => [name, [...times]])),
  })}\n`;
}

/** Arrays `time_ms` and one per recording, for `numpy.load`. */
export function toNpz({ time, recordings, names }: Result): Uint8Array {
  const arrays: Record<string, Uint8Array> = { "time_ms.npy": toNpy(time) };
  for (const [row, name] of names.entries()) {
    arrays[`${name}.npy`] = toNpy(recordings[row] ?? new Float64Array());
  }
  return zipSync(arrays, { level: 6 });
}

/** The NPY format, version 1.0 (numpy.lib.format): a header padded to 64 bytes, then the numbers. */
function toNpy(values: Float64Array): Uint8Array {
  const description = `{'descr': '<f8', 'fortran_order': False, 'shape': (${values.length},), }`;
  const length = Math.ceil((10 + description.length + 1) / 64) * 64 - 10;
  const header = strToU8(`${description.padEnd(length - 1)}\n`);
  const bytes = new Uint8Array(10 + length + 8 * values.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 0xff, length >> 8]);
  bytes.set(header, 10);
  const view = new DataView(bytes.buffer, 10 + length);
  for (const [k, value] of values.entries()) view.setFloat64(8 * k, value, true);
  return bytes;
}
