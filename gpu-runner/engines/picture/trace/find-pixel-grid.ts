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
const STEP = 24;
/** This share of the steps must lie on the grid. */
const ON_GRID = 0.97;
/** A grid of fewer squares than this shows too little to be sure. */
const MIN_CELLS = 4;
const MAX_CELL_PX = 512;
/** Sprites have few squares and few colours; a photo enlarged without smoothing is no drawing. */
const MAX_CELLS_PER_SIDE = 512;

/** The grid, or null when there is none. Cells are at least 2 px. */
export function findPixelGrid(picture: Pixels): PixelGrid | null {
  const { width, height } = picture;
  const columns = countSteps(picture, false);
  const rows = countSteps(picture, true);
  const total = sum(columns) + sum(rows);
  if (total === 0) return null;
  const divisor = greatestCommonDivisor(width, height);
  for (let cellPx = Math.min(divisor, MAX_CELL_PX); cellPx >= 2; cellPx--) {
    if (divisor % cellPx !== 0 || Math.max(width, height) / cellPx > MAX_CELLS_PER_SIDE) continue;
    if (Math.min(width, height) / cellPx < MIN_CELLS) continue;
    const onGrid = sum(columns.filter((_, x) => x % cellPx === 0)) + sum(rows.filter((_, y) => y % cellPx === 0));
    if (onGrid >= ON_GRID * total) return { cellPx, pixels: pickCells(picture, cellPx) };
  }
  return null;
}

/** How many steps there are at each column (or row), between it and the one before. */
function countSteps({ rgba, width, height }: Pixels, down: boolean): Float64Array {
  const counts = new Float64Array(down ? height : width);
  const before = down ? 4 * width : 4;
  for (let y = down ? 1 : 0; y < height; y++) {
    for (let x = down ? 0 : 1; x < width; x++) {
      const at = 4 * (y * width + x);
      for (let k = 0; k < 4; k++) {
        if (Math.abs(rgba[at + k]! - rgba[at - before + k]!) <= STEP) continue;
        counts[down ? y : x]!++;
        break;
      }
    }
  }
  return counts;
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

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
