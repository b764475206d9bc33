/**
 * WebM: VP9, with transparency as a second VP9 stream. ffmpeg encodes both side by side from one pass; the frames are put
 * into the container here, where their times are exact.
 */
import { open, readFile, rm, writeFile } from "node:fs/promises";
import { fillHidden } from "../compose/fill-hidden.ts";
import { type WebmFrame, WebmWriter } from "../join/webm-file.ts";
import { toTicks } from "../plan/clock-ticks.ts";
import { FFMPEG, rawInputArguments, THREADS } from "../tools/ffmpeg-arguments.ts";
import type { Encoder } from "./encoder.ts";
import { feedFfmpeg } from "./feed-ffmpeg.ts";

const MS_US = 1_000;
/** A unit begins with a key frame, which is large: make few. */
const MIN_UNIT_FRAMES = 120;
/** An unpacked unit file is read at once; frames are far smaller than this. */
const LENGTH_BYTES = 4;

export const webmEncoder: Encoder = {
  minUnitFrames: MIN_UNIT_FRAMES,
  bytesPerPixel: 260,

  open(job, _unit, path) {
    const streams = job.hasAlpha ? [`${path}.color`, `${path}.alpha`] : [`${path}.color`];
    const argv = [...FFMPEG, ...rawInputArguments(job.size, Math.min(Math.max(job.fps, 1), 120))];
    const graph = job.hasAlpha
      ? `[0:v]split[rgb][rgba];[rgb]${COLOR}[color];[rgba]${ALPHA}[alpha]`
      : `[0:v]${COLOR}[color]`;
    const quality = crf(job.quality);
    const outputs = [
      ...vp9("[color]", quality, streams[0] as string),
      ...(job.hasAlpha ? vp9("[alpha]", Math.max(quality - ALPHA_CRF_LESS, 0), streams[1] as string) : []),
    ];
    const prepare = job.hasAlpha ? fillHidden : undefined;
    return feedFfmpeg(job, [...argv, "-filter_complex", graph, ...outputs], () => pack(streams, path), prepare);
  },

  async join(job, units, paths, path) {
    const durations = toTicks(job.durationsUs, MS_US);
    const file = await open(path, "w");
    try {
      const total = durations.reduce((sum, ms) => sum + ms, 0);
      const writer = new WebmWriter(file, job.size, job.hasAlpha, total);
      await writer.begin();
      for (const [i, unit] of units.entries()) {
        const frames = unpack(await readFile(paths[i] as string), job.hasAlpha);
        if (frames.length !== unit.to - unit.from) throw new Error("ffmpeg wrote another number of VP9 frames");
        for (const [k, frame] of frames.entries()) await writer.add(frame, durations[unit.from + k] as number);
      }
      await writer.end();
    } finally {
      await file.close();
    }
  },
};

/** Alpha needs less loss than colour: edges show it first. */
const ALPHA_CRF_LESS = 10;
const COLOR = "scale=out_color_matrix=bt709:out_range=tv:flags=lanczos+accurate_rnd,format=yuv420p";
/** Alpha is luminance of full range, as WebM has it. */
const ALPHA = "alphaextract,scale=in_range=full:out_range=full,format=yuv420p";

/** libvpx's quality, 63 worst to 0 best, from 0 to 100. 75 gives 30, which libvpx's own guide uses for 720p. */
function crf(quality: number): number {
  const MIDDLE = 75;
  return Math.round(quality <= MIDDLE ? 63 - quality * 0.44 : 30 - (quality - MIDDLE) * 0.88);
}

function vp9(stream: string, quality: number, path: string): string[] {
  const rate = ["-b:v", "0", "-crf", String(quality), "-g", "9999"];
  const effort = [
    "-deadline",
    "good",
    "-cpu-used",
    "4",
    "-row-mt",
    "1",
    "-threads",
    String(THREADS),
    "-lag-in-frames",
    "12",
  ];
  const marks = ["-colorspace", "bt709", "-color_range", "tv"];
  const output = [...marks, "-fps_mode", "passthrough", "-f", "ivf", `file:${path}`];
  return ["-map", stream, "-c:v", "libvpx-vp9", ...rate, ...effort, ...output];
}

/** Puts the streams of a unit into one file: per frame the length and the data of each. */
async function pack(streams: readonly string[], path: string): Promise<void> {
  const frames = await Promise.all(streams.map(async (stream) => readIvf(await readFile(stream))));
  const [color = [], alpha] = frames;
  if (alpha && alpha.length !== color.length) throw new Error("ffmpeg wrote fewer frames of alpha than of colour");
  const pieces = color.flatMap((data, i) => (alpha ? [data, alpha[i] as Buffer] : [data]).flatMap(withLength));
  await writeFile(path, Buffer.concat(pieces));
  await Promise.all(streams.map((stream) => rm(stream)));
}

function withLength(data: Buffer): Buffer[] {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(data.length);
  return [length, data];
}

function unpack(file: Buffer, hasAlpha: boolean): WebmFrame[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const end = at + LENGTH_BYTES + file.readUInt32LE(at);
    pieces.push(file.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  const step = hasAlpha ? 2 : 1;
  return Array.from({ length: pieces.length / step }, (_, i) => {
    const color = pieces[i * step] as Buffer;
    const alpha = hasAlpha ? (pieces[i * step + 1] as Buffer) : null;
    return { color, alpha, isKey: isKeyFrame(color) && (alpha === null || isKeyFrame(alpha)) };
  });
}

/** VP9 bitstream specification, 6.2: marker, profile, then `show_existing_frame` and `frame_type`, 0 for a key frame. */
function isKeyFrame(data: Buffer): boolean {
  return ((data[0] as number) & 0b1100_1100) === 0b1000_0000;
}

/** https://wiki.multimedia.cx/index.php/IVF: a head of 32 bytes, then per frame its length, its time and its data. */
function readIvf(file: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = file.readUInt16LE(6); at + 12 <= file.length; ) {
    const end = at + 12 + file.readUInt32LE(at);
    frames.push(file.subarray(at + 12, end));
    at = end;
  }
  return frames;
}
