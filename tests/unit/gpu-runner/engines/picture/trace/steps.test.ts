/** The steps of tracing, each by itself. */
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { analysePicture } from "../../../../../../gpu-runner/engines/picture/trace/analyse-picture.ts";
import { choosePalette } from "../../../../../../gpu-runner/engines/picture/trace/choose-palette.ts";
import { colorPlanes } from "../../../../../../gpu-runner/engines/picture/trace/color-planes.ts";
import { dropSpeckles } from "../../../../../../gpu-runner/engines/picture/trace/drop-speckles.ts";
import { findPixelGrid } from "../../../../../../gpu-runner/engines/picture/trace/find-pixel-grid.ts";
import { checkPlain } from "../../../../../../gpu-runner/engines/picture/trace/measure-svg.ts";
import { mergeRegions } from "../../../../../../gpu-runner/engines/picture/trace/merge-regions.ts";
import { minify } from "../../../../../../gpu-runner/engines/picture/trace/minify.ts";
import { outlineMask } from "../../../../../../gpu-runner/engines/picture/trace/outline-mask.ts";
import { pathData } from "../../../../../../gpu-runner/engines/picture/trace/path-data.ts";
import { readOpacity } from "../../../../../../gpu-runner/engines/picture/trace/read-opacity.ts";
import { otsu } from "../../../../../../gpu-runner/engines/picture/trace/threshold-picture.ts";

type Rgba = readonly [number, number, number, number];

function picture(width: number, height: number, color: (x: number, y: number) => Rgba) {
  const bytes = Array.from({ length: width * height }, (_, i) => color(i % width, Math.floor(i / width))).flat();
  return { rgba: Buffer.from(bytes), width, height };
}
const enlarged = (cell: number) =>
  picture(16 * cell, 16 * cell, (x, y) => {
    const n = (7 * Math.floor(x / cell) + 11 * Math.floor(y / cell)) % 5;
    return n === 0 ? [0, 0, 0, 0] : [50 * n, 255 - 40 * n, 90, 255];
  });

describe("the pixel grid", () => {
  test.each([2, 5, 20])("of a sprite enlarged %d times is found, and its 16 × 16 pixels", (cell) => {
    const grid = findPixelGrid(enlarged(cell));
    expect(grid?.cellPx).toBe(cell);
    expect(grid?.pixels.rgba).toEqual(enlarged(1).rgba);
  });

  test("is found in a JPG of the sprite", async () => {
    const { rgba, width, height } = enlarged(20);
    const jpg = await sharp(rgba, { raw: { width, height, channels: 4 } })
      .flatten({ background: "#fff" })
      .jpeg({ quality: 90 })
      .toBuffer();
    const decoded = await sharp(jpg).ensureAlpha().raw().toBuffer();
    expect(findPixelGrid({ rgba: decoded, width, height })?.cellPx).toBe(20);
  });

  test("is not seen where only the edges of a box happen to lie on one", () => {
    const box = (x: number, y: number) => x >= 16 && x < 48 && y >= 16 && y < 48;
    const disc = (x: number, y: number) => Math.hypot(x - 40, y - 20) < 14;
    const drawing = picture(64, 64, (x, y) =>
      disc(x, y) ? [20, 60, 200, 255] : box(x, y) ? [230, 40, 40, 255] : [255, 255, 255, 255],
    );
    expect(findPixelGrid(drawing)).toBeNull();
  });

  test("is not seen in a gradient, in noise, or in one plain colour", () => {
    expect(findPixelGrid(picture(64, 64, (x, y) => [4 * x, 4 * y, 0, 255]))).toBeNull();
    expect(findPixelGrid(picture(64, 64, (x, y) => [(x * 97 + y * 57) % 256, (x * y) % 256, 0, 255]))).toBeNull();
    expect(findPixelGrid(picture(64, 64, () => [9, 9, 9, 255]))).toBeNull();
  });
});

describe("regions", () => {
  const halves = picture(40, 20, (x, y) =>
    x < 20 ? [200 + ((x + y) % 3), 10, 10, 255] : [10, 10, 200 + ((x * y) % 3), 255],
  );
  const groups = new Uint8Array(800).fill(1);

  test("of two noisy halves are the two halves", () => {
    const [partition] = [...mergeRegions(colorPlanes(halves, groups), [50])];
    expect(partition?.count).toBe(2);
    expect(partition?.labels[0]).not.toBe(partition?.labels[39]);
  });

  test("get fewer as λ grows, down to one", () => {
    const counts = [...mergeRegions(colorPlanes(halves, groups), [0.001, 1, 100, 1e9])].map(({ count }) => count);
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
    expect(counts.at(-1)).toBe(1);
  });

  test("never join pixels of different groups, and leave out group 0", () => {
    const split = groups.map((_, i) => (i % 40 < 10 ? 0 : i % 40 < 30 ? 1 : 2));
    const [partition] = [...mergeRegions(colorPlanes(halves, split), [1e9])];
    expect(partition?.count).toBe(2);
    expect(partition?.labels[5]).toBe(-1);
    expect(partition?.labels[29]).not.toBe(partition?.labels[30]);
  });
});

test("a palette keeps a small vivid spot among many greys", () => {
  const colors = Float32Array.from([...Array.from({ length: 60 }, (_, i) => [i, i, i]).flat(), 250, 10, 10]);
  const sizes = new Float32Array(61).fill(500);
  sizes[60] = 40;
  const { colors: found, labels } = choosePalette({ colors, sizes }, 4);
  expect([...found.subarray(3 * (labels[60] as number), 3 * (labels[60] as number) + 3)]).toEqual([250, 10, 10]);
});

test("speckles become part of what lies around them, larger patches stay", () => {
  const labels = new Int32Array(100);
  labels[11] = 1;
  for (const i of [55, 56, 65, 66]) labels[i] = 2;
  const map = { labels, width: 10, height: 10, colors: [] as never[] };
  const black = { r: 0, g: 0, b: 0, alpha: 255 };
  const cleaned = dropSpeckles({ ...map, colors: [black, black, black] }, 4).labels;
  expect(cleaned[11]).toBe(0);
  expect(cleaned[55]).toBe(2);
});

test("outlines keep the shape on their right: outer ones clockwise, holes the other way", () => {
  const bits = Uint8Array.from([1, 1, 1, 1, 0, 1, 1, 1, 1]);
  const outlines = outlineMask({ bits, width: 3, height: 3 });
  expect(outlines.map(({ isHole }) => isHole)).toEqual([false, true]);
  expect(outlines.map(({ corners }) => corners.length / 2)).toEqual([12, 4]);
});

test("path data is relative and has no needless letters or spaces", () => {
  const line = (x: number, y: number) => ({ x, y });
  const square = { x: 1, y: 2, segments: [line(5, 2), line(5, 6), line(1, 6), line(1, 2)] };
  const kite = { x: 10, y: 10, segments: [line(12, 7), line(15, 10), line(12, 14)] };
  expect(pathData([square, kite])).toBe("m1 2h4v4h-4zm9 8 2-3 3 3-3 4z");
  expect(pathData([{ x: 3, y: 3, segments: [line(3.2, 3.1), line(3, 3.4)] }])).toBe("");
});

describe("opacity", () => {
  test("smoothed edges are in or out", () => {
    const { groups, alphas } = readOpacity(
      picture(20, 20, (x) => [0, 0, 0, x < 9 ? 255 : x === 9 ? 140 : x === 10 ? 60 : 0]),
    );
    expect(groups.some((group) => group > 1)).toBe(false);
    expect([groups[9], groups[10]]).toEqual([1, 0]);
    expect(alphas[1]).toBe(255);
  });

  test("a place that is translucent all over keeps an opacity near its own", () => {
    const { groups, alphas } = readOpacity(
      picture(40, 40, (x, y) => [0, 0, 0, Math.hypot(x - 20, y - 20) < 12 ? 90 : 0]),
    );
    expect(Math.abs((alphas[groups[20 * 40 + 20] as number] as number) - 90)).toBeLessThan(25);
  });
});

test("Otsu's threshold lies between two peaks", () => {
  const grey = Uint8Array.from({ length: 1000 }, (_, i) => (i < 300 ? 40 + (i % 20) : 190 + (i % 30)));
  const level = otsu(grey, Buffer.alloc(4000, 255));
  expect(level).toBeGreaterThan(60);
  expect(level).toBeLessThan(190);
});

test("facts tell a flat drawing from a gradient", () => {
  const flat = picture(60, 60, (x) => (x < 30 ? [250, 250, 250, 255] : [20, 40, 200, 255]));
  const gradient = picture(60, 60, (x, y) => [4 * x, 2 * y + x, 200 - 2 * y, 255]);
  const groups = new Uint8Array(3600).fill(1);
  expect(analysePicture(flat, groups)).toMatchObject({ flatShare: 1, colors: 2, twoToneShare: 1 });
  expect(analysePicture(gradient, groups).flatShare).toBeLessThan(0.9);
});

describe("what leaves the tracer", () => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" viewBox="0 0 9 9"><path fill="#ff0000" d="m0 0h9v9h-9z"/></svg>';

  test("keeps viewBox, width and height when it is minified", () => {
    const small = minify(svg);
    expect(small.length).toBeLessThan(svg.length);
    expect(small).toMatch(/width="9" height="9" viewBox="0 0 9 9"/);
    expect(() => checkPlain(small)).not.toThrow();
  });

  test.each([
    ["a script", svg.replace("<path", "<script>1</script><path")],
    ["a link", svg.replace("<path", '<path href="x"')],
    ["a handler", svg.replace("<path", '<path onload="x"')],
    ["a picture", svg.replace("<path", '<image href="x.png"/><path')],
    ["no viewBox", svg.replace(' viewBox="0 0 9 9"', "")],
  ])("is refused with %s", (_, bad) => {
    expect(() => checkPlain(bad)).toThrow("not a plain drawing");
  });
});
