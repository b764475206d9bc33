/**
 * PNG or JPG → drawing: the header is checked, the picture decoded small, what is background left out, the rest reduced
 * to its few colours and traced with vtracer into an SVG, which then goes the way of every SVG.
 */

import { ColorMode, Hierarchical, PathSimplifyMode, vectorizeRaw } from "@neplex/vectorizer";
import sharp, { type Metadata } from "sharp";
import { MAX_IMAGE_PIXELS, MAX_IMAGE_SIDE_PX } from "#contract/limits.ts";
import { JobFailure } from "../../../process/job-failure.ts";
import type { Drawing } from "../drawing.ts";
import { parseColor, toHex } from "../svg/paint.ts";
import { normalisedToDrawing } from "../svg/read-svg.ts";
import { BACKGROUND_TOLERANCE, colorAt, findBackground } from "./background.ts";
import { labelPixels } from "./label-pixels.ts";
import { distance, findPalette, keyColor, nearest, type Pixels, type Rgb } from "./palette.ts";

/** Pictures are traced at this size: larger ones are made smaller, small ones larger so that curves come out smooth. */
const TRACE_SIDE_PX = 1_200;
const MAX_ENLARGE = 4;
const FRAME_PX = 8;
/** Below this opacity a pixel is not part of the logo. */
const VISIBLE_ALPHA = 128;

const BACKDROP_WARNING =
  "The picture's background is not one colour, so it was kept. Upload a logo with a transparent or plain background to leave it out.";

/** Reads a picture. Throws a JobFailure: input_invalid, input_too_large, nothing_to_draw. */
export async function readBitmap(bytes: Buffer): Promise<Drawing> {
  const { pixels, scale } = await decode(bytes, checkHeader(await header(bytes)));
  const { rgba, width, height } = pixels;
  const isVisible = (pixel: number) => rgba[4 * pixel + 3]! >= VISIBLE_ALPHA;
  const visible = Array.from({ length: width * height }, (_, pixel) => pixel).filter(isVisible).length;
  if (visible === 0) {
    throw new JobFailure("nothing_to_draw", "The picture is fully transparent. Upload one that shows the logo.");
  }
  const background = visible === width * height ? findBackground(pixels) : null;
  const isLogo = (pixel: number) =>
    isVisible(pixel) && (!background || distance(colorAt(rgba, pixel), background) > BACKGROUND_TOLERANCE);
  const palette = findPalette(pixels, isLogo);
  if (palette.length === 0) {
    throw new JobFailure("nothing_to_draw", "The picture is one plain colour. Upload one that shows the logo.");
  }
  // The key stands for what is left out; transparent pixels are painted with it, an opaque background is matched by its own colour.
  const key = keyColor(palette);
  paintTransparent(pixels, isVisible, background ?? key);
  const labels = labelPixels(pixels, [...palette, background ?? key], Math.ceil(1.5 * scale) + 1);
  const colors = [...palette, key].map(toWhole);
  const drawing = normalisedToDrawing(snapColors(await trace(paint(labels, width, colors)), colors));
  const hasBackdrop = visible === width * height && !background;
  return withoutKey(drawing, toHex({ ...toWhole(key), alpha: 1 }), hasBackdrop);
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

/** Decodes upright as RGBA in the size for tracing; `scale` says how much larger that is than the file. */
async function decode(
  bytes: Buffer,
  { width, height }: { width: number; height: number },
): Promise<{ pixels: Pixels; scale: number }> {
  const scale = Math.min(TRACE_SIDE_PX / Math.max(width, height), MAX_ENLARGE);
  const side = Math.max(1, Math.round(Math.max(width, height) * scale));
  try {
    const { data, info } = await sharp(bytes, {
      limitInputPixels: MAX_IMAGE_PIXELS,
      failOn: "truncated",
      sequentialRead: true,
    })
      .autoOrient()
      .resize({ width: side, height: side, fit: "inside", kernel: "mitchell" })
      .toColourspace("srgb")
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { pixels: { rgba: data, width: info.width, height: info.height }, scale };
  } catch (error) {
    throw unreadable(error);
  }
}

/** Makes opacity a matter of all or nothing. */
function paintTransparent({ rgba }: Pixels, isVisible: (pixel: number) => boolean, { r, g, b }: Rgb): void {
  for (let pixel = 0; pixel < rgba.length / 4; pixel++) {
    rgba.set(
      isVisible(pixel) ? [rgba[4 * pixel]!, rgba[4 * pixel + 1]!, rgba[4 * pixel + 2]!, 255] : [r, g, b, 255],
      4 * pixel,
    );
  }
}

/** Labels → RGBA, with a frame of the last colour around, so that no shape is cut by the picture's own edge. */
function paint(
  labels: Uint8Array,
  width: number,
  colors: readonly Rgb[],
): { rgba: Buffer; width: number; height: number } {
  const height = labels.length / width;
  const framed = { width: width + 2 * FRAME_PX, height: height + 2 * FRAME_PX };
  const rgba = Buffer.alloc(framed.width * framed.height * 4, 255);
  for (let y = 0; y < framed.height; y++) {
    for (let x = 0; x < framed.width; x++) {
      const [column, row] = [x - FRAME_PX, y - FRAME_PX];
      const inside = column >= 0 && column < width && row >= 0 && row < height;
      const { r, g, b } = colors[inside ? labels[row * width + column]! : colors.length - 1]!;
      rgba.set([r, g, b], 4 * (y * framed.width + x));
    }
  }
  return { rgba, ...framed };
}

/** The tracer averages colours where it joins specks; this gives them back the nearest real one. */
function snapColors(svg: string, colors: readonly Rgb[]): string {
  return svg.replace(/fill="(#[0-9a-f]{6})"/gi, (_, hex: string) => {
    const { r, g, b } = parseColor(hex);
    return `fill="${toHex({ ...colors[nearest(colors, r, g, b)]!, alpha: 1 })}"`;
  });
}

function toWhole({ r, g, b }: Rgb): Rgb {
  return { r: Math.round(r), g: Math.round(g), b: Math.round(b) };
}

function unreadable(cause: unknown): JobFailure {
  return new JobFailure(
    "input_invalid",
    "The picture can't be decoded: it is damaged or truncated, or no PNG or JPG. Save it again and upload the new file.",
    { cause },
  );
}

function trace({ rgba, width, height }: { rgba: Buffer; width: number; height: number }): Promise<string> {
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

/** The traced drawing without the shapes that stand for what is left out. */
function withoutKey(drawing: Drawing, key: string, hasBackdrop: boolean): Drawing {
  const shapes = drawing.shapes.filter((shape) => shape.color !== key);
  if (shapes.length === 0) {
    throw new JobFailure(
      "nothing_to_draw",
      "No shape stands out in the picture. Upload one with a clear logo before a plain background.",
    );
  }
  const warnings = hasBackdrop ? [BACKDROP_WARNING] : [];
  return { ...drawing, shapes, warnings: [...drawing.warnings, ...warnings] };
}
