/** Pictures as PNG: the same picture at two pixels for one, with letters also on a machine without fonts. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { inflateSync } from "node:zlib";
import { afterEach, expect, test, vi } from "vitest";
import { toPng } from "../src/png.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const cellFile = join(root, "packages/rall/test/reference/swc/syn_three_point_soma.swc");
const folder = mkdtempSync(join(tmpdir(), "rall-png-"));
const rall = (...args: string[]) =>
  promisify(execFile)(process.execPath, [join(root, "packages/cli/dist/main.js"), ...args], {
    cwd: folder,
  });

interface Image {
  readonly width: number;
  readonly height: number;
  /** Red of a pixel. */
  at(x: number, y: number): number;
}

/** Reads what the test needs of PNG (ISO 15948): eight bits of red, green, blue, opacity, all filters, not interlaced. */
function decoded(bytes: Uint8Array): Image {
  const view = Buffer.from(bytes);
  expect(view.subarray(1, 4).toString("latin1")).toBe("PNG");
  const [width, height] = [view.readUInt32BE(16), view.readUInt32BE(20)];
  expect([...view.subarray(24, 29)]).toEqual([8, 6, 0, 0, 0]);
  const data: Buffer[] = [];
  for (let at = 8; at < view.length; at += 12 + view.readUInt32BE(at)) {
    const length = view.readUInt32BE(at);
    if (view.toString("latin1", at + 4, at + 8) === "IDAT")
      data.push(view.subarray(at + 8, at + 8 + length));
  }
  const raw = inflateSync(Buffer.concat(data));
  const stride = 4 * width;
  const pixels = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x++) {
      const left = x < 4 ? 0 : (pixels[y * stride + x - 4] ?? 0);
      const above = y === 0 ? 0 : (pixels[(y - 1) * stride + x] ?? 0);
      const corner = x < 4 || y === 0 ? 0 : (pixels[(y - 1) * stride + x - 4] ?? 0);
      const guess = left + above - corner;
      const [a, b, c] = [left, above, corner].map((one) => Math.abs(guess - one));
      const nearest =
        (a ?? 0) <= (b ?? 0) && (a ?? 0) <= (c ?? 0) ? left : (b ?? 0) <= (c ?? 0) ? above : corner;
      const added = [0, left, above, (left + above) >> 1, nearest][filter] ?? 0;
      pixels[y * stride + x] = (raw[y * (stride + 1) + 1 + x] ?? 0) + added;
    }
  }
  return { width, height, at: (x, y) => pixels[y * stride + 4 * x] ?? 0 };
}

function ink({ height, at }: Image, from: number, to: number): number {
  let dark = 0;
  for (let y = 0; y < height; y++) for (let x = from; x < to; x++) if (at(x, y) < 128) dark++;
  return dark;
}

afterEach(() => vi.restoreAllMocks());

const page = (...texts: string[]) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${40 * texts.length}" height="30" viewBox="0 0 ${40 * texts.length} 30" font-family="system-ui, sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>${texts
    .map((text, k) => `<text x="${40 * k + 4}" y="20">${text}</text>`)
    .join("")}</svg>`;

test("letters, units and powers leave ink, each in its place; a blank leaves none", async () => {
  const texts = ["mV", "µ", "Ω", "cm²", "⁻⁴", "°", "−", "é", "ж", "…", ""];
  const image = decoded(await toPng(page(...texts)));
  expect([image.width, image.height]).toEqual([2 * 40 * texts.length, 60]);
  for (const [k, text] of texts.entries()) {
    const dark = ink(image, 80 * k, 80 * (k + 1));
    if (text === "") expect(dark).toBe(0);
    else expect(dark, text).toBeGreaterThan(4);
  }
});

test("letters that the font lacks are said", async () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  await toPng(page("细胞", "v"));
  expect(said.mock.calls.join("")).toContain("细胞");
  said.mockClear();
  await toPng(page("v (mV)"));
  expect(said).not.toHaveBeenCalled();
});

test("rall plot and run write PNG by the ending, in the width that is asked for", async () => {
  await rall(
    "plot",
    cellFile,
    "--colour",
    "radius",
    "--limits",
    "0:10",
    "--marks",
    "--out",
    "a.png",
  );
  await rall(
    "plot",
    cellFile,
    "--colour",
    "radius",
    "--limits",
    "0:10",
    "--marks",
    "--out",
    "a.svg",
  );
  const svg = readFileSync(join(folder, "a.svg"), "utf8");
  const [, width, height] = / width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
  const image = decoded(readFileSync(join(folder, "a.png")));
  expect(Math.abs(image.width - 2 * Number(width))).toBeLessThan(2);
  expect(Math.abs(image.height - 2 * Number(height))).toBeLessThan(2);
  expect(svg).toContain(">radius (µm)<");
  const experiment = ["--stimulate", "soma:0.5,delay=1,duration=2,amplitude=1", "--tmax", "3"];
  await rall("run", cellFile, ...experiment, "--width", "400", "--plot", "b.png", "--out", "b.csv");
  expect(decoded(readFileSync(join(folder, "b.png"))).width).toBe(800);
  for (const [option, value, message] of [
    ["--width", "7", "120 to 8000"],
    ["--limits", "1", "LOW:HIGH"],
    ["--limits", "2:1", "no limits from 2 to 1"],
    ["--colours", "rainbow", "logarithmic"],
    ["--connectivity", "cells", "no network"],
  ] as const) {
    const args = ["plot", cellFile, "--colour", "radius", option, value, "--out", "c.svg"];
    const stderr = expect.stringContaining(message);
    await expect(rall(...args), `${option} ${value}`).rejects.toMatchObject({ stderr });
  }
});
