/** @file Pictures as PNG, drawn the same on every machine: the letters come with Rall. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { remark } from "./terminal.ts";

/** Pixels of the image for each pixel of the picture. */
const density = 2;
const font = "@fontsource/open-sans";
const subsets = ["latin", "latin-ext", "greek", "cyrillic"] as const;

/** A picture as PNG, at two pixels for each of its own. What the font has no letters for is said. */
export async function toPng(svg: string): Promise<Uint8Array> {
  const { initWasm, Resvg } = await import("@resvg/resvg-wasm");
  ready ??= readPart("@resvg/resvg-wasm/index_bg.wasm").then((bytes) => initWasm(bytes));
  await ready;
  const letters = subsets.map((subset) =>
    readPart(`${font}/files/open-sans-${subset}-400-normal.woff2`),
  );
  const missing = await lettersMissing(svg);
  if (missing !== "") {
    remark(
      `The font of PNG pictures has no ${missing}: these stay empty. An SVG picture has them.\n`,
    );
  }
  const image = new Resvg(withRaised(svg), {
    fitTo: { mode: "zoom", value: density },
    font: {
      fontBuffers: await Promise.all(letters),
      defaultFontFamily: "Open Sans",
      sansSerifFamily: "Open Sans",
    },
  });
  return image.render().asPng();
}

/** The library refuses to be started twice. */
let ready: Promise<void> | undefined;

async function readPart(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(fileURLToPath(import.meta.resolve(name))));
}

const raised = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻";

/** Raised digits that the font lacks, as small digits that are raised. */
function withRaised(svg: string): string {
  return svg.replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+/g, (digits) => {
    if (/^[¹²³]+$/.test(digits)) return digits;
    const plain = Array.from(digits, (digit) => "0123456789−"[raised.indexOf(digit)] ?? "");
    return `<tspan baseline-shift="super" font-size="75%">${plain.join("")}</tspan>`;
  });
}

/** Letters of a picture for which the font has no shapes, by the ranges that it says it has. */
async function lettersMissing(svg: string): Promise<string> {
  const texts = Array.from(svg.matchAll(/>([^<>]*)<\/text>/g), ([, text = ""]) => text);
  const beyond = new Set(
    [...texts.join("")].filter((letter) => letter > "ÿ" && !raised.includes(letter)),
  );
  if (beyond.size === 0) return "";
  const file = await readFile(fileURLToPath(import.meta.resolve(`${font}/unicode.json`)), "utf8");
  const known = JSON.parse(file) as Readonly<Record<string, string>>;
  const ranges = subsets.flatMap((subset) => (known[subset] ?? "").split(","));
  const has = (letter: string) =>
    ranges.some((range) => {
      const [from = "", to = from] = range.replace("U+", "").split("-");
      const code = letter.codePointAt(0) ?? 0;
      return code >= Number.parseInt(from, 16) && code <= Number.parseInt(to, 16);
    });
  return [...beyond]
    .filter((letter) => !has(letter))
    .slice(0, 20)
    .join("");
}
