/** What one trace is made with, and what presets and parameters make of it. */
import type { ImageToSvgParams, SvgPreset } from "#contract/job-types/image-to-svg.ts";
import type { CurveFitting } from "./fit-outline.ts";

/** How a picture becomes flat: by merging regions, by the colours that fill areas, or as it is (a pixel drawing). */
export type Method = "regions" | "flat" | "pixels";

export interface TraceSettings {
  readonly method: Method;
  /** The picture is enlarged so many times before. */
  readonly scale: number;
  /** Cost of a pixel of border; more gives fewer regions (regions only). */
  readonly lambda: number;
  /** At most this many colours. */
  readonly colors: number;
  readonly fitting: CurveFitting;
  /** How far a line may lie from an outline, in enlarged pixels. */
  readonly tolerancePx: number;
  readonly cornerDeg: number;
  /** Patches with a smaller area than this square are left out, in pixels of the picture. */
  readonly specklePx: number;
  /** Units of the SVG to an enlarged pixel. */
  readonly unitsPerPx: number;
}

/** What the user asks for, whatever the preset. */
export type TraceParams = Pick<
  ImageToSvgParams,
  "colors" | "palette" | "detail" | "curves" | "cornerDeg" | "specklePx" | "fidelity" | "maxBytes"
>;

export const DEFAULT_DETAIL = 50;
/** An enlarged picture has at most this side: beyond it, finer edges are not seen and cost seconds. */
const MAX_ENLARGED_SIDE_PX = 1_200;
const MAX_SCALE = 3;
/** Beyond it shapes lose their form. */
const MAX_TOLERANCE_PX = 5;

/** λ at a detail of 100 % and of 0 %: nearly every pixel its own region; a few dozen regions. */
const LAMBDA_FINEST = 4;
const LAMBDA_RANGE = 1_000;

/** λ of a detail: each step coarsens by the same factor. */
export function lambdaOf(detail: number): number {
  return LAMBDA_FINEST * LAMBDA_RANGE ** ((100 - detail) / 100);
}

/** Above this detail a photo gets finer lines and is traced larger. */
export const FINE_DETAIL = 70;

/** By how much a detail stretches a tolerance: a factor of 4 from the middle to either end. */
function stretch(detail: number): number {
  return 4 ** ((DEFAULT_DETAIL - detail) / 50);
}

/** How many times a picture of this longest side is enlarged to find edges between its pixels. */
export function scaleFor(sidePx: number): number {
  return Math.max(1, Math.min(MAX_SCALE, Math.floor(MAX_ENLARGED_SIDE_PX / sidePx)));
}

/** The settings of a preset other than `auto` at a detail, before parameters. `sidePx` = longest side of the picture. */
export function presetSettings(preset: Exclude<SvgPreset, "auto">, detail: number, sidePx: number): TraceSettings {
  const scale = scaleFor(sidePx);
  switch (preset) {
    case "photo":
      return {
        method: "regions",
        scale: 1,
        lambda: lambdaOf(detail),
        colors: 256,
        fitting: "polygon",
        tolerancePx: detail > FINE_DETAIL ? 0.4 : 0.6,
        cornerDeg: 60,
        specklePx: 0,
        unitsPerPx: 2,
      };
    case "poster":
      return {
        method: "regions",
        scale: Math.min(2, scale),
        lambda: 5 * Math.min(2, scale) * lambdaOf(detail),
        colors: 16,
        fitting: "spline",
        tolerancePx: Math.min(MAX_TOLERANCE_PX, Math.max(0.5, 0.7 * stretch(detail))),
        cornerDeg: 60,
        specklePx: 4,
        unitsPerPx: 1,
      };
    case "logo":
    case "line-art":
      return {
        method: "flat",
        scale,
        lambda: 0,
        colors: preset === "logo" ? 24 : 2,
        fitting: "spline",
        tolerancePx: Math.min(MAX_TOLERANCE_PX, Math.max(0.4, 0.5 * stretch(detail))),
        cornerDeg: 60,
        specklePx: 2 * stretch(detail),
        unitsPerPx: scale === 1 ? 2 : 1,
      };
    case "pixel-art":
      return {
        method: "pixels",
        scale: 1,
        lambda: 0,
        colors: 256,
        fitting: "pixel",
        tolerancePx: 0,
        cornerDeg: 60,
        specklePx: 0,
        unitsPerPx: 1,
      };
  }
}

/** The settings with what the user fixed. */
export function withParams(settings: TraceSettings, params: TraceParams): TraceSettings {
  const { colors, palette, curves, cornerDeg, specklePx } = params;
  const fitting = curves ?? settings.fitting;
  return {
    ...settings,
    colors: palette.length > 0 ? palette.length : (colors ?? settings.colors),
    fitting,
    // Curves need room to be fewer than the pixel steps they replace.
    tolerancePx: fitting === "spline" ? Math.max(settings.tolerancePx, 0.4) : settings.tolerancePx,
    cornerDeg: cornerDeg ?? settings.cornerDeg,
    specklePx: specklePx ?? settings.specklePx,
  };
}
