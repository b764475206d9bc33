/** Short clips for tests of `animate`, made with ffmpeg, and what decoding an animation shows. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import sharp from "sharp";

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 500_000_000;

/** Runs ffmpeg; `args` end with the path of the result. */
export async function ffmpeg(...args: string[]): Promise<void> {
  await run("ffmpeg", ["-nostdin", "-loglevel", "error", "-y", ...args]);
}

/** Frames of an animation, as RGBA, and when each begins, in milliseconds; the end comes last. */
export interface DecodedAnimation {
  readonly width: number;
  readonly height: number;
  readonly timesMs: readonly number[];
  readonly frames: readonly Buffer[];
}

/** Decodes an animation by tools that had no part in making its container: libvips for WebP, ffmpeg for the rest. */
export async function decodeAnimation(path: string): Promise<DecodedAnimation> {
  return path.endsWith(".webp") ? await decodeWebp(path) : await decodeWithFfmpeg(path);
}

async function decodeWebp(path: string): Promise<DecodedAnimation> {
  const { width, height, pageHeight = height, delay = [0] } = await sharp(path, { pages: -1 }).metadata();
  const pixels = await sharp(path, { pages: -1 }).ensureAlpha().raw().toBuffer();
  const timesMs = [0];
  for (const ms of delay) timesMs.push((timesMs.at(-1) ?? 0) + ms);
  return { width, height: pageHeight, timesMs, frames: cut(pixels, width * pageHeight * 4) };
}

async function decodeWithFfmpeg(path: string): Promise<DecodedAnimation> {
  const format = path.endsWith(".apng") ? ["-f", "apng"] : [];
  const show = ["-show_entries", "stream=width,height:packet=pts_time,duration_time", "-of", "json"];
  const { stdout } = await run("ffprobe", ["-loglevel", "error", ...format, ...show, path]);
  const { streams, packets } = JSON.parse(stdout) as {
    streams: { width: number; height: number }[];
    packets: { pts_time: string; duration_time: string }[];
  };
  const { width = 0, height = 0 } = streams[0] ?? {};
  const last = packets.at(-1);
  const times = [
    ...packets.map(({ pts_time }) => Number(pts_time)),
    Number(last?.pts_time) + Number(last?.duration_time),
  ];
  const decoder = path.endsWith(".webm") ? ["-c:v", "libvpx-vp9"] : [];
  const output = ["-fps_mode", "passthrough", "-enc_time_base", "1:1000000", "-f", "rawvideo", "-pix_fmt", "rgba", "-"];
  const decoded = await run("ffmpeg", ["-loglevel", "error", ...decoder, ...format, "-i", path, ...output], {
    encoding: "buffer",
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return {
    width,
    height,
    timesMs: times.map((seconds) => Math.round(seconds * 1_000)),
    frames: cut(decoded.stdout, width * height * 4),
  };
}

function cut(pixels: Buffer, bytes: number): Buffer[] {
  return Array.from({ length: pixels.length / bytes }, (_, i) => pixels.subarray(i * bytes, (i + 1) * bytes));
}
