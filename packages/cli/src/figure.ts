/** @file Traces as an SVG picture. */
import type { PlotOptions } from "@observablehq/plot";
import type { Result } from "rall";
import { writeWhole } from "./traces.ts";

/** Colours that people of all kinds of sight can tell apart (Okabe, Ito 2008). */
const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"];
/** Points per curve that a picture of this width can show: least and largest of each pixel. */
const columns = 900;

/** Draws all recordings over time; those of one kind of state share a panel. */
export async function writeFigure(file: string, title: string, result: Result): Promise<void> {
  // Loaded here only, because it takes longer than the rest of the command
  const [Plot, { parseHTML }] = await Promise.all([
    import("@observablehq/plot"),
    import("linkedom"),
  ]);
  const { document } = parseHTML("<html><body></body></html>");
  const kinds = new Map<string, number[]>();
  for (const [row, name] of result.names.entries()) {
    const kind = name.replace(/(_b\d+)?_c\d+$/, "");
    kinds.set(kind, [...(kinds.get(kind) ?? []), row]);
  }
  const height = 260;
  const panels = [...kinds].map(([kind, rows], number) => {
    const marks = rows.map((row, k) =>
      Plot.line(thinOut(result.time, result.recordings[row] ?? new Float64Array()), {
        x: "t",
        y: "value",
        stroke: colours[k % colours.length] ?? "black",
        strokeWidth: 1.2,
      }),
    );
    const names = rows.slice(0, 12).map((row) => result.names[row] ?? "");
    const svg = Plot.plot({
      document: document as unknown as NonNullable<PlotOptions["document"]>,
      width: 960,
      height,
      marginLeft: 60,
      marginRight: 150,
      x: { label: "time (ms)" },
      y: { label: kind === "v" ? "v (mV)" : kind, grid: true },
      marks: [
        ...marks,
        ...names.map((name, k) =>
          Plot.text([name], {
            frameAnchor: "top-right",
            textAnchor: "start",
            dx: 8,
            dy: 14 * k,
            fill: colours[k % colours.length] ?? "black",
            text: (text: string) => text,
          }),
        ),
      ],
    });
    svg.setAttribute("y", String(30 + number * height));
    svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    return svg.outerHTML;
  });
  const all = 30 + height * panels.length;
  await writeWhole(
    file,
    `<svg xmlns="http://www.w3.org/2000/svg" width="960" height="${all}" viewBox="0 0 960 ${all}" font-family="system-ui, sans-serif" font-size="10">
<rect width="100%" height="100%" fill="white"/>
<text x="60" y="20" font-size="13">${markup(title)}</text>
${panels.join("\n")}
</svg>
`,
  );
}

/** At most two points per column of the picture, so that no spike is lost. */
function thinOut(time: Float64Array, values: Float64Array) {
  const points: { t: number; value: number }[] = [];
  const step = Math.max(1, Math.floor(values.length / columns));
  for (let start = 0; start < values.length; start += step) {
    const end = Math.min(values.length, start + step);
    let [low, high] = [start, start];
    for (let k = start; k < end; k++) {
      if ((values[k] ?? 0) < (values[low] ?? 0)) low = k;
      if ((values[k] ?? 0) > (values[high] ?? 0)) high = k;
    }
    for (const k of [...new Set([low, high])].sort((a, b) => a - b))
      points.push({ t: time[k] ?? 0, value: values[k] ?? 0 });
  }
  return points;
}

function markup(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
}
