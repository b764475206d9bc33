/** Reads a GIF's frames as bytes, so that those of several files can stand in one. https://www.w3.org/Graphics/GIF/spec-gif89a.txt */
import type { Size } from "../plan/geometry.ts";

/** An image with its control block, times left out. */
export interface GifImage {
  /** Index of the transparent colour, or null. */
  readonly transparent: number | null;
  /** Image descriptor, local colour table and pixels. */
  readonly image: Buffer;
}

export interface GifFile {
  readonly globalColors: Buffer;
  readonly images: readonly GifImage[];
}

const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
const HEAD_BYTES = 13;
const DESCRIPTOR_BYTES = 10;

/** Disposal: what happens to a frame's place after it has shown. */
export const KEEP = 1;
export const CLEAR = 2;

/** Takes a GIF apart. Throws when it is broken. */
export function readGif(file: Buffer): GifFile {
  const tableBytes = colorTableBytes(file[10] as number);
  const images: GifImage[] = [];
  let transparent: number | null = null;
  let at = HEAD_BYTES + tableBytes;
  while (at < file.length && file[at] !== TRAILER) {
    const kind = file[at];
    if (kind === EXTENSION) {
      if (file[at + 1] === GRAPHIC_CONTROL) {
        transparent = (file[at + 3] as number) & 1 ? (file[at + 6] as number) : null;
      }
      at = skipSubBlocks(file, at + 2);
    } else if (kind === IMAGE) {
      const pixels = at + DESCRIPTOR_BYTES + colorTableBytes(file[at + 9] as number);
      const end = skipSubBlocks(file, pixels + 1);
      images.push({ transparent, image: file.subarray(at, end) });
      transparent = null;
      at = end;
    } else throw new Error("the GIF is broken");
  }
  return { globalColors: file.subarray(HEAD_BYTES, HEAD_BYTES + tableBytes), images };
}

/** Start of a file: size, colours, and how often it plays (0 = for ever). */
export function gifHead({ width, height }: Size, globalColors: Buffer, loops: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write("GIF89a", 0, "latin1");
  head.writeUInt16LE(width, 6);
  head.writeUInt16LE(height, 8);
  const tableBits = Math.max(Math.ceil(Math.log2(globalColors.length / 3)), 1) - 1;
  head[10] = globalColors.length > 0 ? 0x80 | 0x70 | tableBits : 0x70;
  // Netscape's extension counts repeats, so a file that plays once has none.
  if (loops === 1) return Buffer.concat([head, globalColors]);
  const netscape = Buffer.from("\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00", "latin1");
  netscape.writeUInt16LE(loops === 0 ? 0 : loops - 1, 16);
  return Buffer.concat([head, globalColors, netscape]);
}

/** A frame that shows for `hundredths` of a second. */
export function gifImage({ transparent, image }: GifImage, hundredths: number, disposal: number): Buffer {
  const control = Buffer.from([EXTENSION, GRAPHIC_CONTROL, 4, 0, 0, 0, 0, 0]);
  control[3] = (disposal << 2) | (transparent === null ? 0 : 1);
  control.writeUInt16LE(Math.min(hundredths, 65_535), 4);
  control[6] = transparent ?? 0;
  return Buffer.concat([control, image]);
}

export const GIF_END = Buffer.from([TRAILER]);

function colorTableBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

function skipSubBlocks(file: Buffer, from: number): number {
  let at = from;
  for (; at < file.length && file[at] !== 0; ) at += 1 + (file[at] as number);
  return at + 1;
}
