import { ValueError } from "../errors.ts";
import { inWords } from "./words.ts";

/** Longer names are compared with none: the distance of two takes the product of their lengths. */
const longest = 100;

/** The known name nearest to `name`, or undefined when none is near enough to be what was meant. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const names: unknown = known;
  if (
    typeof name !== "string" ||
    typeof names !== "object" ||
    names === null ||
    !(Symbol.iterator in names)
  )
    throw unusable(typeof name === "string" ? known : name);
  if (name.length > longest) return undefined;
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    if (typeof candidate !== "string") throw unusable(candidate);
    if (candidate.length > longest) continue;
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function unusable(name: unknown): ValueError {
  const remedy = "Give a text, and known names as a list of texts.";
  return new ValueError(`${inWords(name)} cannot be looked for.`, { subject: "name", remedy });
}

/** Optimal string alignment distance (insert, delete, replace, swap neighbours), at most `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, (beforePrevious[j - 2] ?? 0) + 1);
      }
      row.push(distance);
    }
    beforePrevious = previous;
    previous = row;
  }
  return Math.min(previous[b.length] ?? limit, limit);
}
