/**
 * How opaque each pixel of the drawing is to be. Most half-transparent pixels are smoothed edges, which the edge of a
 * shape will be smoothed like anyway: they are taken for in or out. Only a place that is translucent all over, such as a
 * shadow or a glass, keeps an opacity, in a few steps.
 */
import type { Pixels } from "../read/decode-picture.ts";

export interface Opacity {
  /** For every pixel its group: 0 = not drawn, else an index into `alphas`. */
  readonly groups: Uint8Array;
  /** Opacity of each group, 0 to 255. */
  readonly alphas: readonly number[];
}

/** The one group of a picture without transparent pixels. */
const OPAQUE = 1;
/** Opacities that a translucent place may have. */
const ALPHAS = [0, 255, 43, 85, 128, 170, 213] as const;
const LEAST_TRANSLUCENT = 16;
const MOST_TRANSLUCENT = 239;
/** A smoothed edge is at most two of these wide. */
const EDGE_PX = 2;

export function readOpacity({ rgba, width, height }: Pixels): Opacity {
  const count = width * height;
  const groups = new Uint8Array(count);
  let translucent = new Uint8Array(count);
  let isAny = false;
  for (let i = 0; i < count; i++) {
    const alpha = rgba[4 * i + 3]!;
    groups[i] = alpha >= 128 ? OPAQUE : 0;
    if (alpha < LEAST_TRANSLUCENT || alpha > MOST_TRANSLUCENT) continue;
    translucent[i] = 1;
    isAny = true;
  }
  if (!isAny) return { groups, alphas: [0, 255] };
  const all = translucent;
  for (let step = 0; step < EDGE_PX; step++) translucent = erode(translucent, width, height);
  for (let step = 0; step < EDGE_PX; step++) translucent = dilate(translucent, all, width, height);
  for (let i = 0; i < count; i++) if (translucent[i]) groups[i] = nearestGroup(rgba[4 * i + 3]!);
  return { groups, alphas: ALPHAS };
}

function nearestGroup(alpha: number): number {
  let best = OPAQUE;
  for (let group = OPAQUE; group < ALPHAS.length; group++) {
    if (Math.abs(ALPHAS[group]! - alpha) < Math.abs(ALPHAS[best]! - alpha)) best = group;
  }
  return best;
}

/** Keeps what has all four neighbours. */
function erode(bits: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bits.length);
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * width + 1; i < y * width + width - 1; i++) {
      if (bits[i] && bits[i - 1] && bits[i + 1] && bits[i - width] && bits[i + width]) out[i] = 1;
    }
  }
  return out;
}

/** Adds what `within` has beside it. */
function dilate(bits: Uint8Array, within: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  const out = Uint8Array.from(bits);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (!within[i] || bits[i]) continue;
      const isBeside =
        (x > 0 && bits[i - 1]) ||
        (x < width - 1 && bits[i + 1]) ||
        (y > 0 && bits[i - width]) ||
        (y < height - 1 && bits[i + width]);
      if (isBeside) out[i] = 1;
    }
  }
  return out;
}
