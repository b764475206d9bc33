import { describe, expect, test } from "vitest";
import { planSheet } from "../../../../../../gpu-runner/engines/animation/encode/sprite-sheet.ts";

describe("planSheet", () => {
  test("has a place for every frame, in a sheet that is about square", () => {
    const { columns, rows, cell } = planSheet(50, { width: 320, height: 180 });
    expect(columns * rows).toBeGreaterThanOrEqual(50);
    expect(cell).toEqual({ width: 320, height: 180 });
    expect((columns * 320) / (rows * 180)).toBeGreaterThan(0.6);
    expect((columns * 320) / (rows * 180)).toBeLessThan(1.7);
  });

  test.each([
    [3_600, { width: 1_920, height: 1_080 }],
    [3_600, { width: 4_096, height: 16 }],
    [1, { width: 1, height: 1 }],
    [7, { width: 1, height: 4_096 }],
  ])("keeps %d frames of %o within what a picture may be", (frames, size) => {
    const { columns, rows, cell } = planSheet(frames, size);
    expect(columns * rows).toBeGreaterThanOrEqual(frames);
    expect(columns * cell.width).toBeLessThanOrEqual(16_384);
    expect(rows * cell.height).toBeLessThanOrEqual(16_384);
    expect(columns * cell.width * rows * cell.height).toBeLessThanOrEqual(24_000_000);
    expect(Math.min(cell.width, cell.height)).toBeGreaterThanOrEqual(1);
  });
});
