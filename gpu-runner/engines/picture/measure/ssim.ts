/**
 * Structural similarity of two grey pictures.
 *
 * Source: Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error visibility to
 * structural similarity", IEEE Transactions on Image Processing 13 (4), 2004: eq. 13–16, Gaussian window of 11 × 11 with
 * σ 1.5, K1 = 0.01, K2 = 0.03, L = 255. As in the paper's program, windows that reach over the border don't count.
 */

const RADIUS = 5;
const SIGMA = 1.5;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;
const WINDOW = gaussian();

export interface Plane {
  /** One value per pixel, 0 to 255, in rows from the top. */
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** A plane with what every comparison with it needs; made once, compared with many. */
export interface SsimReference extends Plane {
  readonly mean: Float32Array;
  readonly square: Float32Array;
}

/** Prepares a picture for comparisons with others of its size. */
export function ssimReference(plane: Plane): SsimReference {
  const square = plane.values.map((value) => value * value);
  return { ...plane, mean: blur(plane.values, plane), square: blur(square, plane) };
}

/**
 * Mean SSIM, 1 for equal pictures. Pictures without a whole window (a side under 11 px) are compared with the windows
 * that reach over the border, cut off there.
 */
export function ssim(reference: SsimReference, values: Float32Array): number {
  const { width, height } = reference;
  const mean = blur(values, reference);
  const square = blur(
    values.map((value) => value * value),
    reference,
  );
  const product = blur(
    values.map((value, i) => value * reference.values[i]!),
    reference,
  );
  const [left, top] = [insideFrom(width), insideFrom(height)];
  let sum = 0;
  for (let y = top; y < height - top; y++) {
    for (let i = y * width + left; i < y * width + width - left; i++) {
      const [x, y2] = [reference.mean[i]!, mean[i]!];
      const covariance = product[i]! - x * y2;
      const variances = reference.square[i]! - x * x + square[i]! - y2 * y2;
      sum += ((2 * x * y2 + C1) * (2 * covariance + C2)) / ((x * x + y2 * y2 + C1) * (variances + C2));
    }
  }
  return sum / ((width - 2 * left) * (height - 2 * top));
}

function insideFrom(side: number): number {
  return side > 2 * RADIUS ? RADIUS : 0;
}

/** Weighted mean around every pixel; weights beyond the border are left out and the rest made to sum to 1. */
function blur(values: Float32Array, { width, height }: Plane): Float32Array {
  const rows = new Float32Array(values.length);
  const out = new Float32Array(values.length);
  for (let y = 0; y < height; y++) blurLine(values, rows, y * width, 1, width);
  // Down the columns row by row: memory is read in order.
  for (let y = 0; y < height; y++) {
    const [first, last] = [Math.max(-RADIUS, -y), Math.min(RADIUS, height - 1 - y)];
    let total = 0;
    for (let k = first; k <= last; k++) total += WINDOW[k + RADIUS]!;
    for (let k = first; k <= last; k++) {
      const weight = WINDOW[k + RADIUS]! / total;
      const from = (y + k) * width;
      const to = y * width;
      for (let x = 0; x < width; x++) out[to + x]! += weight * rows[from + x]!;
    }
  }
  return out;
}

function blurLine(values: Float32Array, out: Float32Array, start: number, step: number, length: number): void {
  for (let x = 0; x < length; x++) {
    const [first, last] = [Math.max(-RADIUS, -x), Math.min(RADIUS, length - 1 - x)];
    let sum = 0;
    let total = 0;
    for (let k = first; k <= last; k++) {
      const weight = WINDOW[k + RADIUS]!;
      sum += weight * values[start + (x + k) * step]!;
      total += weight;
    }
    out[start + x * step] = sum / total;
  }
}

function gaussian(): number[] {
  const weights = Array.from({ length: 2 * RADIUS + 1 }, (_, i) => Math.exp(-((i - RADIUS) ** 2) / (2 * SIGMA ** 2)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
