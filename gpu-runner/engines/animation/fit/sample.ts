/** A few runs of frames that stand for the whole animation when its size is estimated. */
import { join } from "node:path";
import sharp from "sharp";
import type { FrameFeed } from "../compose/frame-feed.ts";
import { readFrame, writeFrame } from "../compose/frame-file.ts";
import type { Chunk } from "../plan/chunks.ts";
import type { Size } from "../plan/geometry.ts";

/** One run, its frames as files of the full size. */
export interface SampleRun {
  readonly chunk: Chunk;
  readonly frames: readonly string[];
}

/** Up to this many frames the sample is everything. */
const ALL_UP_TO = 48;
const RUNS = 3;
const RUN_FRAMES = 16;

/** Which frames to take of `count`: runs spread evenly, each whole so that what encoders save between frames counts. */
export function sampleChunks(count: number): Chunk[] {
  if (count <= ALL_UP_TO) return [{ from: 0, to: count }];
  return Array.from({ length: RUNS }, (_, i) => {
    const from = Math.round(((2 * i + 1) * count) / (2 * RUNS) - RUN_FRAMES / 2);
    return { from, to: from + RUN_FRAMES };
  });
}

/** Makes the frames of all runs under `dir`. */
export async function takeSample(feed: FrameFeed, chunks: readonly Chunk[], dir: string): Promise<SampleRun[]> {
  const runs: SampleRun[] = [];
  for (const [i, chunk] of chunks.entries()) runs.push({ chunk, frames: await feed.take(join(dir, `run-${i}`)) });
  return runs;
}

/** The frames of a run in another size, under `dir`, which exists. */
export async function scaleRun(run: SampleRun, from: Size, to: Size, dir: string): Promise<string[]> {
  if (from.width === to.width && from.height === to.height) return [...run.frames];
  const scaled = new Map<string, string>();
  for (const frame of run.frames) {
    if (scaled.has(frame)) continue;
    const path = join(dir, `${scaled.size}.pam`);
    const image = sharp(await readFrame(frame, from), { raw: { ...from, channels: 4 } });
    await writeFrame(
      path,
      to,
      await image
        .resize({ ...to, fit: "fill" })
        .raw()
        .toBuffer(),
    );
    scaled.set(frame, path);
  }
  return run.frames.map((frame) => scaled.get(frame) as string);
}
