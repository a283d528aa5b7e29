/** @file Places as the command line writes them: `all`, `soma`, `soma:0.5`, `12`, `12:0.9`; in a network with the cell: `3/soma:0.5`. */
import type { View } from "rall";
import { UsageError } from "./failure.ts";

interface Place {
  readonly cell: number | undefined;
  /** A group, the number of a branch, or `all`. */
  readonly where: string;
  readonly location: number | undefined;
}

function readPlace(command: string, text: string): Place {
  const slash = text.indexOf("/");
  const cell = text.slice(0, Math.max(0, slash));
  if (slash >= 0 && !isNumber(cell))
    throw new UsageError(`${JSON.stringify(cell)} is no number of a cell.`, command);
  const [where = "", at] = text.slice(slash + 1).split(":");
  const location = at === undefined ? undefined : Number(at);
  if (at?.trim() === "" || Number.isNaN(location)) {
    throw new UsageError(
      `The place ${JSON.stringify(text)} has no number after the colon.`,
      command,
    );
  }
  return { cell: slash < 0 ? undefined : Number(cell), where, location };
}

const isNumber = (text: string) => /^\d+$/.test(text);

/** The part of a model that a place is. @throws UsageError for a text that is none; errors of the model for one it lacks. */
export function atPlace(command: string, model: View, text: string): View {
  const { cell, where, location } = readPlace(command, text);
  const within = cell === undefined ? model : model.cell(cell);
  // A module of one branch or compartment has no branches to choose from
  const { kind } = model.root.description;
  const hasBranches = kind === "cell" || kind === "network";
  const isWhole = where === "all" || (!hasBranches && where === "0");
  const part = isWhole
    ? within
    : isNumber(where)
      ? within.branch(Number(where))
      : within.group(where);
  if (location === undefined || kind === "compartment") return part;
  return (hasBranches ? part.branch(0) : part).loc(location);
}

/** A place of one compartment as people write it: `soma(0.5)`, `apical 100(0.9)`; undefined for a place of several. */
export function placeInWords(command: string, model: View, text: string): string | undefined {
  const { where, location } = readPlace(command, text);
  const [place, ...others] = atPlace(command, model, text).places;
  if (place === undefined || others.length > 0 || location === undefined) return undefined;
  const isGroup = !isNumber(where) && where !== "all";
  const prefix = model.root.description.kind === "network" ? `cell ${place.cell} ` : "";
  return `${isGroup ? `${prefix}${where}` : place.section}(${location})`;
}

/** Splits `what@place`; without a place, `fallback`. */
export function splitPlace(text: string, fallback: string): { what: string; place: string } {
  const at = text.lastIndexOf("@");
  return at < 0
    ? { what: text, place: fallback }
    : { what: text.slice(0, at), place: text.slice(at + 1) };
}
