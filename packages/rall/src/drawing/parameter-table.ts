/** @file Parameters of a fit as a table with their bounds: where each began and where it ended. */
import { check, finite, type Kind, list, object, required, text, tuple } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { element, heading, label, type PictureOptions, picture, pictureFields } from "./svg.ts";
import { clipped, numberInPrint, withUnit } from "./text.ts";

/** One row of the table of a fit. */
export interface FittedParameter {
  readonly name: string;
  readonly unit?: string;
  readonly start: number;
  readonly fitted: number;
  /** Least and largest value; a track between them shows where the values lie. */
  readonly bounds?: readonly [lower: number, upper: number] | undefined;
  /** The true value, where it is known. */
  readonly truth?: number | undefined;
}

/** Rows drawn. */
const most = 40;
const row = 19;
const ink = { start: "#d55e00", fitted: "#0072b2", truth: "#000000" } as const;

const bound: Kind = {
  what: "a number, finite or infinite",
  accepts: (value) => typeof value === "number" && !Number.isNaN(value),
};

export const parametersKind = list(
  object({
    ...{ name: required(text), unit: text, start: required(finite), fitted: required(finite) },
    bounds: tuple("two numbers [lower, upper]", bound, bound),
    truth: finite,
  }),
  "a list of parameters { name, start, fitted }",
);

/** Draws one line per parameter as SVG, 480 pixels wide by default: name, start, fitted value, and its place between the bounds. */
export function drawParameters(
  parameters: readonly FittedParameter[],
  options: PictureOptions = {},
): string {
  check(parameters, parametersKind, "parameters");
  checkOptions(options, pictureFields, "drawParameters");
  const { title = "parameters", width = 480 } = options;
  const shown = parameters.slice(0, most);
  const hidden = parameters.length - shown.length;
  const isKnown = parameters.some(({ truth }) => truth !== undefined);
  const columns = { name: 12, start: 0.46 * width, fitted: 0.6 * width, track: 0.65 * width };
  const end = { "text-anchor": "end" } as const;
  const grey = { fill: "#666" };
  const lines = shown.map((parameter, k) => {
    const y = 66 + row * k;
    return element(
      "g",
      {},
      label(clipped(withUnit(parameter.name, parameter.unit ?? ""), columns.start - 76), {
        x: columns.name,
        y,
      }),
      label(numberInPrint(parameter.start), { x: columns.start, y, fill: ink.start, ...end }),
      label(numberInPrint(parameter.fitted), { x: columns.fitted, y, fill: ink.fitted, ...end }),
      track(parameter, columns.track, width - 20, y - 4),
    );
  });
  const below = 66 + row * shown.length;
  return picture(
    width,
    below + (hidden > 0 ? 14 : 0),
    heading(title, 12, width),
    label("start", { x: columns.start, y: 44, ...end, ...grey }),
    label("fitted", { x: columns.fitted, y: 44, ...end, ...grey }),
    label(`between its bounds${isKnown ? " (|: true)" : ""}`, { x: columns.track, y: 44, ...grey }),
    ...lines,
    ...(hidden > 0 ? [label(`and ${hidden} more`, { x: 12, y: below, ...grey })] : []),
  );
}

/** A line from the lower to the upper bound with the values on it; in decades if the bounds are far apart. */
function track(parameter: FittedParameter, left: number, right: number, y: number): string {
  const { start, fitted, truth, bounds } = parameter;
  if (bounds === undefined || !bounds.every(Number.isFinite)) {
    return label("no bounds", { x: left, y: y + 4, fill: "#999" });
  }
  const [lower, upper] = bounds;
  const scale = lower > 0 && upper / lower >= 20 ? Math.log : (value: number) => value;
  const at = (value: number) => {
    const part = (scale(value) - scale(lower)) / (scale(upper) - scale(lower));
    return left + (right - left) * Math.min(1, Math.max(0, part));
  };
  const line = { stroke: "#c4c4c4", "stroke-width": 1.5 };
  const cap = (x: number) => element("line", { x1: x, x2: x, y1: y - 3, y2: y + 3, ...line });
  const tick = { stroke: ink.truth, "stroke-width": 1.6 };
  const [from, to] = [at(start), at(fitted)];
  return element(
    "g",
    {},
    element("line", { x1: left, x2: right, y1: y, y2: y, ...line }),
    cap(left),
    cap(right),
    element("line", { x1: from, x2: to, y1: y, y2: y, stroke: ink.fitted, "stroke-width": 2 }),
    element("circle", {
      cx: from,
      cy: y,
      r: 3.2,
      fill: "white",
      stroke: ink.start,
      "stroke-width": 1.6,
    }),
    element("circle", { cx: to, cy: y, r: 3.6, fill: ink.fitted }),
    ...(truth === undefined
      ? []
      : [element("line", { x1: at(truth), x2: at(truth), y1: y - 6, y2: y + 6, ...tick })]),
  );
}
