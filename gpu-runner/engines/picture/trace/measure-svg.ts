/** Requests `measure-svg` and `draw-svg`: looks at a finished SVG file, as a user's program would. */
import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { JobFailure } from "../../../process/job-failure.ts";
import { type Likeness, PictureComparer } from "../measure/compare-pictures.ts";
import { rasterise } from "../measure/rasterise.ts";
import type { Pixels } from "../read/decode-picture.ts";
import { type RawPicture, readRaw, toSharp } from "./raw-pixels.ts";

export interface MeasureSvgRequest {
  readonly svgPath: string;
  /** What the SVG should look like; it is drawn at this size. */
  readonly compared: RawPicture;
}

export interface MeasureSvgResult extends Likeness {
  readonly bytes: number;
}

/** Draws the SVG with resvg and compares it. Throws a JobFailure output_invalid when it can't be drawn. */
export async function measureSvg({ svgPath, compared }: MeasureSvgRequest): Promise<MeasureSvgResult> {
  const svg = await readFile(svgPath, "utf8");
  checkPlain(svg);
  const picture = await readRaw(compared);
  const { rgba } = await draw(svg, picture.width, picture.height);
  return { ...new PictureComparer(picture).compare(rgba), bytes: Buffer.byteLength(svg) };
}

export interface DrawSvgRequest {
  readonly svgPath: string;
  readonly width: number;
  readonly height: number;
  /** Will hold the SVG at this size, at most `PREVIEW_SIDE_PX`. */
  readonly previewPath: string;
  /** Will hold the SVG at its own size; null = not wanted. */
  readonly pngPath: string | null;
}

const PREVIEW_SIDE_PX = 1_600;
/** An SVG of a small picture is shown larger: that is what it is for. */
const PREVIEW_LEAST_PX = 512;
const PREVIEW_QUALITY = 90;

export async function drawSvg({ svgPath, width, height, previewPath, pngPath }: DrawSvgRequest): Promise<object> {
  const svg = await readFile(svgPath, "utf8");
  const side = Math.max(width, height);
  const scale = Math.min(PREVIEW_SIDE_PX, Math.max(side, PREVIEW_LEAST_PX)) / side;
  const sized = (length: number) => Math.max(1, Math.round(length * scale));
  const preview = await draw(svg, sized(width), sized(height));
  await toSharp(preview).webp({ quality: PREVIEW_QUALITY }).toFile(previewPath);
  if (pngPath === null) return {};
  const { rgba } = await draw(svg, width, height);
  const image = sharp(rgba, { raw: { width, height, channels: 4 }, limitInputPixels: false });
  await image.png({ compressionLevel: 9 }).toFile(pngPath);
  return {};
}

async function draw(svg: string, width: number, height: number): Promise<Pixels> {
  try {
    return await rasterise(svg, width, height);
  } catch (cause) {
    throw new JobFailure("output_invalid", "The SVG that was made can't be drawn.", { retryable: true, cause });
  }
}

/** Nothing but shapes may be in it: no scripts, no links, nothing from outside. */
export function checkPlain(svg: string): void {
  const isPlain = /^<svg [^>]*viewBox="0 0 [\d.]+ [\d.]+"[^>]*>/.test(svg) && !/<(?!\/?(svg|g|path|rect)\b)/.test(svg);
  const isSafe = !/\b(href|style|on\w+)=|url\(/.test(svg);
  if (!isPlain || !isSafe) throw new JobFailure("output_invalid", "The SVG that was made is not a plain drawing.");
}
