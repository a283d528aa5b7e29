/** @file Spikes over time as a picture: one row per recorded compartment, and how often populations fire. */
import { ValueError } from "../errors.ts";
import { viewKind } from "../modules/navigation.ts";
import type { View } from "../modules/view.ts";
import type { SpikeTimes } from "../simulation/result.ts";
import {
  check,
  finite,
  finiteArray,
  flag,
  having,
  list,
  number,
  required,
  text,
} from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import {
  type AxisMark,
  axes,
  axisHeight,
  leftMargin,
  marksOf,
  type Panel,
  rangeOf,
  ticks,
  xAt,
  yAt,
} from "./axes.ts";
import { coloursFor } from "./colours.ts";
import { type Populations, populationsKind, populationsOf } from "./groups.ts";
import { legend } from "./legend.ts";
import {
  element,
  heading,
  label,
  linePath,
  type PictureOptions,
  picture,
  pictureFields,
  rounded,
} from "./svg.ts";
import { clipped, textWidth } from "./text.ts";

/** Spikes of one row; of which compartment, where a network tells its cell. */
export type SpikeRow = Pick<SpikeTimes, "name" | "times"> &
  Partial<Pick<SpikeTimes, "compartment">>;

export interface RasterOptions extends PictureOptions {
  /** Time in ms at which the picture ends; default: the last spike. */
  readonly tMax?: number;
  /** The network that was run: rows are then cells, in the order and the colours of their populations. */
  readonly network?: View;
  /** As in `drawNetwork`; default: groups of the network that have whole cells. */
  readonly populations?: Populations;
  /** Whether rates of the populations stand below; default: where there are more than four rows. */
  readonly rate?: boolean;
  /** Width of the bins of the rates in ms; default: a round number, about a hundredth of the time. */
  readonly bin?: number;
}

interface Band {
  readonly name: string;
  readonly colour: string;
  readonly rows: readonly SpikeRow[];
}

const fields = {
  ...pictureFields,
  ...{ tMax: finite, network: viewKind, populations: populationsKind },
  ...{ rate: flag, bin: number },
};
const rowKind = having(
  { name: required(text), times: required(finiteArray), compartment: number },
  "spikes { name, times }",
);
/** Most rows that are called by their names; more are numbered. */
const mostNames = 30;
const rateHeight = 90;

/**
 * Draws spikes as SVG, 960 pixels wide by default: a row per recording and, below, the rate of each population in Hz.
 *
 * ```ts
 * const { spikes } = await integrate(net, { tMax: 500 });
 * drawRaster(spikes, { network: net, tMax: 500, bin: 5 });
 * ```
 *
 * @throws ValueError if there is no row, for a width of bins that is not above 0, or for rows of no cell of the network.
 */
export function drawRaster(spikes: readonly SpikeRow[], options: RasterOptions = {}): string {
  check(spikes, list(rowKind, "a list of spikes { name, times }"), "spikes");
  checkOptions(options, fields, "drawRaster");
  const { title = "", width = 960, tMax, rate = spikes.length > 4 } = options;
  if (spikes.length === 0) {
    throw new ValueError("There are no spikes to draw.", {
      subject: "spikes",
      remedy: "Call recordSpikes() on some compartments before the run.",
    });
  }
  const end = tMax ?? rangeOf(spikes.map(({ times }) => times)).high;
  const bin = checkedBin(options.bin ?? roundBin(end));
  const bands = bandsOf(spikes, options);
  const rows = bands.flatMap((band) => band.rows);
  const count = rows.length;
  const rowHeight = Math.max(1, Math.min(18, 460 / count));
  const isNamed = count <= mostNames;
  const names = shortNames(rows);
  const marks: AxisMark[] = isNamed
    ? names.map((text, at) => ({ at, text: clipped(text, 150) }))
    : ticks({ low: 0, high: count - 1 }, 6).map((at) => ({ at, text: String(at) }));
  const x = { low: 0, high: Math.max(end, 1e-9) };
  const rates = bands.map((band) => ratesOf(band, x.high, bin));
  const highest = rangeOf([...rates, [0]]).high;
  const y = { low: 0, high: highest > 0 ? 1.08 * highest : 1 };
  const rowTitle = isNamed ? undefined : options.network === undefined ? "row" : "cell";
  const left = Math.max(
    leftMargin(marks, rowTitle),
    rate ? leftMargin(marksOf(y, rateHeight), "Hz") : 0,
  );
  const total = `${spikes.reduce((sum, { times }) => sum + times.length, 0)} spikes`;
  const room = width - left - 16;
  const entries = bands.length > 1 ? bands.map((band) => ({ ...band, mark: "dot" as const })) : [];
  const shown = legend(entries, left, 28, room);
  const panel: Panel = {
    left,
    top: 30 + (shown.height > 0 ? shown.height + 2 : 0),
    width: room,
    height: rowHeight * count,
    x,
    // The first row on top
    y: { low: count - 0.5, high: -0.5 },
  };
  const below: Panel = { ...panel, top: panel.top + panel.height + 12, height: rateHeight, y };
  const last = rate ? below : panel;
  const time = { x: "time (ms)" };
  return picture(
    width,
    last.top + last.height + axisHeight,
    heading(title, left, width - textWidth(total) - 24),
    label(total, { x: left + room, y: 20, "text-anchor": "end", fill: "#444" }),
    shown.svg,
    axes(panel, {
      rows: marks,
      hasNumbers: !rate,
      ...(rowTitle === undefined ? {} : { y: rowTitle }),
      ...(rate ? {} : time),
    }),
    drawRows(bands, panel, rowHeight),
    rate ? axes(below, { ...time, y: "rate (Hz)" }) : "",
    rate ? rates.map((values, k) => drawSteps(values, below, bin, bands[k]?.colour ?? "#000")) : [],
  );
}

function checkedBin(bin: number): number {
  if (Number.isFinite(bin) && bin > 0) return bin;
  throw new ValueError(`The bins of a rate cannot be ${bin} ms wide.`, {
    subject: "bin",
    value: bin,
    remedy: "Give a width above 0, in ms.",
  });
}

function roundBin(end: number): number {
  const [, step = 1] = ticks({ low: 0, high: Math.max(end, 1e-9) }, 80);
  return step;
}

/** Rows by population, those without one last. */
function bandsOf(spikes: readonly SpikeRow[], { network, populations }: RasterOptions): Band[] {
  const [only = "#000"] = coloursFor(1);
  if (network === undefined) return [{ name: "", colour: only, rows: spikes }];
  const { branchOf, cellOf } = network.root.description;
  const kinds = populationsOf(network, populations);
  const placed = spikes.map((row) => {
    const cell = cellOf[branchOf[row.compartment ?? -1] ?? -1];
    if (cell !== undefined) return { row, cell };
    throw new ValueError(`The spikes ${row.name} are of no cell of the network.`, {
      subject: row.name,
      value: row.compartment,
      remedy: "Give the spikes of a run of this network.",
    });
  });
  const bands = [...kinds.names, "others"].map((name, k): Band => {
    const members = placed.filter(
      ({ cell }) => (kinds.of[cell] ?? -1) === (k < kinds.names.length ? k : -1),
    );
    const [{ cell } = { cell: -1 }] = members;
    return {
      name,
      colour: kinds.colour(cell),
      rows: members.toSorted((a, b) => a.cell - b.cell).map(({ row }) => row),
    };
  });
  const shown = bands.filter(({ rows }) => rows.length > 0);
  return shown.length === 1 ? shown.map((band) => ({ ...band, colour: only })) : shown;
}

/** `cell 3` for `spikes_n3_b0_c0` and `spikes cell 3 soma(0.5)`, where there is one row for each cell. */
function shortNames(rows: readonly SpikeRow[]): string[] {
  const cells = rows.map(({ name }) => /^spikes(?:_n| cell )(\d+)[_ ]\S+$/.exec(name)?.[1]);
  const isByCell = cells.every((cell) => cell !== undefined) && new Set(cells).size === rows.length;
  return rows.map(({ name }, k) => (isByCell ? `cell ${cells[k]}` : name));
}

function drawRows(bands: readonly Band[], panel: Panel, rowHeight: number): string[] {
  const mark = Math.max(1, 0.8 * rowHeight);
  let row = 0;
  return bands.flatMap(({ rows, colour }) =>
    rows.map(({ times }) => {
      const y = rounded(yAt(panel, row++) - mark / 2);
      const inside = times.filter((time) => time <= panel.x.high);
      const path = Array.from(
        inside,
        (time) => `M${rounded(xAt(panel, time))} ${y}v${rounded(mark)}`,
      );
      return element("path", {
        d: path.join(""),
        stroke: colour,
        "stroke-width": 1.2,
        fill: "none",
      });
    }),
  );
}

/** Spikes per second and row in each bin. */
function ratesOf({ rows }: Band, end: number, bin: number): Float64Array {
  const rates = new Float64Array(Math.max(1, Math.ceil(end / bin - 1e-9)));
  for (const { times } of rows) {
    for (const time of times) {
      const at = Math.min(rates.length - 1, Math.floor(time / bin));
      if (time <= end) rates[at] = (rates[at] ?? 0) + 1000 / (bin * rows.length);
    }
  }
  return rates;
}

function drawSteps(rates: Float64Array, panel: Panel, bin: number, ink: string): string {
  const end = (k: number) => xAt(panel, Math.min(panel.x.high, k * bin));
  const steps = Array.from(rates).flatMap((rate, k): [number, number][] => [
    [end(k), yAt(panel, rate)],
    [end(k + 1), yAt(panel, rate)],
  ]);
  return element("path", { d: linePath(steps), fill: "none", stroke: ink, "stroke-width": 1.3 });
}
