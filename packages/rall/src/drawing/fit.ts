/** @file A fit as a picture: data with the traces before and after, losses, parameters, and where the loss is sensitive. */
import { viewKind } from "../modules/navigation.ts";
import type { View } from "../modules/view.ts";
import type { FitStart } from "../training/fit-result.ts";
import { check, list, numbers, object, required, text } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { type Curve, drawCurves } from "./curves.ts";
import { drawLossHistory, startsKind } from "./loss-history.ts";
import { drawMorphology } from "./morphology.ts";
import { belowEachOther, besideEachOther } from "./page.ts";
import { drawParameters, type FittedParameter, parametersKind } from "./parameter-table.ts";
import { type PictureOptions, pictureFields } from "./svg.ts";
import { unitInPrint } from "./text.ts";

/** One recording of a fit, before and after, beside its data. */
export interface FittedTrace {
  readonly name: string;
  /** Title of the vertical axis; default `mV`. */
  readonly unit?: string;
  /** What the fit is to reach, NaN where nothing is known; one number for each time. */
  readonly data?: ArrayLike<number>;
  readonly before: ArrayLike<number>;
  readonly after: ArrayLike<number>;
}

/** What the picture of a fit shows. */
export interface FitPicture {
  /** In ms. */
  readonly time: ArrayLike<number>;
  readonly traces: readonly FittedTrace[];
  /** As in the result of `fit`. */
  readonly starts: readonly Pick<FitStart, "history">[];
  readonly parameters: readonly FittedParameter[];
  /** How much the loss depends on each compartment of a view, drawn in decades of colours: a number that is not negative for each. */
  readonly sensitivity?: {
    readonly view: View;
    readonly values: ArrayLike<number>;
    readonly title?: string;
  };
}

/** Traces drawn. */
const most = 6;

const traceKind = object({
  ...{ name: required(text), unit: text, data: numbers },
  ...{ before: required(numbers), after: required(numbers) },
});
const fitKind = object({
  time: required(numbers),
  traces: required(list(traceKind, "a list of traces { name, before, after }")),
  starts: required(startsKind),
  parameters: required(parametersKind),
  sensitivity: object({ view: required(viewKind), values: required(numbers), title: text }),
});

/** Draws a fit on one page as SVG, 1000 pixels wide by default. @throws ValueError for series that do not fit the time. */
export function drawFit(fit: FitPicture, options: PictureOptions = {}): string {
  check(fit, fitKind, "fit");
  checkOptions(options, pictureFields, "drawFit");
  const { title = "", width = 1000 } = options;
  const { traces, time, starts, parameters, sensitivity } = fit;
  const panels = traces.slice(0, most).map(({ name, unit = "mV", data, before, after }) => {
    const curves: Curve[] = [
      { name: "before", x: time, y: before, colour: "#e08a3c", style: "dashed", strokeWidth: 1.3 },
      ...(data === undefined
        ? []
        : [{ name: "data", x: time, y: data, colour: "#222222", strokeWidth: 2.6 }]),
      { name: "after", x: time, y: after, colour: "#2a8fd4", strokeWidth: 1.4 },
    ];
    return drawCurves(curves, {
      title: name,
      width,
      xTitle: "time (ms)",
      yTitle: unitInPrint(unit),
    });
  });
  const half = width / 2;
  const table = [
    drawLossHistory(starts, { width: half }),
    drawParameters(parameters, { width: half }),
  ];
  const columns =
    sensitivity === undefined
      ? table.map((one) => [one])
      : [table, [drawSensitivity(sensitivity, half)]];
  return belowEachOther([...panels, besideEachOther(columns)], title);
}

/** Colours reach over this many decades below the largest number. */
const reach = 4;

function drawSensitivity(
  { view, values, title = "sensitivity of the loss" }: NonNullable<FitPicture["sensitivity"]>,
  width: number,
): string {
  const largest = Array.from(values).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const relative = Float64Array.from(values, (value) => Math.abs(value) / (largest || 1));
  return drawMorphology(view, {
    ...{ colourBy: relative, colours: "logarithmic", limits: [10 ** -reach, 1] },
    ...{ barTitle: "of the largest", title, width },
  });
}
