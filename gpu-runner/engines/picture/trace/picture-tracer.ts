/** Traces one picture with any settings and says how faithful the result is. What several tries share is made once. */
import { type Likeness, PictureComparer } from "../measure/compare-pictures.ts";
import { rasterise } from "../measure/rasterise.ts";
import type { Pixels } from "../read/decode-picture.ts";
import { type ColorPlanes, colorPlanes } from "./color-planes.ts";
import { dropSpeckles } from "./drop-speckles.ts";
import { enlarge, flattenLogo, inkAndPaper, logoPalette, MAX_LOGO_COLORS } from "./flatten-logo.ts";
import { flattenRegions } from "./flatten-regions.ts";
import type { FlatColor, LabelMap } from "./label-map.ts";
import { mergeRegions, type Partition } from "./merge-regions.ts";
import { type Opacity, readOpacity } from "./read-opacity.ts";
import { type TracedSvg, traceLabels } from "./trace-labels.ts";
import type { TraceSettings } from "./trace-settings.ts";

export interface Candidate extends TracedSvg, Likeness {
  readonly settings: TraceSettings;
  readonly bytes: number;
}

/** λ of the steps by which regions are merged: a finer ladder merges in a better order. */
const LADDER_START = 1;
const LADDER_FACTOR = 1.5;

/** A picture at one scale, ready to be merged. */
interface Merging {
  readonly pixels: Pixels;
  readonly opacity: Opacity;
  readonly planes: ColorPlanes;
  readonly partitions: Map<number, Partition>;
}

export class PictureTracer {
  readonly pixels: Pixels;
  readonly opacity: Opacity;
  /** How many candidates were made. */
  tried = 0;
  readonly #comparer: PictureComparer;
  readonly #palette: readonly FlatColor[];
  readonly #size: { readonly width: number; readonly height: number };
  readonly #merging = new Map<number, Promise<Merging>>();
  readonly #flat = new Map<string, Promise<LabelMap>>();
  /** Label maps without their speckles. */
  readonly #clean = new WeakMap<LabelMap, { minPixels: number; map: LabelMap }>();

  /** `size` is what the SVG shall say it has; `palette` the only colours it may use, empty = any. */
  constructor(pixels: Pixels, size: { width: number; height: number }, palette: readonly FlatColor[]) {
    this.pixels = pixels;
    this.opacity = readOpacity(pixels);
    this.#comparer = new PictureComparer(pixels);
    this.#palette = palette;
    this.#size = size;
  }

  /** Traces and measures. */
  async trace(settings: TraceSettings): Promise<Candidate> {
    this.tried++;
    const map = this.#withoutSpeckles(await this.#flatten(settings), settings);
    const options = { ...settings, smoothing: settings.scale > 1 ? 4 : 3 };
    const traced = traceLabels(map, options, this.#size.width, this.#size.height);
    const { rgba } = await rasterise(traced.svg, this.pixels.width, this.pixels.height);
    return { ...traced, ...this.#comparer.compare(rgba), settings, bytes: traced.svg.length };
  }

  /** The likeness of an SVG that was made from a candidate. */
  async compare(svg: string): Promise<Likeness> {
    return this.#comparer.compare((await rasterise(svg, this.pixels.width, this.pixels.height)).rgba);
  }

  #withoutSpeckles(map: LabelMap, { specklePx, scale }: TraceSettings): LabelMap {
    const minPixels = Math.round((specklePx * scale) ** 2);
    const known = this.#clean.get(map);
    if (known?.minPixels === minPixels) return known.map;
    const clean = dropSpeckles(map, minPixels);
    this.#clean.set(map, { minPixels, map: clean });
    return clean;
  }

  async #flatten(settings: TraceSettings): Promise<LabelMap> {
    const { method, scale, colors, lambda } = settings;
    if (method === "flat") {
      const key = `${scale} ${colors}`;
      const found = this.#flat.get(key) ?? this.#flattenAreas(scale, colors);
      this.#flat.set(key, found);
      return await found;
    }
    const merging = this.#merging.get(scale) ?? this.#prepare(scale);
    this.#merging.set(scale, merging);
    const { pixels, opacity, partitions, planes } = await merging;
    const partition = partitions.get(lambda) ?? (method === "pixels" ? asItIs(planes) : merge(planes, lambda));
    partitions.set(lambda, partition);
    const options = { colors, palette: this.#palette };
    return flattenRegions(pixels, partition, opacity.groups, opacity.alphas, options);
  }

  async #flattenAreas(scale: number, colors: number): Promise<LabelMap> {
    const { groups } = this.opacity;
    const found = () => logoPalette(this.pixels, groups, colors === 2 ? MAX_LOGO_COLORS : colors);
    const palette = this.#palette.length > 0 ? this.#palette : colors === 2 ? inkAndPaper(found()) : found();
    return await flattenLogo(this.pixels, palette, scale);
  }

  async #prepare(scale: number): Promise<Merging> {
    const pixels = await enlarge(this.pixels, scale);
    const opacity = scale === 1 ? this.opacity : readOpacity(pixels);
    return { pixels, opacity, planes: colorPlanes(pixels, opacity.groups), partitions: new Map() };
  }
}

function merge(planes: ColorPlanes, lambda: number): Partition {
  const ladder: number[] = [];
  for (let step = LADDER_START; step < lambda; step *= LADDER_FACTOR) ladder.push(step);
  let last: Partition | undefined;
  for (const partition of mergeRegions(planes, [...ladder, lambda])) last = partition;
  return last as Partition;
}

/** Every pixel a region. */
function asItIs({ groups }: ColorPlanes): Partition {
  const labels = new Int32Array(groups.length);
  let count = 0;
  for (let i = 0; i < labels.length; i++) labels[i] = groups[i] ? count++ : -1;
  return { lambda: 0, labels, count };
}
