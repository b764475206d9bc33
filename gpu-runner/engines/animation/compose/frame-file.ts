/**
 * One frame in one file, as PAM: what img2webp reads without anything being packed or unpacked, and after a header of
 * known length raw RGBA. http://netpbm.sourceforge.net/doc/pam.html
 */
import { readFile, writeFile } from "node:fs/promises";
import type { Size } from "../plan/geometry.ts";

function header({ width, height }: Size): string {
  return `P7\nWIDTH ${width}\nHEIGHT ${height}\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n`;
}

/** Writes `rgba` (4 bytes a pixel, rows from the top). */
export async function writeFrame(path: string, size: Size, rgba: Buffer): Promise<void> {
  await writeFile(path, [Buffer.from(header(size), "latin1"), rgba]);
}

/** The pixels of a frame that `writeFrame` wrote. */
export async function readFrame(path: string, size: Size): Promise<Buffer> {
  const file = await readFile(path);
  return file.subarray(header(size).length);
}
