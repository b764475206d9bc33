/** Triangle meshes, and the proof that one is watertight. Lengths are millimetres, z is the depth. */

export interface Mesh {
  /** `x, y, z` per vertex, float32 because that is what every output format stores. */
  readonly positions: Float32Array;
  /** Three vertex indices per triangle, counter-clockwise seen from outside. */
  readonly triangles: Uint32Array;
}

/** A solid of one colour. */
export interface SolidPart {
  readonly name: string;
  /** `#rrggbb`. */
  readonly color: string;
  readonly mesh: Mesh;
}

/**
 * Checks that a mesh is watertight as a slicer would see it: vertices of equal coordinates are one vertex, then every
 * edge must be used exactly twice, once in each direction, and no triangle may repeat a vertex.
 * Returns null, or what is wrong.
 */
export function findLeak({ positions, triangles }: Mesh): string | null {
  if (triangles.length === 0) return "it has no triangles";
  const weld = new Map<string, number>();
  const ids = new Uint32Array(positions.length / 3);
  for (let v = 0; v < ids.length; v++) {
    // `+ 0` makes -0 and 0 the same key.
    const key = `${positions[3 * v]! + 0},${positions[3 * v + 1]! + 0},${positions[3 * v + 2]! + 0}`;
    const known = weld.get(key);
    if (known === undefined) weld.set(key, v);
    ids[v] = known ?? v;
  }
  const edges = new Set<number>();
  const size = ids.length;
  for (let t = 0; t < triangles.length; t += 3) {
    for (let k = 0; k < 3; k++) {
      const from = ids[triangles[t + k]!]!;
      const to = ids[triangles[t + ((k + 1) % 3)]!]!;
      if (from === to) return `triangle ${t / 3} is degenerate`;
      const key = from * size + to;
      if (edges.has(key)) return `an edge is used twice in one direction (triangle ${t / 3})`;
      edges.add(key);
    }
  }
  for (const key of edges) {
    const from = Math.floor(key / size);
    if (!edges.has((key - from * size) * size + from)) return "an edge has a face on one side only";
  }
  return null;
}

/** Volume enclosed by a closed mesh, mm³ (sum of signed tetrahedra). */
export function volume({ positions, triangles }: Mesh): number {
  let sum = 0;
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [3 * triangles[t]!, 3 * triangles[t + 1]!, 3 * triangles[t + 2]!];
    const [ax, ay, az] = [positions[a]!, positions[a + 1]!, positions[a + 2]!];
    const [bx, by, bz] = [positions[b]!, positions[b + 1]!, positions[b + 2]!];
    const [cx, cy, cz] = [positions[c]!, positions[c + 1]!, positions[c + 2]!];
    sum += ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
  }
  return sum / 6;
}

/** Extent of a mesh along x, y and z, mm. */
export function sizeOf({ positions }: Mesh): [number, number, number] {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (let i = 0; i < positions.length; i++) {
    low[i % 3] = Math.min(low[i % 3]!, positions[i]!);
    high[i % 3] = Math.max(high[i % 3]!, positions[i]!);
  }
  return [high[0]! - low[0]!, high[1]! - low[1]!, high[2]! - low[2]!];
}
