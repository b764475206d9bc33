/** Pictures of every kind become the same upright 8-bit RGBA; what may not be decoded is refused by its header. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { encode as encodeBmp } from "bmp-ts";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DecodeOptions, decodePicture } from "../../../../../../gpu-runner/engines/picture/read/decode-picture.ts";
import { readHeader } from "../../../../../../gpu-runner/engines/picture/read/read-header.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "kiln-picture-"));
});
afterAll(() => rm(dir, { recursive: true }));

/** 3 × 2 px: red, green, blue above black, white and half-transparent magenta. */
const RGBA = Buffer.from([
  ...[255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255],
  ...[0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 255, 128],
]);
const picture = (): Sharp => sharp(RGBA, { raw: { width: 3, height: 2, channels: 4 } });

async function read(bytes: Buffer, options: DecodeOptions = {}) {
  const path = join(dir, `${Math.random()}.bin`);
  await writeFile(path, bytes);
  const header = await readHeader(path, "a.png");
  return { header, ...(await decodePicture(path, "a.png", header, options)) };
}
const pixel = (rgba: Buffer, index: number) => [...rgba.subarray(4 * index, 4 * index + 4)];

describe("decoding a picture", () => {
  it.each([
    ["image/png", () => picture().png().toBuffer()],
    ["image/webp", () => picture().webp({ lossless: true, exact: true }).toBuffer()],
    ["image/tiff", () => picture().tiff({ compression: "lzw" }).toBuffer()],
  ] as const)("keeps colours and alpha of %s", async (type, make) => {
    const { header, rgba } = await read(await make());
    expect(header).toMatchObject({ type, width: 3, height: 2, hasAlpha: true, frames: 1 });
    expect(rgba.equals(RGBA)).toBe(true);
  });

  it("reads 24-bit and 32-bit BMP, top row first", async () => {
    const abgr = Buffer.alloc(RGBA.length);
    for (let i = 0; i < RGBA.length; i += 4) abgr.set([255, ...RGBA.subarray(i, i + 3).toReversed()], i);
    for (const bitPP of [24, 32] as const) {
      const bmp = encodeBmp({ data: abgr, width: 3, height: 2, bitPP }).data;
      const { header, rgba } = await read(Buffer.from(bmp));
      expect(header).toMatchObject({ type: "image/bmp", width: 3, height: 2 });
      expect(pixel(rgba, 0)).toEqual([255, 0, 0, 255]);
      expect(pixel(rgba, 4)).toEqual([255, 255, 255, 255]);
    }
  });

  it("takes a 32-bit BMP whose alpha is 0 everywhere for opaque", async () => {
    const abgr = Buffer.from([0, 10, 20, 30]);
    const { rgba } = await read(Buffer.from(encodeBmp({ data: abgr, width: 1, height: 1, bitPP: 32 }).data));
    expect(pixel(rgba, 0)).toEqual([30, 20, 10, 255]);
  });

  it("takes the first frame of a GIF, and keeps its transparency", async () => {
    const frames = Buffer.concat([
      Buffer.from([255, 0, 0, 255, 0, 0, 0, 0]),
      Buffer.from([0, 0, 255, 255, 0, 0, 255, 255]),
    ]);
    const gif = await sharp(frames, { raw: { width: 2, height: 2, channels: 4, pageHeight: 1 } })
      .gif({ delay: [100, 100] })
      .toBuffer();
    const { header, rgba, width, height } = await read(gif);
    expect(header).toMatchObject({ type: "image/gif", width: 2, height: 1, frames: 2 });
    expect([width, height]).toEqual([2, 1]);
    expect(pixel(rgba, 0)).toEqual([255, 0, 0, 255]);
    expect(pixel(rgba, 1)[3]).toBe(0);
  });

  it("turns a picture upright as its EXIF orientation says", async () => {
    const { header, rgba, width, height } = await read(
      await picture().png().withMetadata({ orientation: 6 }).toBuffer(),
    );
    expect([header.width, header.height, width, height]).toEqual([2, 3, 2, 3]);
    // Orientation 6 is turned clockwise: the left column's lower pixel (black) comes first.
    expect(pixel(rgba, 0)).toEqual([0, 0, 0, 255]);
    expect(pixel(rgba, 1)).toEqual([255, 0, 0, 255]);
  });

  it("converts CMYK, grey and 16 bits to 8-bit RGB", async () => {
    const red = sharp({ create: { width: 8, height: 8, channels: 3, background: "#e02020" } });
    const cmyk = await read(await red.clone().toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer());
    const [r, g, b, a] = pixel(cmyk.rgba, 0) as [number, number, number, number];
    expect(r).toBeGreaterThan(180);
    expect(Math.max(g, b)).toBeLessThan(90);
    expect(a).toBe(255);
    const grey = await read(await red.clone().greyscale().png().toBuffer());
    expect(new Set(pixel(grey.rgba, 0).slice(0, 3)).size).toBe(1);
    const deep = await read(await red.clone().toColourspace("rgb16").png().toBuffer());
    expect(pixel(deep.rgba, 0)).toEqual([0xe0, 0x20, 0x20, 255]);
  });

  it("keeps the values of a picture in its own colour profile when asked, else converts them to sRGB", async () => {
    const p3 = await sharp({ create: { width: 4, height: 4, channels: 3, background: "#ff0000" } })
      .withIccProfile("p3")
      .png()
      .toBuffer();
    const kept = await read(p3, { keepProfile: true });
    const { data } = await sharp(p3, { ignoreIcc: true }).raw().toBuffer({ resolveWithObject: true });
    expect(pixel(kept.rgba, 0).slice(0, 3)).toEqual([...data.subarray(0, 3)]);
    expect(kept.profile?.length).toBeGreaterThan(100);
    const converted = await read(p3);
    expect(converted.profile).toBeNull();
    expect(pixel(converted.rgba, 0)[0]).toBeGreaterThanOrEqual(254);
  });

  it("scales a larger picture down to the asked side, never up", async () => {
    const png = await sharp({ create: { width: 400, height: 100, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    expect(await read(png, { maxSidePx: 200 })).toMatchObject({ width: 200, height: 50 });
    expect(await read(png, { maxSidePx: 800 })).toMatchObject({ width: 400, height: 100 });
  });

  it("refuses a picture that is cut off", async () => {
    const noise = { type: "gaussian", mean: 120, sigma: 60 } as const;
    const create = { width: 300, height: 300, channels: 3, background: "red", noise } as const;
    for (const bytes of [await sharp({ create }).png().toBuffer(), await sharp({ create }).jpeg().toBuffer()]) {
      await expect(read(bytes.subarray(0, bytes.length / 2))).rejects.toMatchObject({ code: "input_invalid" });
    }
    const bmp = Buffer.from(encodeBmp({ data: Buffer.alloc(4 * 50 * 50, 9), width: 50, height: 50, bitPP: 24 }).data);
    await expect(read(bmp.subarray(0, 1_000))).rejects.toMatchObject({ code: "input_invalid" });
  });

  it("refuses 30,000 × 30,000 pixels by the header alone, whatever the format", async () => {
    const png = await picture().png().toBuffer();
    png.writeUInt32BE(30_000, 16);
    png.writeUInt32BE(30_000, 20);
    png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
    const bmp = Buffer.alloc(54);
    bmp.write("BM");
    bmp.writeUInt32LE(40, 14);
    bmp.writeInt32LE(30_000, 18);
    bmp.writeInt32LE(-30_000, 22);
    bmp.writeUInt16LE(24, 28);
    for (const bytes of [png, bmp]) await expect(read(bytes)).rejects.toMatchObject({ code: "input_too_large" });
  });

  it("says what a file is that is no picture", async () => {
    await expect(read(Buffer.from("%PDF-1.7 …"))).rejects.toThrow(/a\.png is PDF\. Save it as PNG/);
    await expect(read(Buffer.from("hello"))).rejects.toThrow(/no picture that Kiln knows/);
  });
});
