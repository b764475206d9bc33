/**
 * Drawing + parameters → the flat plan of a solid on the grid: what each colour covers, the footprint of each layer, the
 * base plate, and how the grid lies in space. Everything about size is decided here.
 */

import { JobFailure } from "../../../process/job-failure.ts";
import type { BuildParams } from "../build-params.ts";
import type { Drawing } from "../drawing.ts";
import {
  type Box,
  bounds,
  boxRegion,
  EMPTY,
  fill,
  offset,
  partCount,
  type Region,
  simplify,
  union,
  withoutHoles,
} from "../region.ts";
import { parseColor, toHex } from "../svg/paint.ts";
import { composite } from "../svg/pieces.ts";

/** The larger finished side in grid units: 38 nm at 80 mm, and each step is still several float32 values apart. */
export const GRID_UNITS = 2 ** 21;
/** Gaps narrower than twice this are closed in footprints: hairlines between shapes that were meant to touch. Grid units. */
const CLOSE_GAP = GRID_UNITS / 8192;
/** Points nearer than this to the line through their neighbours carry no shape. Grid units. */
const SIMPLIFY = 24;
/** Most steps of stacked colours: more can't be told apart and cost much. */
const MAX_LAYERS = 24;
/** Every shape is shrunk by this first, so that corners that touch in one point come apart. Grid units; 1.2 µm at 80 mm. */
export const INSET = 32;

export interface ColorPlan {
  readonly color: string;
  readonly region: Region;
  /** Index into `layers`. */
  readonly layer: number;
}

export interface Plan {
  /** Millimetres per grid unit before the last correction of the width. */
  readonly unit: number;
  readonly colors: readonly ColorPlan[];
  /** Footprint of everything at or above each layer: each holds the next. */
  readonly layers: readonly Region[];
  /** The base plate's footprint, or empty. */
  readonly plate: Region;
  readonly warnings: readonly string[];
}

/** Lays out a drawing. Throws a JobFailure nothing_to_draw or input_invalid (a margin that leaves no room). */
export function layOut(drawing: Drawing, params: BuildParams): Plan {
  const box = drawingBox(drawing);
  const marginMm = params.basePlate === "none" ? 0 : params.basePlateMarginMm;
  const mmPerUnit = drawing.mmPerUnit ?? scaleForWidth(params.widthMm, marginMm, box);
  const side = Math.max(box.maxX - box.minX, box.maxY - box.minY) * mmPerUnit + 2 * marginMm;
  const unit = side / GRID_UNITS;
  const colors = colorRegions(drawing, params, mmPerUnit / unit, box);
  if (colors.length === 0)
    throw new JobFailure("nothing_to_draw", "No shape of the logo is large enough to become a solid.");
  const stacked = params.layering === "stacked" && colors.length > 1;
  const steps = Math.min(colors.length, MAX_LAYERS);
  const plans = colors.map((color, index) => ({
    ...color,
    layer: stacked ? Math.floor((index * steps) / colors.length) : 0,
  }));
  const layers = Array.from({ length: stacked ? steps : 1 }, (_, layer) =>
    footprint(plans.filter((plan) => plan.layer >= layer).map((plan) => plan.region)),
  );
  const plate = platePlan(layers[0]!, params, marginMm / unit);
  const parts = partCount(plate);
  const warnings: string[] = [];
  if (parts > 1) warnings.push(`The base plate falls into ${parts} pieces; a wider margin would join them.`);
  if (stacked && colors.length > steps)
    warnings.push(`The logo has ${colors.length} colours; they stand on ${steps} steps.`);
  return { unit, colors: plans, layers, plate, warnings };
}

function drawingBox(drawing: Drawing): Box {
  const box: Box = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
  for (const { contours } of drawing.shapes) {
    for (const contour of contours) {
      for (const [x, y] of contour) {
        box.minX = Math.min(box.minX, x);
        box.maxX = Math.max(box.maxX, x);
        box.minY = Math.min(box.minY, y);
        box.maxY = Math.max(box.maxY, y);
      }
    }
  }
  if (!(box.maxX > box.minX) || !(box.maxY > box.minY))
    throw new JobFailure("nothing_to_draw", "There is no shape to make a solid of.");
  return box;
}

function scaleForWidth(widthMm: number | null, marginMm: number, box: Box): number {
  if (widthMm === null) throw new Error("a drawing without a scale needs a width");
  const inner = widthMm - 2 * marginMm;
  if (inner <= 0) {
    throw new JobFailure(
      "input_invalid",
      `A base plate margin of ${marginMm} mm on both sides leaves no room in a width of ${widthMm} mm. Make widthMm larger or basePlateMarginMm smaller.`,
    );
  }
  return inner / (box.maxX - box.minX);
}

/** What is seen of each colour, in paint order, on the grid with the drawing's centre as its origin. */
function colorRegions(
  drawing: Drawing,
  params: BuildParams,
  scale: number,
  box: Box,
): { color: string; region: Region }[] {
  const [centerX, centerY] = [(box.minX + box.maxX) / 2, (box.minY + box.maxY) / 2];
  const toRegion = (contours: Drawing["shapes"][number]["contours"]) =>
    fill(
      contours.map((contour) =>
        Float64Array.from(
          contour.flatMap(([x, y]) => [Math.round((x - centerX) * scale), Math.round((y - centerY) * scale)]),
        ),
      ),
      "nonzero",
    );
  const layers = drawing.shapes.map((shape) => [
    { paint: parseColor(expandColor(params.color ?? shape.color)), region: toRegion(shape.contours) },
  ]);
  return composite(layers)
    .map(({ paint, region }) => ({ color: toHex(paint), region: simplify(region, SIMPLIFY) }))
    .filter(({ region }) => offset(region, -INSET, "miter").length > 0);
}

/** Unites regions and closes hairline gaps between them. */
function footprint(regions: readonly Region[]): Region {
  if (regions.length === 1) return regions[0]!;
  const closed = offset(offset(union(...regions), CLOSE_GAP, "miter"), -CLOSE_GAP, "miter");
  // Closing must not lose what was there.
  return simplify(union(closed, ...regions), SIMPLIFY);
}

function platePlan(shapes: Region, { basePlate }: BuildParams, margin: number): Region {
  if (basePlate === "none") return EMPTY;
  const arcTolerance = GRID_UNITS / 16_000;
  if (basePlate === "outline") return withoutHoles(offset(shapes, margin, "round", arcTolerance));
  const { minX, minY, maxX, maxY } = bounds(shapes);
  const frame: Box = { minX: minX - margin, minY: minY - margin, maxX: maxX + margin, maxY: maxY + margin };
  // A radius up to 3.4 margins keeps the shapes' own box inside the rounded corner.
  const radius = Math.min(2 * margin, (maxX - minX) / 2 + margin, (maxY - minY) / 2 + margin);
  const inner: Box = {
    minX: frame.minX + radius,
    minY: frame.minY + radius,
    maxX: frame.maxX - radius,
    maxY: frame.maxY - radius,
  };
  if (radius < 1) return boxRegion(frame);
  return offset(
    boxRegion({ ...inner, maxX: Math.max(inner.maxX, inner.minX + 2), maxY: Math.max(inner.maxY, inner.minY + 2) }),
    radius,
    "round",
    arcTolerance,
  );
}

/** `#rgb` → `#rrggbb`. */
export function expandColor(color: string): string {
  return color.length === 4
    ? `#${[...color.slice(1)].map((digit) => digit + digit).join("")}`.toLowerCase()
    : color.toLowerCase();
}
