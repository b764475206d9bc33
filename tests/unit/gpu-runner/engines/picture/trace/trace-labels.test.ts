/** Label maps become SVGs that look exactly like them, without gaps, in few bytes. */
import { describe, expect, test } from "vitest";
import { rasterise } from "../../../../../../gpu-runner/engines/picture/measure/rasterise.ts";
import type { FlatColor, LabelMap } from "../../../../../../gpu-runner/engines/picture/trace/label-map.ts";
import { EMPTY, paintLabels } from "../../../../../../gpu-runner/engines/picture/trace/label-map.ts";
import { traceLabels } from "../../../../../../gpu-runner/engines/picture/trace/trace-labels.ts";

const COLORS: readonly FlatColor[] = [
  { r: 240, g: 240, b: 230, alpha: 255 },
  { r: 200, g: 20, b: 40, alpha: 255 },
  { r: 20, g: 60, b: 180, alpha: 255 },
  { r: 10, g: 10, b: 10, alpha: 255 },
];
const PIXEL = { fitting: "pixel", tolerancePx: 0, cornerDeg: 60, smoothing: 0, unitsPerPx: 1 } as const;
const SPLINE = { fitting: "spline", tolerancePx: 0.6, cornerDeg: 60, smoothing: 3, unitsPerPx: 4 } as const;
const POLYGON = { fitting: "polygon", tolerancePx: 0.6, cornerDeg: 60, smoothing: 0, unitsPerPx: 2 } as const;

function map(width: number, height: number, label: (x: number, y: number) => number, colors = COLORS): LabelMap {
  const labels = Int32Array.from({ length: width * height }, (_, i) => label(i % width, Math.floor(i / width)));
  return { labels, width, height, colors };
}

/** Share of the pixels that are not exactly as in the map. */
async function wrongShare(picture: LabelMap, svg: string): Promise<number> {
  const expected = paintLabels(picture);
  const { rgba } = await rasterise(svg, picture.width, picture.height);
  let wrong = 0;
  for (let i = 0; i < expected.length; i += 4) {
    if (expected.subarray(i, i + 4).compare(rgba.subarray(i, i + 4)) !== 0) wrong++;
  }
  return wrong / (expected.length / 4);
}

/** Numbers that look random and are the same every time. */
function noise(x: number, y: number): number {
  return ((Math.imul(x + 1, 73856093) ^ Math.imul(y + 1, 19349663)) >>> 7) % 4;
}

describe("traced along the pixels", () => {
  test.each([
    ["a picture of noise in four colours", map(24, 18, noise)],
    ["noise with holes where nothing is drawn", map(24, 18, (x, y) => (noise(x, y) === 3 ? EMPTY : noise(x, y)))],
    ["rings, each with a hole", map(31, 31, (x, y) => Math.floor(Math.hypot(x - 15, y - 15) / 3) % 3)],
    ["a ring on nothing", map(31, 31, (x, y) => (Math.abs(Math.hypot(x - 15, y - 15) - 10) < 3 ? 1 : EMPTY))],
    ["squares that touch at their corners", map(8, 8, (x, y) => (x + y) % 2)],
    ["one pixel", map(1, 1, () => 2)],
    ["one row", map(40, 1, (x) => x % 3)],
  ])("%s looks exactly like the labels", async (_, picture) => {
    const { svg } = traceLabels(picture, PIXEL, picture.width, picture.height);
    expect(await wrongShare(picture, svg)).toBe(0);
  });

  test("a plain picture is one rectangle", () => {
    const { svg, paths, colors } = traceLabels(
      map(30, 20, () => 1),
      PIXEL,
      30,
      20,
    );
    expect([paths, colors]).toEqual([1, 1]);
    expect(svg).toContain('<path fill="#c81428" d="m0 0h30v20h-30z"/>');
  });

  test("pixels of one colour are joined: a path for each colour, not for each pixel", () => {
    const { svg } = traceLabels(map(24, 18, noise), PIXEL, 24, 18);
    expect(svg.split("<path").length - 1).toBe(4);
  });
});

describe("traced with curves or lines", () => {
  const disc = map(120, 120, (x, y) => (Math.hypot(x - 59.5, y - 59.5) < 45 ? 1 : 0));

  test.each([
    ["spline", SPLINE],
    ["polygon", POLYGON],
  ] as const)("%s: a disc has its area, within 1 %%", async (_, options) => {
    const { svg } = traceLabels(disc, options, 120, 120);
    const { rgba } = await rasterise(svg, 120, 120);
    let area = 0;
    for (let i = 0; i < rgba.length; i += 4) area += (240 - (rgba[i + 1] as number)) / (240 - 20);
    expect(area / (Math.PI * 45 ** 2)).toBeCloseTo(1, 2);
  });

  test("a disc needs few curves", () => {
    const { svg } = traceLabels(disc, SPLINE, 120, 120);
    expect(svg.length).toBeLessThan(420);
  });

  test("the corners of a square stay sharp", async () => {
    const square = map(100, 100, (x, y) => (x >= 20 && x < 80 && y >= 20 && y < 80 ? 1 : 0));
    const { svg } = traceLabels(square, SPLINE, 100, 100);
    expect(await wrongShare(square, svg)).toBeLessThan(0.003);
  });

  test.each([
    ["spline", SPLINE],
    ["polygon", POLYGON],
  ] as const)("%s: no ground shows between shapes that touch", async (_, options) => {
    // Three sectors in dark colours on a white ground that none of them leaves free: a gap would be a light pixel.
    const dark = COLORS.map(({ alpha }, i) => ({ r: 40 * i, g: 20, b: 80 - 20 * i, alpha }));
    const sectors = map(
      90,
      90,
      (x, y) => Math.floor(((Math.atan2(y - 44.5, x - 44.5) + Math.PI) / (2 * Math.PI)) * 2.999),
      dark,
    );
    const { svg } = traceLabels(sectors, options, 90, 90);
    const { rgba } = await rasterise(svg, 450, 450);
    let light = 0;
    for (let i = 0; i < rgba.length; i += 4) if ((rgba[i + 1] as number) > 24 || rgba[i + 3] !== 255) light++;
    expect(light).toBe(0);
  });

  test("a translucent shape has nothing under it", async () => {
    const glass = [COLORS[1] as FlatColor, { r: 0, g: 0, b: 255, alpha: 128 }];
    const picture = map(60, 60, (x) => (x < 30 ? 0 : 1), glass);
    const { rgba } = await rasterise(traceLabels(picture, SPLINE, 60, 60).svg, 60, 60);
    const at = (x: number) => [...rgba.subarray(4 * (30 * 60 + x), 4 * (30 * 60 + x) + 4)];
    expect(at(45)[3]).toBeCloseTo(128, -0.5);
    expect(at(45)[0]).toBeLessThan(3);
    expect(at(10)).toEqual([200, 20, 40, 255]);
  });

  test("says the size asked for, whatever the size of the map", () => {
    const { svg } = traceLabels(disc, SPLINE, 3000, 3000);
    expect(svg).toMatch(/^<svg xmlns="[^"]+" width="3000" height="3000" viewBox="0 0 480 480">/);
  });
});
