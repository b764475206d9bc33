/**
 * Cuts a picture into regions of one colour each: starts with every pixel as a region and merges neighbours as long as
 * that costs little colour and saves much border. One run gives the partitions for many values of λ, each coarser than
 * the one before.
 *
 * Source: G. Koepfler, C. Lopez, J.-M. Morel, "A multiscale algorithm for image segmentation by variational method", SIAM
 * Journal on Numerical Analysis 31 (1), 1994: two regions are merged when that lowers
 * Σ weight · |colour − mean of its region|² + λ · length of borders (Mumford and Shah's functional for flat regions).
 */
import type { ColorPlanes } from "./color-planes.ts";

/** A region's number for every pixel, from 0; -1 for what is left out. */
export interface Partition {
  readonly lambda: number;
  readonly labels: Int32Array;
  readonly count: number;
}

/** Passes over the borders at each λ: merges change the costs of those seen before. */
const PASSES = 2;

/** Partitions for each of `lambdas`, which must ascend. A finer ladder merges in a better order. */
export function* mergeRegions(picture: ColorPlanes, lambdas: readonly number[]): Generator<Partition> {
  const regions = new Regions(picture);
  for (const lambda of lambdas) {
    for (let pass = 0; pass < PASSES; pass++) regions.mergeBelow(lambda);
    yield { lambda, ...regions.label() };
  }
}

class Regions {
  readonly #parent: Int32Array;
  readonly #weights: Float32Array;
  readonly #sums: readonly [Float32Array, Float32Array, Float32Array];
  readonly #groups: Uint8Array;
  /** Borders: the two regions and the length in pixels. */
  #from: Int32Array;
  #to: Int32Array;
  #lengths: Float32Array;
  #borders = 0;

  constructor({ planes, weights, groups, width, height }: ColorPlanes) {
    const count = width * height;
    this.#parent = Int32Array.from({ length: count }, (_, i) => i);
    this.#weights = weights.slice();
    this.#groups = groups;
    const weighted = (plane: Float32Array) => plane.map((value, i) => value * weights[i]!);
    this.#sums = [weighted(planes[0]), weighted(planes[1]), weighted(planes[2])];
    this.#from = new Int32Array(2 * count);
    this.#to = new Int32Array(2 * count);
    this.#lengths = new Float32Array(2 * count);
    for (let i = 0; i < count; i++) {
      if (i % width !== width - 1) this.#addBorder(i, i + 1);
      if (i + width < count) this.#addBorder(i, i + width);
    }
  }

  /** Merges across every border whose cost per pixel of its length is under λ. */
  mergeBelow(lambda: number): void {
    for (let border = 0; border < this.#borders; border++) {
      const a = this.#root(this.#from[border]!);
      const b = this.#root(this.#to[border]!);
      if (a !== b && this.#cost(a, b) < lambda * this.#lengths[border]!) this.#merge(a, b);
    }
    this.#joinBorders();
  }

  label(): { labels: Int32Array; count: number } {
    const labels = new Int32Array(this.#parent.length).fill(-1);
    const numbers = new Int32Array(this.#parent.length).fill(-1);
    let count = 0;
    for (let i = 0; i < labels.length; i++) {
      if (!this.#groups[i]) continue;
      const root = this.#root(i);
      if (numbers[root] === -1) numbers[root] = count++;
      labels[i] = numbers[root]!;
    }
    return { labels, count };
  }

  #addBorder(a: number, b: number): void {
    if (!this.#groups[a] || this.#groups[a] !== this.#groups[b]) return;
    this.#from[this.#borders] = a;
    this.#to[this.#borders] = b;
    this.#lengths[this.#borders++] = 1;
  }

  /** What the squared colour error grows by when two regions become one. */
  #cost(a: number, b: number): number {
    const [wa, wb] = [this.#weights[a]!, this.#weights[b]!];
    const [s0, s1, s2] = this.#sums;
    const d0 = s0[a]! / wa - s0[b]! / wb;
    const d1 = s1[a]! / wa - s1[b]! / wb;
    const d2 = s2[a]! / wa - s2[b]! / wb;
    return ((wa * wb) / (wa + wb)) * (d0 * d0 + d1 * d1 + d2 * d2);
  }

  #merge(a: number, b: number): void {
    this.#parent[b] = a;
    this.#weights[a]! += this.#weights[b]!;
    for (const sum of this.#sums) sum[a]! += sum[b]!;
  }

  #root(region: number): number {
    let at = region;
    while (this.#parent[at] !== at) {
      this.#parent[at] = this.#parent[this.#parent[at]!]!;
      at = this.#parent[at]!;
    }
    return at;
  }

  /** Drops borders inside a region and joins those between the same two, by a hash table with open addressing. */
  #joinBorders(): void {
    const slots = 2 ** Math.ceil(Math.log2(2 * this.#borders + 2));
    const table = new Int32Array(slots).fill(-1);
    let kept = 0;
    for (let border = 0; border < this.#borders; border++) {
      const [p, q] = [this.#root(this.#from[border]!), this.#root(this.#to[border]!)];
      if (p === q) continue;
      const [a, b] = p < q ? [p, q] : [q, p];
      let slot = (Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)) & (slots - 1);
      while (table[slot] !== -1 && (this.#from[table[slot]!] !== a || this.#to[table[slot]!] !== b)) {
        slot = (slot + 1) & (slots - 1);
      }
      const found = table[slot]!;
      if (found !== -1) {
        this.#lengths[found]! += this.#lengths[border]!;
        continue;
      }
      table[slot] = kept;
      this.#from[kept] = a;
      this.#to[kept] = b;
      this.#lengths[kept++] = this.#lengths[border]!;
    }
    this.#borders = kept;
  }
}
