/** @file Results as JSON. */
import { facts, rowFacts, spikeFacts, type Written } from "./written.ts";

/**
 * A result as text of JSON: `dt_ms`, `time_ms`, `recordings` with name, label, unit, place and `values` of each, `spikes` with
 * `times_ms`, and how the run ended. Values that are not finite, which JSON has not, are `null`.
 */
export function resultToJson(result: Written): string {
  const { time, recordings, spikes } = result;
  const text = JSON.stringify({
    ...facts(result),
    time_ms: Array.from(time),
    recordings: rowFacts(result).map((row, k) => ({
      ...row,
      values: Array.from(recordings[k] ?? []),
    })),
    spikes: spikeFacts(result).map((row, k) => ({
      ...row,
      times_ms: Array.from(spikes[k]?.times ?? []),
    })),
  });
  return `${text}\n`;
}
