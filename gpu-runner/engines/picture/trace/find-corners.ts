/**
 * The corners of an outline: places where two sides, each nearly straight for some pixels, meet at a sharp angle. Pixels
 * cut a corner off a little, so a corner is put where its sides would meet; where that is far from the outline, the turn is
 * a small curve and no corner.
 */
import type { Point } from "./fit-curve.ts";

export interface Corner extends Point {
  /** Of the outline's point it takes the place of. */
  readonly index: number;
}

/** Points beside a corner that pixels have moved. */
export const CHAMFER_POINTS = 3;
/** How many points tell the direction of a side. */
const SIDE_POINTS = 9;
/** The sides themselves may bend by this share of the turn: those of an arc of any size bend by nearly half of it. */
const STRAIGHTNESS = 0.36;
/** Turns that differ by less than this (radians) are as sharp. */
const TURN_STEP = 0.1;
/** Sides may meet so far from the outline. */
const REACH_PX = 2.2;
/** In a small shape, a side of a corner is at least this long: shorter ones are steps between pixels. */
const LEAST_SIDE_PX = 1.5;

/** Corners that turn by more than `cornerDeg`, by index. `polygon` = indices of the simplified outline. */
export function findCorners(points: Float64Array, polygon: readonly number[], cornerDeg: number): Corner[] {
  const count = points.length / 2;
  const found = count >= 4 * SIDE_POINTS ? sharpTurns(points, cornerDeg) : [];
  // Sides too short for that, as in small letters, show as corners of the polygon.
  const isNear = (a: number, b: number) => Math.min(Math.abs(a - b), count - Math.abs(a - b)) <= SIDE_POINTS - 2;
  const small = polygon
    .filter(
      (index, k) => isPolygonCorner(points, polygon, k, cornerDeg) && !found.some((one) => isNear(one.index, index)),
    )
    .map((index) => ({ index, x: points[2 * index]!, y: points[2 * index + 1]! }));
  return [...found, ...small].sort((a, b) => a.index - b.index);
}

/** The sharpest turns between the side before and the side after a point, no two of them on the same corner. */
function sharpTurns(points: Float64Array, cornerDeg: number): Corner[] {
  const count = points.length / 2;
  const limit = (cornerDeg * Math.PI) / 180;
  const candidates: (Corner & { turn: number; away: number })[] = [];
  for (let index = 0; index < count; index++) {
    const turn = turnAt(points, index);
    const meeting = turn > limit ? meetingPoint(points, index) : null;
    if (!meeting || bend(points, index) > STRAIGHTNESS * turn) continue;
    const away = Math.hypot(meeting.x - points[2 * index]!, meeting.y - points[2 * index + 1]!);
    if (away <= REACH_PX) candidates.push({ index, ...meeting, turn: Math.round(turn / TURN_STEP), away });
  }
  // Beside a corner the turn is nearly as sharp: of those, the one nearest to where the sides meet.
  candidates.sort((one, other) => other.turn - one.turn || one.away - other.away);
  const taken = new Uint8Array(count);
  const corners: Corner[] = [];
  for (const { index, x, y } of candidates) {
    if (taken[index]) continue;
    corners.push({ index, x, y });
    for (let k = 2 - SIDE_POINTS; k <= SIDE_POINTS - 2; k++) taken[(index + k + count) % count] = 1;
  }
  return corners;
}

function turnAt(points: Float64Array, index: number): number {
  const { a, b, c, d } = sides(points, index);
  return Math.abs(angle(a, b, c, d));
}

/** By how much the two sides of a point bend, in the direction in which the corner turns. */
function bend(points: Float64Array, index: number): number {
  const { a, b, c, d } = sides(points, index);
  const middle = (CHAMFER_POINTS + SIDE_POINTS) >> 1;
  const [before, after] = [meanOfTwo(points, index, -middle), meanOfTwo(points, index, middle)];
  return (angle(a, before, before, b) + angle(c, after, after, d)) * Math.sign(angle(a, b, c, d));
}

/** From the direction a → b to the direction c → d, in radians. */
function angle(a: Point, b: Point, c: Point, d: Point): number {
  const [inX, inY, outX, outY] = [b.x - a.x, b.y - a.y, d.x - c.x, d.y - c.y];
  return Math.atan2(inX * outY - inY * outX, inX * outX + inY * outY);
}

/** Two points of the side before a point and two of the side after it. */
function sides(points: Float64Array, index: number): { a: Point; b: Point; c: Point; d: Point } {
  return {
    a: meanOfTwo(points, index, 1 - SIDE_POINTS),
    b: meanOfTwo(points, index, -CHAMFER_POINTS),
    c: meanOfTwo(points, index, CHAMFER_POINTS),
    d: meanOfTwo(points, index, SIDE_POINTS - 1),
  };
}

/** The mean of the point so many steps away and the one behind it: a single one is off by half a pixel step. */
function meanOfTwo(points: Float64Array, index: number, step: number): Point {
  const count = points.length / 2;
  const [i, j] = [(index + step + count) % count, (index + step + Math.sign(step) + count) % count];
  return { x: (points[2 * i]! + points[2 * j]!) / 2, y: (points[2 * i + 1]! + points[2 * j + 1]!) / 2 };
}

/** Where the sides of a point meet; null when they are parallel. */
function meetingPoint(points: Float64Array, index: number): Point | null {
  const { a, b, c, d } = sides(points, index);
  const cross = (b.x - a.x) * (d.y - c.y) - (b.y - a.y) * (d.x - c.x);
  if (Math.abs(cross) < 1e-6) return null;
  const t = ((c.x - a.x) * (d.y - c.y) - (c.y - a.y) * (d.x - c.x)) / cross;
  return { x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) };
}

/** Whether the polygon turns sharply at its k-th corner, between sides that are no mere pixel steps. */
function isPolygonCorner(points: Float64Array, polygon: readonly number[], k: number, cornerDeg: number): boolean {
  const [a, b, c] = [-1, 0, 1].map((step) => polygon[(k + step + polygon.length) % polygon.length]!) as [
    number,
    number,
    number,
  ];
  const [inX, inY] = [points[2 * b]! - points[2 * a]!, points[2 * b + 1]! - points[2 * a + 1]!];
  const [outX, outY] = [points[2 * c]! - points[2 * b]!, points[2 * c + 1]! - points[2 * b + 1]!];
  if (Math.min(Math.hypot(inX, inY), Math.hypot(outX, outY)) < LEAST_SIDE_PX) return false;
  const turn = Math.abs(Math.atan2(inX * outY - inY * outX, inX * outX + inY * outY));
  return turn > (cornerDeg * Math.PI) / 180;
}
