/**
 * Tells an enlarged pixel drawing from other pictures and gives it its own pixels back: in a sprite enlarged 20 times,
 * colours change only at multiples of 20.
 */
import type { Pixels } from "../read/decode-picture.ts";

export interface PixelGrid {
  /** Side of a square, in pixels of the picture. */
  readonly cellPx: number;
  /** The drawing with one pixel for each square. */
  readonly pixels: Pixels;
}

/** A step between neighbours counts when it is larger than this in a channel: above the noise of a good JPG. */
const STEP = 12;
/** This share of the steps, squared so that the ringing of a JPG counts little, must lie on the grid. */
const ON_GRID = 0.8;
/** A grid of fewer squares than this shows too little to be sure. */
const MIN_CELLS = 4;
const MAX_CELL_PX = 512;
/** Sprites have few squares and few colours (told apart to 5 bits); a photo enlarged without smoothing is no drawing. */
const MAX_CELLS_PER_SIDE = 256;
const MAX_COLORS = 256;

/** The grid, or null when there is none. Cells are at least 2 px. */
export function findPixelGrid(picture: Pixels): PixelGrid | null {
  const { width, height } = picture;
  const columns = sumSteps(picture, false);
  const rows = sumSteps(picture, true);
  const divisor = greatestCommonDivisor(width, height);
  for (let cellPx = Math.min(divisor, MAX_CELL_PX); cellPx >= 2; cellPx--) {
    if (divisor % cellPx !== 0 || Math.max(width, height) / cellPx > MAX_CELLS_PER_SIDE) continue;
    if (Math.min(width, height) / cellPx < MIN_CELLS) continue;
    if (gridShare([columns, rows], cellPx) < ON_GRID) continue;
    const pixels = pickCells(picture, cellPx);
    return countColors(pixels) <= MAX_COLORS ? { cellPx, pixels } : null;
  }
  return null;
}

/** Share of the steps that lie on the grid. One long edge on it proves nothing: no line counts more than the middle one. */
function gridShare(axes: readonly Float64Array[], cellPx: number): number {
  const [onGrid, all] = [true, false].map((onlyGrid) =>
    axes.flatMap((sums) => [...sums].filter((sum, i) => sum > 0 && (!onlyGrid || i % cellPx === 0))),
  ) as [number[], number[]];
  const middle = onGrid.toSorted((a, b) => a - b)[onGrid.length >> 1];
  if (middle === undefined) return 0;
  const total = (sums: number[]) => sums.reduce((sum, value) => sum + Math.min(value, middle), 0);
  return total(onGrid) / total(all);
}

function countColors({ rgba }: Pixels): number {
  const colors = new Set<number>();
  for (let i = 0; i < rgba.length; i += 4) {
    colors.add(((rgba[i]! >> 3) << 10) | ((rgba[i + 1]! >> 3) << 5) | (rgba[i + 2]! >> 3));
  }
  return colors.size;
}

/** How much changes at each column (or row) against the one before: the sum of squared steps. */
function sumSteps({ rgba, width, height }: Pixels, down: boolean): Float64Array {
  const sums = new Float64Array(down ? height : width);
  const before = down ? 4 * width : 4;
  for (let y = down ? 1 : 0; y < height; y++) {
    for (let x = down ? 0 : 1; x < width; x++) {
      const at = 4 * (y * width + x);
      let step = 0;
      for (let k = 0; k < 4; k++) step = Math.max(step, Math.abs(rgba[at + k]! - rgba[at - before + k]!));
      if (step > STEP) sums[down ? y : x]! += step * step;
    }
  }
  return sums;
}

/** The mean of the inner part of every cell: at its rim a JPG mixes neighbours. */
function pickCells({ rgba, width, height }: Pixels, cellPx: number): Pixels {
  const [columns, rows] = [width / cellPx, height / cellPx];
  const out = Buffer.alloc(4 * columns * rows);
  const margin = Math.floor(cellPx / 4);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const sums = [0, 0, 0, 0];
      let count = 0;
      for (let y = row * cellPx + margin; y < (row + 1) * cellPx - margin; y++) {
        for (let x = column * cellPx + margin; x < (column + 1) * cellPx - margin; x++, count++) {
          for (let k = 0; k < 4; k++) sums[k]! += rgba[4 * (y * width + x) + k]!;
        }
      }
      for (let k = 0; k < 4; k++) out[4 * (row * columns + column) + k] = Math.round(sums[k]! / count);
    }
  }
  return { rgba: out, width: columns, height: rows };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
