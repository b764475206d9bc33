/**
 * A palette for coloured areas: k-means, begun with the areas that are farthest from all colours so far (so that a small
 * vivid spot gets a colour of its own, and the result is the same every time).
 *
 * Sources: S. Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information Theory 28 (2), 1982; start after
 * T. Gonzalez, "Clustering to minimize the maximum intercluster distance", Theoretical Computer Science 38, 1985, weighted
 * by area.
 */

/** Colours of areas: red, green, blue one after the other, and the number of pixels of each. */
export interface Areas {
  readonly colors: Float32Array;
  readonly sizes: Float32Array;
}

export interface Palette {
  /** Red, green, blue one after the other, whole values. */
  readonly colors: Uint8Array;
  /** For each area the index of its colour. */
  readonly labels: Int32Array;
}

const ROUNDS = 8;
/** Weights of red, green and blue differences: near enough to how different colours look, and fast. */
const CHANNEL_WEIGHTS = [3, 4, 2] as const;

/** At most `count` colours for `areas`. */
export function choosePalette({ colors, sizes }: Areas, count: number): Palette {
  const centers = farthestColors(colors, sizes, Math.min(count, sizes.length));
  const found = centers.length / 3;
  const labels = new Int32Array(sizes.length);
  for (let round = 0; round < ROUNDS; round++) {
    const sums = new Float64Array(4 * found);
    for (let i = 0; i < sizes.length; i++) {
      const label = nearestColor(centers, colors[3 * i]!, colors[3 * i + 1]!, colors[3 * i + 2]!);
      labels[i] = label;
      for (let k = 0; k < 3; k++) sums[4 * label + k]! += sizes[i]! * colors[3 * i + k]!;
      sums[4 * label + 3]! += sizes[i]!;
    }
    for (let label = 0; label < found; label++) {
      if (sums[4 * label + 3] === 0) continue;
      for (let k = 0; k < 3; k++) centers[3 * label + k] = sums[4 * label + k]! / sums[4 * label + 3]!;
    }
  }
  return { colors: Uint8Array.from(centers, Math.round), labels };
}

/** Index of the colour in `palette` that is nearest. */
export function nearestColor(palette: ArrayLike<number>, r: number, g: number, b: number): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let label = 0; 3 * label < palette.length; label++) {
    const d = squaredDistance(palette, label, r, g, b);
    if (d < least) [best, least] = [label, d];
  }
  return best;
}

/** Weighted squared distance of a colour to `palette[label]`: infinite when there is no such colour. */
export function squaredDistance(palette: ArrayLike<number>, label: number, r: number, g: number, b: number): number {
  const [dr, dg, db] = [palette[3 * label]! - r, palette[3 * label + 1]! - g, palette[3 * label + 2]! - b];
  return CHANNEL_WEIGHTS[0] * dr * dr + CHANNEL_WEIGHTS[1] * dg * dg + CHANNEL_WEIGHTS[2] * db * db;
}

function farthestColors(colors: Float32Array, sizes: Float32Array, count: number): Float32Array {
  const centers: number[] = [];
  const distances = new Float64Array(sizes.length).fill(Number.POSITIVE_INFINITY);
  let next = sizes.reduce((best, size, i) => (size > sizes[best]! ? i : best), 0);
  while (centers.length < 3 * count) {
    const color = [colors[3 * next]!, colors[3 * next + 1]!, colors[3 * next + 2]!] as const;
    centers.push(...color);
    let most = 0;
    for (let i = 0; i < sizes.length; i++) {
      distances[i] = Math.min(distances[i]!, squaredDistance(colors, i, ...color));
      const score = distances[i]! * sizes[i]!;
      if (score > most) [next, most] = [i, score];
    }
    if (most === 0) break;
  }
  return Float32Array.from(centers);
}
