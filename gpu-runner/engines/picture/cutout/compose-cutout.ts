/**
 * Request `compose-cutout`: picture and mask → the cut-out (straight alpha, cropped, with shadow and background), the mask,
 * and a small copy to look at. What is not visible has no colour: the removed background is gone, not hidden.
 */
import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { MAX_IMAGE_PIXELS, MAX_IMAGE_SIDE_PX } from "#contract/limits.ts";
import { backgroundFor, type CutoutBackground } from "./background.ts";
import { encodeCutout, encodeMask } from "./encode.ts";
import { placeFrame } from "./frame.ts";
import { layOver } from "./layers.ts";
import { type Box, measureMask } from "./measure-mask.ts";
import { type SmallPicture, writeSmall } from "./raw-picture.ts";
import { drawShadow, type ShadowKind } from "./shadow.ts";

export interface CutoutLook {
  readonly format: "png" | "webp";
  /** Null: not cropped; else room around the subject in percent of its longer side. */
  readonly cropPaddingPercent: number | null;
  readonly shadow: ShadowKind;
  readonly background: CutoutBackground;
  readonly maxSidePx: number | null;
}

export interface ComposeCutoutRequest {
  readonly width: number;
  readonly height: number;
  /** Raw files: colours (RGB), the picture's own alpha, the mask of the subject. */
  readonly rgbPath: string;
  readonly alphaPath: string | null;
  readonly maskPath: string;
  /** Colour profile that the colours are in, null = sRGB. */
  readonly profilePath: string | null;
  readonly look: CutoutLook;
  /** Where results go; null = not wanted. */
  readonly cutoutPath: string | null;
  readonly maskOutPath: string | null;
  readonly after: SmallPicture | null;
}

export interface ComposeCutoutResult {
  /** Of the result. */
  readonly width: number;
  readonly height: number;
  readonly coverage: number;
  readonly pieces: number;
}

/** WebP stores sides in 14 bits. */
const MAX_WEBP_SIDE_PX = 16_383;

/** Serves the request. */
export async function composeCutout(request: ComposeCutoutRequest): Promise<ComposeCutoutResult> {
  const { width, height, look, cutoutPath, maskOutPath, profilePath, after } = request;
  const mask = await readMask(request);
  const { coverage, pieces, box } = measureMask(mask, width, height);
  const largest = look.format === "webp" ? MAX_WEBP_SIDE_PX : MAX_IMAGE_SIDE_PX;
  const frame = placeFrame(width, height, box, {
    cropPaddingPercent: look.cropPaddingPercent,
    shadow: cutoutPath ? look.shadow : "none",
    maxSidePx: Math.min(look.maxSidePx ?? largest, largest),
    maxPixels: MAX_IMAGE_PIXELS,
  });
  const part = cutPart(await readFile(request.rgbPath), mask, width, frame.source);
  const subject = await onCanvas(part, frame.source, frame.target, frame.canvas);
  const size = frame.canvas;
  const alpha = alphaOf(subject);
  if (maskOutPath) await encodeMask(alpha, size, maskOutPath);
  const profile = profilePath ? await readFile(profilePath) : null;
  if (!cutoutPath) {
    if (after) await writeSmall({ rgba: greyAsRgba(alpha), ...size }, null, after);
  } else {
    const rgba = await compose(subject, alpha, size, look);
    await encodeCutout({ rgba, ...size }, look.format, profile, cutoutPath);
    if (after) await writeSmall({ rgba, ...size }, profile, after);
  }
  return { ...size, coverage, pieces };
}

/** The mask, times the alpha that the picture came with. */
async function readMask({ maskPath, alphaPath }: ComposeCutoutRequest): Promise<Buffer> {
  const mask = await readFile(maskPath);
  if (!alphaPath) return mask;
  const alpha = await readFile(alphaPath);
  for (let i = 0; i < mask.length; i++) mask[i] = Math.round(((mask[i] as number) * (alpha[i] as number)) / 255);
  return mask;
}

/** RGBA of a part of the picture. */
function cutPart(rgb: Buffer, mask: Buffer, width: number, { left, top, width: w, height: h }: Box): Buffer {
  const part = Buffer.alloc(w * h * 4);
  for (let y = 0, to = 0; y < h; y++) {
    for (let x = 0, from = (y + top) * width + left; x < w; x++, from++, to += 4) {
      const alpha = mask[from] as number;
      if (alpha === 0) continue;
      part[to] = rgb[from * 3] as number;
      part[to + 1] = rgb[from * 3 + 1] as number;
      part[to + 2] = rgb[from * 3 + 2] as number;
      part[to + 3] = alpha;
    }
  }
  return part;
}

async function onCanvas(
  part: Buffer,
  source: Box,
  target: Box,
  canvas: { readonly width: number; readonly height: number },
): Promise<Buffer> {
  const isScaled = target.width !== source.width || target.height !== source.height;
  const isPadded = canvas.width !== target.width || canvas.height !== target.height;
  if (!isScaled && !isPadded) return part;
  const raw = { width: source.width, height: source.height, channels: 4 } as const;
  // sharp scales with premultiplied alpha, so that what is not visible lends no colour to its neighbours.
  const image = sharp(part, { raw, limitInputPixels: false });
  if (isScaled) image.resize({ width: target.width, height: target.height, fit: "fill" });
  if (isPadded) {
    image.extend({
      left: target.left,
      top: target.top,
      right: canvas.width - target.left - target.width,
      bottom: canvas.height - target.top - target.height,
      background: { r: 0, g: 0, b: 0, alpha: 0 },
    });
  }
  return await image.raw().toBuffer();
}

async function compose(
  subject: Buffer,
  alpha: Buffer,
  size: { readonly width: number; readonly height: number },
  { shadow, background }: CutoutLook,
): Promise<Buffer> {
  let result = subject;
  const { box } = measureMask(alpha, size.width, size.height);
  if (shadow !== "none" && box) {
    const shade = await drawShadow(shadow, alpha, size.width, size.height, box);
    result = layOver(result, blackWithAlpha(shade));
  }
  const behind = await backgroundFor(background, size);
  return behind ? layOver(result, behind) : result;
}

function alphaOf(rgba: Buffer): Buffer {
  const alpha = Buffer.allocUnsafe(rgba.length / 4);
  for (let i = 0; i < alpha.length; i++) alpha[i] = rgba[i * 4 + 3] as number;
  return alpha;
}

function greyAsRgba(grey: Buffer): Buffer {
  const rgba = Buffer.alloc(grey.length * 4, 255);
  for (let i = 0; i < grey.length; i++) rgba.fill(grey[i] as number, i * 4, i * 4 + 3);
  return rgba;
}

function blackWithAlpha(alpha: Buffer): Buffer {
  const rgba = Buffer.alloc(alpha.length * 4);
  for (let i = 0; i < alpha.length; i++) rgba[i * 4 + 3] = alpha[i] as number;
  return rgba;
}
