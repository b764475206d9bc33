/** The outline of a shape as lines and curves: exact along the pixels, a polygon, or smooth between its corners. */
import { type Cubic, fitCurve, type Point, tangentAcross } from "./fit-curve.ts";
import type { Outline } from "./outline-mask.ts";
import type { ClosedPath, Segment } from "./path-data.ts";
import { simplifyClosed } from "./simplify.ts";

export type CurveFitting = "spline" | "polygon" | "pixel";

export interface FitOptions {
  readonly fitting: CurveFitting;
  /** How far a line may lie from the outline, in pixels. */
  readonly tolerancePx: number;
  /** Turns sharper than this stay corners (spline only). */
  readonly cornerDeg: number;
  /** Passes of a binomial filter over the points of a curve (spline only): evens out pixel steps. */
  readonly smoothing: number;
}

/** A side of a corner is at least this long: shorter ones are steps between pixels. */
const CORNER_SIDE_PX = 1.5;
/** Corners are looked for on a polygon of at least this tolerance: below it every pixel is one. */
const CORNER_TOLERANCE_PX = 0.7;

/** A corner's sides are told by so many points, and may meet so far from where the pixels turn. */
const SIDE_POINTS = 8;
const CORNER_REACH_PX = 1.5;

/** The outline in pixels of the mask. Null when it is too small to leave a trace at this tolerance. */
export function fitOutline(outline: Outline, options: FitOptions): ClosedPath | null {
  if (options.fitting === "pixel") return alongPixels(outline);
  const points = middles(outline);
  if (options.fitting === "polygon") return polygon(points, options.tolerancePx);
  return spline(points, options);
}

function alongPixels({ corners }: Outline): ClosedPath {
  const count = corners.length / 2;
  const kept: Segment[] = [];
  for (let i = 0; i < count; i++) {
    const [before, after] = [(i + count - 1) % count, (i + 1) % count];
    const isTurn = (corners[2 * i]! === corners[2 * before]!) !== (corners[2 * after]! === corners[2 * i]!);
    if (isTurn) kept.push({ x: corners[2 * i]!, y: corners[2 * i + 1]! });
  }
  return { ...(kept[0] as Point), segments: [...kept.slice(1), kept[0]!] };
}

/** The middles of the pixel sides: on a slanted edge they lie nearer to the true line than the corners do. */
function middles({ corners }: Outline): Float64Array {
  const points = new Float64Array(corners.length);
  for (let i = 0; i < corners.length; i++) points[i] = (corners[i]! + corners[(i + 2) % corners.length]!) / 2;
  return points;
}

function polygon(points: Float64Array, tolerance: number): ClosedPath | null {
  const kept = simplifyClosed(points, tolerance);
  if (kept.length < 3) return null;
  const segments = kept.map((i) => ({ x: points[2 * i]!, y: points[2 * i + 1]! }));
  return { ...segments[0]!, segments: [...segments.slice(1), segments[0]!] };
}

function spline(points: Float64Array, { tolerancePx, cornerDeg, smoothing }: FitOptions): ClosedPath | null {
  const kept = simplifyClosed(points, Math.max(tolerancePx, CORNER_TOLERANCE_PX));
  if (kept.length < 3) return polygon(points, Math.min(tolerancePx, CORNER_TOLERANCE_PX / 2));
  const corners = kept.filter((_, k) => isCorner(points, kept, k, cornerDeg));
  const smooth = smoothBetween(points, corners, smoothing);
  const count = points.length / 2;
  const point = (i: number): Point => ({ x: smooth[2 * (i % count)]!, y: smooth[2 * (i % count) + 1]! });
  const run = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, k) => point(from + k));
  const curves: Cubic[] = [];
  if (corners.length === 0) {
    // Start anywhere and leave in the direction in which the curve comes back.
    const around = run(0, count);
    const across = tangentAcross([...around.slice(-5, -1), ...around.slice(0, 5)], 4);
    curves.push(...fitCurve(around, tolerancePx, across, { x: -across.x, y: -across.y }));
  }
  for (const [k, corner] of corners.entries()) {
    const next = corners[(k + 1) % corners.length]!;
    curves.push(...fitCurve(run(corner, next > corner ? next : next + count), tolerancePx));
  }
  const segments = curves.map(({ control1, control2, to }) => ({
    x: to.x,
    y: to.y,
    x1: control1.x,
    y1: control1.y,
    x2: control2.x,
    y2: control2.y,
  }));
  return { ...curves[0]!.from, segments };
}

/** Takes the jitter of the pixel steps out of the points; corners stay, moved to where their sides meet. */
function smoothBetween(points: Float64Array, corners: readonly number[], rounds: number): Float64Array {
  const count = points.length / 2;
  const fixed = new Uint8Array(count);
  let from = points.slice();
  for (const corner of corners) {
    fixed[corner] = 1;
    const { x, y } = sharpen(points, corner, corners);
    from[2 * corner] = x;
    from[2 * corner + 1] = y;
  }
  for (let round = 0; round < rounds; round++) {
    const to = from.slice();
    for (let i = 0; i < count; i++) {
      if (fixed[i]) continue;
      const [before, after] = [(i + count - 1) % count, (i + 1) % count];
      for (let k = 0; k < 2; k++)
        to[2 * i + k] = (from[2 * before + k]! + 2 * from[2 * i + k]! + from[2 * after + k]!) / 4;
    }
    from = to;
  }
  return from;
}

/** Where the straight lines through the points before and after a corner meet, if that is near it; else the corner. */
function sharpen(points: Float64Array, corner: number, corners: readonly number[]): Point {
  const count = points.length / 2;
  const at = (i: number): Point => ({ x: points[2 * (i % count)]!, y: points[2 * (i % count) + 1]! });
  const here = at(corner);
  const gaps = corners.filter((other) => other !== corner).map((other) => Math.abs(other - corner));
  const room = Math.min(SIDE_POINTS, ...gaps.map((gap) => Math.min(gap, count - gap)), count >> 1) - 1;
  if (room < 3) return here;
  const [a, b] = [at(corner + count - room), at(corner + count - 1)];
  const [c, d] = [at(corner + room), at(corner + 1)];
  const cross = (b.x - a.x) * (d.y - c.y) - (b.y - a.y) * (d.x - c.x);
  if (Math.abs(cross) < 1e-6) return here;
  const t = ((c.x - a.x) * (d.y - c.y) - (c.y - a.y) * (d.x - c.x)) / cross;
  const meeting = { x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) };
  return Math.hypot(meeting.x - here.x, meeting.y - here.y) <= CORNER_REACH_PX ? meeting : here;
}

/** Whether the polygon `kept` turns sharply at its k-th corner, between sides that are no mere pixel steps. */
function isCorner(points: Float64Array, kept: readonly number[], k: number, cornerDeg: number): boolean {
  const [a, b, c] = [-1, 0, 1].map((step) => kept[(k + step + kept.length) % kept.length]!) as [number, number, number];
  const [inX, inY] = [points[2 * b]! - points[2 * a]!, points[2 * b + 1]! - points[2 * a + 1]!];
  const [outX, outY] = [points[2 * c]! - points[2 * b]!, points[2 * c + 1]! - points[2 * b + 1]!];
  const lengths = [Math.hypot(inX, inY), Math.hypot(outX, outY)] as const;
  if (Math.min(...lengths) < CORNER_SIDE_PX) return false;
  const cosine = (inX * outX + inY * outY) / (lengths[0] * lengths[1]);
  return cosine < Math.cos((cornerDeg * Math.PI) / 180);
}
