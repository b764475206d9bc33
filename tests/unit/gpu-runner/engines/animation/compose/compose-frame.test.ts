import { describe, expect, test } from "vitest";
import { composeFrame, parseColor } from "../../../../../../gpu-runner/engines/animation/compose/compose-frame.ts";
import { fillHidden } from "../../../../../../gpu-runner/engines/animation/compose/fill-hidden.ts";

describe("composeFrame", () => {
  test("multiplies alpha with the mask and says how low it became", () => {
    const rgba = Buffer.from([10, 20, 30, 255, 10, 20, 30, 128]);
    expect(composeFrame(rgba, Buffer.from([255, 128]), null)).toBe(64);
    expect([...rgba]).toEqual([10, 20, 30, 255, 10, 20, 30, 64]);
  });

  test("leaves no colour where nothing can be seen", () => {
    const rgba = Buffer.from([200, 100, 50, 255]);
    expect(composeFrame(rgba, Buffer.from([0]), null)).toBe(0);
    expect([...rgba]).toEqual([0, 0, 0, 0]);
  });

  test("puts the background colour behind and is opaque then", () => {
    const rgba = Buffer.from([0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 51]);
    expect(composeFrame(rgba, null, parseColor("#ff8000"))).toBe(255);
    expect([...rgba]).toEqual([255, 128, 0, 255, 255, 255, 255, 255, 255, 153, 51, 255]);
  });
});

test("fillHidden gives hidden pixels the colour beside them and leaves visible ones and far ones alone", () => {
  const size = { width: 40, height: 8 };
  const rgba = Buffer.alloc(40 * 8 * 4);
  rgba.set([90, 60, 30, 255], 0);
  fillHidden(rgba, size);
  expect([...rgba.subarray(0, 8)]).toEqual([90, 60, 30, 255, 90, 60, 30, 0]);
  expect([...rgba.subarray(15 * 4, 15 * 4 + 4)]).toEqual([90, 60, 30, 0]);
  expect([...rgba.subarray(16 * 4, 16 * 4 + 4)]).toEqual([0, 0, 0, 0]);
});
