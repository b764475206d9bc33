/**
 * Request `decode-cutout`: a picture file becomes raw files that rembg and the composing step read, and a small WebP of
 * itself. Raw because rembg takes pixels, and because both read what the other does not change.
 */
import { writeFile } from "node:fs/promises";
import sharp from "sharp";
import { decodePicture } from "../read/decode-picture.ts";
import { readHeader } from "../read/read-header.ts";

export interface DecodeCutoutRequest {
  readonly path: string;
  readonly filename: string;
  /** Keep the values of an RGB picture in its own colour profile. */
  readonly keepProfile: boolean;
  /** Will hold width × height × 3 bytes, RGB. */
  readonly rgbPath: string;
  /** Will hold width × height bytes, when the picture has transparent pixels. */
  readonly alphaPath: string;
  /** Will hold the picture's colour profile when its values are still in it. */
  readonly profilePath: string;
  /** Null: not wanted. */
  readonly before: SmallPicture | null;
}

/** A picture to look at: WebP, sRGB, at most `maxSidePx`. */
export interface SmallPicture {
  readonly path: string;
  readonly maxSidePx: number;
}

export interface DecodeCutoutResult {
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  readonly hasProfile: boolean;
}

const SMALL_QUALITY = 85;

/** Serves the request. Throws a JobFailure input_invalid or input_too_large. */
export async function decodeCutout(request: DecodeCutoutRequest): Promise<DecodeCutoutResult> {
  const { path, filename, keepProfile, rgbPath, alphaPath, profilePath, before } = request;
  const header = await readHeader(path, filename);
  const { rgba, width, height, profile } = await decodePicture(path, filename, header, { keepProfile });
  if (before) await writeSmall({ rgba, width, height }, profile, before);
  const { rgb, alpha } = split(rgba);
  await writeFile(rgbPath, rgb);
  if (alpha) await writeFile(alphaPath, alpha);
  if (profile) await writeFile(profilePath, profile);
  return { width, height, hasAlpha: alpha !== null, hasProfile: profile !== null };
}

/** Writes a small WebP. `profile` is the colour profile that the values are in, null = sRGB. */
export async function writeSmall(
  { rgba, width, height }: { rgba: Buffer; width: number; height: number },
  profile: Buffer | null,
  { path, maxSidePx }: SmallPicture,
): Promise<void> {
  const small = sharp(rgba, { raw: { width, height, channels: 4 }, limitInputPixels: false }).resize({
    width: maxSidePx,
    height: maxSidePx,
    fit: "inside",
    withoutEnlargement: true,
  });
  if (!profile) {
    await small.webp({ quality: SMALL_QUALITY }).toFile(path);
    return;
  }
  // Only an encoded picture can carry a profile into the conversion.
  const { attachPngProfile } = await import("./color-profile.ts");
  const png = attachPngProfile(await small.png({ compressionLevel: 0 }).toBuffer(), profile);
  await sharp(png).webp({ quality: SMALL_QUALITY }).toFile(path);
}

/** `alpha` is null when every pixel is opaque. */
function split(rgba: Buffer): { rgb: Buffer; alpha: Buffer | null } {
  const pixels = rgba.length / 4;
  const rgb = Buffer.allocUnsafe(pixels * 3);
  const alpha = Buffer.allocUnsafe(pixels);
  let isOpaque = true;
  for (let i = 0, from = 0, to = 0; i < pixels; i++, from += 4, to += 3) {
    rgb[to] = rgba[from] as number;
    rgb[to + 1] = rgba[from + 1] as number;
    rgb[to + 2] = rgba[from + 2] as number;
    const a = rgba[from + 3] as number;
    alpha[i] = a;
    if (a !== 255) isOpaque = false;
  }
  return { rgb, alpha: isOpaque ? null : alpha };
}
