/** @file Colours: of kinds, of families of curves, and of values. */
import type { Range } from "./axes.ts";

/** Colours that people of all kinds of sight can tell apart (Okabe, Ito 2008, Color Universal Design). */
const kinds = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];

/** Stops of the map viridis (van der Walt, Smith 2015): as light as the value is high, for all kinds of sight. */
const viridis = [
  ...["#440154", "#482475", "#414487", "#355f8d", "#2a788e", "#21918c", "#22a884", "#44bf70"],
  ...["#7ad151", "#bddf26", "#fde725"],
];

/** Stops of the map RdBu, blue below and red above (Brewer, Harrower 2003, ColorBrewer). */
const blueToRed = [
  ...["#053061", "#2166ac", "#4393c3", "#92c5de", "#d1e5f0", "#f7f7f7"],
  ...["#fddbc7", "#f4a582", "#d6604d", "#b2182b", "#67001f"],
];

/** What has no value. */
export const noValue = "#c8c8c8";
/** What belongs to no group. */
export const noKind = "#8a8a8a";

/** `count` colours, no two of them the same: those of kinds while they reach, else steps of a sequence. */
export function coloursFor(count: number): string[] {
  if (count <= kinds.length) return kinds.slice(0, count);
  return Array.from({ length: count }, (_, k) => inSequence(k / (count - 1)));
}

/** A colour of the sequence for lines on white, from 0 to 1: the light end of the map is left out. */
function inSequence(part: number): string {
  return between(viridis, 0.82 * part);
}

/** How values become colours. */
export interface ColourScale extends Range {
  /** `linear` and `logarithmic`: dark to light; `diverging`: blue over white, in the middle of the range, to red; `lines`:
   * linear, without the light end, which is hard to see as a line on white. */
  readonly kind: ColourScaleKind | "lines";
  /** Whether the dark end stands for high values, as what lies on white paper is read. */
  readonly isDarkHigh?: boolean;
  /** Whether values are counts, so that only whole numbers stand at the bar. */
  readonly isCount?: boolean;
}

export const colourScaleKinds = ["linear", "logarithmic", "diverging"] as const;
export type ColourScaleKind = (typeof colourScaleKinds)[number];

/** Where a value lies in a scale: from 0 to 1 inside, beyond outside, NaN for none. */
export function partOf(value: number, { kind, low, high }: ColourScale): number {
  const at = kind === "logarithmic" ? Math.log : (one: number) => one;
  if (!(high > low)) return Number.isFinite(value) ? 0.5 : Number.NaN;
  return (at(value) - at(low)) / (at(high) - at(low));
}

/** Colour of a value; grey where there is none, the end of the map beyond the limits. */
export function shade(value: number, scale: ColourScale): string {
  const part = partOf(value, scale);
  // The logarithm of 0 is below all limits
  if (Number.isNaN(part)) return noValue;
  if (scale.kind === "lines") return inSequence(part);
  if (scale.kind === "diverging") return between(blueToRed, part);
  return between(viridis, scale.isDarkHigh === true ? 1 - part : part);
}

function between(stops: readonly string[], part: number): string {
  const at = Math.min(1, Math.max(0, part)) * (stops.length - 1);
  const k = Math.min(stops.length - 2, Math.floor(at));
  const channel = (stop: string | undefined, c: number) =>
    Number.parseInt((stop ?? noValue).slice(1 + 2 * c, 3 + 2 * c), 16);
  const mixed = [0, 1, 2].map((c) => {
    const [a, b] = [channel(stops[k], c), channel(stops[k + 1], c)];
    return Math.round(a + (b - a) * (at - k))
      .toString(16)
      .padStart(2, "0");
  });
  return `#${mixed.join("")}`;
}
