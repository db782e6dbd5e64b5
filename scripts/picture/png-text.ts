/** Text in a PNG, beside its pixels: chunks of the kind `tEXt` (PNG, third edition, 11.3.3.3), in Latin-1. */
import { crc32 } from 'node:zlib';

/** Before the first chunk. */
const SIGNATURE_BYTES = 8;
/** Length and kind before what a chunk holds, and a checksum behind it. */
const HEAD_BYTES = 8;
const CHECKSUM_BYTES = 4;
/** The header comes first, and is always as long. */
const AFTER_HEADER = SIGNATURE_BYTES + HEAD_BYTES + 13 + CHECKSUM_BYTES;

/** The same picture with a text of this name. */
export function withText(png: Buffer, name: string, text: string): Buffer {
  const held = Buffer.from(`tEXt${name}\0${text}`, 'latin1');
  const chunk = Buffer.alloc(4 + held.length + CHECKSUM_BYTES);
  chunk.writeUInt32BE(held.length - 4, 0);
  held.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(held), 4 + held.length);
  return Buffer.concat([png.subarray(0, AFTER_HEADER), chunk, png.subarray(AFTER_HEADER)]);
}

/** The text of this name; undefined: there is none. */
export function textOf(png: Buffer, name: string): string | undefined {
  let at = SIGNATURE_BYTES;
  while (at + HEAD_BYTES <= png.length) {
    const length = png.readUInt32BE(at);
    const held = png.toString('latin1', at + 4, at + HEAD_BYTES + length);
    if (held.startsWith(`tEXt${name}\0`)) return held.slice(`tEXt${name}\0`.length);
    at += HEAD_BYTES + length + CHECKSUM_BYTES;
  }
  return undefined;
}

/** In pixels, by its header. */
export function sizeOf(png: Buffer): { readonly width: number; readonly height: number } {
  const at = SIGNATURE_BYTES + HEAD_BYTES;
  return { width: png.readUInt32BE(at), height: png.readUInt32BE(at + 4) };
}
