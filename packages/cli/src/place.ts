/** @file Places as the command line writes them: `all`, `soma`, `soma:0.5`, `12`, `12:0.9`; in a network with the cell: `3/soma:0.5`. */
import type { View } from "rall";
import { UsageError } from "./failure.ts";

export function atPlace(model: View, place: string): View {
  const slash = place.indexOf("/");
  const number = place.slice(0, Math.max(0, slash));
  if (slash >= 0 && !/^\d+$/.test(number))
    throw new UsageError(`${JSON.stringify(number)} is no number of a cell.`, "run");
  const cell = slash < 0 ? model : model.cell(Number(number));
  return onCell(cell, place.slice(slash + 1));
}

function onCell(cell: View, place: string): View {
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
