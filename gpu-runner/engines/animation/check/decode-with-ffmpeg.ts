/** Decodes a finished APNG, GIF or WebM with ffmpeg, by the same code that reads users' files. */
import { readFrameTimes } from "../read/frame-times.ts";
import { readVideoHeader } from "../read/video-header.ts";
import type { FfmpegInput } from "../tools/ffmpeg-arguments.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import type { Decoded } from "./decoded.ts";

const DEMUXERS = { apng: "apng", gif: "gif", webm: "matroska" } as const;

/** Decodes every frame of the file. Throws when it is broken. */
export async function decodeWithFfmpeg(
  path: string,
  format: keyof typeof DEMUXERS,
  tools: Toolbox,
  onFrame: () => void,
): Promise<Decoded> {
  const demuxer: FfmpegInput["demuxer"] = DEMUXERS[format];
  const header = await readVideoHeader({ path, demuxer }, `The ${format} file`, tools);
  const decoder = header.hasAlphaLayer ? "libvpx-vp9" : undefined;
  const wishes = { checksAlpha: true, untilUs: Number.POSITIVE_INFINITY, onFrame };
  const decoded = await readFrameTimes({ path, demuxer, decoder }, wishes, tools);
  if (decoded.complaints.length > 0) throw new Error(`${format}: ${decoded.complaints.join("; ")}`);
  const start = decoded.timesUs[0] ?? 0;
  const last = header.packets.at(-1);
  return {
    frames: decoded.timesUs.length,
    durationMs: ((last?.timeUs ?? 0) + (last?.durationUs ?? 0) - start) / 1000,
    hasTransparency: decoded.hasTransparency,
    size: header.shape,
  };
}
