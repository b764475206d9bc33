/** A picture made of few flat colours: what every preset reduces a picture to, and what is then traced. */

/** Straight alpha; all values 0 to 255. */
export interface FlatColor {
  readonly r: number;
  readonly g: number;
  readonly b: number;
  readonly alpha: number;
}

export interface LabelMap {
  /** For every pixel the index of its colour, or `EMPTY`. */
  readonly labels: Int32Array;
  readonly width: number;
  readonly height: number;
  readonly colors: readonly FlatColor[];
}

/** The label of pixels where nothing is drawn. */
export const EMPTY = -1;

/** How many pixels each colour has. */
export function countLabels({ labels, colors }: LabelMap): Int32Array {
  const counts = new Int32Array(colors.length);
  for (const label of labels) if (label !== EMPTY) counts[label]!++;
  return counts;
}

/** The pixels of a label map, straight alpha: what its SVG should look like. */
export function paintLabels({ labels, colors }: LabelMap): Buffer {
  const rgba = Buffer.alloc(4 * labels.length);
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === EMPTY) continue;
    const { r, g, b, alpha } = colors[labels[i]!]!;
    rgba[4 * i] = r;
    rgba[4 * i + 1] = g;
    rgba[4 * i + 2] = b;
    rgba[4 * i + 3] = alpha;
  }
  return rgba;
}
