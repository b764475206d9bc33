/**
 * Gives pixels that can't be seen the colour of what can be seen near them. A video's colour is stored for two by two
 * pixels and with loss: beside black holes the edges of a subject would darken.
 */
import type { Size } from "../plan/geometry.ts";

const BLOCK_PX = 8;

/** Fills the transparent pixels of `rgba` in place: with the mean of their block's and its neighbours' visible pixels. */
export function fillHidden(rgba: Buffer, { width, height }: Size): void {
  const across = Math.ceil(width / BLOCK_PX);
  const down = Math.ceil(height / BLOCK_PX);
  // Sums of red, green, blue and of alpha, per block.
  const sums = new Float64Array(across * down * 4);
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor(y / BLOCK_PX) * across;
    for (let x = 0; x < width; x++, i += 4) {
      const alpha = rgba[i + 3] as number;
      if (alpha === 0) continue;
      const at = (row + Math.floor(x / BLOCK_PX)) * 4;
      sums[at] = (sums[at] as number) + alpha * (rgba[i] as number);
      sums[at + 1] = (sums[at + 1] as number) + alpha * (rgba[i + 1] as number);
      sums[at + 2] = (sums[at + 2] as number) + alpha * (rgba[i + 2] as number);
      sums[at + 3] = (sums[at + 3] as number) + alpha;
    }
  }
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      const color = meanAround(sums, row, column, across, down);
      if (color) fillBlock(rgba, width, height, row, column, color);
    }
  }
}

function meanAround(
  sums: Float64Array,
  row: number,
  column: number,
  across: number,
  down: number,
): [number, number, number] | null {
  let [red, green, blue, alpha] = [0, 0, 0, 0];
  for (let r = Math.max(row - 1, 0); r <= Math.min(row + 1, down - 1); r++) {
    for (let c = Math.max(column - 1, 0); c <= Math.min(column + 1, across - 1); c++) {
      const at = (r * across + c) * 4;
      red += sums[at] as number;
      green += sums[at + 1] as number;
      blue += sums[at + 2] as number;
      alpha += sums[at + 3] as number;
    }
  }
  return alpha === 0 ? null : [Math.round(red / alpha), Math.round(green / alpha), Math.round(blue / alpha)];
}

function fillBlock(
  rgba: Buffer,
  width: number,
  height: number,
  row: number,
  column: number,
  [red, green, blue]: [number, number, number],
): void {
  for (let y = row * BLOCK_PX; y < Math.min((row + 1) * BLOCK_PX, height); y++) {
    for (let x = column * BLOCK_PX; x < Math.min((column + 1) * BLOCK_PX, width); x++) {
      const i = (y * width + x) * 4;
      if (rgba[i + 3] !== 0) continue;
      rgba[i] = red;
      rgba[i + 1] = green;
      rgba[i + 2] = blue;
    }
  }
}
