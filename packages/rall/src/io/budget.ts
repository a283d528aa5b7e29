/** @file How much a file may hold in all, counted before anything of that size is made. */
import { ModelFileError } from "../errors.ts";
import { number } from "../util/kinds.ts";
import { fileLimits } from "../util/limits.ts";

/** Most that a model file may hold in all; what a file unfolds to counts, not its length. */
export interface FileLimits {
  /** Characters of its text; default 32 million. */
  readonly characters: number;
  /** Lists and objects in its text; default 250,000. */
  readonly entries: number;
  /** Numbers in all series together, `[count, value]` being `count` numbers; default 6 million, which are 48 MB. */
  readonly numbers: number;
  /** Characters of all equations together; default 1.2 million. */
  readonly equations: number;
  /** Parameters and states of all mechanisms; default 10,000. */
  readonly quantities: number;
}

export const limitKinds = Object.fromEntries(Object.keys(fileLimits).map((key) => [key, number]));

/** What is left of the limits while a file is read. */
export class Budget {
  readonly #limits: FileLimits;
  readonly #spent = new Map<keyof FileLimits, number>();

  constructor(limits: Partial<FileLimits> = {}) {
    this.#limits = { ...fileLimits, ...limits };
  }

  /** @throws ModelFileError if there would be more in all than the limit. */
  spend(what: keyof FileLimits, amount: number, path: string): void {
    const spent = (this.#spent.get(what) ?? 0) + amount;
    this.#spent.set(what, spent);
    const most = this.#limits[what];
    if (spent <= most) return;
    throw new ModelFileError(
      `${path}: makes ${spent} ${words[what]} so far; at most ${most} are read.`,
      {
        subject: path,
        value: spent,
        remedy: `If the file is yours and is to be that large: fromJSON(text, { limits: { ${what}: ... } }).`,
      },
    );
  }

  /** Looks at a text before it is parsed. */
  spendText(text: string): void {
    this.spend("characters", text.length, "$");
    let [entries, numbers] = [0, 0];
    for (let k = 0; k < text.length; k++) {
      const code = text.charCodeAt(k);
      if (code === comma) numbers++;
      else if (code === bracket || code === brace) entries++;
    }
    this.spend("entries", entries, "$");
    // Series spend their numbers themselves
    if (numbers > this.#limits.numbers) this.spend("numbers", numbers, "$");
  }
}

const [comma, bracket, brace] = [",", "[", "{"].map((one) => one.charCodeAt(0));

const words: Readonly<Record<keyof FileLimits, string>> = {
  characters: "characters",
  entries: "lists and objects",
  numbers: "numbers",
  equations: "characters of equations",
  quantities: "parameters and states",
};
