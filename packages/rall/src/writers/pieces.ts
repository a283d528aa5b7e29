/** @file Texts that may be longer than a string can be. */
import { ValueError } from "../errors.ts";

/** Characters of the longest string that every platform has. */
const longest = 2 ** 29 - 25;

/**
 * All pieces as one text.
 *
 * @param way - what gives the pieces.
 * @throws ValueError if they are too long for one.
 */
export function inOne(pieces: Iterable<string>, way: string): string {
  const all: string[] = [];
  let length = 0;
  for (const piece of pieces) {
    length += piece.length;
    if (length > longest) {
      throw new ValueError(`The text has more than ${longest} characters, too many for a string.`, {
        subject: "result",
        remedy: `Save it piece by piece: saveFile(path, ${way}(result)); or as NPZ.`,
      });
    }
    all.push(piece);
  }
  return all.join("");
}
