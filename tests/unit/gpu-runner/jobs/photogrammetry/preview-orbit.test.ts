import { expect, test } from "vitest";
import { previewOrbit } from "../../../../../gpu-runner/jobs/photogrammetry/preview-orbit.ts";

/** A camera 3 m from the origin. */
const at = (elevationDeg: number) => {
  const elevation = (elevationDeg * Math.PI) / 180;
  return { position: [0, 3 * Math.sin(elevation), 3 * Math.cos(elevation)] };
};

test("the preview looks from the front, as high as the middle photo", () => {
  const { azimuthDeg, elevationDeg } = previewOrbit([at(70), at(25), at(10)]);
  expect(Math.abs(azimuthDeg)).toBeLessThan(30);
  expect(elevationDeg).toBeCloseTo(25);
});

test("the preview looks neither flat along the ground nor straight down", () => {
  expect(previewOrbit([at(-5)]).elevationDeg).toBe(12);
  expect(previewOrbit([at(85)]).elevationDeg).toBe(40);
});
