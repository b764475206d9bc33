/** Label map → SVG: plain paths, one for each colour, in whole numbers. */
import { type FitOptions, fitOutline } from "./fit-outline.ts";
import type { FlatColor, LabelMap } from "./label-map.ts";
import { outlineMask } from "./outline-mask.ts";
import { PADDING, shapesInOrder } from "./paint-order.ts";
import { type ClosedPath, pathData, type Segment } from "./path-data.ts";

export interface TraceOptions extends FitOptions {
  /** Units of the SVG to a pixel of the map: how finely points can be placed. */
  readonly unitsPerPx: number;
}

export interface TracedSvg {
  readonly svg: string;
  /** Closed outlines. */
  readonly paths: number;
  readonly colors: number;
}

/** Traces `map`; the SVG says it is `width` × `height` px, whatever the map's size. */
export function traceLabels(map: LabelMap, options: TraceOptions, width: number, height: number): TracedSvg {
  const units = options.unitsPerPx;
  const toUnits = placer(map, units);
  const elements: string[] = [];
  let paths = 0;
  for (const { color, mask, box } of shapesInOrder(map, growth(options))) {
    const outlines = outlineMask(mask, box)
      .map((outline) => fitOutline(outline, options))
      .filter((path) => path !== null)
      .map(toUnits);
    const data = pathData(outlines);
    if (data === "") continue;
    paths += data.split("z").length - 1;
    const opacity = color.alpha < 255 ? ` fill-opacity="${round(color.alpha / 255)}"` : "";
    elements.push(`<path fill="${hex(color)}"${opacity} d="${data}"/>`);
  }
  const size = sizeAttributes(width, height, map.width * units, map.height * units);
  const crisp = options.fitting === "pixel" ? ' shape-rendering="crispEdges"' : "";
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${size}${crisp}>${elements.join("")}</svg>`;
  return { svg, paths, colors: elements.length };
}

/** Size and viewBox. A map made smaller has whole sides, so that its shape may differ a little from the picture's. */
export function sizeAttributes(width: number, height: number, viewWidth: number, viewHeight: number): string {
  const stretch = width * viewHeight === height * viewWidth ? "" : ' preserveAspectRatio="none"';
  return `width="${width}" height="${height}" viewBox="0 0 ${viewWidth} ${viewHeight}"${stretch}`;
}

/** How far a shape must reach under the next so that no ground shows between what is fitted to each of them. */
function growth({ fitting }: TraceOptions): number {
  return fitting === "spline" ? 2 : 1;
}

/** From pixels of the padded mask to units of the SVG. What reaches beyond the picture ends at its border. */
function placer({ width, height }: LabelMap, units: number): (path: ClosedPath) => ClosedPath {
  const placeX = (x: number) => units * Math.min(width, Math.max(0, x - PADDING));
  const placeY = (y: number) => units * Math.min(height, Math.max(0, y - PADDING));
  const place = (segment: Segment): Segment =>
    "x1" in segment
      ? {
          x: placeX(segment.x),
          y: placeY(segment.y),
          x1: placeX(segment.x1),
          y1: placeY(segment.y1),
          x2: placeX(segment.x2),
          y2: placeY(segment.y2),
        }
      : { x: placeX(segment.x), y: placeY(segment.y) };
  return ({ x, y, segments }) => ({ x: placeX(x), y: placeY(y), segments: segments.map(place) });
}

function hex({ r, g, b }: FlatColor): string {
  return `#${[r, g, b].map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
