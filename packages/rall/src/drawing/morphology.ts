/** @file Cells as pictures: their branches, compartments or frusta, coloured by a value or by group. */
import { ValueError } from "../errors.ts";
import type { Description } from "../modules/description.ts";
import { layBranches, pointsOf } from "../modules/space.ts";
import type { View } from "../modules/view.ts";
import { splitPolyline } from "../morphology/frustum.ts";
import { checkOptions } from "../util/options.ts";
import { rangeOf } from "./axes.ts";
import { Camera, type Plane, type Point, planes } from "./camera.ts";
import { colourBar, shade } from "./shading.ts";
import { colour, element, label, linePath, picture, rounded } from "./svg.ts";
import { heading, type PictureOptions } from "./traces.ts";
import { valuesOf } from "./values.ts";

export interface MorphologyPictureOptions extends PictureOptions {
  /** `morph` (default): frusta as they were traced; `comp`: compartments as cylinders; `line`: thin lines. */
  readonly type?: "line" | "comp" | "morph";
  /** Axes of the picture; default `xy`. */
  readonly plane?: Plane;
  /**
   * What colours say: `groups`, the key of a parameter or state, or one value per compartment of the view (the voltages of a
   * moment, say). Default: nothing.
   */
  readonly colourBy?: string | ArrayLike<number>;
  /** Title of the colour bar; default: the key. */
  readonly barTitle?: string;
}

interface Piece {
  readonly compartment: number;
  readonly points: readonly Point[];
  readonly radii: readonly number[];
}

/**
 * Draws the compartments in view as SVG. Branches without coordinates are laid out for the picture.
 *
 * @throws {ValueError} for an unknown type or plane, or values of the wrong number; {NameError} for an unknown key.
 */
export function drawMorphology(view: View, options: MorphologyPictureOptions = {}): string {
  const known = ["title", "width", "type", "plane", "colourBy", "barTitle"];
  checkOptions(options, known, "drawMorphology");
  const { title = "", width = 720, type = "morph", plane = "xy" } = options;
  if (!["line", "comp", "morph"].includes(type) || !Object.hasOwn(planes, plane)) {
    throw new ValueError(`A cell cannot be drawn as ${type} in ${plane}.`, {
      subject: "type",
      value: type,
      remedy: 'The type is "line", "comp" or "morph", the plane "xy", "xz" or "yz".',
    });
  }
  const placed = view.root.description.copy();
  layBranches(placed, view.branchNumbers);
  const pieces = piecesOf(placed, view, planes[plane]);
  const camera = new Camera(
    pieces.flatMap(({ points }) => points),
    width - 90,
  );
  const paint = paintOf(view, options);
  const drawn = pieces.map((piece) => drawPiece(piece, type, camera, paint.of(piece.compartment)));
  const height = Math.max(camera.height, 260);
  return picture(
    width,
    height,
    heading(title, 12),
    drawn,
    paint.legend(width - 80, height),
    camera.scaleBar(),
  );
}

function drawPiece({ points, radii }: Piece, type: string, camera: Camera, fill: string): string {
  const path = points.map((point) => camera.at(point));
  const width = (radii.reduce((sum, r) => sum + r, 0) / radii.length) * 2 * camera.scale;
  const line = { fill: "none", stroke: fill, "stroke-linejoin": "round" };
  if (type === "line") return element("path", { d: linePath(path), ...line, "stroke-width": 1.2 });
  if (type === "comp") {
    const ends = [path[0], path.at(-1)].flatMap((point) => (point === undefined ? [] : [point]));
    return element("path", { d: linePath(ends), ...line, "stroke-width": Math.max(0.6, width) });
  }
  const outlines = path.slice(1).map((end, k) => {
    const start = path[k] ?? end;
    const [dx, dy] = [end[0] - start[0], end[1] - start[1]];
    const length = Math.hypot(dx, dy) || 1;
    const corner = (at: Point, r: number, side: number) => {
      const off = (side * Math.max(0.3, r * camera.scale)) / length;
      return `${rounded(at[0] - dy * off)} ${rounded(at[1] + dx * off)}`;
    };
    const [a, b] = [radii[k] ?? 1, radii[k + 1] ?? 1];
    return `M${corner(start, a, 1)}L${corner(end, b, 1)}L${corner(end, b, -1)}L${corner(start, a, -1)}Z`;
  });
  // A thin stroke closes the gaps between frusta at bends
  return element("path", { d: outlines.join(""), fill, stroke: fill, "stroke-width": 0.4 });
}

/** The stretch of its branch that each compartment of the view covers. */
function piecesOf(
  description: Description,
  view: View,
  [a, b]: readonly [number, number],
): Piece[] {
  const chosen = new Set(view.compartments);
  return Array.from(view.branchNumbers).flatMap((branch) => {
    const rows = pointsOf(description, branch) ?? new Float64Array(4);
    const first = description.firstCompartment[branch] ?? 0;
    const count = description.ncomp[branch] ?? 1;
    const points = rows.length === 4 ? blob(rows) : rows;
    return splitPolyline(points, count).flatMap((piece, c): Piece[] => {
      const compartment = first + c;
      if (!chosen.has(compartment)) return [];
      const found = Array.from({ length: piece.length / 4 }, (_, k) => 4 * k);
      return [
        {
          compartment,
          points: found.map((at): Point => [piece[at + a] ?? 0, piece[at + b] ?? 0]),
          radii: found.map((at) => piece[at + 3] ?? 1),
        },
      ];
    });
  });
}

/** A soma of one point is as long as it is wide. */
function blob(point: Float64Array): Float64Array {
  const [x = 0, y = 0, z = 0, r = 1] = point;
  return Float64Array.of(x - r, y, z, r, x + r, y, z, r);
}

interface Paint {
  of(compartment: number): string;
  legend(x: number, height: number): string;
}

function paintOf(view: View, { colourBy, barTitle }: MorphologyPictureOptions): Paint {
  if (colourBy === undefined) return { of: () => "#444", legend: () => "" };
  if (colourBy === "groups") return paintGroups(view.root.description);
  const values = valuesOf(view, colourBy);
  const range = rangeOf([[...values.values()]]);
  const title = barTitle ?? (typeof colourBy === "string" ? colourBy : "");
  return {
    of: (compartment) => shade(values.get(compartment) ?? Number.NaN, range),
    legend: (x, height) => colourBar(x, 50, Math.min(220, height - 90), range, title),
  };
}

function paintGroups({ groups }: Description): Paint {
  const names = [...groups.keys()];
  return {
    of: (compartment) => {
      const group = names.findIndex((name) => groups.get(name)?.[compartment] === 1);
      return group < 0 ? "#9a9a9a" : colour(group);
    },
    legend: (x) =>
      element(
        "g",
        {},
        names.map((name, k) => label(name, { x, y: 46 + 15 * k, fill: colour(k) })),
      ),
  };
}
