/**
 * Gives every pixel one colour of the palette. A pixel on a smoothed edge is a mix of the colours beside it and may look
 * like a third one: it may only become a colour that fills an area nearby.
 */
import { distance, isFlat, nearest, type Pixels, type Rgb } from "./palette.ts";

const UNKNOWN = 255;
/** A pixel this near to a colour has it, even in a line too thin to be flat. */
const SAME_DISTANCE = 20;

/** Labels by index into `palette` (at most 32 colours). `radius` = how far smoothing reaches, in pixels. */
export function labelPixels(pixels: Pixels, palette: readonly Rgb[], radius: number): Uint8Array {
  const { rgba, width, height } = pixels;
  const labels = new Uint8Array(width * height).fill(UNKNOWN);
  const flat = new Uint8Array(width * height).fill(UNKNOWN);
  for (let pixel = 0; pixel < labels.length; pixel++) {
    const [r, g, b] = [rgba[4 * pixel]!, rgba[4 * pixel + 1]!, rgba[4 * pixel + 2]!];
    const label = nearest(palette, r, g, b);
    const isFlatHere = isFlat(pixels, pixel);
    if (isFlatHere) flat[pixel] = label;
    if (isFlatHere || distance(palette[label]!, { r, g, b }) < SAME_DISTANCE) labels[pixel] = label;
  }
  for (let pixel = 0; pixel < labels.length; pixel++) {
    if (labels[pixel] !== UNKNOWN) continue;
    const nearby = labelsAround(flat, width, height, pixel, radius);
    labels[pixel] = nearest(palette, rgba[4 * pixel]!, rgba[4 * pixel + 1]!, rgba[4 * pixel + 2]!, nearby || undefined);
  }
  return labels;
}

/** The labels within `radius` of a pixel, as bits. */
function labelsAround(labels: Uint8Array, width: number, height: number, pixel: number, radius: number): number {
  const [x, y] = [pixel % width, Math.floor(pixel / width)];
  let bits = 0;
  for (let row = Math.max(0, y - radius); row <= Math.min(height - 1, y + radius); row++) {
    for (let column = Math.max(0, x - radius); column <= Math.min(width - 1, x + radius); column++) {
      const label = labels[row * width + column]!;
      if (label !== UNKNOWN) bits |= 1 << label;
    }
  }
  return bits;
}
