import { describe, expect, test } from "vitest";
import { fitSize, SCALES } from "../../../../../../gpu-runner/engines/animation/fit/fit-size.ts";

/** Bytes of an imaginary encoder, and how often it was asked. */
function encoder(fullBytes: number) {
  const asked = { times: 0 };
  const estimate = async (quality: number, scale: number) => {
    asked.times++;
    return fullBytes * scale ** 2 * (0.2 + 0.8 * (quality / 100) ** 2);
  };
  return { asked, estimate };
}

const WISHES = { quality: 80, hasQuality: true, correction: 1 };

describe("fitSize", () => {
  test("keeps the wished quality when that fits, after two estimates", async () => {
    const { asked, estimate } = encoder(100_000);
    expect(await fitSize({ ...WISHES, maxBytes: 100_000 }, estimate)).toMatchObject({
      quality: 80,
      scale: 1,
      fits: true,
    });
    expect(asked.times).toBe(2);
  });

  test("lowers quality before size, to just below the limit", async () => {
    const { estimate } = encoder(100_000);
    const fit = await fitSize({ ...WISHES, maxBytes: 50_000 }, estimate);
    expect(fit).toMatchObject({ scale: 1, fits: true });
    expect(fit.quality).toBeLessThan(80);
    expect(fit.estimateBytes).toBeLessThanOrEqual(50_000);
    expect(await estimate(fit.quality + 6, 1)).toBeGreaterThan(50_000 * 0.97);
  });

  test("lowers the size where low quality alone is not enough, to the largest that fits", async () => {
    const { estimate } = encoder(100_000);
    const fit = await fitSize({ ...WISHES, maxBytes: 5_000 }, estimate);
    expect(fit.fits).toBe(true);
    expect(fit.estimateBytes).toBeLessThanOrEqual(5_000);
    const larger = SCALES[SCALES.indexOf(fit.scale) - 1] as number;
    expect(await estimate(30, larger)).toBeGreaterThan(5_000 * 0.97);
  });

  test("asks for little more than the size allows when quality has no part in it", async () => {
    const { asked, estimate } = encoder(1_000_000);
    const fit = await fitSize({ ...WISHES, hasQuality: false, maxBytes: 60_000 }, estimate);
    expect(fit).toMatchObject({ quality: 80, fits: true });
    expect(asked.times).toBeLessThanOrEqual(5);
  });

  test("gives the smallest there is, and says that it does not fit", async () => {
    const { estimate } = encoder(1e9);
    expect(await fitSize({ ...WISHES, maxBytes: 10_000 }, estimate)).toMatchObject({
      quality: 0,
      scale: SCALES.at(-1),
      fits: false,
    });
  });

  test("aims lower when earlier estimates were too low", async () => {
    const { estimate } = encoder(100_000);
    const first = await fitSize({ ...WISHES, maxBytes: 50_000 }, estimate);
    const second = await fitSize({ ...WISHES, maxBytes: 50_000, correction: 1.3 }, estimate);
    expect(second.estimateBytes * 1.3).toBeLessThanOrEqual(50_000);
    expect(second.quality).toBeLessThan(first.quality);
  });
});
