/**
 * Turns glyph outlines into contours of straight edges. The number of edges follows the wanted tolerance, so that a
 * small and a large text look equally smooth. It knows nothing of fonts, lines or millimetres.
 */
import type { Contour } from "../drawing.ts";
import type { OutlineCommand } from "./font.ts";

/** Most edges one curve is split into: a bound for broken fonts, far above what a tolerance asks for. */
const MAX_EDGES = 256;

/**
 * Contours of an outline, in its units, no point further than `tolerance` from the true curve. Outer contours turn
 * counter-clockwise whatever the font's habit is (TrueType draws them clockwise, PostScript counter-clockwise), so
 * that glyphs of different fonts can overlap under the non-zero rule. A contour without area is left out.
 */
export function flattenOutline(outline: readonly OutlineCommand[], tolerance: number): Contour[] {
  const contours: Contour[] = [];
  let current: Contour = [];
  const finish = () => {
    const closed = withoutRepeats(current);
    if (closed.length >= 3 && signedArea(closed) !== 0) contours.push(closed);
    current = [];
  };
  for (const { type, values } of outline) {
    if (type === "M" || type === "Z") finish();
    if (type === "M" || type === "L") current.push([values[0] ?? 0, values[1] ?? 0]);
    else if (type === "Q" || type === "C") appendCurve(current, values, tolerance);
  }
  finish();
  const area = contours.reduce((sum, contour) => sum + signedArea(contour), 0);
  return area < 0 ? contours.map((contour) => contour.reverse()) : contours;
}

/** Area inside a contour by the shoelace formula: positive when it turns counter-clockwise (+Y up). */
export function signedArea(contour: Contour): number {
  let twice = 0;
  let [x0, y0] = contour.at(-1) ?? [0, 0];
  for (const [x, y] of contour) {
    twice += x0 * y - x * y0;
    [x0, y0] = [x, y];
  }
  return twice / 2;
}

/**
 * Adds the points of a quadratic or cubic Bézier curve after its start. Edge count: Wang's bound,
 * n = √(d(d−1)/8 · max|second difference| / tolerance) for a curve of degree d
 * (G. Wang, "The subdivision method for finding the intersection between two Bézier curves", 1984).
 */
function appendCurve(contour: Contour, values: readonly number[], tolerance: number): void {
  const points: Contour = [contour.at(-1) ?? [0, 0]];
  for (let i = 0; i < values.length; i += 2) points.push([values[i] ?? 0, values[i + 1] ?? 0]);
  const degree = points.length - 1;
  let bend = 0;
  for (let i = 0; i + 2 <= degree; i++) {
    const [a, b, c] = points.slice(i, i + 3) as [[number, number], [number, number], [number, number]];
    bend = Math.max(bend, Math.hypot(a[0] - 2 * b[0] + c[0], a[1] - 2 * b[1] + c[1]));
  }
  const edges = Math.min(
    MAX_EDGES,
    Math.max(1, Math.ceil(Math.sqrt(((degree * (degree - 1)) / 8) * (bend / tolerance)))),
  );
  for (let i = 1; i <= edges; i++) contour.push(pointOnCurve(points, i / edges));
}

/** De Casteljau's construction. */
function pointOnCurve(points: Contour, t: number): [number, number] {
  let level = points;
  while (level.length > 1)
    level = level.slice(1).map(([x, y], i) => {
      const [x0, y0] = level[i] as [number, number];
      return [x0 + (x - x0) * t, y0 + (y - y0) * t];
    });
  return level[0] as [number, number];
}

function withoutRepeats(contour: Contour): Contour {
  return contour.filter(([x, y], i) => {
    const [x0, y0] = contour[i === 0 ? contour.length - 1 : i - 1] as [number, number];
    return contour.length === 1 || x !== x0 || y !== y0;
  });
}
