/** Small patches of a label map become part of what lies around them. */
import { EMPTY, type LabelMap } from "./label-map.ts";

/** Rounds: a patch among patches may only find its neighbour once those are gone. */
const ROUNDS = 3;

/** Gives every patch of fewer than `minPixels` the label that most of its border has. Empty pixels are left as they are. */
export function dropSpeckles(map: LabelMap, minPixels: number): LabelMap {
  if (minPixels <= 1) return map;
  const labels = map.labels.slice();
  for (let round = 0; round < ROUNDS; round++) if (!dropOnce(labels, map, minPixels)) break;
  return { ...map, labels };
}

function dropOnce(labels: Int32Array, { width, colors }: LabelMap, minPixels: number): boolean {
  const seen = new Uint8Array(labels.length);
  const votes = new Int32Array(colors.length);
  let changed = false;
  for (let start = 0; start < labels.length; start++) {
    if (seen[start] || labels[start] === EMPTY) continue;
    const label = labels[start]!;
    const patch = [start];
    const around: number[] = [];
    seen[start] = 1;
    for (let k = 0; k < patch.length; k++) {
      const i = patch[k]!;
      const x = i % width;
      for (const j of [x > 0 ? i - 1 : -1, x < width - 1 ? i + 1 : -1, i - width, i + width]) {
        if (j < 0 || j >= labels.length) continue;
        if (labels[j] !== label) {
          if (labels[j] !== EMPTY && patch.length < minPixels) around.push(labels[j]!);
        } else if (!seen[j]) {
          seen[j] = 1;
          patch.push(j);
        }
      }
    }
    if (patch.length >= minPixels || around.length === 0) continue;
    let best = around[0]!;
    for (const other of around) if (++votes[other]! > votes[best]!) best = other;
    for (const other of around) votes[other] = 0;
    for (const i of patch) labels[i] = best;
    changed = true;
  }
  return changed;
}
