/**
 * The few colours a picture of a logo is made of. Edges are smoothed in pictures, so many in-between colours occur that
 * belong to no shape; they fill no area, and are told from real colours by that.
 */

export interface Rgb {
  readonly r: number;
  readonly g: number;
  readonly b: number;
}

/** RGBA bytes, row by row. */
export interface Pixels {
  readonly rgba: Uint8Array;
  readonly width: number;
  readonly height: number;
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

/** Finds the palette of the pixels that `use` accepts, most frequent first; at least one colour if any pixel counts. */
export function findPalette(pixels: Pixels, use: (pixel: number) => boolean): Rgb[] {
  const cells = countCells(pixels, (pixel) => use(pixel) && isFlat(pixels, pixel));
  // A picture without any flat spot (tiny, or noise): take it as it is.
  const counted = cells.length > 0 ? cells : countCells(pixels, use);
  const total = counted.reduce((sum, cell) => sum + cell.n, 0);
  const palette: Rgb[] = [];
  for (const cell of counted.sort((a, b) => b.n - a.n)) {
    const color = colorOf(cell);
    if (palette.length === MAX_COLORS || (palette.length > 0 && cell.n < MIN_SHARE * total)) break;
    if (palette.every((known) => distance(known, color) >= MIN_DISTANCE)) palette.push(color);
  }
  return palette;
}

/** Index of the palette's colour nearest to (r, g, b), among those whose bit is set in `among`. */
export function nearest(palette: readonly Rgb[], r: number, g: number, b: number, among = 0xffffffff): number {
  let best = 0;
  let least = Infinity;
  for (let index = 0; index < palette.length; index++) {
    if (!((among >>> index) & 1)) continue;
    const color = palette[index]!;
    const d = (color.r - r) ** 2 + (color.g - g) ** 2 + (color.b - b) ** 2;
    if (d < least) {
      least = d;
      best = index;
    }
  }
  return best;
}

/** Whether a pixel lies in an area of one colour: it differs little from its neighbours right and below. */
export function isFlat({ rgba, width, height }: Pixels, pixel: number): boolean {
  const right = (pixel + 1) % width === 0 ? pixel : pixel + 1;
  const below = pixel + width < width * height ? pixel + width : pixel;
  for (let k = 0; k < 4; k++) {
    const value = rgba[4 * pixel + k]!;
    if (Math.abs(value - rgba[4 * right + k]!) >= FLAT_DIFFERENCE) return false;
    if (Math.abs(value - rgba[4 * below + k]!) >= FLAT_DIFFERENCE) return false;
  }
  return true;
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

/** Distance of two colours, Euclid in RGB. */
export function distance(a: Rgb, b: Rgb): number {
  return Math.hypot(a.r - b.r, a.g - b.g, a.b - b.b);
}

interface Cell {
  n: number;
  r: number;
  g: number;
  b: number;
  /** The most frequent exact colour in the cell, and how often it occurs. */
  top: number;
  topCount: number;
}

/** Counts colours in cells; a cell that is mostly one exact colour stands for that one, else for its mean. */
function countCells({ rgba, width, height }: Pixels, use: (pixel: number) => boolean): Cell[] {
  const exact = new Map<number, number>();
  for (let pixel = 0; pixel < width * height; pixel++) {
    if (!use(pixel)) continue;
    const color = (rgba[4 * pixel]! << 16) | (rgba[4 * pixel + 1]! << 8) | rgba[4 * pixel + 2]!;
    exact.set(color, (exact.get(color) ?? 0) + 1);
  }
  const cells = new Map<number, Cell>();
  const shift = 8 - CELL_BITS;
  for (const [color, count] of exact) {
    const [r, g, b] = [color >> 16, (color >> 8) & 255, color & 255];
    const key = ((r >> shift) << (2 * CELL_BITS)) | ((g >> shift) << CELL_BITS) | (b >> shift);
    const cell = cells.get(key) ?? { n: 0, r: 0, g: 0, b: 0, top: 0, topCount: 0 };
    cell.n += count;
    cell.r += r * count;
    cell.g += g * count;
    cell.b += b * count;
    if (count > cell.topCount) [cell.top, cell.topCount] = [color, count];
    cells.set(key, cell);
  }
  return [...cells.values()];
}

function colorOf({ n, r, g, b, top, topCount }: Cell): Rgb {
  if (2 * topCount < n) return { r: r / n, g: g / n, b: b / n };
  return { r: top >> 16, g: (top >> 8) & 255, b: top & 255 };
}
