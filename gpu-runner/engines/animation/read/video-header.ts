/**
 * What ffprobe says of a file before a frame is decoded: codec, size, rotation, and the time of every packet. Refuses what
 * holds no video and what is too large, in a few megabytes however hostile the file.
 */
import { MAX_VIDEO_SIDE_PX } from "#contract/limits.ts";
import { JobFailure } from "../../../process/job-failure.ts";
import type { SourceShape } from "../plan/geometry.ts";
import { type FfmpegInput, probeArguments } from "../tools/ffmpeg-arguments.ts";
import { isRefusal, type Toolbox } from "../tools/toolbox.ts";

export interface VideoHeader {
  readonly codec: string;
  readonly pixelFormat: string;
  /** Upright. */
  readonly shape: SourceShape;
  /** Set when the transparency of VP8 or VP9 is in the file, which ffmpeg's own decoders leave out. */
  readonly hasAlphaLayer: boolean;
  /** Transfer function, e.g. `smpte2084`. */
  readonly transfer: string;
  readonly matrix: string;
  /** As the file says, or null. */
  readonly durationS: number | null;
  /** When each packet shows and how long, microseconds, by time. Of a whole file about one a frame. */
  readonly packets: readonly { readonly timeUs: number; readonly durationUs: number }[];
}

/** A video of `MAX_VIDEO_S` at 240 frames a second; what has more is no video. */
const MAX_PACKETS = 150_000;
const ENTRIES = [
  "stream=codec_name,pix_fmt,width,height,sample_aspect_ratio,color_transfer,color_space,duration",
  "stream_tags=alpha_mode,DURATION",
  "stream_side_data=rotation",
  "format=duration",
  "packet=pts_time,duration_time",
].join(":");

/** Reads the header of a video. Throws a JobFailure input_invalid or input_too_large. */
export async function readVideoHeader(input: FfmpegInput, filename: string, tools: Toolbox): Promise<VideoHeader> {
  const { stream, format, packets } = await probe(input, filename, tools);
  const width = Number(stream.get("width"));
  const height = Number(stream.get("height"));
  if (!stream.has("codec_name") || !(width > 0 && height > 0)) {
    throw new JobFailure(
      "input_invalid",
      `${filename} holds no moving picture, only sound or nothing at all. Upload a video.`,
    );
  }
  if (Math.max(width, height) > MAX_VIDEO_SIDE_PX) {
    throw new JobFailure(
      "input_too_large",
      `${filename} is ${width} × ${height} px; videos up to ${MAX_VIDEO_SIDE_PX} px a side are taken. Make it smaller first.`,
    );
  }
  if (packets.length === 0) {
    throw new JobFailure("input_invalid", `${filename} has no frames. It may be cut off: export it again.`);
  }
  const isOnSide = Math.abs(Number(stream.get("side_data|rotation") ?? 0)) % 180 === 90;
  const aspect = readRatio(stream.get("sample_aspect_ratio"));
  const shape = isOnSide
    ? { width: height, height: width, pixelAspect: 1 / aspect }
    : { width, height, pixelAspect: aspect };
  const durationS = [stream.get("duration"), stream.get("tag:DURATION"), format.get("duration")].map(readSeconds);
  return {
    codec: stream.get("codec_name") as string,
    pixelFormat: stream.get("pix_fmt") ?? "unknown",
    shape,
    hasAlphaLayer: stream.get("tag:alpha_mode") === "1",
    transfer: stream.get("color_transfer") ?? "unknown",
    matrix: stream.get("color_space") ?? "unknown",
    durationS: durationS.find((seconds) => seconds !== null) ?? null,
    packets: packets.sort((a, b) => a.timeUs - b.timeUs),
  };
}

interface Probed {
  readonly stream: ReadonlyMap<string, string>;
  readonly format: ReadonlyMap<string, string>;
  readonly packets: { timeUs: number; durationUs: number }[];
}

async function probe(input: FfmpegInput, filename: string, tools: Toolbox): Promise<Probed> {
  const packets: { timeUs: number; durationUs: number }[] = [];
  const sections = new Map<string, Map<string, string>>();
  const argv = [...probeArguments(input), "-show_entries", ENTRIES, "-of", "compact"];
  try {
    await tools.run(argv, (line) => {
      const [section = "", ...fields] = line.split("|");
      // Side data follow in the same line, after a field without a value that names the section.
      const values = new Map(fields.map((field) => splitField(field)));
      if (section !== "packet") sections.set(section, values);
      else if (packets.length > MAX_PACKETS) return;
      else if (Number.isFinite(Number(values.get("pts_time")))) {
        packets.push({ timeUs: toUs(values.get("pts_time")), durationUs: toUs(values.get("duration_time")) });
      }
    });
  } catch (cause) {
    if (!isRefusal(cause)) throw cause;
    throw new JobFailure(
      "input_invalid",
      `${filename} can't be read: its beginning is damaged, or it is cut off. Export it again and upload the new file.`,
      { cause },
    );
  }
  if (packets.length > MAX_PACKETS) {
    throw new JobFailure("input_too_large", `${filename} has more than ${MAX_PACKETS} frames. Cut it first.`);
  }
  const none = new Map<string, string>();
  return { stream: sections.get("stream") ?? none, format: sections.get("format") ?? none, packets };
}

function splitField(field: string): [string, string] {
  const at = field.indexOf("=");
  const name = at === -1 ? field : field.slice(0, at);
  return [name.endsWith("rotation") ? "side_data|rotation" : name, at === -1 ? "" : field.slice(at + 1)];
}

function toUs(seconds: string | undefined): number {
  const value = Math.round(Number(seconds ?? 0) * 1_000_000);
  return Number.isFinite(value) ? value : 0;
}

/** "16:15" → 16/15; what is no ratio means square pixels. */
function readRatio(text: string | undefined): number {
  const [across = 0, down = 0] = (text ?? "").split(":").map(Number);
  const ratio = across / down;
  return ratio > 0.1 && ratio < 10 ? ratio : 1;
}

/** "5.28" or "00:00:05.280000000" → seconds. */
function readSeconds(text: string | undefined): number | null {
  const parts = (text ?? "").split(":").map(Number);
  const seconds = parts.reduce((sum, part) => sum * 60 + part, 0);
  return text !== undefined && seconds > 0 ? seconds : null;
}
