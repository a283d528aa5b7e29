/** @file Recordings over time as a picture. */
import { ValueError } from "../errors.ts";
import type { Result } from "../simulation/result.ts";
import { check, having, list, numberArray, required, text } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import {
  axes,
  axisHeight,
  leftMargin,
  marksOf,
  type Panel,
  type Range,
  rangeOf,
  thinOut,
  ticks,
  widened,
  yAt,
} from "./axes.ts";
import { coloursFor } from "./colours.ts";
import { legend } from "./legend.ts";
import {
  element,
  heading,
  label,
  linePath,
  type PictureOptions,
  picture,
  pictureFields,
} from "./svg.ts";
import { clipped, numberInPrint, textWidth, unitInPrint, withUnit } from "./text.ts";

/** What is drawn of a result; without units, those of `v` and `i` are known. */
export type DrawnTraces = Pick<Result, "time" | "recordings" | "names"> &
  Partial<Pick<Result, "units">>;

interface Row {
  readonly name: string;
  readonly values: Float64Array;
}

/** Recordings that share a panel. */
interface Kind {
  readonly title: string;
  readonly unit: string;
  readonly rows: readonly Row[];
}

/** The part of a panel that all have in common. */
type Frame = Pick<Panel, "left" | "top" | "width" | "x">;

/** Most rows that share axes; more stand one above the other. */
const mostTogether = 12;
/** Most rows that stand one above the other; of more, evenly spaced ones are drawn. */
const mostLanes = 60;
const panelHeight = 190;
const laneHeight = 18;
const right = 16;

/**
 * Draws all recordings over time as SVG, 960 pixels wide by default. Those of one kind of state share a panel, and so do all
 * potentials and all numbers without a unit (gates). More than 12 in a panel stand one above the other, with a bar for their
 * scale; of more than 60, evenly spaced ones are drawn.
 */
export function drawTraces(result: DrawnTraces, options: PictureOptions = {}): string {
  checkTraces(result);
  checkOptions(options, pictureFields, "drawTraces");
  const { title = "", width = 960 } = options;
  const { time } = result;
  const kinds = kindsOf(result);
  const x = { low: time[0] ?? 0, high: Math.max(time.at(-1) ?? 0, (time[0] ?? 0) + 1e-9) };
  const left = kinds.reduce((most, kind) => Math.max(most, roomOf(kind)), 40);
  let top = title === "" ? 8 : 30;
  const panels = kinds.map((kind, number) => {
    const isLast = number === kinds.length - 1;
    const frame = { left, top, width: width - left - right, x };
    const draw = kind.rows.length > mostTogether ? drawLanes : drawTogether;
    const { svg, bottom } = draw(kind, time, frame, isLast);
    top = bottom + (isLast ? axisHeight : 12);
    return svg;
  });
  return picture(width, top, heading(title, left, width), panels);
}

const tracesKind = having(
  {
    ...{ time: required(numberArray), recordings: required(list(numberArray)) },
    ...{ names: required(list(text)), units: list(text) },
  },
  "a result { time, recordings, names }",
);

function checkTraces(result: DrawnTraces): void {
  check(result, tracesKind, "result");
  const { time, recordings, names } = result;
  const isWhole = recordings.every(({ length }) => length === time.length);
  if (isWhole && names.length === recordings.length) return;
  const lengths = recordings.map(({ length }) => length).join(", ");
  throw new ValueError(
    `There are ${time.length} times and ${names.length} names for recordings of ${lengths || "no"} samples.`,
    {
      subject: "recordings",
      value: recordings.length,
      remedy: "Give one name for each recording, and one sample for each time.",
    },
  );
}

function kindsOf({ names, recordings, units = [] }: DrawnTraces): Kind[] {
  const found = new Map<string, { unit: string; names: Set<string>; rows: Row[] }>();
  for (const [row, name] of names.entries()) {
    const kind = kindOf(name);
    const unit = units[row] ?? (kind === "v" ? "mV" : kind === "i" ? "nA" : undefined);
    const key = unit === "mV" || unit === "" ? unit : kind;
    const known = found.get(key) ?? { unit: unit ?? "", names: new Set<string>(), rows: [] };
    known.names.add(kind);
    known.rows.push({ name, values: recordings[row] ?? new Float64Array() });
    found.set(key, known);
  }
  return Array.from(found.values(), ({ unit, names, rows }) => {
    // Names of several stand in the legend
    const [only = ""] = names;
    return { title: names.size === 1 ? only : unit === "mV" ? "potential" : "", unit, rows };
  });
}

/** The state that a row is of, by its name (`v_b0_c1`) or label (`v soma(0.5)`). */
function kindOf(name: string): string {
  return name.endsWith(")") && name.includes(" ")
    ? name.slice(0, name.indexOf(" "))
    : name.replace(/(_n\d+)?(_b\d+)?(_c\d+)?$|_e\d+$/, "");
}

function rangeOfRows(rows: readonly Row[]): Range {
  return widened(rangeOf(rows.map(({ values }) => values)));
}

/** Room that a panel needs to the left. */
function roomOf({ title, rows }: Kind): number {
  if (rows.length <= mostTogether)
    return leftMargin(marksOf(rangeOfRows(rows), panelHeight), title);
  const widest = lanesOf(rows).reduce((most, { name }) => Math.max(most, textWidth(name)), 0);
  return Math.ceil(Math.min(180, widest + 14));
}

/** All rows on the same axes, with their names above if there are several. */
function drawTogether(
  { title, unit, rows }: Kind,
  time: Float64Array,
  frame: Frame,
  isLast: boolean,
) {
  const inks = coloursFor(rows.length);
  const entries = rows.map(({ name }, k) => ({ name, colour: inks[k] ?? "#000" }));
  const names = legend(rows.length > 1 ? entries : [], frame.left, frame.top, frame.width);
  const top = frame.top + (names.height > 0 ? names.height + 4 : 0);
  const panel: Panel = { ...frame, top, height: panelHeight, y: rangeOfRows(rows) };
  const lines = rows.map(({ values }, k) => line(thinOut(panel, time, values), inks[k]));
  const texts = {
    y: withUnit(title, unit),
    hasNumbers: isLast,
    ...(isLast ? { x: "time (ms)" } : {}),
  };
  return {
    svg: element("g", {}, names.svg, axes(panel, texts), lines),
    bottom: top + panelHeight,
  };
}

function lanesOf(rows: readonly Row[]): Row[] {
  const stride = Math.ceil(rows.length / mostLanes);
  return rows.filter((_, k) => k % stride === 0);
}

/** Each row in a lane of its own, all to one scale. */
function drawLanes({ title, unit, rows }: Kind, time: Float64Array, frame: Frame, isLast: boolean) {
  const lanes = lanesOf(rows);
  const inks = coloursFor(lanes.length);
  const range = rangeOf(lanes.map(({ values }) => values));
  const span = range.high > range.low ? range.high - range.low : 1;
  const top = frame.top + 22;
  const height = laneHeight * lanes.length;
  // Numbers of lanes, the first on top; a trace may reach into the lane above
  const panel: Panel = { ...frame, top, height, y: { low: lanes.length, high: 0 } };
  const reach = 1.6;
  const lines = lanes.map(({ values }, k) => {
    const lane = { ...panel, y: laneRange(range.low, span / reach, lanes.length, k) };
    return line(thinOut(lane, time, values), inks[k]);
  });
  const round = ticks({ low: 0, high: (1.2 * span) / reach }, 2).at(-1) ?? span;
  const end = frame.left + frame.width;
  const bar = (round / (span / reach)) * laneHeight;
  const sampled = lanes.length < rows.length ? `, ${lanes.length} of ${rows.length} rows` : "";
  const scale = `${numberInPrint(round)}${unit === "" ? "" : ` ${unitInPrint(unit)}`}`;
  return {
    svg: element(
      "g",
      {},
      label(`${title}${sampled}`, { x: frame.left, y: top - 8 }),
      element("line", {
        ...{ x1: end - 4, x2: end - 4, y1: top - 4 - bar, y2: top - 4 },
        ...{ stroke: "#222", "stroke-width": 2 },
      }),
      label(scale, { x: end - 10, y: top - 8, "text-anchor": "end" }),
      axes(panel, { rows: [], hasNumbers: isLast, ...(isLast ? { x: "time (ms)" } : {}) }),
      lanes.map(({ name }, k) =>
        label(clipped(name, frame.left - 10), {
          ...{ x: frame.left - 6, y: yAt(panel, k + 0.75), "text-anchor": "end", fill: "#444" },
        }),
      ),
      lines,
    ),
    bottom: top + height,
  };
}

/** Range of a panel of `count` lanes in which lane `k` begins at `low` and is `step` high. */
function laneRange(low: number, step: number, count: number, k: number): Range {
  const bottom = low - 0.1 * step;
  return { low: bottom - (count - k - 1) * step, high: bottom + (k + 1) * step };
}

function line(points: readonly (readonly [number, number])[], ink: string | undefined): string {
  return element("path", {
    ...{ d: linePath(points), fill: "none", stroke: ink },
    ...{ "stroke-width": 1.3, "stroke-linejoin": "round" },
  });
}
