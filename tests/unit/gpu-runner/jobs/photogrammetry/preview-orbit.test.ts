import { expect, test } from "vitest";
import { previewOrbit } from "../../../../../gpu-runner/jobs/photogrammetry/preview-orbit.ts";

const at = (azimuthDeg: number, elevationDeg: number) => {
  const [azimuth, elevation] = [(azimuthDeg * Math.PI) / 180, (elevationDeg * Math.PI) / 180];
  const level = 3 * Math.cos(elevation);
  return { position: [level * Math.sin(azimuth), 3 * Math.sin(elevation), level * Math.cos(azimuth)] };
};

test("photos from all around: the preview looks from the side of the first one", () => {
  const cameras = [100, 160, 220, 280, 340, 40].map((azimuth) => at(azimuth, 25));
  expect(previewOrbit(cameras).azimuthDeg).toBeCloseTo(100);
  expect(previewOrbit(cameras).elevationDeg).toBeCloseTo(25);
});

test("photos from one side: the preview looks from their middle", () => {
  expect(previewOrbit([at(-60, 20), at(-20, 20), at(20, 20)]).azimuthDeg).toBeCloseTo(-20);
});

test("the preview looks neither flat along the ground nor straight down", () => {
  expect(previewOrbit([at(0, -5)]).elevationDeg).toBe(12);
  expect(previewOrbit([at(0, 85)]).elevationDeg).toBe(40);
});
