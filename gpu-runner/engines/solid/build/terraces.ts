/**
 * Terraces → one closed mesh. A terrace is a region with a vertical wall from `zBottom` to `zTop`; each lies strictly
 * inside the one below it. What is between the rims of two terraces is triangulated once, with the heights of the rims:
 * that gives steps, bevels and limbs that end, with the same few lines. Every rim edge is shared by exactly the wall and
 * the ground beside it, so that the mesh is closed by construction and needs no boolean operation in space.
 */
import { intersect, offset, type Region, type Ring, ringArea } from "../region.ts";
import type { Mesh } from "./mesh.ts";
import { triangulate } from "./triangulate.ts";

export interface Terrace {
  /** On the grid. */
  readonly region: Region;
  /** Millimetres. */
  readonly zBottom: number;
  readonly zTop: number;
}

/** How the grid lies in space: mm = (grid − centre) · unit. The two units differ by some 10⁻⁵ at most. */
export interface Placement {
  readonly unitX: number;
  readonly unitY: number;
  readonly centerX: number;
  readonly centerY: number;
}

/** Every terrace keeps this distance from the rim of the one below, in grid units, so that no two points coincide. */
const STEP = 6;
/** Rings smaller than this, in square grid units, are dust from rounding. */
const DUST_AREA = 64 * 64;
/** A point this near to its neighbours or their line, in grid units, carries no shape and would make needles of triangles. */
const NEEDLE = 1.5;
const MAX_CLEANINGS = 8;

/** Cuts each terrace to lie strictly inside the one below, and ends the stack where nothing is left. */
export function nest(terraces: readonly Terrace[]): Terrace[] {
  const nested: Terrace[] = [];
  for (const terrace of terraces) {
    const below = nested.at(-1);
    const region = separate(below ? intersect(offset(below.region, -STEP, "miter"), terrace.region) : terrace.region);
    if (region.length === 0) break;
    nested.push({ ...terrace, region });
  }
  return nested;
}

/** Makes sure that no two points of a region coincide, by insets of a few grid units; drops dust. */
export function separate(region: Region): Region {
  let clean = withoutDust(region);
  for (let cleaning = 1; hasTouchingPoints(clean); cleaning++) {
    if (cleaning > MAX_CLEANINGS) throw new Error("points of a region touch after every cleaning");
    clean = withoutDust(offset(clean, -2 - cleaning, "miter"));
  }
  return clean;
}

/** Drops rings that are dust, and points so near to the one before or to the line on that they are rounding. */
function withoutDust(region: Region): Region {
  return region.map(withoutNeedles).filter((ring) => Math.abs(ringArea(ring)) > DUST_AREA);
}

function withoutNeedles(ring: Ring): Ring {
  let points = Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i]!, ring[2 * i + 1]!] as const);
  for (let before = Infinity; points.length < before && points.length > 2; ) {
    before = points.length;
    const kept: (readonly [number, number])[] = [];
    points.forEach((point, i) => {
      const last = kept.at(-1) ?? points.at(-1)!;
      const next = points[i + 1] ?? kept[0] ?? points[0]!;
      if (heightOver(last, point, next) > NEEDLE) kept.push(point);
    });
    points = kept;
  }
  return Float64Array.from(points.flat());
}

/** How far `point` is from the line from `a` to `b`, or from the nearer of them if that is less or lies beside the line. */
function heightOver(
  [ax, ay]: readonly [number, number],
  [x, y]: readonly [number, number],
  [bx, by]: readonly [number, number],
): number {
  const toEnds = Math.min(Math.hypot(x - ax, y - ay), Math.hypot(x - bx, y - by));
  const base = Math.hypot(bx - ax, by - ay);
  return base === 0 ? 0 : Math.min(toEnds, Math.abs((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / base);
}

function hasTouchingPoints(region: Region): boolean {
  const seen = new Set<number>();
  for (const ring of region) {
    for (let i = 0; i < ring.length; i += 2) {
      const key = ring[i]! * 2 ** 26 + ring[i + 1]!;
      if (seen.has(key)) return true;
      seen.add(key);
    }
  }
  return false;
}

/** Builds the mesh of a stack of nested terraces, lowest first. */
export function buildTerraces(terraces: readonly Terrace[], placement: Placement): Mesh {
  const builder = new Builder(placement);
  let rim: Rim = { region: [], first: 0 };
  terraces.forEach(({ region, zBottom, zTop }, index) => {
    const foot: Rim = { region, first: builder.addPoints(region, zBottom) };
    if (index === 0) builder.addGround(foot, { region: [], first: 0 }, true);
    else builder.addGround(rim, foot, false);
    // A wall that float32 can't tell from flat is none.
    rim = Math.fround(zTop) > Math.fround(zBottom) ? { region, first: builder.addPoints(region, zTop) } : foot;
    if (rim !== foot) builder.addWall(region, foot.first, rim.first);
  });
  builder.addGround(rim, { region: [], first: 0 }, false);
  return builder.mesh();
}

/** Rings of a region whose points are in the mesh from vertex `first` on. */
interface Rim {
  readonly region: Region;
  readonly first: number;
}

class Builder {
  readonly #positions: number[] = [];
  readonly #triangles: number[] = [];
  readonly #placement: Placement;

  constructor(placement: Placement) {
    this.#placement = placement;
  }

  addPoints(region: Region, z: number): number {
    const { unitX, unitY, centerX, centerY } = this.#placement;
    const first = this.#positions.length / 3;
    for (const ring of region) {
      for (let i = 0; i < ring.length; i += 2)
        this.#positions.push((ring[i]! - centerX) * unitX, (ring[i + 1]! - centerY) * unitY, z);
    }
    return first;
  }

  addWall(region: Region, bottom: number, top: number): void {
    let start = 0;
    for (const ring of region) {
      const length = ring.length / 2;
      for (let i = 0; i < length; i++) {
        const [a, b] = [start + i, start + ((i + 1) % length)];
        this.#triangles.push(bottom + a, bottom + b, top + b, bottom + a, top + b, top + a);
      }
      start += length;
    }
  }

  /** The ground between an outer rim and the feet inside it; facing down if `down`. */
  addGround(outer: Rim, inner: Rim, down: boolean): void {
    const rings: Ring[] = [...outer.region, ...inner.region.map(reversed)];
    const lengths = rings.map((ring) => ring.length / 2);
    const points = new Float64Array(rings.reduce((sum, ring) => sum + ring.length, 0));
    const vertexOf = new Uint32Array(points.length / 2);
    let at = 0;
    const place = (region: Region, first: number, backwards: boolean) => {
      let start = first;
      for (const ring of region) {
        const length = ring.length / 2;
        for (let i = 0; i < length; i++, at++) {
          const from = backwards ? length - 1 - i : i;
          points[2 * at] = ring[2 * from]!;
          points[2 * at + 1] = ring[2 * from + 1]!;
          vertexOf[at] = start + from;
        }
        start += length;
      }
    };
    place(outer.region, outer.first, false);
    place(inner.region, inner.first, true);
    const triangles = triangulate(points, lengths);
    for (let t = 0; t < triangles.length; t += 3) {
      const [a, b, c] = [vertexOf[triangles[t]!]!, vertexOf[triangles[t + 1]!]!, vertexOf[triangles[t + 2]!]!];
      if (down) this.#triangles.push(a, c, b);
      else this.#triangles.push(a, b, c);
    }
  }

  mesh(): Mesh {
    return { positions: Float32Array.from(this.#positions), triangles: Uint32Array.from(this.#triangles) };
  }
}

function reversed(ring: Ring): Ring {
  const out = new Float64Array(ring.length);
  for (let i = 0; i < ring.length; i += 2) {
    out[i] = ring[ring.length - 2 - i]!;
    out[i + 1] = ring[ring.length - 1 - i]!;
  }
  return out;
}
