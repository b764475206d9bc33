/** Cut-outs and masks as files, without loss, with the picture's own colour profile. */
import { writeFile } from "node:fs/promises";
import sharp from "sharp";
import type { Pixels } from "../read/decode-picture.ts";
import { attachPngProfile, attachWebpProfile } from "./color-profile.ts";

const PNG_LEVEL = 6;
const WEBP_EFFORT = 4;

/** `profile`: the colour profile that the values are in, null = sRGB. */
export async function encodeCutout(
  { rgba, width, height }: Pixels,
  format: "png" | "webp",
  profile: Buffer | null,
  path: string,
): Promise<void> {
  const image = sharp(rgba, { raw: { width, height, channels: 4 }, limitInputPixels: false });
  if (isOpaque(rgba)) image.removeAlpha();
  if (format === "png") {
    const png = await image.png({ compressionLevel: PNG_LEVEL, adaptiveFiltering: true }).toBuffer();
    await writeFile(path, profile ? attachPngProfile(png, profile) : png);
  } else {
    const webp = await image.webp({ lossless: true, effort: WEBP_EFFORT }).toBuffer();
    await writeFile(path, profile ? attachWebpProfile(webp, profile) : webp);
  }
}

/** An 8-bit grey PNG; 255 is the subject. */
export async function encodeMask(
  mask: Buffer,
  { width, height }: { readonly width: number; readonly height: number },
  path: string,
): Promise<void> {
  await sharp(mask, { raw: { width, height, channels: 1 }, limitInputPixels: false })
    .toColourspace("b-w")
    .png({ compressionLevel: PNG_LEVEL })
    .toFile(path);
}

function isOpaque(rgba: Buffer): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false;
  return true;
}
