/** SVG file → drawing. The only place that talks to usvg (in @resvg/resvg-js). */

import { Resvg } from "@resvg/resvg-js";
import { JobFailure } from "../../../process/job-failure.ts";
import type { Contour, Drawing, Shape } from "../drawing.ts";
import { area, type Box, bounds, boxRegion, type Region } from "../region.ts";
import { guardSvg } from "./guard-svg.ts";
import type { Matrix } from "./matrix.ts";
import { parseColor, toHex } from "./paint.ts";
import { joinEqual, type Layer, type Paint } from "./pieces.ts";
import { type Resolved, resolveSvg } from "./resolve-svg.ts";
import { parseXml, type XmlNode } from "./xml-tree.ts";

/** The larger side of the drawing in grid units while it is resolved. */
const GRID_UNITS = 2 ** 22;
/** Curves deviate from the truth by this share of the larger side at most. */
const CURVE_TOLERANCE = 1 / 6000;
/** Most corners of all outlines together, curves already straight. The richest of 5,800 real logos has half of it. */
const MAX_POINTS = 250_000;
/** Most colours of a drawing: each becomes a material of its own. */
const MAX_COLORS = 128;
/** What fills less than this share of its picture is resolved once more, at its own scale. */
const MIN_FILL = 0.7;

/** Reads an SVG. Throws a JobFailure: input_invalid, input_too_large, input_empty, nothing_to_draw. */
export function readSvg(bytes: Uint8Array): Drawing {
  const { svg, warnings } = guardSvg(bytes);
  return normalisedToDrawing(svg, warnings);
}

/** Same for an SVG that needs no check, e.g. one we traced. */
export function normalisedToDrawing(svg: string, warnings: readonly string[] = []): Drawing {
  const resvg = parse(svg);
  const { width, height } = resvg;
  const root = parseXml(resvg.toString());
  const picture: Box = { minX: 0, minY: -height, maxX: width, maxY: 0 };
  let scale = GRID_UNITS / sideOf(picture);
  let resolved = resolveAt(root, picture, scale);
  const drawn = bounds(resolved.layer.flatMap((piece) => piece.region));
  const side = sideOf(drawn);
  if (side > 0 && side < MIN_FILL * GRID_UNITS) {
    const close = scaled(drawn, 1 / scale);
    scale = GRID_UNITS / sideOf(close);
    resolved = resolveAt(root, close, scale);
  }
  const points = resolved.layer.reduce(
    (sum, { region }) => sum + region.reduce((n, ring) => n + ring.length / 2, 0),
    0,
  );
  if (points > MAX_POINTS) {
    throw new JobFailure(
      "input_too_large",
      `The outlines of the logo have ${points} corners; at most ${MAX_POINTS} can be used. Simplify its paths.`,
    );
  }
  const all = new Set([...warnings, ...resolved.warnings]);
  const shapes = toShapes(resolved.layer, 1 / scale, all);
  if (shapes.length === 0) throw nothingToDraw([...all]);
  return { shapes, mmPerUnit: null, warnings: [...all] };
}

/** Resolves what lies in `box`, given in pixels with y up and the picture's top left corner as origin. */
function resolveAt(root: XmlNode, box: Box, scale: number): Resolved {
  const { width, height } = { width: Number(root.attributes.width), height: Number(root.attributes.height) };
  const view = viewMatrix(root, width, height);
  const toGrid: Matrix = [view[0] * scale, 0, 0, -view[3] * scale, view[4] * scale, -view[5] * scale];
  return resolveSvg(root, toGrid, boxRegion(scaled(box, scale)), GRID_UNITS * CURVE_TOLERANCE);
}

function sideOf({ minX, minY, maxX, maxY }: Box): number {
  return Math.max(maxX - minX, maxY - minY);
}

function scaled({ minX, minY, maxX, maxY }: Box, factor: number): Box {
  return { minX: minX * factor, minY: minY * factor, maxX: maxX * factor, maxY: maxY * factor };
}

function parse(svg: string): Resvg {
  try {
    return new Resvg(svg, { font: { loadSystemFonts: false }, logLevel: "off" });
  } catch (error) {
    throw new JobFailure(
      "input_invalid",
      `The SVG can't be read (${(error as Error).message}). Export it again as a plain SVG.`,
      { cause: error },
    );
  }
}

function nothingToDraw(warnings: readonly string[]): JobFailure {
  const picture = warnings.some((warning) => warning.includes("embedded picture"));
  return new JobFailure(
    "nothing_to_draw",
    picture
      ? "The SVG holds nothing but an embedded picture. Upload that picture itself as PNG or JPG."
      : "The SVG shows nothing: no shape with a visible fill or stroke inside its view box. Check that the logo is visible in a browser.",
  );
}

/** The transform that `viewBox` and `preserveAspectRatio` stand for (SVG 2 §8.2). */
function viewMatrix({ attributes }: XmlNode, width: number, height: number): Matrix {
  const numbers = attributes.viewBox?.split(/[\s,]+/).map(Number);
  if (numbers?.length !== 4) return [1, 0, 0, 1, 0, 0];
  const [x, y, w, h] = numbers as [number, number, number, number];
  const [align = "xMidYMid", fit = "meet"] = (attributes.preserveAspectRatio ?? "")
    .split(/\s+/)
    .filter((word) => word !== "" && word !== "defer");
  let [scaleX, scaleY] = [width / w, height / h];
  if (align !== "none") scaleX = scaleY = fit === "slice" ? Math.max(scaleX, scaleY) : Math.min(scaleX, scaleY);
  const share = (word: string) => (align.includes(`${word}Min`) ? 0 : align.includes(`${word}Max`) ? 1 : 0.5);
  const shiftX = align === "none" ? 0 : (width - w * scaleX) * share("x");
  const shiftY = align === "none" ? 0 : (height - h * scaleY) * share("Y");
  return [scaleX, 0, 0, scaleY, shiftX - x * scaleX, shiftY - y * scaleY];
}

/** Pieces → shapes; what is translucent to the end is seen before white. */
function toShapes(layer: Layer, unit: number, warnings: Set<string>): Shape[] {
  let pieces = joinEqual(layer.map(({ paint, region }) => ({ paint: parseColor(toHex(paint)), region })));
  if (pieces.length > MAX_COLORS) {
    warnings.add(
      `The logo has ${pieces.length} colours; the rarer ones were given the nearest of the ${MAX_COLORS} main ones.`,
    );
    pieces = joinEqual(withFewColors(pieces));
  }
  return pieces.map(({ paint, region }) => ({ color: toHex(paint), contours: toContours(region, unit) }));
}

/** Keeps the colours of the largest areas; each other piece takes the nearest of them. */
function withFewColors(pieces: Layer): Layer {
  const main = new Set([...pieces].sort((a, b) => area(b.region) - area(a.region)).slice(0, MAX_COLORS));
  const distance = (a: Paint, b: Paint) => Math.hypot(a.r - b.r, a.g - b.g, a.b - b.b);
  return pieces.map((piece) => {
    if (main.has(piece)) return piece;
    const nearest = [...main].reduce((best, other) =>
      distance(other.paint, piece.paint) < distance(best.paint, piece.paint) ? other : best,
    );
    return { paint: nearest.paint, region: piece.region };
  });
}

/** Rings on the grid → contours in units. */
export function toContours(region: Region, unit: number): Contour[] {
  return region.map((ring) => {
    const contour: Contour = [];
    for (let i = 0; i < ring.length; i += 2) contour.push([ring[i]! * unit, ring[i + 1]! * unit]);
    return contour;
  });
}
