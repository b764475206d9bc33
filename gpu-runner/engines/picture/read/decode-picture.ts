/**
 * Picture file → pixels: upright, 8 bits, straight alpha, RGB whatever it was stored as (CMYK, grey, palette, 16 bits). Of
 * an animation the first frame.
 */
import { readFile } from "node:fs/promises";
import { decode as decodeBmp } from "bmp-ts";
import sharp, { type Sharp } from "sharp";
import { MAX_IMAGE_PIXELS } from "#contract/limits.ts";
import { damaged, type PictureHeader } from "./read-header.ts";

/** Pixels in rows from the top, 4 bytes each: red, green, blue, alpha. */
export interface Pixels {
  readonly rgba: Buffer;
  readonly width: number;
  readonly height: number;
}

export interface DecodedPicture extends Pixels {
  /** The picture's own colour profile, when the values are still in it; null when they are sRGB. */
  readonly profile: Buffer | null;
}

export interface DecodeOptions {
  /** Larger pictures are scaled down to this longest side. */
  readonly maxSidePx?: number;
  /** Leave the values of an RGB picture in its own colour profile instead of converting them to sRGB. */
  readonly keepProfile?: boolean;
}

/** Decodes a picture whose header was read. Throws a JobFailure input_invalid when it is damaged or cut off. */
export async function decodePicture(
  path: string,
  filename: string,
  header: PictureHeader,
  { maxSidePx, keepProfile = false }: DecodeOptions = {},
): Promise<DecodedPicture> {
  try {
    const { image, profile } =
      header.type === "image/bmp" ? { image: await openBmp(path), profile: null } : await openFile(path, keepProfile);
    const isLarger = maxSidePx !== undefined && Math.max(header.width, header.height) > maxSidePx;
    const sized = isLarger ? image.resize({ width: maxSidePx, height: maxSidePx, fit: "inside" }) : image;
    const { data, info } = await sized
      .toColourspace("srgb")
      .ensureAlpha()
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { rgba: data, width: info.width, height: info.height, profile };
  } catch (cause) {
    throw damaged(filename, cause);
  }
}

async function openFile(path: string, keepProfile: boolean): Promise<{ image: Sharp; profile: Buffer | null }> {
  const options = { limitInputPixels: MAX_IMAGE_PIXELS, failOn: "truncated", sequentialRead: true } as const;
  const { icc, space } = await sharp(path, options).metadata();
  // Only RGB values can be kept as they are: a cut-out is RGB, so CMYK and grey have to be converted anyway.
  const keeps = keepProfile && icc !== undefined && (space === "srgb" || space === "rgb16");
  return { image: sharp(path, { ...options, ignoreIcc: keeps }).autoOrient(), profile: keeps ? icc : null };
}

/** libvips reads no BMP. 32 bits with an alpha of 0 everywhere mean that there is none. */
async function openBmp(path: string): Promise<Sharp> {
  const { data, width, height } = decodeBmp(await readFile(path), { toRGBA: true });
  let isOpaque = true;
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 0) isOpaque = false;
  if (isOpaque) for (let i = 3; i < data.length; i += 4) data[i] = 255;
  return sharp(data, { raw: { width, height, channels: 4 }, limitInputPixels: MAX_IMAGE_PIXELS });
}
