/**
 * The file that carries solids to Blender: a uint32 with the length of a JSON header, the header (padded to 4 bytes), then
 * little-endian arrays one after another. blender_solid.py reads it with numpy, without copying.
 */
import type { BuiltSolid } from "./build-solid.ts";
import type { Mesh } from "./mesh.ts";
import { cornerNormals } from "./normals.ts";

interface ObjectHeader {
  name: string;
  /** `#rrggbb`; null for the body, which has no material. */
  color: string | null;
  vertices: number;
  triangles: number;
  /** Byte offsets after the header: float32 × 3 per vertex, uint32 × 3 per triangle, float32 × 9 per triangle or null. */
  positionsAt: number;
  trianglesAt: number;
  normalsAt: number | null;
}

/** Writes a built solid into one buffer: its coloured parts with shading normals, and its body without. */
export function encodeMeshFile({ parts, body }: BuiltSolid): Buffer {
  const chunks: Buffer[] = [];
  let at = 0;
  const add = (array: Float32Array | Uint32Array): number => {
    const start = at;
    chunks.push(Buffer.from(array.buffer, array.byteOffset, array.byteLength));
    at += array.byteLength;
    return start;
  };
  const describe = (name: string, color: string | null, mesh: Mesh): ObjectHeader => ({
    name,
    color,
    vertices: mesh.positions.length / 3,
    triangles: mesh.triangles.length / 3,
    positionsAt: add(mesh.positions),
    trianglesAt: add(mesh.triangles),
    normalsAt: color === null ? null : add(cornerNormals(mesh)),
  });
  const header = {
    parts: parts.map(({ name, color, mesh }) => describe(name, color, mesh)),
    body: describe("body", null, body),
  };
  const json = Buffer.from(JSON.stringify(header));
  const padding = Buffer.alloc((4 - (json.length % 4)) % 4, " ");
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length + padding.length);
  return Buffer.concat([length, json, padding, ...chunks]);
}
