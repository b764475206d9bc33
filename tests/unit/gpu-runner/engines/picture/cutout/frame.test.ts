/** Where the subject goes on the canvas. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { placeFrame } from "../../../../../../gpu-runner/engines/picture/cutout/frame.ts";

const WISH = { cropPaddingPercent: null, shadow: "none", maxSidePx: 16_384, maxPixels: 60_000_000 } as const;
const BOX = { left: 10, top: 20, width: 100, height: 50 };

test("without a crop the whole picture is kept as it is", () => {
  const whole = { left: 0, top: 0, width: 300, height: 200 };
  expect(placeFrame(300, 200, BOX, WISH)).toEqual({
    source: whole,
    target: whole,
    canvas: { width: 300, height: 200 },
  });
});

test("padding is a share of the subject's longer side, on all sides, also beyond the picture", () => {
  const { source, target, canvas } = placeFrame(300, 200, BOX, { ...WISH, cropPaddingPercent: 20 });
  expect(source).toEqual(BOX);
  expect(target).toEqual({ left: 20, top: 20, width: 100, height: 50 });
  expect(canvas).toEqual({ width: 140, height: 90 });
});

test("a cropped subject gets room for its shadow", () => {
  const { target, canvas } = placeFrame(300, 200, BOX, { ...WISH, cropPaddingPercent: 0, shadow: "drop" });
  expect(canvas.height - target.top - target.height).toBeGreaterThan(3);
});

test("nothing to crop to: the whole picture", () => {
  expect(placeFrame(300, 200, null, { ...WISH, cropPaddingPercent: 10 }).canvas).toEqual({ width: 300, height: 200 });
});

test("the largest side and the pixels are never exceeded, and the subject lies on the canvas", () => {
  fc.assert(
    fc.property(
      fc.record({
        width: fc.integer({ min: 1, max: 16_384 }),
        height: fc.integer({ min: 1, max: 3_000 }),
        cropPaddingPercent: fc.double({ min: 0, max: 100, noNaN: true }),
        maxSidePx: fc.integer({ min: 16, max: 16_384 }),
        shadow: fc.constantFrom("none" as const, "drop" as const, "ground" as const),
      }),
      ({ width, height, ...wish }) => {
        const box = { left: 0, top: 0, width, height };
        const { target, canvas } = placeFrame(width, height, box, { ...WISH, ...wish });
        expect(Math.max(canvas.width, canvas.height)).toBeLessThanOrEqual(wish.maxSidePx);
        expect(canvas.width * canvas.height).toBeLessThanOrEqual(WISH.maxPixels);
        expect(Math.min(target.left, target.top)).toBeGreaterThanOrEqual(0);
        expect(target.left + target.width).toBeLessThanOrEqual(canvas.width);
        expect(target.top + target.height).toBeLessThanOrEqual(canvas.height);
      },
    ),
  );
});
