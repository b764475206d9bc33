/** The outline of a shape as lines and curves: exact along the pixels, a polygon, or smooth between its corners. */
import { CHAMFER_POINTS, type Corner, findCorners } from "./find-corners.ts";
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

/** Corners are looked for on a polygon of at least this tolerance: below it every pixel is one. */
const CORNER_TOLERANCE_PX = 0.7;

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
  const found = findCorners(points, kept, cornerDeg);
  const corners = found.map(({ index }) => index);
  const smooth = smoothBetween(points, found, smoothing);
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
    curves.push(...fitCurve(withoutChamfers(run(corner, next > corner ? next : next + count)), tolerancePx));
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

/** The points of a side without those beside its corners: pixels cut every corner off a little. */
function withoutChamfers(points: readonly Point[]): readonly Point[] {
  if (points.length < 4 * CHAMFER_POINTS) return points;
  return [points[0]!, ...points.slice(1 + CHAMFER_POINTS, -1 - CHAMFER_POINTS), points.at(-1)!];
}

/** Takes the jitter of the pixel steps out of the points; corners stay, moved to where their sides meet. */
function smoothBetween(points: Float64Array, corners: readonly Corner[], rounds: number): Float64Array {
  const count = points.length / 2;
  const fixed = new Uint8Array(count);
  let from = points.slice();
  for (const { index, x, y } of corners) {
    fixed[index] = 1;
    from[2 * index] = x;
    from[2 * index + 1] = y;
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
