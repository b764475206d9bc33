/** Sliders over ranges of any width. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SLIDER_STEPS, toPosition, toSliderValue } from "../../../../pages/src/features/parameters/slider-scale.ts";

const RANGES = [
  { min: 0.1, max: 500, integer: false },
  { min: 1, max: 2_000, integer: false },
  { min: 0, max: 50, integer: false },
  { min: -5_000, max: 5_000, integer: false },
  { min: -0.5, max: 5, integer: false },
  { min: 1, max: 16, integer: true },
  { min: 0, max: 600_000, integer: true },
];

describe.each(RANGES)("a slider from $min to $max", (range) => {
  test("reaches both ends exactly", () => {
    expect(toPosition(range, range.min)).toBeCloseTo(0);
    expect(toPosition(range, range.max)).toBeCloseTo(SLIDER_STEPS);
    expect(toSliderValue(range, 0, range.max)).toBe(range.min);
    expect(toSliderValue(range, SLIDER_STEPS, range.min)).toBe(range.max);
  });

  test("stays in its range, and shows whole numbers where only those are allowed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: SLIDER_STEPS }),
        fc.double({ min: range.min, max: range.max, noNaN: true }),
        (position, from) => {
          const value = toSliderValue(range, position, from);
          expect(value).toBeGreaterThanOrEqual(range.min);
          expect(value).toBeLessThanOrEqual(range.max);
          if (range.integer && Number.isInteger(from)) expect(Number.isInteger(value)).toBe(true);
        },
      ),
    );
  });

  test("moves with every press of an arrow key until its end", () => {
    for (const direction of [1, -1]) {
      const end = direction === 1 ? range.max : range.min;
      let value = direction === 1 ? range.min : range.max;
      for (let presses = 0; value !== end; presses++) {
        // The browser moves from the rounded position it shows.
        const shown = Math.round(toPosition(range, value));
        const next = toSliderValue(range, Math.min(SLIDER_STEPS, Math.max(0, shown + direction)), value);
        expect((next - value) * direction).toBeGreaterThan(0);
        value = next;
        expect(presses).toBeLessThan(3_000);
      }
    }
  });
});

test("useful lengths are not crowded at one end of a wide range", () => {
  const position = toPosition({ min: 0.1, max: 500, integer: false }, 4) / SLIDER_STEPS;
  expect(position).toBeGreaterThan(0.3);
  expect(position).toBeLessThan(0.6);
});

test("a range across zero has zero in the middle", () => {
  expect(toPosition({ min: -5_000, max: 5_000, integer: false }, 0)).toBe(SLIDER_STEPS / 2);
});
