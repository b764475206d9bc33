/**
 * Regions → triangles. Manifold's ear clipper gives triangles whose edges pair whatever the input; flips then make them
 * Delaunay, so that the strips of a bevel get even triangles instead of slivers across its steps.
 */
import createManifold from "manifold-3d";

interface Manifold {
  setup(): void;
  triangulate(polygons: [number, number][][], epsilon?: number, allowConvex?: boolean): [number, number, number][];
}

const manifold = (await createManifold()) as unknown as Manifold;
manifold.setup();
/**
 * Half the smallest triangle height that whole numbers of our size allow is far above this. A larger tolerance would let
 * needles be cut on both sides of a rim, and their long edges would then be used four times.
 */
const EPSILON = 1e-8;

/**
 * Triangulates the area between rings (outer counter-clockwise, holes clockwise). `points` are `x0, y0 …` of all rings
 * one after another and `lengths` the points per ring; the triangles index `points`, counter-clockwise.
 */
export function triangulate(points: Float64Array, lengths: readonly number[]): Uint32Array {
  const polygons: [number, number][][] = [];
  let at = 0;
  for (const length of lengths) {
    const polygon: [number, number][] = [];
    for (let i = 0; i < length; i++, at++) polygon.push([points[2 * at]!, points[2 * at + 1]!]);
    polygons.push(polygon);
  }
  const triangles = Uint32Array.from(manifold.triangulate(polygons, EPSILON, true).flat());
  makeDelaunay(points, lengths, triangles);
  return triangles;
}

/** Lawson's flips, in place: an inner edge is turned while the two angles opposite to it add up to more than π. */
function makeDelaunay(points: Float64Array, lengths: readonly number[], triangles: Uint32Array): void {
  const size = points.length / 2;
  const owner = new Map<number, number>();
  const key = (from: number, to: number) => from * size + to;
  for (let h = 0; h < triangles.length; h++) owner.set(key(triangles[h]!, triangles[next(h)]!), h);
  const border = borderEdges(lengths, key);
  const queue = Array.from(triangles.keys());
  // Delaunay needs O(n²) flips at worst; real strips need about n. The cap only bounds a hostile case.
  for (let budget = 40 * triangles.length; queue.length > 0 && budget > 0; budget--) {
    const h = queue.pop()!;
    const [a, b] = [triangles[h]!, triangles[next(h)]!];
    if (border.has(key(a, b)) || border.has(key(b, a))) continue;
    const g = owner.get(key(b, a));
    if (g === undefined || owner.get(key(a, b)) !== h) continue;
    const [c, d] = [triangles[previous(h)]!, triangles[previous(g)]!];
    if (c === d || owner.has(key(c, d)) || owner.has(key(d, c)) || !shouldFlip(points, a, b, c, d)) continue;
    // Triangles abc and bad become adc and dbc.
    const [t, u] = [h - (h % 3), g - (g % 3)];
    owner.delete(key(a, b));
    owner.delete(key(b, a));
    triangles.set([a, d, c], t);
    triangles.set([d, b, c], u);
    for (const start of [t, u])
      for (let k = 0; k < 3; k++) owner.set(key(triangles[start + k]!, triangles[next(start + k)]!), start + k);
    for (const [from, to] of [
      [a, d],
      [c, a],
      [d, b],
      [b, c],
    ] as const)
      queue.push(owner.get(key(from, to))!);
  }
}

function borderEdges(lengths: readonly number[], key: (from: number, to: number) => number): Set<number> {
  const border = new Set<number>();
  let start = 0;
  for (const length of lengths) {
    for (let i = 0; i < length; i++) border.add(key(start + i, start + ((i + 1) % length)));
    start += length;
  }
  return border;
}

/** Whether edge ab, with c on its left and d on its right, should become cd. */
function shouldFlip(points: Float64Array, a: number, b: number, c: number, d: number): boolean {
  // The quad must be strictly convex: both new triangles counter-clockwise. Exact: coordinates are below 2²².
  if (cross(points, a, d, c) <= 0 || cross(points, d, b, c) <= 0) return false;
  const [crossC, dotC] = [cross(points, c, a, b), dot(points, c, a, b)];
  const [crossD, dotD] = [cross(points, d, b, a), dot(points, d, b, a)];
  const sine = crossC * dotD + dotC * crossD;
  // The margin keeps two equally good diagonals from being flipped back and forth.
  return sine < -1e-9 * (Math.abs(crossC * dotD) + Math.abs(dotC * crossD));
}

function cross(p: Float64Array, o: number, a: number, b: number): number {
  return (
    (p[2 * a]! - p[2 * o]!) * (p[2 * b + 1]! - p[2 * o + 1]!) -
    (p[2 * a + 1]! - p[2 * o + 1]!) * (p[2 * b]! - p[2 * o]!)
  );
}

function dot(p: Float64Array, o: number, a: number, b: number): number {
  return (
    (p[2 * a]! - p[2 * o]!) * (p[2 * b]! - p[2 * o]!) +
    (p[2 * a + 1]! - p[2 * o + 1]!) * (p[2 * b + 1]! - p[2 * o + 1]!)
  );
}

function next(h: number): number {
  return h % 3 === 2 ? h - 2 : h + 1;
}

function previous(h: number): number {
  return h % 3 === 0 ? h + 2 : h - 1;
}
