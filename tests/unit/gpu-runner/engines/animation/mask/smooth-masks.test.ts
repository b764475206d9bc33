import { describe, expect, test } from "vitest";
import { smoothMask } from "../../../../../../gpu-runner/engines/animation/mask/smooth-masks.ts";

const SIDE = 64;

/** A soft disc at `x`; `noise` shifts its rim by up to so many pixels, anew for each frame. */
function disc(frame: number, x: number, noise: number): Uint8Array {
  const random = Math.sin(frame * 12.9898) * 43_758.5453;
  const jitter = noise * (random - Math.floor(random));
  return Uint8Array.from({ length: SIDE * SIDE }, (_, p) => {
    const distance = Math.hypot((p % SIDE) - x, Math.floor(p / SIDE) - SIDE / 2);
    return Math.max(0, Math.min(255, (20 + jitter - distance) * 64));
  });
}

function smoothAll(masks: readonly Uint8Array[], strength: number): Uint8Array[] {
  return masks.map((_, i) => smoothMask(masks.slice(Math.max(0, i - 2), i + 3), Math.min(i, 2), strength));
}

/** Mean change of a pixel from one frame to the next. */
function flicker(masks: readonly Uint8Array[]): number {
  let sum = 0;
  for (const [i, mask] of masks.entries()) {
    if (i > 0) for (const [p, value] of mask.entries()) sum += Math.abs(value - (masks[i - 1]?.[p] ?? 0));
  }
  return sum / (masks.length - 1) / SIDE ** 2;
}

describe("smoothMask", () => {
  test("more than halves the flicker of a subject that stands still", () => {
    const masks = Array.from({ length: 24 }, (_, i) => disc(i, SIDE / 2, 4));
    expect(flicker(smoothAll(masks, 1))).toBeLessThan(0.5 * flicker(masks));
    expect(flicker(smoothAll(masks, 0.5))).toBeLessThan(0.8 * flicker(masks));
  });

  test("drops what a single frame has or lacks", () => {
    const full = new Uint8Array(4).fill(255);
    const none = new Uint8Array(4);
    expect([...smoothMask([full, full, none, full, full], 2, 1)]).toEqual([255, 255, 255, 255]);
    expect([...smoothMask([none, none, full, none, none], 2, 1)]).toEqual([0, 0, 0, 0]);
  });

  test("leaves no trail behind a subject that moves", () => {
    const masks = Array.from({ length: 12 }, (_, i) => disc(i, 16 + 3 * i, 0));
    for (const [i, mask] of smoothAll(masks, 1).slice(2, -2).entries()) {
      const own = masks[i + 2] as Uint8Array;
      const error = mask.reduce((sum, value, p) => sum + Math.abs(value - (own[p] as number)), 0) / SIDE ** 2;
      expect(error).toBeLessThan(1.5);
    }
  });

  test("follows a cut at once", () => {
    const [a, b] = [new Uint8Array(4).fill(255), new Uint8Array(4)];
    const masks = [a, a, a, b, b, b];
    expect(smoothAll(masks, 1)).toEqual(masks);
  });

  test("changes nothing at strength 0, nor a lone frame", () => {
    const mask = disc(0, 30, 3);
    expect(smoothMask([disc(1, 30, 3), mask, disc(2, 30, 3)], 1, 0)).toEqual(mask);
    expect(smoothMask([mask], 0, 1)).toEqual(mask);
  });
});
