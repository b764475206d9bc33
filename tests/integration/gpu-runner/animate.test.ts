/**
 * `animate` on real clips and made ones: what came out is decoded by programs that had no part in it. Needs the Python
 * environments that `npm run setup` makes, ffmpeg and img2webp.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnimateParams } from "../../../contract/job-types/animate.ts";
import { engineSettings, loadLocalConfig } from "../../../gpu-runner/config.ts";
import { closeEngines, type Engines, makeEngines } from "../../../gpu-runner/engines/engines.ts";
import { runLocal } from "../../../gpu-runner/run-local.ts";
import { type DecodedAnimation, decodeAnimation, ffmpeg } from "../../helpers/clips.ts";
import { animatedPng } from "../../helpers/hostile-files.ts";
import { sampleClip } from "../../helpers/samples.ts";

const ALL = ["webp", "apng", "gif", "webm"] as const;
let engines: Engines;
let dir: string;
let numbered = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "kiln-animate-"));
  engines = makeEngines(engineSettings({ ...loadLocalConfig(), workRoot: dir }, 1, () => {}));
  engines.animation.warm();
});
afterAll(async () => {
  await closeEngines(engines);
  await rm(dir, { recursive: true });
});

/** Runs the job; returns its manifest and its decoded files. */
async function animate(inputs: string[], params: Partial<AnimateParams>, progress: number[] = []) {
  const outDir = join(dir, `out-${++numbered}`);
  const observer = {
    onProgress: ({ percent }: { percent: number | null }) => void progress.push(percent ?? 0),
    onLog: () => {},
  };
  const run = { engines, workRoot: dir, signal: AbortSignal.timeout(60_000), observer };
  const { manifest } = await runLocal({ type: "animate", params, inputs, outDir }, run);
  return { manifest, outDir, decode: (format: string) => decodeAnimation(join(outDir, `animation.${format}`)) };
}

/** A clip made by ffmpeg from a generated picture source. */
async function clip(name: string, source: string, ...args: string[]): Promise<string> {
  const path = join(dir, name);
  await ffmpeg("-f", "lavfi", "-i", source, ...args, path);
  return path;
}

function pixel({ frames, width }: DecodedAnimation, frame: number, x: number, y: number): number[] {
  return [...(frames[frame] as Buffer).subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
}

/** How much of width and height lies between the outermost visible pixels of all frames. */
function spanOf({ frames, width, height }: DecodedAnimation): [number, number] {
  const columns = new Set<number>();
  const rows = new Set<number>();
  for (const frame of frames) {
    for (let p = 0; p < width * height; p++) {
      if ((frame[4 * p + 3] ?? 0) < 64) continue;
      columns.add(p % width);
      rows.add(Math.floor(p / width));
    }
  }
  const span = (all: Set<number>) => Math.max(...all) - Math.min(...all) + 1;
  return [span(columns) / width, span(rows) / height];
}

/** A disc on nothing that moves to the right, its rim soft. */
const DISC = "geq=r=250:g='N*8':b=20:a='clip(255*(16-hypot(X-20-N*2,Y-20))/3,0,255)'";

describe("animate", () => {
  test("makes every format of a real clip with all its frames and its exact length", async () => {
    const progress: number[] = [];
    const params = { formats: [...ALL], endS: 1, maxSidePx: 96, poster: true, spriteSheet: true };
    const { manifest, decode, outDir } = await animate([sampleClip("carphone_pristine.mp4")], params, progress);
    expect(manifest.artifacts.map(({ name }) => name)).toEqual([
      ...ALL.map((format) => `animation.${format}`),
      "poster.png",
      "sprite-sheet.png",
      "sprite-sheet.json",
      "preview.webp",
    ]);
    for (const format of ALL) {
      const { frames, timesMs, width, height } = await decode(format);
      expect({ format, frames: frames.length, times: timesMs.length }).toEqual({ format, frames: 30, times: 31 });
      expect(timesMs.at(-1)).toBe(1_000);
      expect([width, height]).toEqual([96, 72]);
    }
    expect(manifest.report).toMatchObject({
      frames: 30,
      durationS: 1,
      source: { codec: "h264", variableFrameRate: false },
    });
    const sheet = JSON.parse(await readFile(join(outDir, "sprite-sheet.json"), "utf8"));
    expect(sheet).toMatchObject({ frameWidth: 96, frameHeight: 72, durationMs: 1_000 });
    expect(sheet.frames).toHaveLength(30);
    expect(progress.length).toBeGreaterThan(10);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  test("keeps each frame's own time where the rate varies, there and back", async () => {
    const uneven = [
      "-vf",
      "settb=1/1000,setpts='N*40+floor(N/3)*110'",
      "-fps_mode",
      "passthrough",
      "-enc_time_base",
      "1:90000",
    ];
    const path = await clip("vfr.mp4", "testsrc=s=64x48:r=25:d=0.36", ...uneven, "-c:v", "libx264");
    const { decode, manifest } = await animate([path], { formats: ["webp", "apng", "webm"], direction: "boomerang" });
    const times = [0, 40, 80, 230, 270, 310, 460, 500, 540];
    expect(manifest.report).toMatchObject({ source: { frames: 9, variableFrameRate: true } });
    for (const format of ["webp", "apng", "webm"]) {
      const { timesMs } = await decode(format);
      expect(timesMs.slice(0, 9)).toEqual(times);
      expect(timesMs).toHaveLength(17);
    }
  });

  test("keeps the transparency of VP9 and VP8 videos in every format, frame by frame", async () => {
    for (const [codec, formats] of [
      ["libvpx-vp9", [...ALL]],
      ["libvpx", ["apng"]],
    ] as const) {
      const alpha = ["-vf", `format=gbrap,${DISC}`, "-pix_fmt", "yuva420p", "-auto-alt-ref", "0", "-c:v", codec];
      const path = await clip(`${codec}.webm`, "color=s=101x41:r=10:d=1.8", ...alpha);
      const { decode } = await animate([path], { formats: [...formats], quality: 90 });
      for (const format of formats) {
        const decoded = await decode(format);
        expect(decoded.frames).toHaveLength(18);
        for (const frame of [0, 17]) {
          const [red = 0, , , alphaInside] = pixel(decoded, frame, 20 + 2 * frame, 20);
          expect({ format, frame, isRed: red > 200, alphaInside }).toEqual({
            format,
            frame,
            isRed: true,
            alphaInside: 255,
          });
          expect(pixel(decoded, frame, 98, 2)[3]).toBeLessThan(8);
          expect(pixel(decoded, frame, 20 + 2 * ((frame + 16) % 32), 39)[3]).toBeLessThan(8);
        }
      }
    }
  });

  test("plays a film from a phone upright, backwards, on a colour, and twice as fast", async () => {
    const landscape = await clip(
      "landscape.mp4",
      "color=blue:s=64x32:r=10:d=1",
      "-vf",
      "drawbox=w=16:h=32:color=red:t=fill",
    );
    const path = join(dir, "phone.mp4");
    await ffmpeg("-i", landscape, "-metadata:s:v", "rotate=90", "-c", "copy", path);
    const { decode } = await animate([path], { formats: ["gif", "webm"], speed: 2, direction: "reverse" });
    for (const format of ["gif", "webm"]) {
      const decoded = await decode(format);
      expect([decoded.width, decoded.height, decoded.frames.length, decoded.timesMs.at(-1)]).toEqual([32, 64, 10, 500]);
      const [top, bottom] = [pixel(decoded, 5, 16, 4), pixel(decoded, 5, 16, 60)];
      // ffmpeg turns by the display matrix: the left side comes to the top or to the bottom, never stays left.
      expect([top, bottom].filter(([red = 0, , blue = 0]) => red > blue)).toHaveLength(1);
    }
  });

  test("takes pictures from a zip in natural order, of other sizes too, and frames of an odd size", async () => {
    const files: Record<string, Uint8Array> = {};
    for (const [name, level, width] of [
      ["f10", 200, 51],
      ["f9", 120, 102],
      ["f1", 40, 51],
    ] as const) {
      const image = sharp({
        create: { width, height: (width * 33) / 51, channels: 3, background: { r: level, g: level, b: level } },
      });
      files[`${name}.png`] = await image.png().toBuffer();
    }
    const path = join(dir, "frames.zip");
    await writeFile(path, zipSync(files));
    const { manifest, decode } = await animate([path], { formats: [...ALL], fps: 4 });
    expect(manifest.warnings).toEqual([expect.stringContaining("1 of 3 pictures have another size")]);
    for (const format of ALL) {
      const decoded = await decode(format);
      expect([decoded.width, decoded.height, decoded.timesMs.at(-1)]).toEqual([51, 33, 750]);
      const levels = [0, 1, 2].map((frame) => pixel(decoded, frame, 25, 16)[0] ?? 0);
      for (const [i, level] of [40, 120, 200].entries()) expect(Math.abs((levels[i] ?? 0) - level)).toBeLessThan(6);
    }
  });

  test("keeps the number of frames where neighbours are alike, in a picture of one pixel as well", async () => {
    const path = await clip("still.mkv", "color=gray:s=16x16:r=10:d=2", "-vf", "scale=1:1", "-c:v", "ffv1");
    const { decode } = await animate([path], { formats: [...ALL] });
    for (const format of ALL) {
      const { frames, timesMs, width, height } = await decode(format);
      expect([format, frames.length, timesMs.at(-1), width, height]).toEqual([format, 20, 2_000, 1, 1]);
    }
  });

  test("keeps every file at or below the size asked for", async () => {
    const params = {
      formats: ["webp", "webm"] as AnimateParams["formats"],
      endS: 0.8,
      maxSidePx: 160,
      maxBytes: 20_000,
    };
    const { manifest } = await animate([sampleClip("carphone_pristine.mp4")], params);
    const sizes = manifest.artifacts.filter(({ name }) => name.startsWith("animation.")).map(({ bytes }) => bytes);
    expect(sizes).toHaveLength(2);
    for (const bytes of sizes) expect(bytes).toBeLessThanOrEqual(20_000);
    for (const bytes of sizes) expect(bytes).toBeGreaterThan(8_000);
    expect(manifest.warnings).toEqual([]);
  });

  test("cuts the subject out of a real clip and crops to it", async () => {
    const params = { removeBackground: true, fps: 3, startS: 1, endS: 3, maxSidePx: 240, crop: "subject" } as const;
    const { manifest, decode } = await animate([sampleClip("bigbuckbunny.mp4")], { ...params, formats: ["webp"] });
    const decoded = await decode("webp");
    expect(decoded.frames).toHaveLength(6);
    expect(spanOf(decoded).every((share) => share > 0.85)).toBe(true);
    for (const frame of decoded.frames) {
      const alpha = frame.filter((_, i) => i % 4 === 3);
      const seen = alpha.filter((value) => value > 200).length / alpha.length;
      expect(seen).toBeGreaterThan(0.1);
      expect(seen).toBeLessThan(0.8);
    }
    expect(manifest.report).toMatchObject({ model: "u2netp", resumedFrames: 0 });
  });
});

describe("animate refuses", () => {
  const cases: [string, () => Promise<string>, Partial<AnimateParams>, RegExp][] = [
    ["sound without a picture", () => clip("sound.mp4", "sine=d=1"), {}, /only sound/],
    [
      "a playlist named like a video",
      () => file("list.mp4", "#EXTM3U\n#EXTINF:1,\nhttp://localhost/a.ts\n"),
      {},
      /HLS/,
    ],
    ["a video cut off before its index", cutOff, {}, /cut off/],
    ["an APNG of 10,000 frames", () => file("many.png", animatedPng(10_000)), {}, /10000 frames; up to 3600/],
    ["an end before the start", async () => sampleClip("bikes.mp4"), { startS: 3, endS: 2 }, /must lie after/],
    ["a start after the end of the film", async () => sampleClip("bikes.mp4"), { startS: 30 }, /nothing between/],
  ];

  async function file(name: string, content: string | Buffer): Promise<string> {
    await writeFile(join(dir, name), content);
    return join(dir, name);
  }

  async function cutOff(): Promise<string> {
    return file("cut.mp4", (await readFile(sampleClip("bikes.mp4"))).subarray(0, 200_000));
  }

  test.each(cases)("%s", async (_, make, params, message) => {
    await expect(animate([await make()], params)).rejects.toThrow(message);
  });

  test("a model that is not allowed before anything is read", async () => {
    const params = { removeBackground: true, model: "bria-rmbg" };
    await expect(animate([sampleClip("bikes.mp4")], params)).rejects.toMatchObject({ code: "model_not_allowed" });
  });
});

test("uses what can be decoded of a film that breaks off, and says so", async () => {
  const whole = join(dir, "whole.mkv");
  await ffmpeg("-i", sampleClip("bikes.mp4"), "-t", "2", "-vf", "scale=64:-2", "-g", "10", whole);
  const broken = join(dir, "broken.mkv");
  const bytes = await readFile(whole);
  await writeFile(broken, bytes.subarray(0, Math.floor(bytes.length * 0.8)));
  const { manifest } = await animate([broken], { formats: ["webp"] });
  expect(manifest.warnings).toEqual([expect.stringMatching(/is cut off: 1\.\d s of 2\.0 s/)]);
});
