/** @file What a loss returned, checked before it is carried backwards. */
import { ValueError } from "../errors.ts";
import { ownMember } from "../util/own.ts";
import type { LossValue } from "./loss.ts";

/** @throws ValueError for a value or derivative that is not finite, or a derivative of another shape than the recordings or states. */
export function checkLoss(
  result: LossValue,
  recordings: readonly Float64Array[],
  names: readonly string[],
  states: Readonly<Record<string, Float64Array>>,
): void {
  const { value, gradient, byStates = {} } = result ?? {};
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new ValueError(`The loss returned ${value} as its value.`, {
      subject: "loss",
      value,
      remedy: "A loss returns { value, gradient } with a finite value.",
    });
  }
  if (!Array.isArray(gradient) || gradient.length !== recordings.length) {
    throw new ValueError(
      `The loss returned ${Array.isArray(gradient) ? `${gradient.length} series` : typeof gradient} as its gradient, for ${recordings.length} recordings.`,
      {
        subject: "loss",
        value: gradient?.length,
        remedy: "Return one series of derivatives for each recording.",
      },
    );
  }
  for (const [row, series] of recordings.entries())
    checkSeries(gradient[row], series.length, `recording ${row} (${names[row]})`);
  for (const [key, column] of Object.entries(byStates)) {
    const length = ownMember(states, key)?.length;
    if (length === undefined) {
      throw new ValueError(
        `The loss returned a derivative by the final state ${key}, which there is not.`,
        {
          subject: key,
          remedy: `There are: ${Object.keys(states).join(", ")}.`,
        },
      );
    }
    checkSeries(column, length, `the final state ${key}`);
  }
}

function checkSeries(series: Float64Array | undefined, length: number, what: string): void {
  if (series?.length !== length) {
    throw new ValueError(
      `The loss returned ${series?.length ?? "no"} derivatives by ${what}, which has ${length} values.`,
      { subject: "loss", value: series?.length, remedy: "Return one derivative for each value." },
    );
  }
  const wrong = series.findIndex((one) => !Number.isFinite(one));
  if (wrong < 0) return;
  throw new ValueError(`The derivative of the loss by ${what} is ${series[wrong]} at ${wrong}.`, {
    subject: "loss",
    value: series[wrong],
    remedy: "Look at the loss there: a division by 0, or a root or logarithm of it.",
  });
}
