import sharp from "sharp";
import { describe, expect, test } from "vitest";
import {
  fileHead,
  frameChunk,
  readWebpFrames,
  splitFrames,
  type WebpFrame,
} from "../../../../../../gpu-runner/engines/animation/join/webp-container.ts";

const CANVAS = { width: 20, height: 10 };

/** A frame that fills its box with one colour. */
async function frame(color: string, more: Partial<WebpFrame> = {}): Promise<WebpFrame> {
  const box = more.box ?? { x: 0, y: 0, ...CANVAS };
  const file = await sharp({ create: { width: box.width, height: box.height, channels: 4, background: color } })
    .webp({ lossless: true })
    .toBuffer();
  const [still] = readWebpFrames(file, box) as [WebpFrame];
  return { ...still, ...more, box };
}

function assemble(frames: readonly WebpFrame[]): Buffer {
  const chunks = frames.map(frameChunk);
  return Buffer.concat([
    fileHead(
      CANVAS,
      true,
      3,
      chunks.reduce((sum, { length }) => sum + length, 0),
    ),
    ...chunks,
  ]);
}

/** RGBA of the pixel at the top left and at the bottom right of every frame, as libwebp shows it. */
async function corners(file: Buffer): Promise<string[]> {
  const pixels = await sharp(file, { pages: -1 }).ensureAlpha().raw().toBuffer();
  const bytes = CANVAS.width * CANVAS.height * 4;
  return Array.from({ length: pixels.length / bytes }, (_, i) => {
    const shown = pixels.subarray(i * bytes, (i + 1) * bytes);
    return `${shown.subarray(0, 4).toString("hex")} ${shown.subarray(-4).toString("hex")}`;
  });
}

describe("splitFrames", () => {
  test("gives merged frames their number back, and they show the same", async () => {
    const merged = [await frame("#f00", { durationMs: 100 }), await frame("#00f", { durationMs: 40 })];
    const file = assemble(splitFrames(merged, [30, 30, 40, 40]));
    const { pages, delay, loop } = await sharp(file, { pages: -1 }).metadata();
    expect({ pages, delay, loop }).toEqual({ pages: 4, delay: [30, 30, 40, 40], loop: 3 });
    const [red, blue] = ["ff0000ff ff0000ff", "0000ffff 0000ffff"];
    expect(await corners(file)).toEqual([red, red, red, blue]);
  });

  test("clears a frame's box only after the last frame that stands for it", async () => {
    const box = { x: 0, y: 0, width: 10, height: 10 };
    const frames = [
      await frame("#0f08", { box, durationMs: 80, clears: true, blends: true }),
      await frame("#00f", { box: { ...box, x: 10 }, durationMs: 40, blends: true }),
    ];
    const green = "00ff0088 00000000";
    expect(await corners(assemble(splitFrames(frames, [40, 40, 40])))).toEqual([green, green, "00000000 0000ffff"]);
  });

  test("takes a still picture for all the frames that look like it", async () => {
    const file = assemble(splitFrames([await frame("#f00")], [10, 20, 30]));
    expect((await sharp(file, { pages: -1 }).metadata()).delay).toEqual([10, 20, 30]);
  });

  test("refuses durations that are not the encoder's", async () => {
    const merged = [await frame("#f00", { durationMs: 100 }), await frame("#00f", { durationMs: 10 })];
    expect(() => splitFrames(merged, [60, 60])).toThrow("other durations");
    expect(() => splitFrames(merged, [100, 10, 5])).toThrow("fewer frames");
  });
});

test("readWebpFrames reads back what frameChunk wrote", async () => {
  const box = { x: 4, y: 2, width: 7, height: 5 };
  const frames = [
    await frame("#123456", { durationMs: 70 }),
    await frame("#ffffff", { box, durationMs: 11, blends: true }),
  ];
  expect(readWebpFrames(assemble(frames), CANVAS)).toEqual(frames);
});
