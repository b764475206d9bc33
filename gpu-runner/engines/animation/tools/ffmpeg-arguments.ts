/** What every command line of ffmpeg and ffprobe has in common: nothing but files and pipes, a fixed demuxer, few threads. */
import { availableParallelism } from "node:os";

/** A file that ffmpeg may read: the demuxer is fixed by the file's signature, never guessed. */
export interface FfmpegInput {
  readonly path: string;
  readonly demuxer: "mov" | "matroska" | "gif" | "apng";
  /** A decoder other than ffmpeg's own choice. */
  readonly decoder?: string | undefined;
}

/** More threads than this make a decoder take memory rather than less time. */
const MAX_THREADS = 4;

/** Threads of one decoder or encoder. */
export const THREADS = Math.min(availableParallelism(), MAX_THREADS);

const QUIET = ["-hide_banner", "-loglevel", "error"];
const PROTOCOLS = ["-protocol_whitelist", "file,pipe"];

/** `ffmpeg` up to and without its first input. */
export const FFMPEG: readonly string[] = ["ffmpeg", ...QUIET, "-nostdin", "-y", "-filter_complex_threads", "1"];

/** ffmpeg's arguments for reading a file with the times as stored; `seekS` starts at the key frame before. */
export function readArguments({ path, demuxer, decoder }: FfmpegInput, seekS?: number): string[] {
  const seek = seekS === undefined ? [] : ["-noaccurate_seek", "-ss", seekS.toFixed(6)];
  const chosen = decoder === undefined ? [] : ["-c:v", decoder];
  const input = [...PROTOCOLS, "-threads", String(THREADS), ...chosen, "-f", demuxer, "-i", `file:${path}`];
  return ["-copyts", ...seek, ...input, "-map", "0:V:0"];
}

/**
 * Every frame goes out once, with its own time in microseconds: in the file's frame rate two frames of a variable one can
 * fall on the same number, and ffmpeg drops the second.
 */
export const EVERY_FRAME: readonly string[] = ["-fps_mode", "passthrough", "-enc_time_base", "1:1000000"];

/** `ffprobe` for a file, up to what it shall show. */
export function probeArguments({ path, demuxer }: FfmpegInput): string[] {
  return ["ffprobe", ...QUIET, ...PROTOCOLS, "-f", demuxer, "-i", `file:${path}`, "-select_streams", "V:0"];
}

/** ffmpeg's arguments for raw RGBA frames on stdin. The rate only guides encoders: real times are put in afterwards. */
export function rawInputArguments({ width, height }: { width: number; height: number }, fps: number): string[] {
  const shape = ["-pix_fmt", "rgba", "-s", `${width}x${height}`];
  return [...PROTOCOLS, "-f", "rawvideo", ...shape, "-framerate", String(fps), "-i", "pipe:0"];
}
