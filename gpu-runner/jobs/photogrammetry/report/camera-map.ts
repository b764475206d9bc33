/** The map of the cameras: from above and from the front, with what they look at, those that were dropped, and the gaps. */
import { html, type Markup } from "./html.ts";
import type { MapCamera, MapSpace, Vector } from "./map-space.ts";
import type { ReportGap } from "./report-scene.ts";

export type MapSide = "above" | "front";

/** How a side shows a position: to the right, and down. */
const SIDES: Readonly<Record<MapSide, (position: Vector) => readonly [number, number]>> = {
  above: ([x, , z]) => [x, z],
  front: ([x, y]) => [x, -y],
};

export const MAP_SIZE = 400;
const MARGIN = 34;
/** Points this far beyond the cameras, as a share of the map, are background. */
const BEYOND = 0.15;
/** Every camera carries its photo's number up to so many; more would hide each other. */
const MAX_NUMBERS = 60;
export const isNumbered = ({ cameras }: MapSpace): boolean => cameras.length <= MAX_NUMBERS;
/** Colours of points are rounded to this many steps, so that one path draws all of a colour. */
const COLOR_STEPS = 6;
/** They are drawn towards grey, so that none vanishes on a light or a dark ground. */
const GREY = 128;
const GREYED = 0.35;

/** One side of the map as an SVG picture. Its colours come from the classes `map-…` of the page's style. */
export function cameraMap(space: MapSpace, gaps: readonly ReportGap[], side: MapSide): Markup {
  const place = placer(space, SIDES[side]);
  const name = side === "above" ? "from above" : "from the front";
  const kept = space.cameras.filter((camera) => camera.kept);
  const size = cameraSize(kept.length);
  return html`<svg class="map" viewBox="0 0 ${MAP_SIZE} ${MAP_SIZE}" role="img" aria-label="The cameras ${name}">
<rect class="map-ground" width="${MAP_SIZE}" height="${MAP_SIZE}" rx="10"/>
${pointPaths(space, place)}
${gaps.map((gap) => gapLine(gap, space, place, side === "above"))}
${space.cameras.map((camera) => cameraMark(camera, place, SIDES[side], size, isNumbered(space)))}
</svg>`;
}

interface Place {
  readonly x: number;
  readonly y: number;
  /** The place is outside the map and was moved to its edge. */
  readonly outside: boolean;
}
type Placer = (position: Vector) => Place;

/** Fits the cameras that were kept, and the points they stand around, into the picture. */
function placer(space: MapSpace, project: (typeof SIDES)[MapSide]): Placer {
  const cameras = space.cameras.filter((camera) => camera.kept).map(({ position }) => project(position));
  const points = space.points.map(({ position }) => project(position));
  const [left, right] = spanOf(cameras, points, 0);
  const [top, bottom] = spanOf(cameras, points, 1);
  const scale = (MAP_SIZE - 2 * MARGIN) / Math.max(right - left, bottom - top, 1e-9);
  const offset = [(left + right) / 2, (top + bottom) / 2] as const;
  return (position) => {
    const [right, down] = project(position);
    const x = MAP_SIZE / 2 + (right - offset[0]) * scale;
    const y = MAP_SIZE / 2 + (down - offset[1]) * scale;
    const inside = (value: number) => Math.min(Math.max(value, 8), MAP_SIZE - 8);
    return { x: inside(x), y: inside(y), outside: inside(x) !== x || inside(y) !== y };
  };
}

/** From the first to the last camera along an axis, and most of the points as far as they are not background. */
function spanOf(
  cameras: readonly (readonly [number, number])[],
  points: readonly (readonly [number, number])[],
  axis: 0 | 1,
): [number, number] {
  const along = cameras.map((camera) => camera[axis]);
  const sorted = points.map((point) => point[axis]).sort((a, b) => a - b);
  const low = Math.min(...along);
  const high = Math.max(...along);
  const reach = (high - low) * BEYOND || Infinity;
  const first = sorted[Math.floor(sorted.length * 0.03)] ?? low;
  const last = sorted[Math.floor(sorted.length * 0.97)] ?? high;
  return [Math.min(low, Math.max(first, low - reach)), Math.max(high, Math.min(last, high + reach))];
}

const cameraSize = (cameras: number): number => (cameras > 150 ? 6 : cameras > MAX_NUMBERS ? 8 : 11);

function pointPaths({ points }: MapSpace, place: Placer): Markup[] {
  const paths = new Map<string, string[]>();
  for (const { position, color } of points) {
    const { x, y, outside } = place(position);
    if (outside) continue;
    const rounded = color.map((value) => {
      const step = Math.round((value / 255) * COLOR_STEPS) / COLOR_STEPS;
      return GREY + (255 * step - GREY) * (1 - GREYED);
    });
    const key = `rgb(${rounded.map((value) => value.toFixed(0)).join(" ")})`;
    const path = paths.get(key) ?? [];
    paths.set(key, path);
    path.push(`M${x.toFixed(1)} ${y.toFixed(1)}h0`);
  }
  return [...paths].map(([color, path]) => html`<path class="map-points" stroke="${color}" d="${path.join("")}"/>`);
}

/** A camera as the triangle that it sees, its tip where it stands; its number on the side it looks away from. */
function cameraMark(
  camera: MapCamera,
  place: Placer,
  project: (typeof SIDES)[MapSide],
  size: number,
  numbered: boolean,
): Markup {
  const { x, y, outside } = place(camera.position);
  const [right, down] = project(camera.looks);
  const state = camera.kept ? "kept" : "dropped";
  const where = outside ? " (farther away than this map shows)" : "";
  const corner = (along: number, across: number): string =>
    `${(x + size * (along * right - across * down)).toFixed(1)} ${(y + size * (along * down + across * right)).toFixed(1)}`;
  const label = numbered || !camera.kept;
  return html`<g class="map-camera map-${state}"><title>${camera.photo}: ${camera.file}${camera.kept ? "" : ", dropped"}${where}</title>
<path d="M${x.toFixed(1)} ${y.toFixed(1)}L${corner(1, 0.55)}L${corner(1, -0.55)}Z"/><circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="2"/>
${label && html`<text x="${(x - 9 * right).toFixed(1)}" y="${(y - 9 * down + 3).toFixed(1)}">${camera.photo}</text>`}</g>`;
}

/** The number of degrees stands on one side of the map only; on the other, lines cross. */
function gapLine(
  { between, degrees }: ReportGap,
  { cameras }: MapSpace,
  place: Placer,
  labelled: boolean,
): Markup | null {
  const [from, to] = between.map((file) => cameras.find((camera) => camera.kept && camera.file === file));
  if (!from || !to) return null;
  const [a, b] = [place(from.position), place(to.position)];
  return html`<g class="map-gap"><path d="M${a.x.toFixed(1)} ${a.y.toFixed(1)}L${b.x.toFixed(1)} ${b.y.toFixed(1)}"/>
${labelled && html`<text x="${((a.x + b.x) / 2).toFixed(1)}" y="${((a.y + b.y) / 2 + 3).toFixed(1)}">${degrees.toFixed(0)}°</text>`}</g>`;
}
