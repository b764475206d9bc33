import { describe, expect, test } from "vitest";
import { planView } from "../../../../../../gpu-runner/engines/animation/plan/geometry.ts";

const HD = { width: 1920, height: 1080, pixelAspect: 1 };

describe("planView", () => {
  test("makes the longest side fit and never enlarges", () => {
    expect(planView(HD, { shape: "none", maxSidePx: 720 })).toEqual({ crop: null, width: 720, height: 405 });
    const small = { width: 161, height: 91, pixelAspect: 1 };
    expect(planView(small, { shape: "none", maxSidePx: 720 })).toEqual({ crop: null, width: 161, height: 91 });
  });

  test("keeps at least one pixel", () => {
    const thin = { width: 4_000, height: 1, pixelAspect: 1 };
    expect(planView(thin, { shape: "none", maxSidePx: 100 })).toEqual({ crop: null, width: 100, height: 1 });
  });

  test("cuts a shape from the middle", () => {
    const view = planView(HD, { shape: "1:1", maxSidePx: 4_096 });
    expect(view).toEqual({ crop: { x: 420, y: 0, width: 1080, height: 1080 }, width: 1080, height: 1080 });
    expect(planView(HD, { shape: "16:9", maxSidePx: 4_096 }).crop).toBeNull();
  });

  test("makes pixels square by widening, before the shape is measured", () => {
    const pal = { width: 720, height: 576, pixelAspect: 64 / 45 };
    expect(planView(pal, { shape: "none", maxSidePx: 4_096 })).toEqual({ crop: null, width: 1024, height: 576 });
    const square = planView(pal, { shape: "1:1", maxSidePx: 4_096 });
    expect(Math.abs(square.width - square.height)).toBeLessThanOrEqual(2);
  });

  test("crops to the subject with room around it, inside the frame", () => {
    const subject = { x: 0, y: 0.5, width: 0.25, height: 0.5 };
    const { crop } = planView(HD, { shape: "1:1", subject, maxSidePx: 4_096 });
    expect(crop).toEqual({ x: 0, y: 522, width: 498, height: 558 });
  });

  test("scales the result further down when asked", () => {
    expect(planView(HD, { shape: "none", maxSidePx: 720, scale: 0.5 })).toMatchObject({ width: 360, height: 203 });
  });
});
