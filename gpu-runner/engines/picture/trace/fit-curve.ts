/**
 * Cubic Bézier curves through a row of points, as few as the tolerance allows.
 *
 * Source: P. J. Schneider, "An algorithm for automatically fitting digitized curves", Graphics Gems, Academic Press 1990:
 * least squares for given end tangents, Newton steps for the parameters, split where the error is largest.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Cubic {
  readonly from: Point;
  readonly control1: Point;
  readonly control2: Point;
  readonly to: Point;
}

const NEWTON_STEPS = 16;
/** A turn of more than about 115° is far; so few points can't be told to turn. */
const COS_FAR_TURN = Math.cos((115 * Math.PI) / 180);
const LEAST_TURNING = 16;
/** Worth moving the parameters while the squared error is within this many times the allowed one. */
const NEAR = 16;
/** A curve that is within the tolerance is still bettered until its squared error is this share of the allowed one. */
const GOOD = 0.2;

/**
 * Curves from the first point to the last within `tolerance`. Tangents (unit vectors, both pointing into the row) are
 * taken from the points near the ends where they are not given.
 */
export function fitCurve(points: readonly Point[], tolerance: number, start?: Point, end?: Point): Cubic[] {
  const last = points.length - 1;
  if (last < 1) return [];
  if (!start && !end && isStraight(points, Math.min(tolerance, STRAIGHT_PX)))
    return [straight(points[0]!, points[last]!)];
  const tangent1 = start ?? tangentAt(points, 0, 1);
  const tangent2 = end ?? tangentAt(points, last, -1);
  // A curve that turns far can be within the tolerance and yet run inside of it all along: half the turn is drawn well.
  const turnsFar = tangent1.x * tangent2.x + tangent1.y * tangent2.y > -COS_FAR_TURN && last > LEAST_TURNING;
  if (turnsFar) return splitAt(last >> 1);
  if (last === 1) return [withThirds(points[0]!, points[1]!, tangent1, tangent2)];
  let parameters = chordLengths(points);
  let curve = leastSquares(points, parameters, tangent1, tangent2);
  let worst = largestError(points, curve, parameters);
  const allowed = tolerance * tolerance;
  for (let step = 0; step < NEWTON_STEPS && worst.error > GOOD * allowed && worst.error < NEAR * allowed; step++) {
    parameters = parameters.map((t, i) => improve(curve, points[i]!, t));
    curve = leastSquares(points, parameters, tangent1, tangent2);
    worst = largestError(points, curve, parameters);
  }
  if (worst.error <= allowed) return [curve];
  return splitAt(worst.index);

  function splitAt(index: number): Cubic[] {
    const middle = tangentAcross(points, index);
    return [
      ...fitCurve(points.slice(0, index + 1), tolerance, tangent1, { x: -middle.x, y: -middle.y }),
      ...fitCurve(points.slice(index), tolerance, middle, tangent2),
    ];
  }
}

/** Points this near to a chord are a straight side, whatever the tolerance. */
const STRAIGHT_PX = 0.6;

function isStraight(points: readonly Point[], within: number): boolean {
  const from = points[0]!;
  const [dx, dy] = [points.at(-1)!.x - from.x, points.at(-1)!.y - from.y];
  const length = Math.hypot(dx, dy);
  return length > 0 && points.every(({ x, y }) => Math.abs((x - from.x) * dy - (y - from.y) * dx) <= within * length);
}

function straight(from: Point, to: Point): Cubic {
  const along = (t: number) => ({ x: from.x + t * (to.x - from.x), y: from.y + t * (to.y - from.y) });
  return { from, control1: along(1 / 3), control2: along(2 / 3), to };
}

/** Points are about a pixel apart and jitter by half of one: a direction needs a few of them. */
const TANGENT_POINTS = 6;

/** Unit vector from the point at `index` in the direction of `step`. */
function tangentAt(points: readonly Point[], index: number, step: 1 | -1): Point {
  const far = Math.max(0, Math.min(points.length - 1, index + step * TANGENT_POINTS));
  return unit(points[far]!.x - points[index]!.x, points[far]!.y - points[index]!.y);
}

/** Unit vector along the row at a point inside it. */
export function tangentAcross(points: readonly Point[], index: number): Point {
  const reach = Math.min(TANGENT_POINTS, index, points.length - 1 - index);
  const [a, b] = [points[index - reach]!, points[index + reach]!];
  return unit(b.x - a.x, b.y - a.y);
}

function unit(x: number, y: number): Point {
  const length = Math.hypot(x, y);
  return length === 0 ? { x: 1, y: 0 } : { x: x / length, y: y / length };
}

function withThirds(from: Point, to: Point, tangent1: Point, tangent2: Point, third?: number): Cubic {
  const reach = third ?? Math.hypot(to.x - from.x, to.y - from.y) / 3;
  return {
    from,
    control1: { x: from.x + tangent1.x * reach, y: from.y + tangent1.y * reach },
    control2: { x: to.x + tangent2.x * reach, y: to.y + tangent2.y * reach },
    to,
  };
}

function chordLengths(points: readonly Point[]): number[] {
  const lengths = [0];
  for (let i = 1; i < points.length; i++) {
    lengths.push(lengths[i - 1]! + Math.hypot(points[i]!.x - points[i - 1]!.x, points[i]!.y - points[i - 1]!.y));
  }
  const total = lengths.at(-1)! || 1;
  return lengths.map((length) => length / total);
}

/** The curve with these end tangents that lies nearest to the points at these parameters. */
function leastSquares(points: readonly Point[], parameters: readonly number[], t1: Point, t2: Point): Cubic {
  const from = points[0]!;
  const to = points.at(-1)!;
  let [c00, c01, c11, x0, x1] = [0, 0, 0, 0, 0];
  for (const [i, t] of parameters.entries()) {
    const s = 1 - t;
    const [b0, b1, b2, b3] = [s * s * s, 3 * t * s * s, 3 * t * t * s, t * t * t];
    const dot = t1.x * t2.x + t1.y * t2.y;
    c00 += b1 * b1;
    c01 += b1 * b2 * dot;
    c11 += b2 * b2;
    const dx = points[i]!.x - (b0 + b1) * from.x - (b2 + b3) * to.x;
    const dy = points[i]!.y - (b0 + b1) * from.y - (b2 + b3) * to.y;
    x0 += b1 * (t1.x * dx + t1.y * dy);
    x1 += b2 * (t2.x * dx + t2.y * dy);
  }
  const determinant = c00 * c11 - c01 * c01;
  const chord = Math.hypot(to.x - from.x, to.y - from.y);
  const alpha1 = determinant === 0 ? 0 : (x0 * c11 - x1 * c01) / determinant;
  const alpha2 = determinant === 0 ? 0 : (c00 * x1 - c01 * x0) / determinant;
  // Handles that point backwards or reach far beyond the points make loops.
  const least = 1e-6 * chord;
  if (alpha1 < least || alpha2 < least || alpha1 > 3 * chord || alpha2 > 3 * chord) {
    return withThirds(from, to, t1, t2, chord / 3);
  }
  return {
    from,
    control1: { x: from.x + t1.x * alpha1, y: from.y + t1.y * alpha1 },
    control2: { x: to.x + t2.x * alpha2, y: to.y + t2.y * alpha2 },
    to,
  };
}

function largestError(
  points: readonly Point[],
  curve: Cubic,
  parameters: readonly number[],
): { error: number; index: number } {
  let [error, index] = [-1, points.length >> 1];
  for (let i = 1; i < points.length - 1; i++) {
    const { x, y } = pointAt(curve, parameters[i]!);
    const squared = (x - points[i]!.x) ** 2 + (y - points[i]!.y) ** 2;
    if (squared > error) [error, index] = [squared, i];
  }
  return { error, index };
}

function pointAt({ from, control1, control2, to }: Cubic, t: number): Point {
  const s = 1 - t;
  const [b0, b1, b2, b3] = [s * s * s, 3 * t * s * s, 3 * t * t * s, t * t * t];
  return {
    x: b0 * from.x + b1 * control1.x + b2 * control2.x + b3 * to.x,
    y: b0 * from.y + b1 * control1.y + b2 * control2.y + b3 * to.y,
  };
}

/** One Newton step towards the parameter of the curve's point nearest to `point`. */
function improve(curve: Cubic, point: Point, t: number): number {
  const { from, control1, control2, to } = curve;
  const s = 1 - t;
  const first = (a: number, b: number, c: number, d: number) =>
    3 * (s * s * (b - a) + 2 * s * t * (c - b) + t * t * (d - c));
  const second = (a: number, b: number, c: number, d: number) => 6 * (s * (c - 2 * b + a) + t * (d - 2 * c + b));
  const at = pointAt(curve, t);
  const [dx, dy] = [at.x - point.x, at.y - point.y];
  const x1 = first(from.x, control1.x, control2.x, to.x);
  const y1 = first(from.y, control1.y, control2.y, to.y);
  const x2 = second(from.x, control1.x, control2.x, to.x);
  const y2 = second(from.y, control1.y, control2.y, to.y);
  const slope = x1 * x1 + y1 * y1 + dx * x2 + dy * y2;
  if (slope === 0) return t;
  return Math.min(1, Math.max(0, t - (dx * x1 + dy * y1) / slope));
}
