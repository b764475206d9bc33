/** From a decoded frame to the one that is shown: mask and background colour. Works in place. */

export type Rgb = readonly [number, number, number];

/** "#ff8800" → [255, 136, 0]. */
export function parseColor(text: string): Rgb {
  const value = Number.parseInt(text.slice(1, 7), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/**
 * `rgba` is straight alpha; `mask` (a byte a pixel, or null) lowers it. With a background the result is opaque; without,
 * pixels that can't be seen lose their colour, so that what was cut out is really gone. Returns the lowest alpha left.
 */
export function composeFrame(rgba: Buffer, mask: Buffer | null, background: Rgb | null): number {
  if (mask) {
    for (let p = 0, i = 3; p < mask.length; p++, i += 4) rgba[i] = divide255((rgba[i] as number) * (mask[p] as number));
  }
  if (background) {
    flatten(rgba, background);
    return 255;
  }
  let lowest = 255;
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3] as number;
    if (alpha < lowest) lowest = alpha;
    if (alpha === 0) rgba[i] = rgba[i + 1] = rgba[i + 2] = 0;
  }
  return lowest;
}

function flatten(rgba: Buffer, [red, green, blue]: Rgb): void {
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3] as number;
    if (alpha === 255) continue;
    const rest = 255 - alpha;
    rgba[i] = divide255((rgba[i] as number) * alpha + red * rest);
    rgba[i + 1] = divide255((rgba[i + 1] as number) * alpha + green * rest);
    rgba[i + 2] = divide255((rgba[i + 2] as number) * alpha + blue * rest);
    rgba[i + 3] = 255;
  }
}

/** Rounded, exact for products of two bytes. */
function divide255(value: number): number {
  return ((value + 128) * 257) >> 16;
}
