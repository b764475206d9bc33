/**
 * Shading normals per triangle corner: what is flat stays flat and crisp, what is round looks round. Faces that meet at
 * a small angle share a normal; where a flat top or a straight wall is among them, it alone decides, so that a bevel
 * runs out into it without a shadow (a quarter circle is tangent to both).
 */
import type { Mesh } from "./mesh.ts";

/** Faces that meet at less than this are one smooth surface. */
const SMOOTH_COS = Math.cos((35 * Math.PI) / 180);
const FLAT_COS = 0.9995;
/** Share of a slope, a wall and a flat face in a common normal: each drowns the one before. */
const WEIGHTS = [1, 1e4, 1e8] as const;

/** Three floats per corner, three corners per triangle. */
export function cornerNormals({ positions, triangles }: Mesh): Float32Array {
  const faces = faceNormals(positions, triangles);
  const groups = smoothGroups(triangles, positions.length / 3, faces);
  const sums = new Float64Array(triangles.length * 3);
  for (let corner = 0; corner < triangles.length; corner++) {
    const face = 3 * Math.floor(corner / 3);
    const nz = Math.abs(faces[face + 2]!);
    const weight = WEIGHTS[nz > FLAT_COS ? 2 : nz < 0.02 ? 1 : 0] * cornerAngle(positions, triangles, corner);
    const group = 3 * groups[corner]!;
    for (let k = 0; k < 3; k++) sums[group + k]! += faces[face + k]! * weight;
  }
  const normals = new Float32Array(triangles.length * 3);
  for (let corner = 0; corner < triangles.length; corner++) {
    const group = 3 * groups[corner]!;
    const length = Math.hypot(sums[group]!, sums[group + 1]!, sums[group + 2]!);
    const face = 3 * Math.floor(corner / 3);
    for (let k = 0; k < 3; k++) normals[3 * corner + k] = length > 1e-12 ? sums[group + k]! / length : faces[face + k]!;
  }
  return normals;
}

/** Unit normal per triangle; a needle without area gets (0, 0, 1). */
function faceNormals(p: Float32Array, triangles: Uint32Array): Float64Array {
  const out = new Float64Array(triangles.length);
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [3 * triangles[t]!, 3 * triangles[t + 1]!, 3 * triangles[t + 2]!];
    const [ux, uy, uz] = [p[b]! - p[a]!, p[b + 1]! - p[a + 1]!, p[b + 2]! - p[a + 2]!];
    const [vx, vy, vz] = [p[c]! - p[a]!, p[c + 1]! - p[a + 1]!, p[c + 2]! - p[a + 2]!];
    const [nx, ny, nz] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
    const length = Math.hypot(nx, ny, nz);
    if (length > 1e-14) {
      out[t] = nx / length;
      out[t + 1] = ny / length;
      out[t + 2] = nz / length;
    } else out[t + 2] = 1;
  }
  return out;
}

/** For each corner, the number of the corner that stands for its smooth fan around the vertex (union-find over edges). */
function smoothGroups(triangles: Uint32Array, vertexCount: number, faces: Float64Array): Uint32Array {
  const parent = Uint32Array.from(triangles.keys());
  const find = (corner: number): number => {
    let root = corner;
    while (parent[root] !== root) root = parent[root] = parent[parent[root]!]!;
    return root;
  };
  const owner = new Map<number, number>();
  for (let h = 0; h < triangles.length; h++) owner.set(triangles[h]! * vertexCount + triangles[after(h)]!, h);
  for (let h = 0; h < triangles.length; h++) {
    const twin = owner.get(triangles[after(h)]! * vertexCount + triangles[h]!);
    if (twin === undefined || twin < h) continue;
    const [f, g] = [3 * Math.floor(h / 3), 3 * Math.floor(twin / 3)];
    if (faces[f]! * faces[g]! + faces[f + 1]! * faces[g + 1]! + faces[f + 2]! * faces[g + 2]! < SMOOTH_COS) continue;
    parent[find(h)] = find(after(twin));
    parent[find(after(h))] = find(twin);
  }
  return parent.map((_, corner) => find(corner));
}

function cornerAngle(p: Float32Array, triangles: Uint32Array, corner: number): number {
  const o = 3 * triangles[corner]!;
  const a = 3 * triangles[after(corner)]!;
  const b = 3 * triangles[after(after(corner))]!;
  const [ux, uy, uz] = [p[a]! - p[o]!, p[a + 1]! - p[o + 1]!, p[a + 2]! - p[o + 2]!];
  const [vx, vy, vz] = [p[b]! - p[o]!, p[b + 1]! - p[o + 1]!, p[b + 2]! - p[o + 2]!];
  return Math.atan2(Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx), ux * vx + uy * vy + uz * vz);
}

function after(h: number): number {
  return h % 3 === 2 ? h - 2 : h + 1;
}
