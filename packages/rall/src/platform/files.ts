/** @file Files, where the platform has them: the only place that knows about Node, Deno and Bun. */
import { node } from "./node.ts";
import { fileFailure } from "./reason.ts";

/** What a file holds as text, and what its bytes were. */
export interface DecodedText {
  readonly text: string;
  readonly encoding: "UTF-8" | "UTF-16" | "Latin-1";
}

/**
 * Text of a file by its path or URL. A URL of another kind than `file:`, and in a page and its workers any, is fetched.
 *
 * @throws PlatformError if it cannot be read, with the reason.
 */
export async function readText(path: string | URL): Promise<DecodedText> {
  try {
    const files = node()?.files;
    if (files === undefined || /^(?!file:)[a-z][a-z0-9+.-]+:/i.test(String(path))) {
      return decodeText(await fetchBytes(path));
    }
    const isUrl = /^file:/i.test(String(path));
    return decodeText(await files.readFile(isUrl ? new URL(path) : path));
  } catch (cause) {
    throw fileFailure(String(path), "read", cause);
  }
}

/** UTF-16 if a byte order mark says so, UTF-8 if the bytes are that, else Latin-1, in which any bytes are a text. */
export function decodeText(bytes: Uint8Array): DecodedText {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe)
    return { text: new TextDecoder("utf-16le").decode(bytes), encoding: "UTF-16" };
  if (first === 0xfe && second === 0xff)
    return { text: new TextDecoder("utf-16le").decode(swapped(bytes)), encoding: "UTF-16" };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), encoding: "UTF-8" };
  } catch {
    return { text: new TextDecoder("windows-1252").decode(bytes), encoding: "Latin-1" };
  }
}

/** Each two bytes the other way round: not every platform decodes the big-endian order. */
function swapped(bytes: Uint8Array): Uint8Array {
  return bytes.map((_, i) => bytes[i ^ 1] ?? 0);
}

async function fetchBytes(url: string | URL): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}
