/**
 * How faithful a drawing is to a picture: SSIM of the luma and mean colour difference. Both are laid on white first; a
 * picture with transparent pixels also on black, and the worse of the two figures counts, so that neither a missing nor
 * a wrongly filled part can hide in the ground.
 */
import type { Pixels } from "../read/decode-picture.ts";
import { ciede2000, type Lab, toLab } from "./color-difference.ts";
import { type SsimReference, ssim, ssimReference } from "./ssim.ts";

export interface Likeness {
  /** Mean SSIM of the luma, 1 for the same picture. */
  readonly ssim: number;
  /** Mean CIEDE2000 over (at most `MAX_COLOR_SAMPLES` evenly spread) pixels. */
  readonly deltaE: number;
}

/** Colour differences are slow; so many pixels give their mean to about 1 %. */
const MAX_COLOR_SAMPLES = 40_000;
const WHITE = 255;
const BLACK = 0;

/** Compares drawings with one picture. What concerns the picture alone is worked out once. */
export class PictureComparer {
  readonly #pixels: Pixels;
  readonly #grounds: readonly { ground: number; reference: SsimReference; colors: readonly Lab[] }[];
  readonly #step: number;
  readonly #labs = new Map<number, Lab>();

  constructor(pixels: Pixels) {
    this.#pixels = pixels;
    // An odd step does not fall into the period of a pattern as easily as a power of two.
    this.#step = Math.ceil((pixels.width * pixels.height) / MAX_COLOR_SAMPLES) | 1;
    const grounds = isOpaque(pixels) ? [WHITE] : [WHITE, BLACK];
    this.#grounds = grounds.map((ground) => ({
      ground,
      reference: ssimReference({ ...pixels, values: luma(pixels.rgba, ground) }),
      colors: this.#colorsOn(pixels.rgba, ground),
    }));
  }

  /** `rgba` holds a drawing of the picture's size, straight alpha. */
  compare(rgba: Uint8Array): Likeness {
    if (rgba.length !== this.#pixels.rgba.length) throw new Error("pictures of different sizes can't be compared");
    const likenesses = this.#grounds.map(({ ground, reference, colors }) => {
      const others = this.#colorsOn(rgba, ground);
      let sum = 0;
      for (let i = 0; i < colors.length; i++) {
        if (colors[i] !== others[i]) sum += ciede2000(colors[i]!, others[i]!);
      }
      return { ssim: ssim(reference, luma(rgba, ground)), deltaE: sum / colors.length };
    });
    return {
      ssim: Math.min(...likenesses.map((likeness) => likeness.ssim)),
      deltaE: Math.max(...likenesses.map((likeness) => likeness.deltaE)),
    };
  }

  #colorsOn(rgba: Uint8Array, ground: number): Lab[] {
    const colors: Lab[] = [];
    for (let i = 0; i < rgba.length; i += 4 * this.#step) {
      const alpha = rgba[i + 3]! / 255;
      const [r, g, b] = [0, 1, 2].map((k) => Math.round(alpha * rgba[i + k]! + (1 - alpha) * ground)) as Rgb;
      colors.push(this.#lab(r, g, b));
    }
    return colors;
  }

  /** The same colour gives the same object, so that equal colours need no arithmetic. */
  #lab(r: number, g: number, b: number): Lab {
    const key = (r << 16) | (g << 8) | b;
    const known = this.#labs.get(key);
    if (known) return known;
    const lab = toLab(r, g, b);
    this.#labs.set(key, lab);
    return lab;
  }
}

type Rgb = [number, number, number];

function isOpaque({ rgba }: Pixels): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false;
  return true;
}

/** Luma (ITU-R BT.601) of a picture laid on a grey ground. */
function luma(rgba: Uint8Array, ground: number): Float32Array {
  const values = new Float32Array(rgba.length / 4);
  for (let i = 0; i < values.length; i++) {
    const alpha = rgba[4 * i + 3]! / 255;
    const y = 0.299 * rgba[4 * i]! + 0.587 * rgba[4 * i + 1]! + 0.114 * rgba[4 * i + 2]!;
    values[i] = alpha * y + (1 - alpha) * ground;
  }
  return values;
}
