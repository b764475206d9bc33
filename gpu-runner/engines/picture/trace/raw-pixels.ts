/** Pixels between the requests of one job: plain RGBA bytes in a file of the job's scratch folder. */
import { readFile, writeFile } from "node:fs/promises";
import sharp, { type Sharp } from "sharp";
import type { Pixels } from "../read/decode-picture.ts";

/** Where pixels lie. */
export interface RawPicture {
  readonly path: string;
  readonly width: number;
  readonly height: number;
}

export async function readRaw({ path, width, height }: RawPicture): Promise<Pixels> {
  return { rgba: await readFile(path), width, height };
}

export async function writeRaw(path: string, { rgba, width, height }: Pixels): Promise<RawPicture> {
  await writeFile(path, rgba);
  return { path, width, height };
}

export function toSharp({ rgba, width, height }: Pixels): Sharp {
  return sharp(rgba, { raw: { width, height, channels: 4 }, limitInputPixels: false });
}

/** The picture with a longest side of at most `sidePx`. */
export async function shrink(pixels: Pixels, sidePx: number): Promise<Pixels> {
  if (Math.max(pixels.width, pixels.height) <= sidePx) return pixels;
  const scale = sidePx / Math.max(pixels.width, pixels.height);
  const [width, height] = [pixels.width, pixels.height].map((side) => Math.max(1, Math.round(side * scale))) as [
    number,
    number,
  ];
  const rgba = await toSharp(pixels).resize(width, height, { fit: "fill" }).raw().toBuffer();
  return { rgba, width, height };
}
