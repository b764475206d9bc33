/** Affine 2×3 matrices as SVG writes them: `[a, b, c, d, e, f]` maps (x, y) to (a·x + c·y + e, b·x + d·y + f). */

export type Matrix = readonly [number, number, number, number, number, number];

export const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0];

/** `outer · inner`: first `inner`, then `outer`. */
export function multiply(outer: Matrix, inner: Matrix): Matrix {
  const [a, b, c, d, e, f] = outer;
  const [g, h, i, j, k, l] = inner;
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}

/** The factor by which lengths grow at most: the larger singular value. */
export function maxScale([a, b, c, d]: Matrix): number {
  const sum = a * a + b * b + c * c + d * d;
  const det = a * d - b * c;
  return Math.sqrt((sum + Math.sqrt(Math.max(0, sum * sum - 4 * det * det))) / 2);
}

/** Reads the one form that usvg writes, `matrix(a b c d e f)`. */
export function parseMatrix(text: string | undefined): Matrix {
  if (!text) return IDENTITY;
  const numbers = text.match(/-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/gi)?.map(Number);
  if (numbers?.length !== 6 || !text.trimStart().startsWith("matrix"))
    throw new Error(`unexpected transform ${text.slice(0, 80)}`);
  return numbers as unknown as Matrix;
}

/** Maps `x0, y0, x1, y1 …` through a matrix. */
export function mapPoints([a, b, c, d, e, f]: Matrix, points: ArrayLike<number>): Float64Array {
  const out = new Float64Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i]!;
    const y = points[i + 1]!;
    out[i] = a * x + c * y + e;
    out[i + 1] = b * x + d * y + f;
  }
  return out;
}
