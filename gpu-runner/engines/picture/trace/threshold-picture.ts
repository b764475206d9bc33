/**
 * Request `threshold`: pixels → the black and white picture that potrace draws around. Enlarged first, so that smoothed
 * edges tell where between two pixels the edge runs.
 *
 * Source of the threshold: N. Otsu, "A threshold selection method from gray-level histograms", IEEE Transactions on
 * Systems, Man, and Cybernetics 9 (1), 1979.
 */
import { readFile, writeFile } from "node:fs/promises";
import { JobFailure } from "../../../process/job-failure.ts";
import type { Pixels } from "../read/decode-picture.ts";
import { enlarge } from "./flatten-logo.ts";
import { type RawPicture, readRaw, writeRaw } from "./raw-pixels.ts";
import { applyMask, parseHex } from "./trace-picture.ts";
import { scaleFor } from "./trace-settings.ts";

export interface ThresholdRequest {
  readonly raw: RawPicture;
  readonly maskPath: string | null;
  /** What is darker than this share of white, 0 to 100, is drawn; null = by Otsu. */
  readonly threshold: number | null;
  /** Draw the light parts instead. */
  readonly invert: boolean;
  /** `#rrggbb` of the drawing. */
  readonly color: string;
  /** Will hold the bitmap, PBM. */
  readonly pbmPath: string;
  /** Will hold what the drawing should look like, RGBA at the size of `raw`. */
  readonly comparedPath: string;
}

export interface ThresholdResult {
  /** Threshold that was used, in percent. */
  readonly threshold: number;
  /** How many pixels of the bitmap there are to one of the picture. */
  readonly scale: number;
  readonly compared: RawPicture;
}

const WHITE = 255;

/** Serves the request. Throws a JobFailure nothing_to_draw when no pixel is on the drawing's side. */
export async function thresholdPicture(request: ThresholdRequest): Promise<ThresholdResult> {
  const pixels = await readRaw(request.raw);
  const mask = request.maskPath === null ? null : await readFile(request.maskPath);
  if (mask) applyMask(pixels, mask);
  const grey = toGrey(pixels);
  const level = request.threshold === null ? otsu(grey, pixels.rgba) : (request.threshold / 100) * WHITE;
  const scale = scaleFor(Math.max(pixels.width, pixels.height));
  const isDrawn = ({ rgba }: Pixels, values: Uint8Array, i: number) =>
    rgba[4 * i + 3]! >= 128 && values[i]! < level !== request.invert;
  const large = await enlarge(pixels, scale);
  const largeGrey = toGrey(large);
  const drawn = await writePbm(request.pbmPath, large, (i) => isDrawn(large, largeGrey, i));
  if (drawn === 0) {
    throw new JobFailure(
      "nothing_to_draw",
      `At a threshold of ${Math.round((level / WHITE) * 100)} % nothing of the picture is drawn. Change the threshold, or turn invert on or off.`,
    );
  }
  const color = parseHex(request.color);
  const target = Buffer.alloc(pixels.rgba.length);
  for (let i = 0; i < grey.length; i++) {
    if (isDrawn(pixels, grey, i)) target.set([color.r, color.g, color.b, 255], 4 * i);
  }
  const compared = await writeRaw(request.comparedPath, { ...pixels, rgba: target });
  return { threshold: Math.round((level / WHITE) * 1000) / 10, scale, compared };
}

/** Luma (ITU-R BT.601); the transparent is laid on white. */
function toGrey({ rgba }: Pixels): Uint8Array {
  return Uint8Array.from({ length: rgba.length / 4 }, (_, i) => {
    const alpha = rgba[4 * i + 3]! / 255;
    const y = 0.299 * rgba[4 * i]! + 0.587 * rgba[4 * i + 1]! + 0.114 * rgba[4 * i + 2]!;
    return Math.round(alpha * y + (1 - alpha) * WHITE);
  });
}

/** The level that parts dark and light with the largest variance between them; transparent pixels don't count. */
export function otsu(grey: Uint8Array, rgba: Uint8Array): number {
  const histogram = new Float64Array(256);
  let [total, sum] = [0, 0];
  for (let i = 0; i < grey.length; i++) {
    if (rgba[4 * i + 3]! < 128) continue;
    histogram[grey[i]!]!++;
    total++;
    sum += grey[i]!;
  }
  let [below, sumBelow, best, most, last] = [0, 0, 128, -1, 128];
  for (let level = 0; level < 255; level++) {
    below += histogram[level]!;
    sumBelow += level * histogram[level]!;
    const above = total - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (sumBelow / below - (sum - sumBelow) / above) ** 2;
    if (between > most) [best, most, last] = [level + 1, between, level + 1];
    // Between two far peaks all levels are as good: take the middle.
    else if (between === most) last = level + 1;
  }
  return (best + last) / 2;
}

/** Portable bitmap, binary (https://netpbm.sourceforge.net/doc/pbm.html). Returns how many pixels are black. */
async function writePbm(path: string, { width, height }: Pixels, isBlack: (i: number) => boolean): Promise<number> {
  const head = Buffer.from(`P4\n${width} ${height}\n`);
  const rowBytes = Math.ceil(width / 8);
  const rows = Buffer.alloc(rowBytes * height);
  let black = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!isBlack(y * width + x)) continue;
      rows[y * rowBytes + (x >> 3)]! |= 128 >> (x & 7);
      black++;
    }
  }
  await writeFile(path, Buffer.concat([head, rows]));
  return black;
}
