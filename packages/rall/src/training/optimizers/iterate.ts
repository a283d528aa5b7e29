/** @file Where an optimizer is, as text for a file and back. */
import { ValueError } from "../../errors.ts";
import { check, text } from "../../util/kinds.ts";
import {
  checkIterate,
  checkParameters,
  type Iterate,
  type OptimizerState,
  toNumbers,
} from "./optimizer.ts";

/** An iterate as JSON, from which the same fit goes on to the bit. */
export function iterateToJSON(at: Iterate): string {
  checkIterate(at);
  return JSON.stringify({ ...at, parameters: toNumbers(at.parameters) });
}

/**
 * An iterate from what `iterateToJSON` made of it, for the optimizer that it came from.
 *
 * @throws ValueError for a text that is no iterate. Its state is for the optimizer to check, by its kind.
 */
export function iterateFromJSON(json: string): Iterate {
  check(json, text, "text");
  const { parameters, state, stopped } = parse(json);
  if (!isVectors(parameters) || !isState(state)) {
    throw notAnIterate(json);
  }
  const vectors = parameters.map((values) => Float64Array.from(values));
  checkParameters(vectors);
  return {
    parameters: vectors,
    state,
    ...(typeof stopped === "string" ? { stopped } : {}),
  };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === "object" && data !== null ? { ...data } : {};
  } catch (cause) {
    throw notAnIterate(text, cause);
  }
}

function isVectors(data: unknown): data is readonly (readonly number[])[] {
  const isNumbers = (vector: unknown) =>
    Array.isArray(vector) && vector.every((x) => typeof x === "number");
  return Array.isArray(data) && data.every(isNumbers);
}

function isState(data: unknown): data is OptimizerState {
  return (
    typeof data === "object" && data !== null && "kind" in data && typeof data.kind === "string"
  );
}

function notAnIterate(text: string, cause?: unknown): ValueError {
  return new ValueError(`This is no iterate: ${text.slice(0, 40)}`, {
    subject: "iterate",
    value: text,
    remedy: "Give what iterateToJSON returned.",
    cause,
  });
}
