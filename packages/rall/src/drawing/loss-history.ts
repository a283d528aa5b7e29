/** @file How a fit went: the loss over its iterations. */
import type { FitStart } from "../training/fit-result.ts";
import { check, having, list, number, required } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { rangeOf } from "./axes.ts";
import { type Curve, drawCurves } from "./curves.ts";
import { type PictureOptions, pictureFields } from "./svg.ts";

const pointKind = having({ loss: required(number) }, "an evaluation { loss }");
export const startsKind = list(
  having({ history: required(list(pointKind)) }, "a start { history }"),
  "a list of starts { history }, as in the result of fit",
);

/** Draws the loss of each evaluation, and the lowest until then, over the number of the iteration, as SVG, 480 pixels wide by default. With many starts, one thin line for each. */
export function drawLossHistory(
  starts: readonly Pick<FitStart, "history">[],
  options: PictureOptions = {},
): string {
  check(starts, startsKind, "starts");
  checkOptions(options, pictureFields, "drawLossHistory");
  const { title = "loss", width = 480 } = options;
  const losses = starts.map(({ history }) => Float64Array.from(history, ({ loss }) => loss));
  const lowest = losses.map(lowestUntil);
  const least = (series: Float64Array) => series.at(-1) ?? Number.POSITIVE_INFINITY;
  const best = lowest.reduce(
    (found, series, k) => (least(series) < least(lowest[found] ?? series) ? k : found),
    0,
  );
  const number = (series: Float64Array) => Float64Array.from(series.keys());
  const others = losses.flatMap((series, k): Curve[] =>
    k === best
      ? []
      : [
          {
            name: "",
            x: number(series),
            y: lowestUntil(series),
            colour: "#b8b8b8",
            strokeWidth: 1,
          },
        ],
  );
  const own = losses[best] ?? new Float64Array();
  const chosen: Curve[] = [
    { name: "each iteration", x: number(own), y: own, colour: "#56b4e9", strokeWidth: 1.2 },
    {
      name:
        losses.length > 1 ? `lowest so far (start ${best} of ${losses.length})` : "lowest so far",
      x: number(own),
      y: lowestUntil(own),
      colour: "#0072b2",
      strokeWidth: 2,
    },
  ];
  const { low, high } = rangeOf(losses);
  return drawCurves([...chosen, ...others], {
    title,
    width,
    height: 190,
    xTitle: "iteration",
    yTitle: "loss",
    logarithmic: low > 0 && high > 5 * low,
  });
}

function lowestUntil(losses: Float64Array): Float64Array {
  let lowest = Number.POSITIVE_INFINITY;
  return losses.map((loss) => {
    if (loss < lowest) lowest = loss;
    return Number.isFinite(lowest) ? lowest : Number.NaN;
  });
}
