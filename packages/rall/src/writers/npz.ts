/** @file Results as NPZ, the archives of NumPy. */
import { distinctNames, fileName } from "./names.ts";
import { npyOfNumber, npyOfNumbers, npyOfText } from "./npy.ts";
import { checkWritten, facts, rowFacts, spikeFacts, type Written } from "./written.ts";
import { zip } from "./zip.ts";

const own = ["time_ms", "dt_ms", "about"];

/**
 * A result for `numpy.load`: `time_ms`, `dt_ms`, one array for each recording and one with the times (ms) of each row of
 * spikes, by their labels (`v soma(0.5)`). Labels that clash, or could not be names of files, are changed. `about` is a text of JSON
 * with the key, name, unit and place of each row and how the run ended.
 *
 * ```ts
 * await saveFile("traces.npz", resultToNpz(await integrate(cell)));
 * ```
 *
 * In Python: `data = numpy.load("traces.npz"); data["v soma(0.5)"]; json.loads(str(data["about"]))`.
 */
export function resultToNpz(result: Written): Uint8Array {
  checkWritten(result);
  const { time, dt, recordings, labels, spikes } = result;
  const rows = [...labels, ...spikes.map(({ label }) => label)].map(fileName);
  const keys = distinctNames(rows, own);
  const key = (row: number) => ({ key: keys[row] });
  const about = {
    ...facts(result),
    recordings: rowFacts(result).map((row, k) => ({ ...key(k), ...row })),
    spikes: spikeFacts(result).map((row, k) => ({ ...key(labels.length + k), ...row })),
  };
  const series = [...recordings, ...spikes.map(({ times }) => times)];
  return zip([
    { name: "time_ms.npy", bytes: npyOfNumbers(time) },
    { name: "dt_ms.npy", bytes: npyOfNumber(dt) },
    { name: "about.npy", bytes: npyOfText(JSON.stringify(about)) },
    ...series.map((values, k) => ({ name: `${keys[k]}.npy`, bytes: npyOfNumbers(values) })),
  ]);
}
