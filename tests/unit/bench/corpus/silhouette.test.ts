/** The corpus's own measures: they must tell right from wrong before they judge anything. */
import { expect, test } from "vitest";
import { loadLogos, sample } from "../../../../bench/corpus/logo-sets.ts";
import { overlap, rasterMesh, rasterSvg } from "../../../../bench/corpus/silhouette.ts";

const svg = (body: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="100" height="100">${body}</svg>`;
/** Two triangles over a rectangle. */
const rectangle = (width: number, height: number) => ({
  positions: Float32Array.of(0, 0, 0, width, 0, 0, width, height, 0, 0, height, 0),
  triangles: Uint32Array.of(0, 1, 2, 0, 2, 3),
});

test("a mesh of the same shape at another place and scale overlaps wholly", () => {
  const reference = rasterSvg(svg('<rect x="20" y="30" width="60" height="30"/>'));
  expect(overlap(reference, rasterMesh(rectangle(6, 3), reference))).toBeGreaterThan(0.999);
});

test("a filled hole counts against the overlap by its area", () => {
  const reference = rasterSvg(svg('<path fill-rule="evenodd" d="M10 10H90V90H10ZM30 30H70V70H30Z"/>'));
  expect(overlap(reference, rasterMesh(rectangle(80, 80), reference))).toBeCloseTo(0.75, 2);
});

test("a mirrored shape does not overlap", () => {
  const reference = rasterSvg(svg('<path d="M10 10H90L10 90Z"/>'));
  const wrong = { positions: Float32Array.of(0, 0, 0, 1, 0, 0, 1, 1, 0), triangles: Uint32Array.of(0, 1, 2) };
  expect(overlap(reference, rasterMesh(wrong, reference))).toBeLessThan(0.4);
});

test("what is fully transparent is not part of the silhouette", () => {
  const reference = rasterSvg(
    svg('<rect width="100" height="100" opacity="0"/><rect x="20" y="20" width="40" height="20"/>'),
  );
  expect(reference.width / reference.height).toBeCloseTo(2, 2);
});

test("a seed always draws the same logos, another seed others", async () => {
  const logos = await loadLogos("simple-icons");
  expect(logos.length).toBeGreaterThan(3_000);
  const names = (seed: number) => sample(logos, 20, seed).map((logo) => logo.name);
  expect(names(1)).toEqual(names(1));
  expect(names(1)).not.toEqual(names(2));
  expect(new Set(names(1)).size).toBe(20);
});
