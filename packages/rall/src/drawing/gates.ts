/** @file The gates of a channel over the voltage: where they go, and how fast. */
import { ValueError } from "../errors.ts";
import { add, divide } from "../expressions/math.ts";
import { type Channel, channelKind } from "../mechanisms/channel.ts";
import { type ChannelPoint, evaluateIn } from "../mechanisms/evaluate.ts";
import { check, finite, record } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { axes, axisHeight, type Panel, rangeOf, widened, xAt, yAt } from "./axes.ts";
import { coloursFor } from "./colours.ts";
import { legend } from "./legend.ts";
import { element, heading, linePath, type PictureOptions, picture, pictureFields } from "./svg.ts";

export interface GatePictureOptions extends PictureOptions {
  /** Voltages in mV between which curves are drawn; default -100 and 50. */
  readonly from?: number;
  readonly to?: number;
  /** Values of parameters by key; default: the channel's. */
  readonly parameters?: ChannelPoint["parameters"];
}

const samples = 300;
const fields = { ...pictureFields, from: finite, to: finite, parameters: record(finite) };

/**
 * Draws steady state and time constant (ms) of each gate of a channel over the voltage as SVG, 720 pixels wide by default.
 *
 * @throws ValueError for a channel without gates, or voltages that are no range.
 */
export function drawGates(channel: Channel, options: GatePictureOptions = {}): string {
  check(channel, channelKind, "channel");
  checkOptions(options, fields, "drawGates");
  const { title = channel.name, width = 720, from = -100, to = 50, parameters = {} } = options;
  const gates = channel.states.flatMap(({ local, gate }) =>
    gate === undefined ? [] : [{ local, gate }],
  );
  if (gates.length === 0 || !(from < to)) {
    throw new ValueError(
      gates.length === 0
        ? `${channel.name} has no gates with rates.`
        : `There are no voltages from ${from} to ${to} mV.`,
      { subject: channel.name },
    );
  }
  const voltages = Float64Array.from(
    { length: samples },
    (_, k) => from + ((to - from) * k) / (samples - 1),
  );
  const curves = gates.map(({ local, gate }) => {
    const [inf, tau] =
      gate.form === "infTau"
        ? [gate.inf, gate.tau]
        : [divide(gate.alpha, add(gate.alpha, gate.beta)), divide(1, add(gate.alpha, gate.beta))];
    const rows = Array.from(voltages, (v) => evaluateIn(channel, { v, parameters }, [inf, tau]));
    return { local, inf: rows.map(([x = 0]) => x), tau: rows.map(([, x = 0]) => x) };
  });
  const inks = coloursFor(curves.length);
  const entries = curves.map(({ local }, c) => ({ name: local, colour: inks[c] ?? "#000" }));
  const left = 62;
  const names = legend(entries, left, 30, width - left - 16);
  const half = (width - 2 * left - 16) / 2;
  const panels = (["inf", "tau"] as const).map((what, k) => {
    const taus = widened(rangeOf([...curves.map(({ tau }) => tau), [0]]));
    const panel: Panel = {
      left: left + k * (half + left),
      top: 34 + names.height,
      width: half,
      height: 240,
      x: { low: from, high: to },
      y: what === "inf" ? { low: -0.02, high: 1.02 } : { low: 0, high: taus.high },
    };
    const lines = curves.map((curve, c) =>
      element("path", {
        d: linePath(
          Array.from(voltages, (v, i) => [xAt(panel, v), yAt(panel, curve[what][i] ?? Number.NaN)]),
        ),
        fill: "none",
        stroke: inks[c],
        "stroke-width": 1.8,
      }),
    );
    const y = what === "inf" ? "steady state" : "time constant (ms)";
    return element("g", {}, axes(panel, { x: "voltage (mV)", y }), lines);
  });
  const height = 34 + names.height + 240 + axisHeight;
  return picture(width, height, heading(title, left, width), names.svg, panels);
}
