/** @file Places on a cell as the command line writes them: `all`, `soma`, `soma:0.5`, `12`, `12:0.9`. */
import type { View } from "rall";
import { UsageError } from "./failure.ts";

export function atPlace(cell: View, place: string): View {
  const [where = "", at] = place.split(":");
  const isNumber = /^\d+$/.test(where);
  const selected =
    where === "all" ? cell : isNumber ? cell.branch(Number(where)) : cell.group(where);
  if (at === undefined) return selected;
  const relative = Number(at);
  if (at.trim() === "" || Number.isNaN(relative)) {
    throw new UsageError(
      `The place ${JSON.stringify(place)} has no number after the colon.`,
      "run",
    );
  }
  return selected.branch(0).loc(relative);
}

/** Splits `what@place`; without a place, `fallback`. */
export function splitPlace(text: string, fallback: string): { what: string; place: string } {
  const at = text.lastIndexOf("@");
  return at < 0
    ? { what: text, place: fallback }
    : { what: text.slice(0, at), place: text.slice(at + 1) };
}
