/**
 * Regions: flat areas on an integer grid, and the boolean operations on them (Clipper2 compiled to WebAssembly).
 * Callers choose the grid by scaling their coordinates; everything here is exact up to rounding to whole numbers.
 * A region is always clean: outer rings counter-clockwise, holes clockwise, no crossings. Wasm objects never leave here.
 */
import createClipper from "clipper2-wasm/dist/es/clipper2z.js";

/** A closed ring, `x0, y0, x1, y1 …` in whole numbers, without a repeated last point. */
export type Ring = Float64Array;
export type Region = readonly Ring[];
export interface Box {
  minX: number;
  minY: number;
  maxX: number;
  maxY: number;
}

export type FillRule = "evenodd" | "nonzero";
export type Join = "miter" | "round";

interface WasmPath {
  assign(triples: Float64Array): void;
  view(): Float64Array;
  delete(): void;
}
interface WasmPaths {
  push_back(path: WasmPath): void;
  size(): number;
  get(index: number): WasmPath;
  delete(): void;
}
interface Clipper {
  PathD: new () => WasmPath;
  PathsD: new () => WasmPaths;
  FillRule: { EvenOdd: object; NonZero: object };
  JoinType: { Round: object; Miter: object };
  EndType: { Polygon: object };
  UnionSelfD(paths: WasmPaths, rule: object, decimals: number): WasmPaths;
  DifferenceD(a: WasmPaths, b: WasmPaths, rule: object, decimals: number): WasmPaths;
  IntersectD(a: WasmPaths, b: WasmPaths, rule: object, decimals: number): WasmPaths;
  InflatePathsD(
    paths: WasmPaths,
    delta: number,
    join: object,
    end: object,
    miterLimit: number,
    decimals: number,
    arcTolerance: number,
  ): WasmPaths;
  SimplifyPathsD(paths: WasmPaths, epsilon: number, closed: boolean): WasmPaths;
}

const clipper = (await createClipper()) as Clipper;
/** No decimals: Clipper rounds to whole numbers, which is our grid. */
const WHOLE = 0;
/** Mitres longer than this multiple of the offset are cut off. */
const MITER_LIMIT = 3;

export const EMPTY: Region = [];

/** The area that rings of any direction fill under `rule`. */
export function fill(rings: Region, rule: FillRule): Region {
  const nonEmpty = rings.filter((ring) => ring.length >= 6);
  if (nonEmpty.length === 0) return EMPTY;
  return withPaths(nonEmpty, (paths) =>
    clipper.UnionSelfD(paths, rule === "evenodd" ? clipper.FillRule.EvenOdd : clipper.FillRule.NonZero, WHOLE),
  );
}

/** Everything in any of the regions. */
export function union(...regions: readonly Region[]): Region {
  const filled = regions.filter((region) => region.length > 0);
  if (filled.length <= 1) return filled[0] ?? EMPTY;
  return fill(filled.flat(), "nonzero");
}

/** `a` without `b`. */
export function difference(a: Region, b: Region): Region {
  if (a.length === 0 || b.length === 0 || !boxesMeet(bounds(a), bounds(b))) return a;
  return withPaths(a, (left) =>
    withTemporary(toWasm(b), (right) => clipper.DifferenceD(left, right, clipper.FillRule.NonZero, WHOLE)),
  );
}

/** What is in both. */
export function intersect(a: Region, b: Region): Region {
  if (a.length === 0 || b.length === 0 || !boxesMeet(bounds(a), bounds(b))) return EMPTY;
  return withPaths(a, (left) =>
    withTemporary(toWasm(b), (right) => clipper.IntersectD(left, right, clipper.FillRule.NonZero, WHOLE)),
  );
}

/** Grows (or, negative, shrinks) a region by `distance` grid units. Round corners deviate from the arc by `arcTolerance` at most. */
export function offset(region: Region, distance: number, join: Join, arcTolerance = 0): Region {
  if (region.length === 0 || distance === 0) return region;
  const joinType = join === "round" ? clipper.JoinType.Round : clipper.JoinType.Miter;
  return withPaths(region, (paths) =>
    clipper.InflatePathsD(paths, distance, joinType, clipper.EndType.Polygon, MITER_LIMIT, WHOLE, arcTolerance),
  );
}

/** Drops points that lie within `tolerance` grid units of the line through their neighbours, and cleans up what that made cross. */
export function simplify(region: Region, tolerance: number): Region {
  if (region.length === 0) return region;
  return fill(
    withPaths(region, (paths) => clipper.SimplifyPathsD(paths, tolerance, true)),
    "nonzero",
  );
}

/** Only the outer rings: the region with its holes filled. */
export function withoutHoles(region: Region): Region {
  return fill(
    region.filter((ring) => ringArea(ring) > 0),
    "nonzero",
  );
}

/** Signed area of a ring, counter-clockwise positive (shoelace formula). */
export function ringArea(ring: Ring): number {
  let sum = 0;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2)
    sum += ring[j]! * ring[i + 1]! - ring[i]! * ring[j + 1]!;
  return sum / 2;
}

export function area(region: Region): number {
  let sum = 0;
  for (const ring of region) sum += ringArea(ring);
  return sum;
}

/** Number of separate parts. */
export function partCount(region: Region): number {
  return region.filter((ring) => ringArea(ring) > 0).length;
}

/** Smallest box around a region; for an empty one `minX > maxX`. */
export function bounds(region: Region): Box {
  const box: Box = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
  for (const ring of region) {
    for (let i = 0; i < ring.length; i += 2) {
      const x = ring[i]!;
      const y = ring[i + 1]!;
      if (x < box.minX) box.minX = x;
      if (x > box.maxX) box.maxX = x;
      if (y < box.minY) box.minY = y;
      if (y > box.maxY) box.maxY = y;
    }
  }
  return box;
}

/** A box as a region. */
export function boxRegion({ minX, minY, maxX, maxY }: Box): Region {
  return [Float64Array.of(minX, minY, maxX, minY, maxX, maxY, minX, maxY)];
}

function boxesMeet(a: Box, b: Box): boolean {
  return a.minX <= b.maxX && b.minX <= a.maxX && a.minY <= b.maxY && b.minY <= a.maxY;
}

/** Runs one Clipper call on rings and brings the answer back; frees both. */
function withPaths(rings: Region, call: (paths: WasmPaths) => WasmPaths): Region {
  return withTemporary(toWasm(rings), (paths) => withTemporary(call(paths), fromWasm));
}

function withTemporary<Result>(paths: WasmPaths, use: (paths: WasmPaths) => Result): Result {
  try {
    return use(paths);
  } finally {
    paths.delete();
  }
}

/** This build of Clipper2 carries a third number per point; it stays 0. */
function toWasm(rings: Region): WasmPaths {
  const paths = new clipper.PathsD();
  for (const ring of rings) {
    const triples = new Float64Array((ring.length / 2) * 3);
    for (let i = 0, o = 0; i < ring.length; i += 2, o += 3) {
      triples[o] = Math.round(ring[i]!);
      triples[o + 1] = Math.round(ring[i + 1]!);
    }
    const path = new clipper.PathD();
    path.assign(triples);
    paths.push_back(path);
    path.delete();
  }
  return paths;
}

function fromWasm(paths: WasmPaths): Region {
  const rings: Ring[] = [];
  for (let n = paths.size(), index = 0; index < n; index++) {
    const path = paths.get(index);
    const triples = path.view();
    if (triples.length >= 9) {
      const ring = new Float64Array((triples.length / 3) * 2);
      for (let i = 0, o = 0; o < ring.length; i += 3, o += 2) {
        ring[o] = triples[i]!;
        ring[o + 1] = triples[i + 1]!;
      }
      rings.push(ring);
    }
    path.delete();
  }
  return rings;
}
