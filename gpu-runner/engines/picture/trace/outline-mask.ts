/** The outlines of a mask: closed walks along the cracks between its pixels and the others. */

/** Pixels in rows from the top; 1 belongs to the shape. */
export interface Mask {
  readonly bits: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * A closed walk in steps of one pixel side: x and y of each corner, the shape to the right. Outer outlines run
 * clockwise (on screen), those of holes the other way.
 */
export interface Outline {
  /** x0, y0, x1, y1, …; the last corner joins the first. */
  readonly corners: Int32Array;
  readonly isHole: boolean;
}

/** East, south, west, north. */
const STEP_X = [1, 0, -1, 0] as const;
const STEP_Y = [0, 1, 0, -1] as const;

/** All outlines inside the box [left, right) × [top, bottom). Pixels that touch at a corner are one shape. */
export function outlineMask(
  mask: Mask,
  box: { left: number; top: number; right: number; bottom: number } = {
    left: 0,
    top: 0,
    right: mask.width,
    bottom: mask.height,
  },
): Outline[] {
  const { bits, width, height } = mask;
  const isSet = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && bits[y * width + x] === 1;
  const visited = new Uint8Array((box.right - box.left) * (box.bottom - box.top));
  const outlines: Outline[] = [];
  for (let y = box.top; y < box.bottom; y++) {
    for (let x = box.left; x < box.right; x++) {
      if (!isSet(x, y) || isSet(x, y - 1) || visited[(y - box.top) * (box.right - box.left) + x - box.left]) continue;
      outlines.push(walk(x, y));
    }
  }
  return outlines;

  function walk(startX: number, startY: number): Outline {
    const corners: number[] = [];
    let [x, y, direction] = [startX, startY, 0];
    let area = 0;
    do {
      corners.push(x, y);
      // A step east runs along the top of the pixel at (x, y): that is where walks begin.
      if (direction === 0) visited[(y - box.top) * (box.right - box.left) + x - box.left] = 1;
      x += STEP_X[direction]!;
      y += STEP_Y[direction]!;
      area += x * STEP_Y[direction]!;
      const isLeft = isSet(x + AHEAD_LEFT_X[direction]!, y + AHEAD_LEFT_Y[direction]!);
      const isRight = isSet(x + AHEAD_RIGHT_X[direction]!, y + AHEAD_RIGHT_Y[direction]!);
      if (isLeft) direction = (direction + 3) % 4;
      else if (!isRight) direction = (direction + 1) % 4;
    } while (x !== startX || y !== startY || direction !== 0);
    return { corners: Int32Array.from(corners), isHole: area < 0 };
  }
}

/** From a corner, where the pixels ahead on the left and right lie, for each direction. */
const AHEAD_LEFT_X = [0, 0, -1, -1] as const;
const AHEAD_LEFT_Y = [-1, 0, 0, -1] as const;
const AHEAD_RIGHT_X = [0, -1, -1, 0] as const;
const AHEAD_RIGHT_Y = [0, 0, -1, -1] as const;
