/** @file The files that a command writes: tried before it begins, and none of them lost because of another. */
import { mkdtemp, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, extname, join, resolve } from "node:path";
import { type Content, checkWritable, RallError, saveFile } from "rall";
import { UsageError } from "./failure.ts";
import { remark, sayRaw } from "./terminal.ts";

/** By the ending of a file's name, how something becomes its content. */
export type Formats<T> = Readonly<Record<string, (content: T) => Content | Promise<Content>>>;

/** What an option asks to be written. */
export class Output<T> {
  readonly option: string;
  readonly file: string;
  readonly #formats: Formats<T>;
  #written: string | undefined;

  constructor(option: string, file: string, formats: Formats<T>) {
    this.option = option;
    this.file = file;
    this.#formats = formats;
  }

  /** Where it was written, which may be elsewhere than was asked; undefined if nowhere. */
  get written(): string | undefined {
    return this.#written;
  }

  /** Whether it goes where the summary would. */
  get isStandardOutput(): boolean {
    return /^\/(dev\/(stdout|fd\/1)|proc\/self\/fd\/1)$/.test(this.file);
  }

  /**
   * @throws UsageError for an ending that names no format, PlatformError if nothing can be written there. A pipe or a device
   *   (/dev/stdout) takes the first format, whatever it is called.
   */
  async check(command: string): Promise<void> {
    const isStream = this.isStandardOutput || (await isDevice(this.file));
    if (this.#formats[extname(this.file)] === undefined && !isStream) {
      const endings = Object.keys(this.#formats)
        .join(", ")
        .replace(/, ([^,]+)$/, " or $1");
      const message = `${this.file}: the ending says the format; let ${this.option} end in ${endings}.`;
      throw new UsageError(message, command);
    }
    await checkWritable(this.file);
  }

  /** @throws PlatformError if it cannot be written. */
  async write(content: T): Promise<void> {
    const format = this.#formats[extname(this.file)] ?? Object.values(this.#formats)[0];
    if (format === undefined) return;
    const make = async () => format(content);
    this.#written = this.isStandardOutput ? await this.#say(make) : await this.#save(make);
  }

  async #say(make: () => Promise<Content>): Promise<string> {
    const made = await make();
    const isWhole = typeof made === "string" || made instanceof Uint8Array;
    for (const piece of isWhole ? [made] : made) await sayRaw(piece);
    return this.file;
  }

  /** What could be written before and cannot now (the disk is full) goes to the folder for temporary files. */
  async #save(make: () => Promise<Content>): Promise<string> {
    try {
      await saveFile(this.file, await make());
      return this.file;
    } catch (error) {
      if (!(error instanceof RallError)) throw error;
      process.exitCode ??= 1;
      remark(`rall: ${error.message}\n`);
      const instead = join(await mkdtemp(join(tmpdir(), "rall-")), basename(this.file));
      await saveFile(instead, await make());
      remark(`It is in ${instead} now.\n`);
      return instead;
    }
  }
}

/** The output that an option asks for; undefined if it was not given. */
export function output<T>(
  option: string,
  file: string | undefined,
  formats: Formats<T>,
): Output<T> | undefined {
  return file === undefined ? undefined : new Output(option, file, formats);
}

type Checked = Pick<Output<never>, "option" | "file" | "check">;

/**
 * Tries all outputs of a command.
 *
 * @param inputs - files that it reads, which it is not to replace.
 * @throws UsageError also if two are one file.
 */
export async function checkOutputs(
  command: string,
  outputs: readonly (Checked | undefined)[],
  inputs: readonly string[] = [],
): Promise<void> {
  const seen = new Map<string, string>();
  for (const file of inputs) seen.set(await identityOf(file), "the file that is read");
  for (const one of outputs) {
    if (one === undefined) continue;
    await one.check(command);
    const identity = await identityOf(one.file);
    const other = seen.get(identity);
    if (other !== undefined && !(await isDevice(one.file)))
      throw new UsageError(`${one.option} is ${other}, too: ${one.file}.`, command);
    seen.set(identity, one.option);
  }
}

/** What two names of one file have in common. */
async function identityOf(file: string): Promise<string> {
  try {
    const { dev, ino } = await stat(file);
    return `${dev} ${ino}`;
  } catch {
    return resolve(file);
  }
}

/** Writes one after the other, though some fail. */
export async function writeAll(jobs: readonly (() => Promise<void>)[]): Promise<void> {
  for (const job of jobs) {
    try {
      await job();
    } catch (error) {
      if (!(error instanceof RallError)) throw error;
      process.exitCode ??= 1;
      remark(`rall: ${error.message}\n`);
    }
  }
}

async function isDevice(file: string): Promise<boolean> {
  try {
    const found = await stat(file);
    return !found.isFile() && !found.isDirectory();
  } catch {
    return false;
  }
}

/** Pictures, which are made as SVG. A further kind is a line here. */
export const pictureFormats: Formats<string> = {
  ".svg": (svg) => svg,
  // What makes it is large, and read only where it is needed
  ".png": async (svg) => (await import("./png.ts")).toPng(svg),
};

/** Model files. */
export const modelFormats: Formats<string> = { ".json": (text) => text };
