/** @file Words and numbers in a picture: how they are written, and how much room they take. */

/** Size of letters in pixels where nothing else is said. */
export const fontSize = 11;

const narrow = /[ijlI.,:;'|!()[\] tfr/-]/;
const wide = /[mwMW@%–—−]/;

/**
 * Width of a text in pixels, estimated: that of DejaVu Sans, the widest of the common fonts, in classes of letters. Letters
 * beyond Latin and Greek count as wide as high.
 */
export function textWidth(text: string, size = fontSize): number {
  let width = 0;
  for (const letter of text) {
    if (letter > "\u2fff") width += 1;
    else if (narrow.test(letter)) width += 0.39;
    else if (wide.test(letter)) width += 0.95;
    else width += /[A-Z]/.test(letter) ? 0.72 : 0.62;
  }
  return width * size;
}

/** The text, or as much of its begin as there is room for, with an ellipsis. */
export function clipped(text: string, room: number, size = fontSize): string {
  if (textWidth(text, size) <= room) return text;
  const letters = [...text];
  while (letters.length > 1 && textWidth(`${letters.join("")}…`, size) > room) letters.pop();
  return `${letters.join("")}…`;
}

const symbols: readonly (readonly [RegExp, string])[] = [
  [/\bu(?=[mSFAVs]\b|m[23])/g, "µ"],
  [/\bOhm\b/g, "Ω"],
  [/\bdeg C\b/g, "°C"],
  [/(?<=[a-zµ])2\b/g, "²"],
  [/(?<=[a-zµ])3\b/g, "³"],
];

/** A unit as it is printed: `S/cm2` is S/cm², `um` is µm. */
export function unitInPrint(unit: string): string {
  return symbols.reduce((text, [plain, printed]) => text.replace(plain, printed), unit);
}

/** A quantity with its unit in brackets: the title of an axis. */
export function withUnit(name: string, unit: string): string {
  return unit === "" ? name : `${name} (${unitInPrint(unit)})`;
}

/** A number with few digits and a true minus. */
export function numberInPrint(value: number): string {
  const size = Math.abs(value);
  const digits = Number(value.toPrecision(4));
  const text = size > 0 && (size < 1e-3 || size >= 1e6) ? digits.toExponential() : String(digits);
  return text.replace("e+", "e").replaceAll("-", "−");
}

/** A power of ten with a raised exponent. */
export function powerInPrint(exponent: number): string {
  const raised = String(exponent).replace(/[-\d]/g, (c) =>
    c === "-" ? "\u207b" : ("⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)] ?? c),
  );
  return `10${raised}`;
}
