/**
 * PNG or JPG → drawing: the header is checked, the picture decoded small, what is background left out, the rest reduced
 * to its few colours and traced with vtracer into an SVG, which then goes the way of every SVG.
 */

import { ColorMode, Hierarchical, PathSimplifyMode, vectorizeRaw } from "@neplex/vectorizer";
import sharp, { type Metadata } from "sharp";
import { MAX_IMAGE_PIXELS, MAX_IMAGE_SIDE_PX } from "#contract/limits.ts";
import { JobFailure } from "../../../process/job-failure.ts";
import type { Drawing } from "../drawing.ts";
import { toHex } from "../svg/paint.ts";
import { normalisedToDrawing } from "../svg/read-svg.ts";
import { findBackground } from "./background.ts";
import { findPalette, keyColor, nearest } from "./palette.ts";

/** Pictures are traced at this size: larger ones are made smaller, small ones larger so that curves come out smooth. */
const TRACE_SIDE_PX = 1_200;
const MAX_ENLARGE = 4;
/** Below this opacity a pixel is not part of the logo. */
const VISIBLE_ALPHA = 128;

/** Reads a picture. Throws a JobFailure: input_invalid, input_too_large, nothing_to_draw. */
export async function readBitmap(bytes: Buffer): Promise<Drawing> {
  const { width, height } = checkHeader(await header(bytes));
  const { data, info } = await decode(bytes, width, height);
  const warnings: string[] = [];
  const pixels = info.width * info.height;
  const opaque = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) opaque[i] = data[4 * i + 3]! >= VISIBLE_ALPHA ? 1 : 0;
  const visible = opaque.reduce((sum, bit) => sum + bit, 0);
  if (visible === 0)
    throw new JobFailure("nothing_to_draw", "The picture is fully transparent. Upload one that shows the logo.");
  if (visible === pixels) {
    const background = findBackground(data, info.width, info.height);
    if (background)
      background.forEach((isBackground, i) => {
        if (isBackground) opaque[i] = 0;
      });
    else
      warnings.push(
        "The picture's background is not one colour, so it was kept. Upload a logo with a transparent or plain background to leave it out.",
      );
    if (background?.every(Boolean))
      throw new JobFailure("nothing_to_draw", "The picture is one plain colour. Upload one that shows the logo.");
  }
  const palette = findPalette(data, info.width, info.height, (pixel) => opaque[pixel] === 1);
  const key = keyColor(palette);
  const flat = Buffer.alloc(pixels * 4, 255);
  for (let i = 0; i < pixels; i++) {
    const color = opaque[i] ? palette[nearest(palette, data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!)]! : key;
    flat[4 * i] = Math.round(color.r);
    flat[4 * i + 1] = Math.round(color.g);
    flat[4 * i + 2] = Math.round(color.b);
  }
  return withoutKey(
    normalisedToDrawing(await trace(flat, info.width, info.height)),
    toHex({ ...key, alpha: 1 }),
    warnings,
  );
}

async function header(bytes: Buffer): Promise<Metadata> {
  try {
    return await sharp(bytes, { limitInputPixels: false, failOn: "none" }).metadata();
  } catch (error) {
    throw unreadable(error);
  }
}

/** Size and kind, before a single pixel is decoded. */
function checkHeader({ width, height, format }: Metadata): { width: number; height: number } {
  if ((format !== "png" && format !== "jpeg") || !width || !height) throw unreadable(null);
  if (width > MAX_IMAGE_SIDE_PX || height > MAX_IMAGE_SIDE_PX || width * height > MAX_IMAGE_PIXELS) {
    throw new JobFailure(
      "input_too_large",
      `The picture has ${width} × ${height} pixels; at most ${MAX_IMAGE_PIXELS / 1e6} million pixels and ${MAX_IMAGE_SIDE_PX} per side can be used. Make it smaller, 2000 pixels are plenty.`,
    );
  }
  return { width, height };
}

/** Decodes upright as RGBA in the size for tracing. */
async function decode(bytes: Buffer, width: number, height: number) {
  const scale = Math.min(TRACE_SIDE_PX / Math.max(width, height), MAX_ENLARGE);
  try {
    return await sharp(bytes, { limitInputPixels: MAX_IMAGE_PIXELS, failOn: "truncated", sequentialRead: true })
      .rotate()
      .resize({
        width: Math.max(1, Math.round(width * scale)),
        height: Math.max(1, Math.round(height * scale)),
        fit: "inside",
        kernel: "mitchell",
      })
      .toColourspace("srgb")
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(cause: unknown): JobFailure {
  return new JobFailure(
    "input_invalid",
    "The picture can't be decoded: it is damaged or truncated, or no PNG or JPG. Save it again and upload the new file.",
    { cause },
  );
}

function trace(rgba: Buffer, width: number, height: number): Promise<string> {
  return vectorizeRaw(
    rgba,
    { width, height },
    {
      colorMode: ColorMode.Color,
      hierarchical: Hierarchical.Stacked,
      mode: PathSimplifyMode.Spline,
      filterSpeckle: 4,
      colorPrecision: 8,
      layerDifference: 0,
      cornerThreshold: 60,
      lengthThreshold: 4,
      maxIterations: 10,
      spliceThreshold: 45,
      pathPrecision: 3,
    },
  );
}

/** The traced drawing without the shapes that stand for the background. */
function withoutKey(drawing: Drawing, key: string, warnings: readonly string[]): Drawing {
  const shapes = drawing.shapes.filter((shape) => shape.color !== key);
  if (shapes.length === 0)
    throw new JobFailure(
      "nothing_to_draw",
      "No shape stands out in the picture. Upload one with a clear logo before a plain background.",
    );
  return { ...drawing, shapes, warnings: [...drawing.warnings, ...warnings] };
}
