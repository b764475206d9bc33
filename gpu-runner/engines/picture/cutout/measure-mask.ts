/** What a mask says of itself: how much of the picture it takes, in how many pieces, and where it lies. */

/** Whole pixels, from the top left corner. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface MaskFacts {
  /** Share of the picture that is subject, 0 to 1; half-transparent pixels count by their alpha. */
  readonly coverage: number;
  /** Connected parts that are worth a look: at least `PIECE_SHARE` of the subject. */
  readonly pieces: number;
  /** What holds every visible pixel, or null when none is visible. */
  readonly box: Box | null;
}

/** A pixel fainter than this (of 255) is not seen, and does not keep a crop from being tight. */
const VISIBLE = 12;
const SOLID = 128;
/** Pieces are counted on a copy of at most this side. */
const COUNT_SIDE_PX = 320;
const PIECE_SHARE = 0.002;

/** `mask` holds width × height bytes, 255 = subject. */
export function measureMask(mask: Uint8Array, width: number, height: number): MaskFacts {
  let sum = 0;
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const alpha = mask[i] as number;
      sum += alpha;
      if (alpha < VISIBLE) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  const box = right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
  return { coverage: sum / (255 * width * height), pieces: countPieces(mask, width, height), box };
}

/** Connected parts (over sides, not corners) of what is more than half subject. */
function countPieces(mask: Uint8Array, width: number, height: number): number {
  const { grid, columns, rows } = shrink(mask, width, height);
  const areas: number[] = [];
  const stack: number[] = [];
  for (let start = 0; start < grid.length; start++) {
    if (!grid[start]) continue;
    let area = 0;
    grid[start] = 0;
    stack.push(start);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      area++;
      const x = at % columns;
      const beside = [
        x > 0 && at - 1,
        x < columns - 1 && at + 1,
        at - columns,
        at + columns < columns * rows && at + columns,
      ];
      for (const next of beside) {
        if (next === false || !grid[next]) continue;
        grid[next] = 0;
        stack.push(next);
      }
    }
    areas.push(area);
  }
  const total = areas.reduce((sum, area) => sum + area, 0);
  return areas.filter((area) => area >= total * PIECE_SHARE).length;
}

/** 1 where the mask is solid, on a grid of at most `COUNT_SIDE_PX`. */
function shrink(mask: Uint8Array, width: number, height: number): { grid: Uint8Array; columns: number; rows: number } {
  const step = Math.max(1, Math.ceil(Math.max(width, height) / COUNT_SIDE_PX));
  const [columns, rows] = [Math.ceil(width / step), Math.ceil(height / step)];
  const grid = new Uint8Array(columns * rows);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, i++) {
      const x = Math.min(column * step + (step >> 1), width - 1);
      const y = Math.min(row * step + (step >> 1), height - 1);
      grid[i] = (mask[y * width + x] as number) >= SOLID ? 1 : 0;
    }
  }
  return { grid, columns, rows };
}
