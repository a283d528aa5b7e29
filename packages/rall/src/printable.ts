/** @file Texts from outside (names, files) as they may be shown. */

const hidden = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}\ufeff\ufffe\uffff]/gu;

/**
 * A text that is safe to show in a terminal, a table or a picture: control characters (which could move the cursor or
 * clear the screen), marks that turn the direction of writing, and what no XML may hold stand as `\u001b`.
 *
 * @param kept - characters that stay, as `"\n"` in texts of several lines.
 */
export function printable(text: string, kept = ""): string {
  return String(text).replace(hidden, (found) => (kept.includes(found) ? found : escaped(found)));
}

function escaped(found: string): string {
  return `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** A text of at most `most` characters: what is too much is left out in the middle. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const mark = ` ... (${text.length} characters) ... `;
  const kept = Math.max(0, most - mark.length);
  const head = Math.ceil((2 * kept) / 3);
  return text.slice(0, head) + mark + text.slice(text.length - (kept - head));
}

/** A stretch of a line around a column (from 1), and the column within it. */
export function excerpt(line: string, column: number, width = 120) {
  if (line.length <= width) return { text: line, column };
  const start = Math.max(0, Math.min(column - 1 - Math.floor(width / 2), line.length - width));
  const end = start + width;
  const [before, after] = [start > 0 ? "..." : "", end < line.length ? "..." : ""];
  return { text: before + line.slice(start, end) + after, column: column - start + before.length };
}
