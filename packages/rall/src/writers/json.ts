/** @file Results as JSON. */
import { inOne } from "./pieces.ts";
import { checkWritten, facts, rowFacts, spikeFacts, type Written } from "./written.ts";

/**
 * A result as text of JSON: `dt_ms`, `time_ms`, `recordings` with name, label, unit, place and `values` of each, `spikes` with
 * `times_ms`, and how the run ended. Values that are not finite, which JSON has not, are `null`.
 *
 * @throws ValueError if it would be longer than a string can be (some 500 million characters).
 */
export function resultToJson(result: Written): string {
  return inOne(jsonPieces(result), "jsonPieces");
}

/** The same piece by piece, for results that are longer than one text can be. */
export function* jsonPieces(result: Written): Generator<string> {
  checkWritten(result);
  const { time, recordings, spikes } = result;
  yield `${opened(facts(result))},"time_ms":`;
  yield* numbers(time);
  yield ',"recordings":[';
  for (const [row, known] of rowFacts(result).entries()) {
    yield `${row > 0 ? "," : ""}${opened(known)},"values":`;
    yield* numbers(recordings[row] ?? new Float64Array());
    yield "}";
  }
  yield '],"spikes":[';
  for (const [row, known] of spikeFacts(result).entries()) {
    yield `${row > 0 ? "," : ""}${opened(known)},"times_ms":`;
    yield* numbers(spikes[row]?.times ?? new Float64Array());
    yield "}";
  }
  yield "]}\n";
}

/** An object as text, to which more members can be added. */
function opened(members: object): string {
  return JSON.stringify(members).slice(0, -1);
}

const valuesInPiece = 65_536;

function* numbers(values: Float64Array): Generator<string> {
  yield "[";
  for (let start = 0; start < values.length; start += valuesInPiece) {
    const part = JSON.stringify(Array.from(values.subarray(start, start + valuesInPiece)));
    yield `${start > 0 ? "," : ""}${part.slice(1, -1)}`;
  }
  yield "]";
}
