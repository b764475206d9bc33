/** Finds the plain background of an opaque picture: the colour of its border, if that is one colour. */
import { distance, type Pixels, type Rgb } from "./palette.ts";

/** This share of the border must have one colour for it to be a background. */
const MIN_BORDER_SHARE = 0.9;
/** Largest distance in RGB to the background's colour; wide enough for the noise of a JPG. */
export const BACKGROUND_TOLERANCE = 36;

/** The background's colour, or null when the border is not of one colour. */
export function findBackground({ rgba, width, height }: Pixels): Rgb | null {
  const border = borderPixels(width, height);
  const median = (channel: number) => {
    const values = border.map((pixel) => rgba[4 * pixel + channel]!).sort((a, b) => a - b);
    return values[values.length >> 1]!;
  };
  const color = { r: median(0), g: median(1), b: median(2) };
  const near = border.filter((pixel) => distance(colorAt(rgba, pixel), color) <= BACKGROUND_TOLERANCE);
  return near.length >= MIN_BORDER_SHARE * border.length ? color : null;
}

/** The colour of a pixel, without its opacity. */
export function colorAt(rgba: Uint8Array, pixel: number): Rgb {
  return { r: rgba[4 * pixel]!, g: rgba[4 * pixel + 1]!, b: rgba[4 * pixel + 2]! };
}

function borderPixels(width: number, height: number): number[] {
  const pixels: number[] = [];
  for (let x = 0; x < width; x++) pixels.push(x, (height - 1) * width + x);
  for (let y = 1; y < height - 1; y++) pixels.push(y * width, y * width + width - 1);
  return pixels;
}
