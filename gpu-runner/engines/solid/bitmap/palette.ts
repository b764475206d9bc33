/**
 * The few colours a picture of a logo is made of. Edges are smoothed in pictures, so many in-between colours occur that
 * belong to no shape: they are counted out by how rarely they fill an area, and given to the nearest real colour.
 */

export interface Rgb {
  readonly r: number;
  readonly g: number;
  readonly b: number;
}

/** 5 bits per channel: coarse enough that noise of a JPG falls into one cell. */
const CELL_BITS = 5;
/** A colour must fill this share of the flat pixels to count. */
const MIN_SHARE = 0.002;
/** Colours nearer than this (Euclid in RGB) are one. */
const MIN_DISTANCE = 40;
const MAX_COLORS = 24;
/** A pixel is flat when its neighbours right and below differ by less than this in every channel. */
const FLAT_DIFFERENCE = 12;

/** Finds the palette of RGBA pixels, most frequent first. `use` says which pixels count. */
export function findPalette(rgba: Uint8Array, width: number, height: number, use: (pixel: number) => boolean): Rgb[] {
  const cells = new Map<number, { n: number; r: number; g: number; b: number }>();
  let total = 0;
  const count = (pixel: number) => {
    const [r, g, b] = [rgba[4 * pixel]!, rgba[4 * pixel + 1]!, rgba[4 * pixel + 2]!];
    const shift = 8 - CELL_BITS;
    const key = ((r >> shift) << (2 * CELL_BITS)) | ((g >> shift) << CELL_BITS) | (b >> shift);
    const cell = cells.get(key) ?? { n: 0, r: 0, g: 0, b: 0 };
    cell.n++;
    cell.r += r;
    cell.g += g;
    cell.b += b;
    cells.set(key, cell);
    total++;
  };
  forEachPixel(width, height, (pixel, right, below) => {
    if (use(pixel) && isFlat(rgba, pixel, right) && isFlat(rgba, pixel, below)) count(pixel);
  });
  // A picture without any flat spot (tiny, or noise): take it as it is.
  if (total === 0) forEachPixel(width, height, (pixel) => use(pixel) && count(pixel));
  const palette: Rgb[] = [];
  for (const { n, r, g, b } of [...cells.values()].sort((a, b) => b.n - a.n)) {
    const color = { r: r / n, g: g / n, b: b / n };
    if (n < MIN_SHARE * total && palette.length > 0) break;
    if (palette.every((known) => distance(known, color) >= MIN_DISTANCE)) palette.push(color);
    if (palette.length === MAX_COLORS) break;
  }
  return palette;
}

/** Index of the palette's colour nearest to (r, g, b). */
export function nearest(palette: readonly Rgb[], r: number, g: number, b: number): number {
  let best = 0;
  let least = Infinity;
  palette.forEach((color, index) => {
    const d = (color.r - r) ** 2 + (color.g - g) ** 2 + (color.b - b) ** 2;
    if (d < least) {
      least = d;
      best = index;
    }
  });
  return best;
}

/** A colour as far as possible from all of the palette, to mark what is not part of the logo. */
export function keyColor(palette: readonly Rgb[]): Rgb {
  let best: Rgb = { r: 255, g: 0, b: 255 };
  let most = -1;
  for (const r of [0, 128, 255]) {
    for (const g of [0, 128, 255]) {
      for (const b of [0, 128, 255]) {
        const least = Math.min(...palette.map((color) => distance(color, { r, g, b })));
        if (least > most) [most, best] = [least, { r, g, b }];
      }
    }
  }
  return best;
}

function forEachPixel(
  width: number,
  height: number,
  visit: (pixel: number, right: number, below: number) => void,
): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const pixel = y * width + x;
      visit(pixel, x + 1 < width ? pixel + 1 : pixel, y + 1 < height ? pixel + width : pixel);
    }
  }
}

function isFlat(rgba: Uint8Array, a: number, b: number): boolean {
  for (let k = 0; k < 4; k++) if (Math.abs(rgba[4 * a + k]! - rgba[4 * b + k]!) >= FLAT_DIFFERENCE) return false;
  return true;
}

function distance(a: Rgb, b: Rgb): number {
  return Math.hypot(a.r - b.r, a.g - b.g, a.b - b.b);
}
