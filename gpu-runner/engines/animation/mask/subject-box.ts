/** Where the subject is: the smallest box around what masks keep. */
import type { Rectangle } from "../plan/geometry.ts";
import type { MaskShape } from "./mask-file.ts";

/** A pixel belongs to the subject from this value on, of 255: fainter ones are hardly seen. */
const SUBJECT_FROM = 96;

/** Grows with every mask it is shown. */
export class SubjectBox {
  readonly #shape: MaskShape;
  #left = Number.POSITIVE_INFINITY;
  #top = Number.POSITIVE_INFINITY;
  #right = -1;
  #bottom = -1;

  constructor(shape: MaskShape) {
    this.#shape = shape;
  }

  add(mask: Uint8Array): void {
    const { width, height } = this.#shape;
    for (let y = 0; y < height; y++) {
      const row = mask.subarray(y * width, (y + 1) * width);
      const first = row.findIndex((value) => value >= SUBJECT_FROM);
      if (first === -1) continue;
      const last = row.findLastIndex((value) => value >= SUBJECT_FROM);
      this.#left = Math.min(this.#left, first);
      this.#right = Math.max(this.#right, last);
      this.#top = Math.min(this.#top, y);
      this.#bottom = Math.max(this.#bottom, y);
    }
  }

  /** In shares of width and height, or null when no mask kept anything. */
  get box(): Rectangle | null {
    if (this.#right < 0) return null;
    const { width, height } = this.#shape;
    return {
      x: this.#left / width,
      y: this.#top / height,
      width: (this.#right + 1 - this.#left) / width,
      height: (this.#bottom + 1 - this.#top) / height,
    };
  }
}
