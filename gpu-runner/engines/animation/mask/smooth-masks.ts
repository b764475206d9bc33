/**
 * Steadies masks over time. A model judges each frame by itself, so that edges flicker where nothing moves. Per pixel, over
 * five neighbouring frames: the median drops what only one or two of them say. Values that go to and fro around it are
 * flicker, and their mean takes its place; values that rise or fall all the way are the subject's own movement, which is
 * left as it is, so that nothing trails behind.
 */

/** Frames looked at on either side. */
export const SMOOTHING_REACH = 2;
/** Neighbours that differ from the median by more than this (of 255) are no flicker and don't count in the mean. */
const AGREEMENT = 128;
/** Weight in the mean by distance in frames. */
const WEIGHTS = [4, 3, 1] as const;

/**
 * The steadied mask of one frame. `masks` are its neighbours in order with the frame itself at `at`, fewer at either end of
 * the row; all of the same size. `strength` is how far to go from the frame's own mask to the steadied one, 0 to 1.
 */
export function smoothMask(masks: readonly Uint8Array[], at: number, strength: number): Uint8Array {
  const own = masks[at] as Uint8Array;
  if (strength <= 0 || masks.length === 1) return own;
  const weights = masks.map((_, i) => WEIGHTS[Math.abs(i - at)] ?? 0);
  const result = new Uint8Array(own.length);
  const values = new Uint8Array(masks.length);
  for (let p = 0; p < own.length; p++) {
    const before = own[p] as number;
    // How far the value goes from frame to frame, all together; `net` is how far it gets.
    let way = 0;
    for (let i = 0; i < masks.length; i++) {
      const value = (masks[i] as Uint8Array)[p] as number;
      values[i] = value;
      if (i > 0) way += Math.abs(value - (values[i - 1] as number));
    }
    if (way === 0) {
      result[p] = before;
      continue;
    }
    const net = Math.abs((values[values.length - 1] as number) - (values[0] as number));
    const median = medianOf(values, before);
    let sum = 0;
    let total = 0;
    for (let i = 0; i < masks.length; i++) {
      const value = (masks[i] as Uint8Array)[p] as number;
      if (Math.abs(value - median) > AGREEMENT) continue;
      const weight = weights[i] as number;
      sum += weight * value;
      total += weight;
    }
    const toAndFro = 1 - net / way;
    const steady = median + toAndFro * (sum / total - median);
    result[p] = Math.round(before + strength * (steady - before));
  }
  return result;
}

/** The middle of a few values, by sorting them in place; of an even number the middle one nearer to `own`. */
function medianOf(values: Uint8Array, own: number): number {
  for (let i = 1; i < values.length; i++) {
    const value = values[i] as number;
    let j = i - 1;
    for (; j >= 0 && (values[j] as number) > value; j--) values[j + 1] = values[j] as number;
    values[j + 1] = value;
  }
  const high = values[values.length >> 1] as number;
  if (values.length % 2 === 1) return high;
  const low = values[(values.length >> 1) - 1] as number;
  return Math.abs(low - own) <= Math.abs(high - own) ? low : high;
}
