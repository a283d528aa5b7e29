/**
 * @file ZIP archives without compression, by APPNOTE.TXT 6.3 of PKWARE: for each file a header and its bytes, then a directory
 * of all files, then where the directory is. What has more than 16 or 32 bits is said in the 64-bit records of the format.
 */
import { crc32 } from "../util/crc32.ts";

export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const most16 = 0xffff;
const most32 = 0xffffffff;
/** Version of the format that a reader must know: 2.0 of files, 4.5 of 64-bit records. */
const [version, version64] = [20, 45];
/** Names are in UTF-8. */
const flags = 0x0800;
/** 1 January 1980, midnight: the same content is the same bytes. */
const date = 0x21;

/** An archive of some files. Names are to be distinct. */
export function zip(entries: readonly ZipEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let length = 0;
  const add = (list: Uint8Array[], bytes: Uint8Array) => {
    list.push(bytes);
    length += bytes.length;
  };
  for (const { name, bytes } of entries) {
    const encoded = new TextEncoder().encode(name);
    const offset = length;
    const sizes = [u32(crc32(bytes)), u32(bytes.length), u32(bytes.length)];
    const common = [u16(flags), u16(0), u16(0), u16(date), ...sizes, u16(encoded.length)];
    add(parts, joined([u32(0x04034b50), u16(version), ...common, u16(0), encoded]));
    add(parts, bytes);
    const extra = offset < most32 ? [] : [u16(1), u16(8), u64(offset)];
    directory.push(
      joined([
        ...[u32(0x02014b50), u16(version64), u16(extra.length === 0 ? version : version64)],
        ...common,
        ...[u16(extra.length === 0 ? 0 : 12), u16(0), u16(0), u16(0), u32(0)],
        ...[u32(Math.min(offset, most32)), encoded, ...extra],
      ]),
    );
  }
  const start = length;
  for (const record of directory) add(parts, record);
  const [count, size, end] = [entries.length, length - start, length];
  if (count >= most16 || end >= most32) {
    add(
      parts,
      joined([
        ...[u32(0x06064b50), u64(44), u16(version64), u16(version64), u32(0), u32(0)],
        ...[u64(count), u64(count), u64(size), u64(start)],
      ]),
    );
    add(parts, joined([u32(0x07064b50), u32(0), u64(end), u32(1)]));
  }
  const counts = u16(Math.min(count, most16));
  const where = [u32(Math.min(size, most32)), u32(Math.min(start, most32))];
  add(parts, joined([u32(0x06054b50), u16(0), u16(0), counts, counts, ...where, u16(0)]));
  return joined(parts);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >>> 8);
}

function u32(value: number): Uint8Array {
  return joined([u16(value & most16), u16(value >>> 16)]);
}

function u64(value: number): Uint8Array {
  return joined([u32(value % 2 ** 32), u32(Math.floor(value / 2 ** 32))]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
