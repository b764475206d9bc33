/**
 * GIF by ffmpeg, all frames with one palette. Transparency is on or off. A GIF with transparent pixels is drawn anew every
 * frame; an opaque one only where it changes.
 */
import { open, readFile } from "node:fs/promises";
import { CLEAR, GIF_END, gifHead, gifImage, KEEP, readGif } from "../join/gif-blocks.ts";
import { planGif } from "../plan/clock-ticks.ts";
import { FFMPEG, rawInputArguments } from "../tools/ffmpeg-arguments.ts";
import type { EncodeJob, Encoder } from "./encoder.ts";
import { feedFfmpeg } from "./feed-ffmpeg.ts";

/** Alpha from here on is drawn, the rest is a hole. */
const ALPHA_THRESHOLD = 128;
/** An ordered pattern stands still where the picture does; diffused errors crawl, pack worse and take five times as long. */
const DITHER = "bayer:bayer_scale=4";

export const gifEncoder: Encoder = {
  minUnitFrames: null,
  bytesPerPixel: 120,

  async open(job, unit, path) {
    const shown = new Set(planGif(job.durationsUs).map(({ frame }) => frame));
    const graph = `[0:v][1:v]paletteuse=dither=${DITHER}:alpha_threshold=${ALPHA_THRESHOLD}`;
    const palette = ["-f", "image2", "-c:v", "png", "-i", `file:${job.palettePath}`];
    const flags = ["-gifflags", job.hasAlpha ? "-offsetting-transdiff" : "+offsetting+transdiff"];
    const argv = [...FFMPEG, ...rawInputArguments(job.size, job.fps), ...palette, "-filter_complex", graph];
    let next = unit.from;
    const ffmpeg = await feedFfmpeg(
      job,
      [...argv, "-c:v", "gif", "-threads", "1", ...flags, "-f", "gif", `file:${path}`],
      async () => {},
    );
    return { ...ffmpeg, add: (frames) => ffmpeg.add(frames.filter(() => shown.has(next++))) };
  },

  async join(job, _units, paths, path) {
    const plan = planGif(job.durationsUs);
    const file = await open(path, "w");
    let frame = 0;
    try {
      for (const [unit, unitPath] of paths.entries()) {
        const { globalColors, images } = readGif(await readFile(unitPath));
        if (unit === 0) await file.write(gifHead(job.size, globalColors, job.loops));
        for (const image of images) {
          const hundredths = plan[frame++]?.hundredths ?? 0;
          await file.write(gifImage(image, hundredths, job.hasAlpha ? CLEAR : KEEP));
        }
      }
      if (frame !== plan.length) throw new Error("ffmpeg wrote another number of GIF frames");
      await file.write(GIF_END);
    } finally {
      await file.close();
    }
  },
};

/** Frames of the plan that a GIF leaves out because they are too short for it. */
export function framesLeftOut({ durationsUs }: Pick<EncodeJob, "durationsUs">): number {
  return durationsUs.length - planGif(durationsUs).length;
}
