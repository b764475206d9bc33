/**
 * A picture as the planes that regions are merged by: luma and two chroma planes, each pixel weighted by how much SSIM
 * makes of an error there.
 *
 * Source of the weights: in SSIM (Wang et al. 2004, eq. 13) a difference of luma counts in proportion to
 * 1 / (local variance + C2): detail in a busy place is missed less than in a calm one. The square root of that keeps busy
 * places from falling apart. Luma and chroma: ITU-R BT.601.
 */
import { ssimReference } from "../measure/ssim.ts";
import type { Pixels } from "../read/decode-picture.ts";

export interface ColorPlanes {
  readonly planes: readonly [Float32Array, Float32Array, Float32Array];
  readonly weights: Float32Array;
  /** Pixels of different groups are never merged; 0 = left out. */
  readonly groups: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** What an error of colour counts against one of brightness. */
const CHROMA_WEIGHT = 0.5;
const C2 = (0.03 * 255) ** 2;

export function colorPlanes({ rgba, width, height }: Pixels, groups: Uint8Array): ColorPlanes {
  const count = width * height;
  const luma = new Float32Array(count);
  const blue = new Float32Array(count);
  const red = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const [r, g, b] = [rgba[4 * i]!, rgba[4 * i + 1]!, rgba[4 * i + 2]!];
    const y = 0.299 * r + 0.587 * g + 0.114 * b;
    luma[i] = y;
    blue[i] = 2 * CHROMA_WEIGHT * 0.564 * (b - y);
    red[i] = 2 * CHROMA_WEIGHT * 0.713 * (r - y);
  }
  const { mean, square } = ssimReference({ values: luma, width, height });
  const weights = mean.map((value, i) => Math.sqrt(C2 / (Math.max(0, square[i]! - value * value) + C2)));
  return { planes: [luma, blue, red], weights, groups, width, height };
}
