/** @file The bar that explains colours of values, and the limits that they have. */
import { ValueError } from "../errors.ts";
import { choice, type Fields, number, text, tuple } from "../util/kinds.ts";
import { type Range, rangeOf, ticks } from "./axes.ts";
import {
  type ColourScale,
  type ColourScaleKind,
  colourScaleKinds,
  partOf,
  shade,
} from "./colours.ts";
import { element, label } from "./svg.ts";
import { numberInPrint, powerInPrint, textWidth } from "./text.ts";

/** How values become colours. */
export interface ColourOptions {
  /** Values at the ends of the colours, so that several pictures share a scale; default: the least and the largest value. */
  readonly limits?: readonly [low: number, high: number];
  /**
   * `linear` (default); `logarithmic`, for values above 0; `diverging`: blue over white to red, white in the middle of the
   * limits, which by default lie to both sides of 0.
   */
  readonly colours?: ColourScaleKind;
  /** Title of the colour bar; default: the key with its unit. */
  readonly barTitle?: string;
}

export const colourOptionFields = {
  limits: tuple("two numbers [low, high]", number, number),
  colours: choice(...colourScaleKinds),
  barTitle: text,
} satisfies Fields;

/**
 * The scale for values, as the options have it.
 *
 * @throws ValueError for limits that are no range, or not above 0 where colours are logarithmic.
 */
export function scaleFor(
  values: Iterable<number>,
  { limits, colours = "linear" }: ColourOptions,
): ColourScale {
  const isLogarithmic = colours === "logarithmic";
  if (limits !== undefined) {
    const [low, high] = limits;
    if (low < high && Number.isFinite(high - low) && (!isLogarithmic || low > 0))
      return { kind: colours, low, high };
    throw new ValueError(`Colours have no limits from ${low} to ${high}.`, {
      subject: "limits",
      value: limits,
      remedy: `Give [low, high], finite and ascending${isLogarithmic ? ", above 0 for logarithmic colours" : ""}.`,
    });
  }
  const shown = Float64Array.from(values).filter((value) => !isLogarithmic || value > 0);
  if (isLogarithmic && shown.length === 0) return { kind: colours, low: 1, high: 10 };
  const range = rangeOf([shown]);
  if (colours !== "diverging") return { kind: colours, ...range };
  const reach = Math.max(Math.abs(range.low), Math.abs(range.high));
  return { kind: colours, low: -reach, high: reach };
}

const thickness = 12;
const parts = 48;

/** How much room a bar takes to the right, with its numbers and its title. */
export function barWidth(scale: ColourScale, title: string): number {
  const numbers = marks(scale).map(({ text }) => textWidth(text));
  return Math.ceil(
    Math.max(thickness + 8 + numbers.reduce((a, b) => Math.max(a, b), 0), textWidth(title)),
  );
}

/** A bar of the colours with numbers and a title over it, its upper left corner at a place. */
export function colourBar(
  x: number,
  y: number,
  height: number,
  scale: ColourScale,
  title: string,
): string {
  const { kind, low, high } = scale;
  const step = height / parts;
  const value = (part: number) =>
    kind === "logarithmic" ? low * (high / low) ** part : low + (high - low) * part;
  return element(
    "g",
    {},
    label(title, { x, y: y - 10, fill: "#222" }),
    Array.from({ length: parts }, (_, k) =>
      element("rect", {
        x,
        y: y + k * step,
        width: thickness,
        // Parts overlap a little, so that no seam shows
        height: k === parts - 1 ? step : step + 0.6,
        fill: shade(value(1 - (k + 0.5) / parts), scale),
      }),
    ),
    marks(scale).map(({ at, text }) => {
      const line = y + height * (1 - partOf(at, scale));
      return element(
        "g",
        {},
        element("line", {
          x1: x + thickness,
          x2: x + thickness + 4,
          y1: line,
          y2: line,
          stroke: "#444",
        }),
        label(text, { x: x + thickness + 7, y: line + 4, fill: "#444" }),
      );
    }),
  );
}

/** Numbers at a bar: round ones, and the ends where no round one is near. */
function marks(scale: ColourScale): { readonly at: number; readonly text: string }[] {
  const { kind, low, high } = scale;
  const written = (at: number) => ({ at, text: numberInPrint(at) });
  if (!(high > low)) return [written(low)];
  if (kind === "logarithmic" && high / low >= 100) {
    return decadesIn(scale).map((exponent) => ({
      at: 10 ** exponent,
      text: powerInPrint(exponent),
    }));
  }
  const { isCount = false } = scale;
  const round = (kind === "logarithmic" ? oneTwoFive(scale) : ticks(scale, 4)).filter(
    (mark) => !isCount || Number.isInteger(mark),
  );
  const ends = [low, high].filter((end) =>
    round.every((mark) => Math.abs(partOf(mark, scale) - partOf(end, scale)) > 0.07),
  );
  return [...round, ...ends].map(written);
}

function decadesIn({ low, high }: Range): number[] {
  const range = { low: Math.log10(low), high: Math.log10(high) };
  return ticks(range, 5).filter(Number.isInteger);
}

function oneTwoFive({ low, high }: Range): number[] {
  const first = Math.floor(Math.log10(low));
  const decades = Array.from(
    { length: Math.ceil(Math.log10(high)) - first + 1 },
    (_, k) => first + k,
  );
  return decades
    .flatMap((decade) => [1, 2, 5].map((factor) => Number(`${factor}e${decade}`)))
    .filter((mark) => mark >= low && mark <= high);
}
