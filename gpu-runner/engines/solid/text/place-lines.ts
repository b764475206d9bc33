/**
 * Puts set lines into the plane, straight or on an arc: from clusters to contours in millimetres, +Y up. It knows
 * nothing of text, only of glyphs and where they go.
 */
import { JobFailure } from "../../../process/job-failure.ts";
import type { Contour } from "../drawing.ts";
import { flattenOutline } from "./flatten.ts";
import type { Font } from "./font.ts";
import type { Cluster, ShapedLine } from "./shape-line.ts";

/** Widest gap between an outline and its edges: 1/2000 em, but never coarser than a printer can show or finer than it could matter. */
const TOLERANCE_EM = 1 / 2000;
const MIN_TOLERANCE_MM = 0.002;
const MAX_TOLERANCE_MM = 0.05;

export interface Placement {
  /** Millimetres per em. */
  readonly sizeMm: number;
  readonly align: "left" | "center" | "right";
  /** Distance of the baselines, em. */
  readonly lineSpacing: number;
  /** Radius of the circle the last line stands on, 0 for straight lines; negative: inside the circle, at its bottom. */
  readonly curveMm: number;
}

/** Moves a point of a cluster: `x` of the cluster's middle and `u` beside it along the baseline, `y` above it; all em. */
type PlacePoint = (x: number, u: number, y: number) => [number, number];

/**
 * Contours of all glyphs in millimetres. Straight lines: baseline of the first one at y = 0, the block's middle at
 * x = 0. Arc: top (or bottom) of the circle's baseline at the origin. Throws `input_invalid` when a line does not fit
 * its circle, with the smallest radius that does.
 */
export function placeLines(lines: readonly ShapedLine[], placement: Placement): Contour[] {
  const { sizeMm, align, lineSpacing, curveMm } = placement;
  const tolerance = Math.min(MAX_TOLERANCE_MM, Math.max(MIN_TOLERANCE_MM, TOLERANCE_EM * sizeMm)) / sizeMm;
  const outlines = new OutlineCache(tolerance);
  const radii = curveMm === 0 ? null : lineRadii(lines, placement);
  const lineWidths = lines.map(({ width }) => width);
  // On an arc lines are aligned by angle: the block's edge is one radius line of the circle.
  const blockAngle = radii && Math.max(...lineWidths.map((width, i) => width / (radii[i] as number)));
  const blockWidth = Math.max(...lineWidths);
  const contours: Contour[] = [];
  for (const [i, line] of lines.entries()) {
    const radius = radii?.[i];
    const available = radius === undefined ? blockWidth : (blockAngle as number) * radius;
    const start = { left: -available / 2, center: -line.width / 2, right: available / 2 - line.width }[align];
    const place =
      radius === undefined
        ? onBaseline(-i * lineSpacing)
        : onArc(radius, Math.abs(curveMm) / sizeMm, Math.sign(curveMm));
    const maxBentEdge = radius === undefined ? null : longestEdge(radius, tolerance);
    for (const cluster of line.clusters) contours.push(...placeCluster(cluster, start, place, outlines, maxBentEdge));
  }
  return contours.map((contour) => contour.map(([x, y]) => [x * sizeMm, y * sizeMm]));
}

function placeCluster(
  cluster: Cluster,
  start: number,
  place: PlacePoint,
  outlines: OutlineCache,
  maxBentEdge: number | null,
): Contour[] {
  const middle = cluster.advance / 2;
  const x = start + cluster.x + middle;
  return cluster.glyphs.flatMap(({ glyph, dx, dy }) =>
    outlines.get(cluster.font, glyph).map((contour) => {
      const moved: Contour = contour.map(([gx, gy]) => [gx + dx - middle, gy + dy]);
      // Rigid letters look best on an arc, but joined ones would break apart: those bend with the line.
      if (maxBentEdge === null || !cluster.joined) return moved.map(([u, y]) => place(x, u, y));
      return splitEdges(moved, maxBentEdge).map(([u, y]) => place(x + u, 0, y));
    }),
  );
}

function onBaseline(baseline: number): PlacePoint {
  return (x, u, y) => [x + u, y + baseline];
}

/**
 * On a circle around (0, -side·lastRadius) with the given radius: side 1 stands on its outside around the top, side -1
 * inside around its bottom. Both read from left to right.
 */
function onArc(radius: number, lastRadius: number, side: number): PlacePoint {
  return (x, u, y) => {
    const sin = Math.sin(x / radius);
    const cos = Math.cos(x / radius);
    return [radius * sin + u * cos + y * side * sin, side * (radius * cos - lastRadius) - u * side * sin + y * cos];
  };
}

/** Radius of every line in em. The last line stands on the wanted arc, those above it further out, or further in. */
function lineRadii(lines: readonly ShapedLine[], { sizeMm, lineSpacing, curveMm }: Placement): number[] {
  const side = Math.sign(curveMm);
  const offsets = lines.map((_, i) => side * (lines.length - 1 - i) * lineSpacing);
  // Inside the circle letters grow towards its centre: they need one em of room.
  const room = side > 0 ? 0 : 1;
  const smallest = Math.max(
    ...lines.map(({ width }, i) => Math.max(Math.abs(width) / (2 * Math.PI), room) - (offsets[i] as number)),
  );
  if (Math.abs(curveMm) < smallest * sizeMm) {
    const radius = side * (Math.ceil(smallest * sizeMm * 10) / 10);
    throw new JobFailure(
      "input_invalid",
      `The text does not fit on an arc of ${Math.abs(curveMm)} mm radius. Set curveMm to ${radius} or ${side > 0 ? "more" : "less"}, make the text smaller, or shorten it.`,
    );
  }
  return offsets.map((offset) => Math.abs(curveMm) / sizeMm + offset);
}

/** Longest straight edge that may be bent as one: its sagitta s²/8r stays within the tolerance, one em inside the arc. */
function longestEdge(radius: number, tolerance: number): number {
  return Math.sqrt(8 * Math.max(radius - 1, 0.25) * tolerance);
}

function splitEdges(contour: Contour, maxLength: number): Contour {
  return contour.flatMap(([x, y], i): Contour => {
    const [x1, y1] = contour[(i + 1) % contour.length] as [number, number];
    const parts = Math.max(1, Math.ceil(Math.hypot(x1 - x, y1 - y) / maxLength));
    return Array.from({ length: parts }, (_, k) => [x + ((x1 - x) * k) / parts, y + ((y1 - y) * k) / parts]);
  });
}

/** Flattened outlines, once per glyph of a font. */
class OutlineCache {
  readonly #tolerance: number;
  readonly #byFont = new Map<Font, Map<number, Contour[]>>();

  constructor(tolerance: number) {
    this.#tolerance = tolerance;
  }

  get(font: Font, glyph: number): Contour[] {
    let glyphs = this.#byFont.get(font);
    if (!glyphs) {
      glyphs = new Map();
      this.#byFont.set(font, glyphs);
    }
    let contours = glyphs.get(glyph);
    if (!contours) {
      contours = flattenOutline(font.outline(glyph), this.#tolerance);
      glyphs.set(glyph, contours);
    }
    return contours;
  }
}
