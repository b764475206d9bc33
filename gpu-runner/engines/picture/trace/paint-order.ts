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

/** Yields the shapes from the bottom to the top, each `growPx` pixels under later ones. Their masks share one buffer. */
export function* shapesInOrder(map: LabelMap, growPx = 1): Generator<Shape> {
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
    yield { color: map.colors[label]!, ...canvas.shape(rank, Math.max(rank + 1, firstOpaque), growPx) };
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
  /** The pixels that are set, and room for a search behind them. */
  readonly #set: Int32Array;
  readonly #part: Int32Array;
  #count = 0;

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
    this.#set = new Int32Array(size);
    this.#part = new Int32Array(size);
  }

  /** The shape of a rank, grown under pixels of rank `under` and above. */
  shape(rank: number, under: number, growPx: number): { mask: Mask; box: Shape["box"] } {
    for (let k = 0; k < this.#count; k++) this.#bits[this.#set[k]!] = 0;
    this.#count = 0;
    for (let k = this.#starts[rank]!; k < this.#starts[rank + 1]!; k++) this.#add(this.#pixels[k]!);
    for (let from = 0, step = 0; step < growPx; step++) from = this.#grow(under, from);
    this.#fillHoles(rank, under);
    return { mask: { bits: this.#bits, width: this.#width, height: this.#height }, box: this.#box() };
  }

  #add(i: number): void {
    this.#bits[i] = 1;
    this.#set[this.#count++] = i;
  }

  /** One pixel further, in all eight directions from the pixels set since `from`. Returns how many were set before. */
  #grow(under: number, from: number): number {
    const own = this.#count;
    for (let k = from; k < own; k++) {
      const i = this.#set[k]!;
      const x = i % this.#width;
      const [first, last] = [x > 0 ? -1 : 0, x < this.#width - 1 ? 1 : 0];
      for (let dy = -this.#width; dy <= this.#width; dy += this.#width) {
        for (let j = i + dy + first; j <= i + dy + last; j++) {
          if (j >= 0 && j < this.#bits.length && this.#bits[j] === 0 && this.#ranks[j]! >= under) this.#add(j);
        }
      }
    }
    return own;
  }

  /** Sets every connected part outside the shape that will be painted over as a whole. */
  #fillHoles(rank: number, under: number): void {
    const boundary = this.#count;
    for (let k = 0; k < boundary; k++) {
      const i = this.#set[k]!;
      for (let side = 0; side < 4; side++) {
        const start = this.#neighbour(i, side);
        if (start < 0 || this.#bits[start] || this.#seen[start]! >= 2 * rank || this.#ranks[start]! < under) continue;
        const size = this.#search(start, rank, under);
        for (let p = 0; p < size; p++) this.#add(this.#part[p]!);
      }
    }
  }

  /**
   * Finds the part around `start` and returns how many pixels it has, which then begin `#part`; 0 when it holds a pixel
   * that stays visible. Gives up at the first such pixel.
   */
  #search(start: number, rank: number, under: number): number {
    let size = 1;
    this.#part[0] = start;
    this.#seen[start] = 2 * rank;
    for (let k = 0; k < size; k++) {
      for (let side = 0; side < 4; side++) {
        const i = this.#neighbour(this.#part[k]!, side);
        if (i < 0 || this.#bits[i] || this.#seen[i] === 2 * rank) continue;
        if (this.#ranks[i]! < under || this.#seen[i] === 2 * rank + 1) {
          for (let p = 0; p < size; p++) this.#seen[this.#part[p]!] = 2 * rank + 1;
          return 0;
        }
        this.#seen[i] = 2 * rank;
        this.#part[size++] = i;
      }
    }
    return size;
  }

  /** The pixel left, right, above or below; -1 where there is none. */
  #neighbour(i: number, side: number): number {
    if (side === 0) return i % this.#width > 0 ? i - 1 : -1;
    if (side === 1) return (i + 1) % this.#width > 0 ? i + 1 : -1;
    if (side === 2) return i - this.#width;
    return i + this.#width < this.#bits.length ? i + this.#width : -1;
  }

  #box(): Shape["box"] {
    let [left, top, right, bottom] = [this.#width, this.#height, 0, 0];
    for (let k = 0; k < this.#count; k++) {
      const i = this.#set[k]!;
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
