/** @file Results as CSV (RFC 4180, with lines that end in a newline). */
import type { Result } from "../simulation/result.ts";
import { distinctNames } from "./names.ts";
import { inOne } from "./pieces.ts";
import { checkSpikes, checkWritten, type Written } from "./written.ts";

const linesInPiece = 4096;

/**
 * The recordings of a result: a header with names and units, `time (ms),v soma(0.5) (mV)`, numbers without a unit marked `(1)`;
 * then one line per sample with all digits. `rall fit` reads it as it is.
 *
 * ```ts
 * await saveFile("traces.csv", resultToCsv(await integrate(cell)));
 * ```
 */
export function resultToCsv(result: Written): string {
  return inOne(csvPieces(result), "csvPieces");
}

/** The same piece by piece, for results that are longer than one text can be (some 500 million characters). */
export function* csvPieces(result: Written): Generator<string> {
  checkWritten(result);
  const { time, recordings, labels, units } = result;
  const names = distinctNames(labels).map((label, row) => `${label} (${units[row] || "1"})`);
  let lines = [["time (ms)", ...names].map(field).join(",")];
  for (const [k, t] of time.entries()) {
    lines.push([tidy(t), ...recordings.map((series) => series[k])].join(","));
    if (lines.length < linesInPiece) continue;
    yield `${lines.join("\n")}\n`;
    lines = [];
  }
  if (lines.length > 0) yield `${lines.join("\n")}\n`;
}

/** The spikes of a result, one line for each, row by row: the label of the row and the time. */
export function spikesToCsv(result: Pick<Result, "spikes">): string {
  checkSpikes(result);
  const lines = result.spikes.flatMap(({ label, times }) =>
    Array.from(times, (time) => `${field(label)},${tidy(time)}`),
  );
  return `${["name,time (ms)", ...lines].join("\n")}\n`;
}

/** A field as it stands in a line. */
function field(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A time without the dust of its rounding. */
function tidy(time: number): number {
  return Number(time.toPrecision(12));
}
