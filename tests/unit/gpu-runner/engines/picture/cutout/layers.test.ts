/** Straight alpha over straight alpha. */
import { expect, test } from "vitest";
import { layOver } from "../../../../../../gpu-runner/engines/picture/cutout/layers.ts";

const over = (top: number[], bottom: number[]) => [...layOver(Buffer.from(top), Buffer.from(bottom))];

test("an opaque pixel hides what is below, an invisible one leaves it as it is", () => {
  expect(over([1, 2, 3, 255], [9, 9, 9, 255])).toEqual([1, 2, 3, 255]);
  expect(over([1, 2, 3, 0], [9, 8, 7, 40])).toEqual([9, 8, 7, 40]);
});

test("a half-transparent pixel over nothing keeps its colour", () => {
  expect(over([200, 100, 50, 100], [0, 0, 0, 0])).toEqual([200, 100, 50, 100]);
});

test("colours mix by their share of the alpha", () => {
  // a = 0.4 + 0.6 × 0.6 = 0.76; (0.4 × 255 + 0.36 × 0) / 0.76
  expect(over([255, 0, 0, 102], [0, 0, 255, 153])).toEqual([134, 0, 121, 194]);
});
