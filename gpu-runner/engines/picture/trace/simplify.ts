/**
 * Fewer points on a closed line.
 *
 * Source: D. H. Douglas, T. K. Peucker, "Algorithms for the reduction of the number of points required to represent a
 * digitized line or its caricature", Cartographica 10 (2), 1973.
 */

/** Indices, ascending, of the points (x0, y0, x1, …) that keep the closed line within `tolerance`. */
export function simplifyClosed(points: Float64Array, tolerance: number): number[] {
  const count = points.length / 2;
  if (count <= 3) return Array.from({ length: count }, (_, i) => i);
  const far = farthestFrom(points, 0);
  const start = farthestFrom(points, far);
  const [first, second] = start < far ? [start, far] : [far, start];
  const keep = new Uint8Array(count);
  keep[first] = 1;
  keep[second] = 1;
  const open: [number, number][] = [
    [first, second],
    [second, first + count],
  ];
  for (let range = open.pop(); range; range = open.pop()) {
    const [from, to] = range;
    const { index, distance } = farthestFromChord(points, from, to);
    if (distance <= tolerance) continue;
    keep[index % count] = 1;
    open.push([from, index], [index, to]);
  }
  return Array.from({ length: count }, (_, i) => i).filter((i) => keep[i]);
}

function farthestFrom(points: Float64Array, from: number): number {
  let best = from;
  let most = -1;
  for (let i = 0; i < points.length / 2; i++) {
    const distance = (points[2 * i]! - points[2 * from]!) ** 2 + (points[2 * i + 1]! - points[2 * from + 1]!) ** 2;
    if (distance > most) [best, most] = [i, distance];
  }
  return best;
}

/** Of the points strictly between, the one farthest from the straight line. Indices may go once around. */
function farthestFromChord(points: Float64Array, from: number, to: number): { index: number; distance: number } {
  const count = points.length / 2;
  const [x0, y0] = [points[2 * (from % count)]!, points[2 * (from % count) + 1]!];
  const dx = points[2 * (to % count)]! - x0;
  const dy = points[2 * (to % count) + 1]! - y0;
  const length = Math.hypot(dx, dy);
  let best = from;
  let most = -1;
  for (let k = from + 1; k < to; k++) {
    const i = k < count ? k : k - count;
    const [px, py] = [points[2 * i]! - x0, points[2 * i + 1]! - y0];
    const along = length === 0 ? 0 : (px * dx + py * dy) / length;
    let distance = length === 0 ? Math.hypot(px, py) : Math.abs(px * dy - py * dx) / length;
    if (along < 0) distance = Math.hypot(px, py);
    else if (along > length) distance = Math.hypot(px - dx, py - dy);
    if (distance > most) [best, most] = [k, distance];
  }
  return { index: best, distance: most };
}
