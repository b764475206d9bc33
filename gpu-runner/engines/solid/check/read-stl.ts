/** Binary STL → mesh. Three vertices per triangle, as the file has them: whoever needs shared vertices welds them. */
import type { Mesh } from "../build/mesh.ts";

const HEADER_BYTES = 84;
const FACET_BYTES = 50;

/** Reads a binary STL. Throws an Error when its length does not fit its triangle count. */
export function readStl(bytes: Uint8Array): Mesh {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.byteLength >= HEADER_BYTES ? view.getUint32(80, true) : -1;
  if (bytes.byteLength !== HEADER_BYTES + count * FACET_BYTES)
    throw new Error("the STL is not as long as its triangle count says");
  const positions = new Float32Array(count * 9);
  for (let facet = 0; facet < count; facet++) {
    const at = HEADER_BYTES + facet * FACET_BYTES + 12;
    for (let k = 0; k < 9; k++) positions[facet * 9 + k] = view.getFloat32(at + 4 * k, true);
  }
  return { positions, triangles: Uint32Array.from({ length: count * 3 }, (_, i) => i) };
}
