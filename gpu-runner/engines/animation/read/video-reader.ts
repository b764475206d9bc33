/**
 * Raw frames of a video by their numbers, from one ffmpeg that decodes on while they are taken. Far into a file it starts
 * at the key frame before, where the format allows that; if frames are missing then, it decodes from the start.
 */
import { JobFailure } from "../../../process/job-failure.ts";
import { EVERY_FRAME, FFMPEG, type FfmpegInput, readArguments } from "../tools/ffmpeg-arguments.ts";
import type { RunningTool, Toolbox } from "../tools/toolbox.ts";
import { PipeFrames } from "./pipe-frames.ts";
import type { FrameReader } from "./source.ts";

export interface VideoReaderOptions {
  readonly input: FfmpegInput;
  readonly tools: Toolbox;
  /** Time of every frame of the file, microseconds as stored. */
  readonly timesUs: readonly number[];
  /** Numbers of the wanted frames, ascending. */
  readonly indices: readonly number[];
  /** What is done to a frame, ending in raw pixels. */
  readonly filters: string;
  readonly frameBytes: number;
}

/** Below this many frames decoding from the start is no slower than seeking. */
const SEEK_FROM_FRAMES = 24;
/** Key frames may be stored a little before their time. */
const SEEK_MARGIN_US = 100_000;

export class VideoReader implements FrameReader {
  readonly #options: VideoReaderOptions;
  #at = 0;
  #open: { tool: RunningTool; frames: PipeFrames; isSeeked: boolean } | undefined;
  #isClosed = false;

  constructor(options: VideoReaderOptions) {
    this.#options = options;
  }

  async next(): Promise<Buffer> {
    this.#open ??= await this.#start(true);
    const frame = await this.#open.frames.next();
    if (frame) {
      this.#at++;
      return frame;
    }
    const { tool, isSeeked } = this.#open;
    await tool.kill();
    if (!isSeeked || this.#isClosed) {
      throw new JobFailure("engine_failed", "The video could not be decoded a second time.", { retryable: true });
    }
    this.#open = await this.#start(false);
    return this.next();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#open?.tool.kill();
  }

  async #start(maySeek: boolean): Promise<{ tool: RunningTool; frames: PipeFrames; isSeeked: boolean }> {
    const { input, tools, timesUs, indices, filters, frameBytes } = this.#options;
    const wanted = indices.slice(this.#at);
    const [first = 0] = wanted;
    const canSeek = input.demuxer === "mov" || input.demuxer === "matroska";
    const isSeeked = maySeek && canSeek && first >= SEEK_FROM_FRAMES;
    const seekS = isSeeked ? ((timesUs[first] ?? 0) - SEEK_MARGIN_US) / 1_000_000 : undefined;
    const choice = isSeeked ? selectTimes(wanted, timesUs) : selectNumbers(wanted);
    const chain = `settb=1/1000000,select='${choice}',${filters}`;
    const argv = [...FFMPEG, ...readArguments(input, seekS), "-vf", chain, ...EVERY_FRAME];
    const tool = await tools.start([...argv, "-f", "rawvideo", "pipe:1"]);
    tool.stdin.end();
    return { tool, frames: new PipeFrames(tool.stdout, frameBytes), isSeeked };
  }
}

/** ffmpeg expression that is not 0 for the frames with these numbers, counted from the file's first. */
function selectNumbers(indices: readonly number[]): string {
  return runsOf(indices)
    .map(([from, to]) => (from === to ? `eq(n,${from})` : `between(n,${from},${to})`))
    .join("+");
}

/** The same by time, for a decoder that did not start at the first frame. */
function selectTimes(indices: readonly number[], timesUs: readonly number[]): string {
  return runsOf(indices)
    .map(([from, to]) => (from === to ? `eq(pts,${timesUs[from]})` : `between(pts,${timesUs[from]},${timesUs[to]})`))
    .join("+");
}

/** Ascending numbers as runs without gaps, first and last of each. */
function runsOf(indices: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const index of indices) {
    const last = runs.at(-1);
    if (last && last[1] === index - 1) last[1] = index;
    else runs.push([index, index]);
  }
  return runs;
}
