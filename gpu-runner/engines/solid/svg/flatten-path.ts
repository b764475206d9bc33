/**
 * Path data → polylines. Reads what usvg writes: absolute M, L, Q, C and Z, separated by spaces. It must not be handed
 * path data of a user, which can hold every other command.
 */

export interface Polyline {
  /** `x0, y0, x1, y1 …`; a closed one does not repeat its first point. */
  readonly points: number[];
  readonly closed: boolean;
}

/** Most straight pieces that one curve becomes. */
const MAX_SEGMENTS_PER_CURVE = 256;

/** Flattens path data; no point of a curve is farther than `tolerance` from its polyline. */
export function flattenPath(data: string, tolerance: number): Polyline[] {
  const lines: Polyline[] = [];
  const tokens = data.split(" ");
  let points: number[] = [];
  let at = 0;
  const number = () => Number(tokens[at++]);
  const finish = (closed: boolean) => {
    if (points.length > 0) lines.push({ points, closed });
  };
  while (at < tokens.length) {
    const command = tokens[at++];
    const x0 = points[points.length - 2] ?? 0;
    const y0 = points[points.length - 1] ?? 0;
    if (command === "M") {
      finish(false);
      points = [number(), number()];
    } else if (command === "L") {
      points.push(number(), number());
    } else if (command === "C") {
      addCubic(points, x0, y0, number(), number(), number(), number(), number(), number(), tolerance);
    } else if (command === "Q") {
      const [x, y, x3, y3] = [number(), number(), number(), number()];
      addCubic(
        points,
        x0,
        y0,
        x0 + (2 / 3) * (x - x0),
        y0 + (2 / 3) * (y - y0),
        x3 + (2 / 3) * (x - x3),
        y3 + (2 / 3) * (y - y3),
        x3,
        y3,
        tolerance,
      );
    } else if (command === "Z") {
      const [startX, startY] = [points[0]!, points[1]!];
      finish(true);
      // A command after Z goes on from the start of the closed part.
      points = tokens[at] === "M" || at >= tokens.length ? [] : [startX, startY];
    } else if (command !== "") {
      throw new Error(`unexpected path command ${command?.slice(0, 20)}`);
    }
  }
  finish(false);
  return lines;
}

/**
 * Adds a cubic Bézier curve as straight pieces, without its first point. How many: n² ≥ ¾ · max|Pᵢ − 2Pᵢ₊₁ + Pᵢ₊₂| / tolerance
 */
function addCubic(
  out: number[],
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  x3: number,
  y3: number,
  tolerance: number,
): void {
  const bend = Math.max(Math.hypot(x0 - 2 * x1 + x2, y0 - 2 * y1 + y2), Math.hypot(x1 - 2 * x2 + x3, y1 - 2 * y2 + y3));
  const pieces = Math.min(MAX_SEGMENTS_PER_CURVE, Math.max(1, Math.ceil(Math.sqrt((0.75 * bend) / tolerance))));
  for (let i = 1; i < pieces; i++) {
    const t = i / pieces;
    const s = 1 - t;
    const [b0, b1, b2, b3] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
    out.push(b0 * x0 + b1 * x1 + b2 * x2 + b3 * x3, b0 * y0 + b1 * y1 + b2 * y2 + b3 * y3);
  }
  out.push(x3, y3);
}
