/** @file Reports of fits: a picture (SVG, PNG), or a page that holds all it shows (HTML). */
import { drawFit, type FitPicture } from "rall";
import { type Formats, pictureFormats } from "./outputs.ts";

export interface Report {
  readonly title: string;
  readonly summary: string;
  readonly remarks: readonly string[];
  readonly picture: FitPicture;
  readonly rows: readonly {
    readonly name: string;
    readonly unit: string;
    readonly start: number;
    readonly fitted: number;
    readonly bounds: readonly [number, number];
  }[];
}

/** A report is a picture, or a page that holds one. */
export const reportFormats: Formats<Report> = {
  ...Object.fromEntries(
    Object.entries(pictureFormats).map(([ending, format]) => [
      ending,
      ({ picture, title }: Report) => format(drawFit(picture, { title })),
    ]),
  ),
  ".html": (report) => page(report, drawFit(report.picture)),
};

function page({ title, summary, remarks, rows }: Report, svg: string): string {
  const cells = (tag: string, texts: readonly string[]) =>
    `<tr>${texts.map((text) => `<${tag}>${escaped(text)}</${tag}>`).join("")}</tr>`;
  const table = rows.map(({ name, unit, start, fitted, bounds: [lower, upper] }) =>
    cells("td", [name, short(start), short(fitted), unit, `${short(lower)} to ${short(upper)}`]),
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 1000px; margin: 2em auto; padding: 0 1em; color: #222; }
  h1 { font-size: 1.3em; } h2 { font-size: 1.05em; margin-top: 2em; }
  svg { max-width: 100%; height: auto; }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
  th, td { padding: 0.2em 1.2em 0.2em 0; text-align: left; border-bottom: 1px solid #e4e4e4; }
</style>
<h1>${escaped(title)}</h1>
<p>${escaped(summary)}</p>
${svg.replace(/ width="([\d.]+)" height="([\d.]+)"/, ' width="$1" height="$2" role="img"')}
<h2>Parameters</h2>
<table>
${[cells("th", ["name", "start", "fitted", "unit", "bounds"]), ...table].join("\n")}
</table>
${remarks.length === 0 ? "" : `<h2>Notes</h2>\n<ul>${remarks.map((remark) => `<li>${escaped(remark)}</li>`).join("")}</ul>`}
</html>
`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
}
