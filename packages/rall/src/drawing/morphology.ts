/** @file Cells as pictures: their branches, compartments or frusta, coloured by a value or by group. */

import { viewKind } from "../modules/navigation.ts";
import { layBranches } from "../modules/space.ts";
import type { View } from "../modules/view.ts";
import { check, choice, either, flag, numbers, text } from "../util/kinds.ts";
import { checkOptions } from "../util/options.ts";
import { barWidth, type ColourOptions, colourBar, colourOptionFields, scaleFor } from "./bar.ts";
import { around, Camera, type Plane, planeKind, planes } from "./camera.ts";
import { type ColourScale, shade } from "./colours.ts";
import { groupsOf } from "./groups.ts";
import { type LegendEntry, legend, ring, wedge } from "./legend.ts";
import { drawPiece, type Piece, type PieceType, piecesOf, pieceTypes } from "./pieces.ts";
import { drawAround } from "./soma.ts";
import { element, heading, type PictureOptions, picture, pictureFields } from "./svg.ts";
import { textWidth, unitInPrint, withUnit } from "./text.ts";
import { valuesOf } from "./values.ts";

export interface MorphologyPictureOptions extends PictureOptions, ColourOptions {
  /** `morph` (default): frusta as they were traced; `comp`: compartments as cylinders; `line`: thin lines. */
  readonly type?: PieceType;
  /** Axes of the picture; default `xy`. */
  readonly plane?: Plane;
  /**
   * What colours say: `groups`, the key of a parameter or state, or one value per compartment of the view (the voltages of a
   * moment, say). Default: nothing.
   */
  readonly colourBy?: string | ArrayLike<number>;
  /** Whether places of stimuli (a wedge) and of recordings (a ring) are marked; default false. */
  readonly marks?: boolean;
}

const fields = {
  ...pictureFields,
  ...colourOptionFields,
  type: choice(...pieceTypes),
  plane: planeKind,
  colourBy: either(text, numbers),
  marks: flag,
};
/** Room below the cell for the scale. */
const below = 34;

/**
 * Draws the compartments in view as SVG, as high as wide at most, and at most 720 pixels wide by default: no wider than the
 * cell and its bar need. Branches without coordinates are laid out for the picture.
 *
 * ```ts
 * const frames = times.map((k) => drawMorphology(cell, { colourBy: voltages[k], limits: [-80, 40], barTitle: "v (mV)" }));
 * ```
 *
 * @throws ValueError for an unknown type or plane, values of the wrong number, limits that are no range; NameError for an
 * unknown key.
 */
export function drawMorphology(view: View, options: MorphologyPictureOptions = {}): string {
  check(view, viewKind, "view");
  checkOptions(options, fields, "drawMorphology");
  const { title = "", width = 720, type = "morph", plane = "xy", marks = false } = options;
  const placed = view.root.description.copy();
  layBranches(placed, view.branchNumbers);
  const { neurites, somata } = piecesOf(placed, view, planes[plane], type);
  const pieces = [...neurites, ...somata.flat()];
  const paint = paintOf(view, options);
  const barRoom = paint.scale === undefined ? 0 : barWidth(paint.scale, paint.barTitle) + 24;
  const entries = [...paint.entries, ...(marks ? markEntries(view) : [])];
  const top = title === "" ? 6 : 28;
  const names = legend(entries, 12, top, width - 24);
  const cellTop = top + names.height;
  const frame = {
    left: 2,
    top: cellTop,
    width: width - barRoom - 4,
    height: 1.1 * width - cellTop,
  };
  const camera = new Camera(
    pieces.flatMap(({ points, radii }) => around(points, radii)),
    frame,
  );
  const draw = (piece: Piece) => drawPiece(piece, type, camera, paint.of(piece.compartment));
  // The soma on top, and below its compartments the outline around them, which fills the gaps
  const drawn = [
    ...neurites.map(draw),
    ...somata.flatMap((soma) => [
      drawAround(soma, camera, paint.of(soma[0]?.compartment ?? 0)),
      ...soma.map(draw),
    ]),
  ];
  const barHeight = Math.min(200, Math.max(90, camera.height - 60));
  const height = cellTop + Math.max(camera.height, barRoom > 0 ? barHeight + 40 : 0) + below;
  const words = Math.max(names.width, textWidth(title, 13)) + 24;
  const sheet = Math.min(width, Math.max(camera.width + barRoom + 4, words, 200));
  return picture(
    sheet,
    height,
    heading(title, 12, sheet),
    names.svg,
    drawn,
    marks ? drawMarks(view, pieces, camera) : [],
    paint.scale === undefined
      ? ""
      : colourBar(sheet - barRoom + 6, cellTop + 26, barHeight, paint.scale, paint.barTitle),
    camera.scaleBar(12, height - 12),
  );
}

interface Paint {
  of(compartment: number): string;
  readonly entries: readonly LegendEntry[];
  readonly scale?: ColourScale;
  readonly barTitle: string;
}

function paintOf(view: View, options: MorphologyPictureOptions): Paint {
  const { colourBy, barTitle } = options;
  const title = barTitle === undefined ? "" : unitInPrint(barTitle);
  if (colourBy === undefined) return { of: () => "#444", entries: [], barTitle: title };
  if (colourBy === "groups") {
    const groups = groupsOf(view.root.description);
    const entries = groups.legend(view.compartments);
    return { of: (compartment) => groups.colour(compartment), entries, barTitle: title };
  }
  const values = valuesOf(view, colourBy);
  const scale = scaleFor(values.values(), options);
  return {
    of: (compartment) => shade(values.get(compartment) ?? Number.NaN, scale),
    entries: [],
    scale,
    barTitle:
      barTitle === undefined && typeof colourBy === "string"
        ? withUnit(colourBy, view.unitOf(colourBy))
        : title,
  };
}

const ink = { stimulus: "#d55e00", recording: "#000000" } as const;

function markEntries(view: View): LegendEntry[] {
  const { stimuli, recordings } = view.root.description;
  return [
    ...(stimuli.length > 0
      ? [{ name: "stimulus", colour: ink.stimulus, mark: "wedge" } as const]
      : []),
    ...(recordings.some(({ synapse }) => synapse === undefined)
      ? [{ name: "recording", colour: ink.recording, mark: "ring" } as const]
      : []),
  ];
}

function drawMarks(view: View, pieces: readonly Piece[], camera: Camera): string {
  const { stimuli, recordings } = view.root.description;
  const middles = new Map(pieces.map(({ compartment, middle }) => [compartment, middle]));
  const mark = (places: Iterable<number>, draw: (x: number, y: number) => string) =>
    Array.from(new Set(places), (place) => {
      const middle = middles.get(place);
      return middle === undefined ? "" : draw(...camera.at(middle));
    });
  const recorded = recordings.flatMap(({ synapse, index }) => (synapse === undefined ? index : []));
  return element(
    "g",
    {},
    mark(recorded, (x, y) => ring(x, y, ink.recording)),
    mark(
      stimuli.map(({ compartment }) => compartment),
      (x, y) => wedge(x, y, ink.stimulus),
    ),
  );
}
