/** @file A text that is kept between processes, in a file of which one older version stays. */
import { PlatformError } from "../errors.ts";
import { lockFile } from "./lock-file.ts";
import { needNode } from "./node.ts";
import { fileFailure, systemCode } from "./reason.ts";
import { destinationOf, draftName, replaceFile, writeDraft } from "./save-file.ts";

/** A file by its path; beside it `NAME.previous`, what it was before the last write, and `NAME.lock` while it is locked. */
export class KeptFile {
  readonly #path: string;
  /** Whether the older version is to stay, because the newer one was found to be of no use. */
  #keepsPrevious = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Undefined if there is no such file. @throws PlatformError if it cannot be read. */
  read(): Promise<string | undefined> {
    return this.#read("");
  }

  /** What was there before the last write, for whom the last is of no use: the next write then leaves it. */
  async readPrevious(): Promise<string | undefined> {
    this.#keepsPrevious = true;
    return this.#read(".previous");
  }

  /**
   * Replaces it at once: whoever looks at it, ends the process or the power meanwhile, finds the old text or the new one.
   *
   * @throws PlatformError if it cannot be written; what was there stays.
   */
  async write(text: string): Promise<void> {
    try {
      const destination = await destinationOf(this.#path);
      if (!destination.isFile) throw notAFile(this.#path);
      await replaceFile(destination, text, async () => {
        if (!this.#keepsPrevious) await this.#keepOld(destination.path);
      });
      this.#keepsPrevious = false;
    } catch (cause) {
      throw fileFailure(this.#path, "written", cause);
    }
  }

  /** Keeps others out. @throws PlatformError if another process has it. @returns what gives it back. */
  async lock(): Promise<() => Promise<void>> {
    const { path, isFile } = await destinationOf(this.#path);
    if (!isFile) throw notAFile(this.#path);
    return lockFile(path);
  }

  /** Gives the file as it is a second name, in the place of what had that name. */
  async #keepOld(path: string): Promise<void> {
    const { link, readFile, rename, rm } = needNode().files;
    const second = draftName(path);
    try {
      await link(path, second);
    } catch (cause) {
      if (systemCode(cause) === "ENOENT") return;
      // A file system without links
      const content = await readFile(path);
      await rename(await writeDraft({ path, present: undefined }, content), second);
    }
    await rename(second, `${path}.previous`);
    // Two names of one file are left as they are by a rename
    await rm(second, { force: true });
  }

  async #read(ending: string): Promise<string | undefined> {
    const { readFile } = needNode().files;
    try {
      const { path } = await destinationOf(this.#path);
      return await readFile(`${path}${ending}`, "utf8");
    } catch (cause) {
      if (systemCode(cause) === "ENOENT") return undefined;
      throw fileFailure(this.#path, "read", cause);
    }
  }
}

function notAFile(path: string): PlatformError {
  return new PlatformError(`${path} is a pipe or a device, of which nothing stays.`, {
    subject: path,
    remedy: "Give the name of a file.",
  });
}
