/** Small patches of a label map become part of what lies around them. */
import { EMPTY, type LabelMap } from "./label-map.ts";

/** Rounds: a patch among patches may only find its neighbour once those are gone. */
const ROUNDS = 3;

/** Gives every patch of fewer than `minPixels` the label that most of its border has. Empty pixels are left as they are. */
export function dropSpeckles(map: LabelMap, minPixels: number): LabelMap {
  if (minPixels <= 1) return map;
  const labels = map.labels.slice();
  const patch = new Int32Array(labels.length);
  for (let round = 0; round < ROUNDS; round++) if (!dropOnce(labels, map, minPixels, patch)) break;
  return { ...map, labels };
}

/** One pass; whether it changed anything. `patch` is room for all pixels. */
function dropOnce(labels: Int32Array, { width, colors }: LabelMap, minPixels: number, patch: Int32Array): boolean {
  const seen = new Uint8Array(labels.length);
  const votes = new Int32Array(colors.length);
  const around = new Int32Array(4 * minPixels);
  let changed = false;
  for (let start = 0; start < labels.length; start++) {
    if (seen[start] || labels[start] === EMPTY) continue;
    const label = labels[start]!;
    let [size, borders] = [1, 0];
    patch[0] = start;
    seen[start] = 1;
    for (let k = 0; k < size; k++) {
      const i = patch[k]!;
      const x = i % width;
      for (let side = 0; side < 4; side++) {
        const j = neighbour(i, x, width, side);
        if (j < 0 || j >= labels.length) continue;
        const other = labels[j]!;
        if (other === label) {
          if (seen[j]) continue;
          seen[j] = 1;
          patch[size++] = j;
        } else if (other !== EMPTY && borders < around.length) around[borders++] = other;
      }
    }
    if (size >= minPixels || borders === 0) continue;
    let best = around[0]!;
    for (let k = 0; k < borders; k++) if (++votes[around[k]!]! > votes[best]!) best = around[k]!;
    for (let k = 0; k < borders; k++) votes[around[k]!] = 0;
    for (let k = 0; k < size; k++) labels[patch[k]!] = best;
    changed = true;
  }
  return changed;
}

/** The pixel left, right, above or below; out of range where there is none. */
function neighbour(i: number, x: number, width: number, side: number): number {
  if (side === 0) return x > 0 ? i - 1 : -1;
  if (side === 1) return x < width - 1 ? i + 1 : -1;
  return side === 2 ? i - width : i + width;
}
