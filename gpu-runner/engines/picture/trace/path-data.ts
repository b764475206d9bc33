/** Path data in whole numbers, as short as the grammar allows (SVG 2 §9.3): relative, no needless letters or spaces. */

/** A line to (x, y), or a cubic curve there with two control points. */
export type Segment =
  | { readonly x: number; readonly y: number }
  | {
      readonly x: number;
      readonly y: number;
      readonly x1: number;
      readonly y1: number;
      readonly x2: number;
      readonly y2: number;
    };

/** A closed outline; the last segment ends at the start, or a straight line closes it. */
export interface ClosedPath {
  readonly x: number;
  readonly y: number;
  readonly segments: readonly Segment[];
}

/** Data of one `<path>` that holds all outlines. Coordinates are rounded to whole numbers; what shrinks to nothing is left out. */
export function pathData(paths: readonly ClosedPath[]): string {
  const writer = new PathWriter();
  for (const path of paths) writer.add(path);
  return writer.data;
}

class PathWriter {
  data = "";
  /** Where the pen is after what was written. */
  #x = 0;
  #y = 0;
  #letter = "";

  add({ x, y, segments }: ClosedPath): void {
    const [startX, startY] = [Math.round(x), Math.round(y)];
    const before = { data: this.data, x: this.#x, y: this.#y, letter: this.#letter };
    this.#write("m", [startX - this.#x, startY - this.#y]);
    // After `m` more numbers are lines.
    this.#letter = "l";
    [this.#x, this.#y] = [startX, startY];
    let drawn = 0;
    for (const [index, segment] of segments.entries()) {
      const isLast = index === segments.length - 1;
      const isBack = Math.round(segment.x) === startX && Math.round(segment.y) === startY;
      if ("x1" in segment) drawn += this.#curve(segment);
      else if (!(isLast && isBack)) drawn += this.#line(Math.round(segment.x), Math.round(segment.y));
    }
    if (drawn < 2 && !segments.some((segment) => "x1" in segment)) {
      this.data = before.data;
      [this.#x, this.#y, this.#letter] = [before.x, before.y, before.letter];
      return;
    }
    this.data += "z";
    this.#letter = "z";
    [this.#x, this.#y] = [startX, startY];
  }

  #line(x: number, y: number): number {
    const [dx, dy] = [x - this.#x, y - this.#y];
    if (dx === 0 && dy === 0) return 0;
    if (dy === 0) this.#write("h", [dx]);
    else if (dx === 0) this.#write("v", [dy]);
    else this.#write("l", [dx, dy]);
    [this.#x, this.#y] = [x, y];
    return 1;
  }

  #curve(segment: Extract<Segment, { x1: number }>): number {
    const [x, y] = [Math.round(segment.x), Math.round(segment.y)];
    const [x1, y1] = [Math.round(segment.x1) - this.#x, Math.round(segment.y1) - this.#y];
    const [x2, y2] = [Math.round(segment.x2) - this.#x, Math.round(segment.y2) - this.#y];
    const [dx, dy] = [x - this.#x, y - this.#y];
    if (isStraight(x1, y1, x2, y2, dx, dy)) return this.#line(x, y);
    this.#write("c", [x1, y1, x2, y2, dx, dy]);
    [this.#x, this.#y] = [x, y];
    return 1;
  }

  #write(letter: string, numbers: readonly number[]): void {
    const isNew = this.#letter !== letter;
    if (isNew) this.data += letter;
    numbers.forEach((value, index) => {
      this.data += value < 0 || (isNew && index === 0) ? value : ` ${value}`;
    });
    this.#letter = letter;
  }
}

/** Whether the curve never leaves the line to (x, y) by more than rounding makes. */
function isStraight(x1: number, y1: number, x2: number, y2: number, x: number, y: number): boolean {
  const length = Math.hypot(x, y);
  if (length === 0) return x1 === 0 && y1 === 0 && x2 === 0 && y2 === 0;
  const off = (px: number, py: number) => Math.abs(px * y - py * x) / length;
  const along = (px: number, py: number) => (px * x + py * y) / length;
  const isBetween = (value: number) => value >= -0.5 && value <= length + 0.5;
  return off(x1, y1) < 0.75 && off(x2, y2) < 0.75 && isBetween(along(x1, y1)) && isBetween(along(x2, y2));
}
