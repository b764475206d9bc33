/** Regions → label map: each region gets its mean colour, and alike colours become one of the palette. */
import type { Pixels } from "../read/decode-picture.ts";
import { choosePalette, nearestColor } from "./choose-palette.ts";
import { EMPTY, type FlatColor, type LabelMap } from "./label-map.ts";
import type { Partition } from "./merge-regions.ts";

export interface FlattenOptions {
  /** At most this many colours. */
  readonly colors: number;
  /** Use these and no others; empty = choose them. */
  readonly palette: readonly FlatColor[];
}

/** A translucent place has few colours: each opacity gets so many. */
const TRANSLUCENT_COLORS = 16;

/**
 * `alphas` holds the opacity of each group of pixels (see `readOpacity`); a colour belongs to one group.
 * Regions keep their groups, so that nothing of different opacity becomes one.
 */
export function flattenRegions(
  { rgba, width, height }: Pixels,
  { labels: regions, count }: Partition,
  groups: Uint8Array,
  alphas: readonly number[],
  { colors: maxColors, palette: fixed }: FlattenOptions,
): LabelMap {
  const sums = new Float64Array(3 * count);
  const sizes = new Float32Array(count);
  const groupOf = new Uint8Array(count);
  for (let i = 0; i < regions.length; i++) {
    const region = regions[i]!;
    if (region === EMPTY) continue;
    for (let k = 0; k < 3; k++) sums[3 * region + k]! += rgba[4 * i + k]!;
    sizes[region]!++;
    groupOf[region] = groups[i]!;
  }
  const colors: FlatColor[] = [];
  const labelOf = new Int32Array(count);
  const means = Float32Array.from(sums, (sum, i) => sum / sizes[Math.floor(i / 3)]!);
  for (let group = 1; group < alphas.length; group++) {
    const members = Array.from({ length: count }, (_, region) => region).filter((region) => groupOf[region] === group);
    if (members.length === 0) continue;
    const areas = {
      colors: Float32Array.from(members.flatMap((region) => Array.from(means.subarray(3 * region, 3 * region + 3)))),
      sizes: Float32Array.from(members, (region) => sizes[region]!),
    };
    const palette =
      fixed.length > 0
        ? snapTo(fixed, areas.colors)
        : choosePalette(areas, group === 1 ? maxColors : Math.min(maxColors, TRANSLUCENT_COLORS));
    members.forEach((region, i) => {
      labelOf[region] = colors.length + palette.labels[i]!;
    });
    for (let k = 0; k < palette.colors.length; k += 3) {
      const [r, g, b] = [palette.colors[k]!, palette.colors[k + 1]!, palette.colors[k + 2]!];
      colors.push({ r, g, b, alpha: alphas[group]! });
    }
  }
  const labels = regions.map((region) => (region === EMPTY ? EMPTY : labelOf[region]!));
  return { labels, width, height, colors };
}

function snapTo(fixed: readonly FlatColor[], colors: Float32Array): { colors: Uint8Array; labels: Int32Array } {
  const flat = Uint8Array.from(fixed.flatMap(({ r, g, b }) => [r, g, b]));
  const labels = Int32Array.from({ length: colors.length / 3 }, (_, i) =>
    nearestColor(flat, colors[3 * i]!, colors[3 * i + 1]!, colors[3 * i + 2]!),
  );
  return { colors: flat, labels };
}
