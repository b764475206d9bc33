/**
 * The shapes of a label map in the order they are painted: one for each colour, the largest area first. Shapes that only
 * touch would show a hairline where both edges are smoothed; so each shape also reaches a little under those that are
 * painted after it, and fills all holes that they will cover. That closes the gaps and saves the outlines of the holes.
 */
import { countLabels, EMPTY, type FlatColor, type LabelMap } from "./label-map.ts";
import type { Mask } from "./outline-mask.ts";

export interface Shape {
  readonly color: FlatColor;
  /** `PADDING` pixels larger than the picture on every side. Only valid until the next shape is asked for. */
  readonly mask: Mask;
  /** The part of the mask that holds the shape. */
  readonly box: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
}

/** Shapes at the border of the picture reach this far beyond it, so that the border stays straight. */
export const PADDING = 2;
/** Rank of empty pixels: painted before everything, so that no shape grows into them. */
const VOID = -1;

/** Yields the shapes from the bottom to the top. Their masks share one buffer. */
export function* shapesInOrder(map: LabelMap): Generator<Shape> {
  const counts = countLabels(map);
  const isOpaque = (label: number) => map.colors[label]!.alpha === 255;
  // What shows its ground goes first: nothing may grow under it.
  const order = map.colors
    .map((_, label) => label)
    .filter((label) => counts[label]! > 0)
    .sort((a, b) => Number(isOpaque(a)) - Number(isOpaque(b)) || counts[b]! - counts[a]!);
  const ranks = new Int32Array(map.colors.length);
  order.forEach((label, rank) => {
    ranks[label] = rank;
  });
  const firstOpaque = order.filter((label) => !isOpaque(label)).length;
  const canvas = new Canvas(map, ranks, order.length);
  for (const [rank, label] of order.entries()) {
    yield { color: map.colors[label]!, ...canvas.shape(rank, Math.max(rank + 1, firstOpaque)) };
  }
}

class Canvas {
  readonly #width: number;
  readonly #height: number;
  readonly #ranks: Int32Array;
  readonly #bits: Uint8Array;
  /** The rank whose search last came by, doubled; +1 when that search failed. */
  readonly #seen: Int32Array;
  /** Pixels sorted by rank, and where each rank begins. */
  readonly #pixels: Int32Array;
  readonly #starts: Int32Array;
  #set: number[] = [];

  constructor({ labels, width, height }: LabelMap, ranks: Int32Array, count: number) {
    this.#width = width + 2 * PADDING;
    this.#height = height + 2 * PADDING;
    const size = this.#width * this.#height;
    this.#ranks = new Int32Array(size);
    this.#starts = new Int32Array(count + 1);
    for (let y = 0, i = 0; y < this.#height; y++) {
      const row = Math.min(height - 1, Math.max(0, y - PADDING)) * width;
      for (let x = 0; x < this.#width; x++, i++) {
        const label = labels[row + Math.min(width - 1, Math.max(0, x - PADDING))]!;
        this.#ranks[i] = label === EMPTY ? VOID : ranks[label]!;
        if (label !== EMPTY) this.#starts[ranks[label]! + 1]!++;
      }
    }
    for (let rank = 0; rank < count; rank++) this.#starts[rank + 1]! += this.#starts[rank]!;
    this.#pixels = new Int32Array(this.#starts[count]!);
    const next = this.#starts.slice();
    for (let i = 0; i < size; i++) {
      const rank = this.#ranks[i]!;
      if (rank !== VOID) this.#pixels[next[rank]!++] = i;
    }
    this.#bits = new Uint8Array(size);
    this.#seen = new Int32Array(size).fill(-1);
  }

  /** The shape of a rank, grown under pixels of rank `under` and above. */
  shape(rank: number, under: number): { mask: Mask; box: Shape["box"] } {
    for (const i of this.#set) this.#bits[i] = 0;
    this.#set = Array.from(this.#pixels.subarray(this.#starts[rank], this.#starts[rank + 1]));
    for (const i of this.#set) this.#bits[i] = 1;
    this.#grow(under);
    this.#fillHoles(rank, under);
    return { mask: { bits: this.#bits, width: this.#width, height: this.#height }, box: this.#box() };
  }

  /** One pixel further, in all eight directions. */
  #grow(under: number): void {
    const own = this.#set.length;
    for (let k = 0; k < own; k++) {
      const i = this.#set[k]!;
      const x = i % this.#width;
      for (let dx = x > 0 ? -1 : 0; dx <= (x < this.#width - 1 ? 1 : 0); dx++) {
        for (const j of [i - this.#width + dx, i + dx, i + this.#width + dx]) {
          if (j < 0 || j >= this.#bits.length || this.#bits[j] || this.#ranks[j]! < under) continue;
          this.#bits[j] = 1;
          this.#set.push(j);
        }
      }
    }
  }

  /** Sets every connected part outside the shape that will be painted over as a whole. */
  #fillHoles(rank: number, under: number): void {
    const boundary = this.#set.length;
    for (let k = 0; k < boundary; k++) {
      for (const start of this.#neighbours(this.#set[k]!)) {
        if (this.#bits[start] || this.#seen[start]! >= 2 * rank || this.#ranks[start]! < under) continue;
        const part = this.#search(start, rank, under);
        for (const i of part) this.#bits[i] = 1;
        for (const i of part) this.#set.push(i);
      }
    }
  }

  /** The part around `start`, or nothing when it holds a pixel that stays visible. Gives up at the first such pixel. */
  #search(start: number, rank: number, under: number): number[] {
    const part = [start];
    this.#seen[start] = 2 * rank;
    for (let k = 0; k < part.length; k++) {
      for (const i of this.#neighbours(part[k]!)) {
        if (this.#bits[i] || this.#seen[i] === 2 * rank) continue;
        if (this.#ranks[i]! < under || this.#seen[i] === 2 * rank + 1) {
          for (const failed of part) this.#seen[failed] = 2 * rank + 1;
          return [];
        }
        this.#seen[i] = 2 * rank;
        part.push(i);
      }
    }
    return part;
  }

  #neighbours(i: number): number[] {
    const x = i % this.#width;
    const found: number[] = [];
    if (x > 0) found.push(i - 1);
    if (x < this.#width - 1) found.push(i + 1);
    if (i >= this.#width) found.push(i - this.#width);
    if (i + this.#width < this.#bits.length) found.push(i + this.#width);
    return found;
  }

  #box(): Shape["box"] {
    let [left, top, right, bottom] = [this.#width, this.#height, 0, 0];
    for (const i of this.#set) {
      const x = i % this.#width;
      const y = (i - x) / this.#width;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      if (y < top) top = y;
      if (y >= bottom) bottom = y + 1;
    }
    return { left, top, right, bottom };
  }
}
