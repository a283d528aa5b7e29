/** @file Names of columns and arrays in files: no two alike, and safe as names of files. */

/** Names that tell `names` apart and differ from `taken`, also where case does not count. */
export function distinctNames(names: readonly string[], taken: readonly string[] = []): string[] {
  const used = new Set(taken.map((name) => name.toLowerCase()));
  const next = new Map<string, number>();
  return names.map((name) => {
    const key = name.toLowerCase();
    let distinct = name;
    for (let number = next.get(key) ?? 2; used.has(distinct.toLowerCase()); number++) {
      distinct = `${name} ${number}`;
      next.set(key, number + 1);
    }
    used.add(distinct.toLowerCase());
    return distinct;
  });
}

/** Characters of a name that is kept whole. */
const longest = 100;

/**
 * A name that is one of a file on any system, in the folder that it is put into: without slashes, control characters and
 * what Windows reserves.
 */
export function fileName(name: string): string {
  const plain = name
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\/:*?"<>|\ufffd]/gu, "_");
  const safe = withFirmEdges(plain).replace(/\.npy$/i, "_npy");
  const short = safe.slice(0, longest).replace(/\p{Cs}$/u, "");
  const isReserved = /^(con|prn|aux|nul|com\d|lpt\d)$/i.test(short);
  return short === "" || isReserved ? `_${short}` : short;
}

/** Points and spaces at both ends as underscores. */
function withFirmEdges(text: string): string {
  const isLoose = (at: number) => text[at] === "." || text[at] === " ";
  let [start, end] = [0, text.length];
  while (start < end && isLoose(start)) start++;
  while (end > start && isLoose(end - 1)) end--;
  return "_".repeat(start) + text.slice(start, end) + "_".repeat(text.length - end);
}
