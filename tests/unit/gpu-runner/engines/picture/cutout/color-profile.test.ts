/** A profile is put into files that stay valid, and the pixels stay as they are. */
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import {
  attachPngProfile,
  attachWebpProfile,
} from "../../../../../../gpu-runner/engines/picture/cutout/color-profile.ts";

const RAW = { width: 5, height: 3, channels: 4 } as const;
const PIXELS = Buffer.from(Array.from({ length: 60 }, (_, i) => (i % 4 === 3 ? 255 - i : (i * 37) % 256)));
let profile: Buffer;

beforeAll(async () => {
  const p3 = await sharp(PIXELS, { raw: RAW }).withIccProfile("p3").png().toBuffer();
  profile = (await sharp(p3).metadata()).icc as Buffer;
});

const pixelsOf = (file: Buffer) => sharp(file, { ignoreIcc: true }).raw().toBuffer();

describe("a profile in", () => {
  test("PNG", async () => {
    const png = attachPngProfile(await sharp(PIXELS, { raw: RAW }).png().toBuffer(), profile);
    expect((await sharp(png).metadata()).icc).toEqual(profile);
    expect(await pixelsOf(png)).toEqual(PIXELS);
  });

  test("PNG that says something else of its colours: only the profile is left", async () => {
    const png = await sharp(PIXELS, { raw: RAW }).withIccProfile("srgb").png().toBuffer();
    const again = attachPngProfile(png, profile);
    expect((await sharp(again).metadata()).icc).toEqual(profile);
    expect(again.toString("latin1").match(/iCCP/g)).toHaveLength(1);
  });

  test("lossless WebP with alpha and without", async () => {
    for (const image of [sharp(PIXELS, { raw: RAW }), sharp(PIXELS, { raw: RAW }).removeAlpha()]) {
      const webp = await image.webp({ lossless: true, exact: true }).toBuffer();
      const tagged = attachWebpProfile(webp, profile);
      expect(await sharp(tagged).metadata()).toMatchObject({ width: 5, height: 3, format: "webp" });
      expect((await sharp(tagged).metadata()).hasAlpha).toBe((await sharp(webp).metadata()).hasAlpha);
      expect((await sharp(tagged).metadata()).icc).toEqual(profile);
      expect(await pixelsOf(tagged)).toEqual(await pixelsOf(webp));
    }
  });
});

test("a lossy WebP is not taken", async () => {
  const webp = await sharp(PIXELS, { raw: RAW }).removeAlpha().webp({ quality: 50 }).toBuffer();
  expect(() => attachWebpProfile(webp, profile)).toThrow("not a lossless WebP");
});
