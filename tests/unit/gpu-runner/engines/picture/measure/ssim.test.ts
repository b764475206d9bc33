/** SSIM: its known values, and the same number as scikit-image gives for a picture that can be made in both. */
import { describe, expect, test } from "vitest";
import { PictureComparer } from "../../../../../../gpu-runner/engines/picture/measure/compare-pictures.ts";
import { ssim, ssimReference } from "../../../../../../gpu-runner/engines/picture/measure/ssim.ts";

const WIDTH = 64;
const HEIGHT = 48;

function plane(value: (x: number, y: number) => number, width = WIDTH, height = HEIGHT) {
  const values = Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width)));
  return { values, width, height };
}
/** A picture without randomness: bands, a diagonal and a small pattern. */
const scene = plane((x, y) => (x * 4 + y * 3 + (x % 7) * (y % 5) * 6) % 256);
const changed = plane((x, y) => (scene.values[y * WIDTH + x] as number) * 0.8 + 20 + ((x * y) % 9) * 4);
/** structural_similarity(scene, changed, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255) */
const SCIKIT_IMAGE = 0.93743;

describe("ssim", () => {
  test("is 1 for the same picture", () => {
    expect(ssim(ssimReference(scene), scene.values)).toBeCloseTo(1, 6);
  });

  test("is what scikit-image's structural_similarity gives (gaussian weights, σ 1.5, no sample covariance)", () => {
    expect(ssim(ssimReference(scene), changed.values)).toBeCloseTo(SCIKIT_IMAGE, 4);
  });

  test("of two plain pictures depends on their brightness alone, as equation 6 of the paper", () => {
    const [a, b] = [100, 150];
    const c1 = (0.01 * 255) ** 2;
    const expected = (2 * a * b + c1) / (a * a + b * b + c1);
    expect(ssim(ssimReference(plane(() => a)), plane(() => b).values)).toBeCloseTo(expected, 4);
  });

  test("falls as noise grows", () => {
    const noisy = (strength: number) =>
      plane((x, y) => 128 + 40 * Math.sin(x / 5) + strength * (((x * 7919 + y * 104729) % 17) / 8 - 1));
    const reference = ssimReference(noisy(0));
    const values = [5, 15, 40].map((strength) => ssim(reference, noisy(strength).values));
    expect(values[0]).toBeGreaterThan(values[1] as number);
    expect(values[1]).toBeGreaterThan(values[2] as number);
  });

  test.each([
    [1, 1],
    [1, 40],
    [7, 3],
  ])("is a number for a picture of %d × %d px, smaller than a window", (width, height) => {
    const small = plane((x, y) => 40 * x + 20 * y, width, height);
    expect(ssim(ssimReference(small), small.values)).toBeCloseTo(1, 6);
  });
});

describe("comparing pictures", () => {
  const rgba = (color: readonly [number, number, number, number], half?: readonly [number, number, number, number]) =>
    Buffer.from(
      Array.from({ length: WIDTH * HEIGHT }, (_, i) => (half && i % WIDTH >= WIDTH / 2 ? half : color)).flat(),
    );

  test("finds nothing between a picture and itself", () => {
    const picture = rgba([10, 90, 200, 255], [255, 255, 255, 0]);
    const comparer = new PictureComparer({ rgba: picture, width: WIDTH, height: HEIGHT });
    const { ssim: likeness, deltaE } = comparer.compare(picture);
    expect(likeness).toBeCloseTo(1, 6);
    expect(deltaE).toBe(0);
  });

  test("sees white painted where nothing was, which a white ground alone would hide", () => {
    const comparer = new PictureComparer({
      rgba: rgba([10, 90, 200, 255], [0, 0, 0, 0]),
      width: WIDTH,
      height: HEIGHT,
    });
    const { ssim: likeness, deltaE } = comparer.compare(rgba([10, 90, 200, 255], [255, 255, 255, 255]));
    expect(likeness).toBeLessThan(0.7);
    expect(deltaE).toBeGreaterThan(40);
  });

  test("sees a change of colour that leaves the brightness as it is", () => {
    const comparer = new PictureComparer({ rgba: rgba([255, 0, 0, 255]), width: WIDTH, height: HEIGHT });
    const { ssim: likeness, deltaE } = comparer.compare(rgba([0, 130, 0, 255]));
    expect(likeness).toBeGreaterThan(0.99);
    expect(deltaE).toBeGreaterThan(50);
  });

  test("refuses pictures of different sizes", () => {
    const comparer = new PictureComparer({ rgba: rgba([0, 0, 0, 255]), width: WIDTH, height: HEIGHT });
    expect(() => comparer.compare(Buffer.alloc(16))).toThrow("different sizes");
  });
});
