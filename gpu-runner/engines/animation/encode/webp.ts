/** Animated WebP by img2webp. A unit's file holds its frames as they will stand in the finished file. */
import { open, readFile, rm, stat, writeFile } from "node:fs/promises";
import sharp from "sharp";
import { readFrame } from "../compose/frame-file.ts";
import { appendFile } from "../join/append-file.ts";
import {
  coversCanvas,
  fileHead,
  frameChunk,
  readWebpFrames,
  splitFrames,
  type WebpFrame,
} from "../join/webp-container.ts";
import { toTicks } from "../plan/clock-ticks.ts";
import type { EncodeJob, Encoder, UnitEncoder } from "./encoder.ts";

const MS_US = 1_000;
/** libwebp's effort, 0 to 6: more than this takes much longer and saves a few percent. */
const METHOD = { lossy: 4, mixed: 3, lossless: 2 } as const;
/** Of a lossless picture "quality" is effort, too. */
const LOSSLESS_EFFORT = 40;

export const webpEncoder: Encoder = {
  minUnitFrames: null,
  bytesPerPixel: 45,

  async open(job, unit, path): Promise<UnitEncoder> {
    const durations = toTicks(job.durationsUs, MS_US).slice(unit.from, unit.to);
    return {
      add: (frames) => encode(job, frames, durations, path),
      finish: async () => {},
    };
  },

  async join(job, _units, paths, path) {
    const sizes = await Promise.all(paths.map(async (unit) => (await stat(unit)).size));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const file = await open(path, "w");
    try {
      await file.write(fileHead(job.size, job.hasAlpha, job.loops, total));
      for (const unit of paths) await appendFile(file, unit);
    } finally {
      await file.close();
    }
  },
};

async function encode(
  job: EncodeJob,
  frames: readonly string[],
  durations: readonly number[],
  path: string,
): Promise<void> {
  const whole = `${path}.webp`;
  const options = [`-${job.compression}`, "-q", effort(job), "-m", String(METHOD[job.compression])];
  const timed = frames.flatMap((frame, i) => ["-d", String(durations[i]), frame]);
  await job.tools.run(["img2webp", "-o", whole, ...options, ...timed]);
  const [first, ...rest] = splitFrames(readWebpFrames(await readFile(whole), job.size), durations);
  const start = await standalone(job, first as WebpFrame, frames[0] as string);
  await writeFile(path, [start, ...rest].map(frameChunk));
  await rm(whole);
}

function effort({ compression, quality }: EncodeJob): string {
  return String(compression === "lossless" ? LOSSLESS_EFFORT : quality);
}

/**
 * The first frame of a unit, so that it shows the same after whatever frame comes before it. The encoder assumes an empty
 * canvas and leaves transparent borders out; then the whole frame is encoded by itself.
 */
async function standalone(job: EncodeJob, frame: WebpFrame, path: string): Promise<WebpFrame> {
  if (coversCanvas(frame, job.size)) return { ...frame, blends: false };
  const rgba = await readFrame(path, job.size);
  const image = sharp(rgba, { raw: { ...job.size, channels: 4 } });
  const quality = Math.max(1, Math.round(job.quality));
  const modes = job.compression === "mixed" ? [true, false] : [job.compression === "lossless"];
  const files = await Promise.all(
    modes.map((lossless) => image.clone().webp({ quality, lossless, effort: METHOD[job.compression] }).toBuffer()),
  );
  const smallest = files.reduce((best, file) => (file.length < best.length ? file : best));
  const [still] = readWebpFrames(smallest, job.size) as [WebpFrame];
  return { ...still, durationMs: frame.durationMs, clears: false };
}
