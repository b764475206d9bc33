/**
 * Finds the plain background of an opaque picture: the colour of its border, and everything of that colour that is
 * connected to the border or closed in (a counter of a letter), by colour alone.
 */

/** This share of the border must have one colour for it to be a background. */
const MIN_BORDER_SHARE = 0.9;
/** Largest distance in RGB to the background's colour; wide enough for the noise of a JPG. */
const TOLERANCE = 36;

/** One flag per pixel, or null when the border is not one colour. */
export function findBackground(rgba: Uint8Array, width: number, height: number): boolean[] | null {
  const border = borderPixels(width, height);
  const median = (channel: number) => {
    const values = border.map((pixel) => rgba[4 * pixel + channel]!).sort((a, b) => a - b);
    return values[values.length >> 1]!;
  };
  const color = [median(0), median(1), median(2)];
  const isNear = (pixel: number) =>
    Math.hypot(rgba[4 * pixel]! - color[0]!, rgba[4 * pixel + 1]! - color[1]!, rgba[4 * pixel + 2]! - color[2]!) <=
    TOLERANCE;
  if (border.filter(isNear).length < MIN_BORDER_SHARE * border.length) return null;
  return Array.from({ length: width * height }, (_, pixel) => isNear(pixel));
}

function borderPixels(width: number, height: number): number[] {
  const pixels: number[] = [];
  for (let x = 0; x < width; x++) pixels.push(x, (height - 1) * width + x);
  for (let y = 1; y < height - 1; y++) pixels.push(y * width, y * width + width - 1);
  return pixels;
}
