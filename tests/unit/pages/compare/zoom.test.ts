/** Where a picture lies while it is zoomed and moved. */
import { describe, expect, test } from "vitest";
import {
  fitInto,
  keepInside,
  MAX_ZOOM,
  sameShape,
  WHOLE,
  zoomAt,
} from "../../../../pages/src/features/compare/zoom.ts";

const FRAME = { width: 400, height: 300 };
const size = (width: number, height: number) => ({ width, height });

test.each([
  [size(800, 600), size(400, 300)],
  [size(100, 300), size(100, 300)],
  [size(1, 1), size(300, 300)],
  [size(0, 0), size(0, 0)],
])("%j fits into the frame as %j", (picture, fitted) => {
  expect(fitInto(picture, FRAME)).toEqual(fitted);
});

describe("a zoomed picture", () => {
  const fitted = fitInto(size(800, 600), FRAME);

  test("keeps what is under the pointer under it", () => {
    const point = { x: 100, y: -50 };
    const view = zoomAt(WHOLE, 4, point, fitted, FRAME);
    // The picture's place under the pointer, from its centre in unzoomed pixels, is the same as before.
    expect([(point.x - view.x) / view.zoom, (point.y - view.y) / view.zoom]).toEqual([100, -50]);
  });

  test("covers the frame however it is moved", () => {
    expect(keepInside({ zoom: 2, x: 9_999, y: -9_999 }, fitted, FRAME)).toEqual({ zoom: 2, x: 200, y: -150 });
  });

  test("is in the middle on the side where it is smaller than the frame", () => {
    const narrow = fitInto(size(100, 300), FRAME);
    expect(keepInside({ zoom: 2, x: 77, y: 10 }, narrow, FRAME)).toEqual({ zoom: 2, x: 0, y: 10 });
  });

  test("is whole again when it is zoomed out, and never closer than the limit", () => {
    const near = zoomAt(WHOLE, 1e9, { x: 20, y: 20 }, fitted, FRAME);
    expect(near.zoom).toBe(MAX_ZOOM);
    const far = zoomAt(near, 1e-9, { x: 20, y: 20 }, fitted, FRAME);
    expect([far.zoom, Math.abs(far.x), Math.abs(far.y)]).toEqual([1, 0, 0]);
  });
});

test.each([
  [size(4000, 3000), size(1600, 1200), true],
  [size(3999, 2999), size(1600, 1200), true],
  [size(50, 33), size(17, 11), true],
  [size(4000, 3000), size(1200, 1200), false],
  [size(300, 400), size(400, 300), false],
  [size(10, 10), size(0, 0), false],
])("%j and %j have the same shape: %s", (a, b, same) => {
  expect(sameShape(a, b)).toBe(same);
});
