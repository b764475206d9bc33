/** What kind of picture it is, so that `auto` begins with what is likely to work. */
import { isFlat } from "../../solid/bitmap/palette.ts";
import type { Pixels } from "../read/decode-picture.ts";
import { nearestColor, squaredDistance as squared } from "./choose-palette.ts";
import { logoPalette, MAX_LOGO_COLORS } from "./flatten-logo.ts";
import type { FlatColor } from "./label-map.ts";

export interface PictureFacts {
  /** Colours that fill areas. */
  readonly palette: readonly FlatColor[];
  /** Share of the drawn pixels that have one of these colours, edges between them left out. */
  readonly flatShare: number;
  /** Share of the drawn pixels that are near one of the two most frequent of these colours. */
  readonly twoToneShare: number;
  /** Share of the drawn pixels whose neighbours are nearly alike. */
  readonly calmShare: number;
  /** Largest mean difference of the channels over the drawn pixels: 0 is grey. */
  readonly colorfulness: number;
  /** Different colours, counted up to `MAX_COUNTED`. */
  readonly colors: number;
  /** Drawn pixels. */
  readonly drawn: number;
}

/** What an exact drawing may have at most. */
const MAX_COUNTED = 1_024;
/** A pixel has a colour when it is this near (weighted, squared; see `nearestColor`). */
const NEAR_SQUARED = 9 * 8 ** 2;
const TWO_TONE_SQUARED = 9 * 30 ** 2;

export function analysePicture(pixels: Pixels, groups: Uint8Array): PictureFacts {
  const { rgba, width, height } = pixels;
  const palette = logoPalette(pixels, groups, MAX_LOGO_COLORS);
  const flat = palette.flatMap(({ r, g, b }) => [r, g, b]);
  const firstTwo = flat.slice(0, 6);
  const exact = new Set<number>();
  let [drawn, calm, near, chroma, twoTone] = [0, 0, 0, 0, 0];
  for (let i = 0; i < width * height; i++) {
    if (!groups[i]) continue;
    drawn++;
    const [r, g, b] = [rgba[4 * i]!, rgba[4 * i + 1]!, rgba[4 * i + 2]!];
    if (exact.size < MAX_COUNTED) exact.add((r << 16) | (g << 8) | b);
    chroma += Math.max(r, g, b) - Math.min(r, g, b);
    const main = nearestColor(firstTwo, r, g, b);
    if (squared(flat, main, r, g, b) <= TWO_TONE_SQUARED) twoTone++;
    if (!isFlat(pixels, i)) continue;
    calm++;
    if (squared(flat, nearestColor(flat, r, g, b), r, g, b) <= NEAR_SQUARED) near++;
  }
  return {
    palette,
    flatShare: calm === 0 ? 0 : near / calm,
    twoToneShare: drawn === 0 ? 0 : twoTone / drawn,
    calmShare: drawn === 0 ? 0 : calm / drawn,
    colorfulness: drawn === 0 ? 0 : chroma / drawn,
    colors: exact.size,
    drawn,
  };
}
