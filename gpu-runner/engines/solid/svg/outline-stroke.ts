/**
 * Strokes → areas, by SVG's own rules for joins, caps, mitre limits and dashes (SVG 2 §13.5). Works in the coordinates
 * of the path, before any transform, because a transform may squeeze the stroke. The answer is a heap of overlapping
 * convex counter-clockwise pieces; their union (non-zero) is the stroke.
 */
import type { Polyline } from "./flatten-path.ts";

export interface StrokeStyle {
  readonly width: number;
  readonly join: "miter" | "miter-clip" | "round" | "bevel";
  readonly cap: "butt" | "round" | "square";
  readonly miterLimit: number;
  /** Dash and gap lengths in turn, or none. */
  readonly dashes: readonly number[];
  readonly dashOffset: number;
}

type Point = readonly [number, number];

/** Pieces of the stroke of `lines`; arcs deviate by `tolerance` at most. */
export function outlineStroke(lines: readonly Polyline[], style: StrokeStyle, tolerance: number): number[][] {
  const pieces: number[][] = [];
  const half = style.width / 2;
  const arcStep = 2 * Math.acos(Math.max(0, 1 - tolerance / half)) || Math.PI / 2;
  for (const line of lines) {
    for (const { points, closed } of splitIntoDashes(line, style)) {
      const distinct = withoutRepeats(points, closed);
      if (distinct.length === 1) addDot(pieces, distinct[0]!, half, style.cap, arcStep);
      else addLine(pieces, distinct, closed, half, style, arcStep);
    }
  }
  return pieces;
}

/** How many dashes and gaps `lines` have, without making them. */
export function countDashes(lines: readonly Polyline[], { dashes }: StrokeStyle): number {
  const period = dashes.reduce((sum, length) => sum + length, 0);
  if (!(period > 0)) return 0;
  return lines.reduce((sum, line) => sum + (lengthOf(outline(line)) / period) * dashes.length, 0);
}

function addLine(
  pieces: number[][],
  points: Point[],
  closed: boolean,
  half: number,
  style: StrokeStyle,
  arcStep: number,
): void {
  const count = points.length;
  const segments = closed ? count : count - 1;
  const directions = Array.from({ length: segments }, (_, i) => direction(points[i]!, points[(i + 1) % count]!));
  for (let i = 0; i < segments; i++) {
    const [px, py] = points[i]!;
    const [qx, qy] = points[(i + 1) % count]!;
    const [dx, dy] = directions[i]!;
    // A square cap is the segment made longer by half the width.
    const before = style.cap === "square" && !closed && i === 0 ? half : 0;
    const after = style.cap === "square" && !closed && i === segments - 1 ? half : 0;
    const [x0, y0, x1, y1] = [px - dx * before, py - dy * before, qx + dx * after, qy + dy * after];
    const [nx, ny] = [-dy * half, dx * half];
    pieces.push([x0 - nx, y0 - ny, x1 - nx, y1 - ny, x1 + nx, y1 + ny, x0 + nx, y0 + ny]);
    if (i > 0) addJoin(pieces, points[i]!, directions[i - 1]!, directions[i]!, half, style, arcStep);
    else if (closed) addJoin(pieces, points[0]!, directions[segments - 1]!, directions[0]!, half, style, arcStep);
  }
  if (style.cap === "round" && !closed) {
    addArc(pieces, points[0]!, Math.atan2(directions[0]![1], directions[0]![0]) + Math.PI / 2, Math.PI, half, arcStep);
    addArc(
      pieces,
      points[count - 1]!,
      Math.atan2(directions[segments - 1]![1], directions[segments - 1]![0]) - Math.PI / 2,
      Math.PI,
      half,
      arcStep,
    );
  }
}

/** Fills the wedge on the outer side of a corner. */
function addJoin(
  pieces: number[][],
  [x, y]: Point,
  from: Point,
  to: Point,
  half: number,
  style: StrokeStyle,
  arcStep: number,
): void {
  const cross = from[0] * to[1] - from[1] * to[0];
  const dot = from[0] * to[0] + from[1] * to[1];
  if (Math.abs(cross) < 1e-12 && dot > 0) return;
  const side = cross > 0 ? -1 : 1;
  const a: Point = [x - from[1] * half * side, y + from[0] * half * side];
  const b: Point = [x - to[1] * half * side, y + to[0] * half * side];
  // A left turn (side -1) has its wedge on the right, where the outline runs from `a` to `b` counter-clockwise.
  const [start, end] = side < 0 ? [a, b] : [b, a];
  const turn = Math.acos(Math.min(1, Math.max(-1, dot)));
  if (style.join === "round") {
    if (turn > arcStep) addArc(pieces, [x, y], Math.atan2(start[1] - y, start[0] - x), turn, half, arcStep);
    else pieces.push([x, y, ...start, ...end]);
    return;
  }
  // Mitre length / width = 1 / sin(θ/2) with θ = π − turn between the segments.
  const ratio = 1 / Math.cos(turn / 2);
  if (style.join !== "bevel" && ratio <= style.miterLimit) {
    const [mx, my] = [(a[0] + b[0]) / 2 - x, (a[1] + b[1]) / 2 - y];
    const length = Math.hypot(mx, my);
    if (length > 1e-12) {
      const reach = (half * ratio) / length;
      pieces.push([x, y, ...start, x + mx * reach, y + my * reach, ...end]);
      return;
    }
  }
  pieces.push([x, y, ...start, ...end]);
}

/** A pie from `angle` over `sweep`, counter-clockwise, around `center`. */
function addArc(
  pieces: number[][],
  [x, y]: Point,
  angle: number,
  sweep: number,
  radius: number,
  arcStep: number,
): void {
  const steps = Math.max(1, Math.ceil(sweep / arcStep));
  const piece = sweep < 2 * Math.PI ? [x, y] : [];
  for (let i = 0; i <= steps; i++) {
    const a = angle + (sweep * i) / steps;
    piece.push(x + radius * Math.cos(a), y + radius * Math.sin(a));
  }
  pieces.push(piece);
}

/** What SVG draws for a line without length: nothing, a dot or a square, by its cap. */
function addDot(pieces: number[][], [x, y]: Point, half: number, cap: StrokeStyle["cap"], arcStep: number): void {
  if (cap === "round") addArc(pieces, [x, y], 0, 2 * Math.PI, half, arcStep);
  if (cap === "square") pieces.push([x - half, y - half, x + half, y - half, x + half, y + half, x - half, y + half]);
}

function direction([ax, ay]: Point, [bx, by]: Point): Point {
  const length = Math.hypot(bx - ax, by - ay);
  return [(bx - ax) / length, (by - ay) / length];
}

function withoutRepeats(points: readonly number[], closed: boolean): Point[] {
  const out: Point[] = [];
  for (let i = 0; i < points.length; i += 2) {
    const last = out.at(-1);
    if (!last || Math.hypot(points[i]! - last[0], points[i + 1]! - last[1]) > 1e-9)
      out.push([points[i]!, points[i + 1]!]);
  }
  const [first, last] = [out[0], out.at(-1)];
  if (closed && out.length > 1 && first && last && Math.hypot(first[0] - last[0], first[1] - last[1]) <= 1e-9)
    out.pop();
  return out;
}

function splitIntoDashes(line: Polyline, { dashes, dashOffset }: StrokeStyle): Polyline[] {
  const period = dashes.reduce((sum, length) => sum + length, 0);
  if (dashes.length === 0 || !(period > 0)) return [line];
  const points = outline(line);
  let index = 0;
  let left = ((dashOffset % period) + period) % period;
  while (left >= dashes[index % dashes.length]!) left -= dashes[index++ % dashes.length]!;
  left = dashes[index % dashes.length]! - left;

  const out: Polyline[] = [];
  let current = index % 2 === 0 ? [points[0]!, points[1]!] : [];
  for (let i = 2; i < points.length; i += 2) {
    let [x, y] = [points[i - 2]!, points[i - 1]!];
    const [toX, toY] = [points[i]!, points[i + 1]!];
    for (let length = Math.hypot(toX - x, toY - y); length > 0; ) {
      const step = Math.min(left, length);
      x += ((toX - x) * step) / length;
      y += ((toY - y) * step) / length;
      length -= step;
      left -= step;
      if (index % 2 === 0) current.push(x, y);
      if (left > 1e-12) continue;
      if (index % 2 === 0) out.push({ points: current, closed: false });
      index++;
      left = dashes[index % dashes.length]!;
      current = index % 2 === 0 ? [x, y] : [];
    }
  }
  if (current.length > 2) out.push({ points: current, closed: false });
  return out;
}

/** The points of a line, back to the first one if it is closed. */
function outline({ points, closed }: Polyline): readonly number[] {
  return closed ? [...points, points[0]!, points[1]!] : points;
}

function lengthOf(points: readonly number[]): number {
  let length = 0;
  for (let i = 2; i < points.length; i += 2) {
    length += Math.hypot(points[i]! - points[i - 2]!, points[i + 1]! - points[i - 1]!);
  }
  return length;
}
