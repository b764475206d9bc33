/**
 * A drawing of few flat colours → label map. Worked on enlarged, so that the smoothed edges tell where between two pixels
 * the edge runs.
 */
import sharp from "sharp";
import { labelPixels } from "../../solid/bitmap/label-pixels.ts";
import { distance, findPalette, type Rgb } from "../../solid/bitmap/palette.ts";
import type { Pixels } from "../read/decode-picture.ts";
import { EMPTY, type FlatColor, type LabelMap } from "./label-map.ts";
import type { Opacity } from "./read-opacity.ts";

/** How far the smoothing of an edge reaches, in pixels of the picture. */
const EDGE_REACH_PX = 1.5;
/** Colours that `labelPixels` can tell apart. */
export const MAX_LOGO_COLORS = 32;

/** The colours that fill areas, most frequent first, at most `count`. */
export function logoPalette(pixels: Pixels, groups: Uint8Array, count: number): FlatColor[] {
  return findPalette(pixels, (pixel) => groups[pixel] !== 0)
    .slice(0, Math.min(count, MAX_LOGO_COLORS))
    .map(({ r, g, b }) => ({ r: Math.round(r), g: Math.round(g), b: Math.round(b), alpha: 255 }));
}

/** Paper and ink: the most frequent colour and the one that differs most from it. One colour when there is only one. */
export function inkAndPaper(palette: readonly FlatColor[]): FlatColor[] {
  const [paper, ...others] = palette;
  if (!paper || others.length === 0) return [...palette];
  const far = (color: FlatColor) => distance(color, paper);
  return [paper, others.reduce((a, b) => (far(b) > far(a) ? b : a))];
}

/** Gives every pixel of the picture, enlarged `scale` times (alpha included), one colour of the palette. */
export async function flattenLogo(pixels: Pixels, palette: readonly FlatColor[], scale: number): Promise<LabelMap> {
  const large = await enlarge(pixels, scale);
  const colors: readonly Rgb[] = palette;
  const found = labelPixels(large, colors, Math.ceil(EDGE_REACH_PX * scale) + 1);
  const labels = Int32Array.from(found, (label, i) => (large.rgba[4 * i + 3]! < 128 ? EMPTY : label));
  return { labels, width: large.width, height: large.height, colors: palette };
}

/** The picture `scale` times as large, smoothly. */
export async function enlarge({ rgba, width, height }: Pixels, scale: number): Promise<Pixels> {
  if (scale === 1) return { rgba, width, height };
  const [w, h] = [width * scale, height * scale];
  const image = sharp(rgba, { raw: { width, height, channels: 4 }, limitInputPixels: false });
  return { rgba: await image.resize(w, h, { kernel: "cubic", fit: "fill" }).raw().toBuffer(), width: w, height: h };
}

/** Opacity of an enlarged picture is in or out: its few steps are for what is traced as it is. */
export function isTranslucent({ groups }: Opacity): boolean {
  return groups.some((group) => group > 1);
}
