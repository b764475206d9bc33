/** A video, GIF or APNG as a source: checked by its header, then decoded once for the time of every frame. */
import { MAX_FRAMES, MAX_VIDEO_S } from "#contract/limits.ts";
import { JobFailure } from "../../../process/job-failure.ts";
import { type PlanWishes, planFrames, type SourceFrame, totalUs } from "../plan/frame-plan.ts";
import type { FfmpegInput } from "../tools/ffmpeg-arguments.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import { type DecodedTimes, readFrameTimes } from "./frame-times.ts";
import type { Source } from "./source.ts";
import { isHdr, viewFilters } from "./video-filters.ts";
import { readVideoHeader, type VideoHeader } from "./video-header.ts";
import { VideoReader } from "./video-reader.ts";

const DEMUXERS: Readonly<Record<string, FfmpegInput["demuxer"]>> = {
  "video/mp4": "mov",
  "video/quicktime": "mov",
  "video/webm": "matroska",
  "video/x-matroska": "matroska",
  "image/gif": "gif",
  "image/png": "apng",
};
const ALPHA_DECODERS: Readonly<Record<string, string>> = { vp8: "libvpx", vp9: "libvpx-vp9" };
/** Names of ffmpeg's pixel formats that have alpha; `pal8` may. */
const ALPHA_FORMATS = /^(yuva|rgba|bgra|argb|abgr|gbrap|ya\d|pal8)/;
const US_PER_S = 1_000_000;
const FALLBACK_FRAME_US = 40_000;
/** A broken video is used when at least this share of it can be decoded. */
const MIN_DECODED_SHARE = 0.5;
/** Less missing than this share of a video is not worth a word. */
const MISSED_SHARE = 0.02;

/** Whether files of this media type are read as a video here. */
export function isVideoType(type: string): boolean {
  return type in DEMUXERS;
}

/**
 * Reads a video's facts and frame times; `wishes` says which part is needed. Throws a JobFailure input_invalid (no video,
 * damaged, nothing between start and end) or input_too_large (side, length, number of frames).
 */
export async function readVideo(
  file: { readonly path: string; readonly filename: string; readonly type: string },
  wishes: PlanWishes,
  tools: Toolbox,
  onProgress: (fraction: number) => void,
): Promise<Source> {
  const { path, filename, type } = file;
  const demuxer = DEMUXERS[type] as FfmpegInput["demuxer"];
  const header = await readVideoHeader({ path, demuxer }, filename, tools);
  const decoder = header.hasAlphaLayer ? ALPHA_DECODERS[header.codec] : undefined;
  const input = { path, demuxer, decoder };
  const startUs = header.packets[0]?.timeUs ?? 0;
  const announced = framesOfPackets(header);
  checkPlan(announced, wishes, filename);
  const endUs = wishes.endS === undefined ? Number.POSITIVE_INFINITY : wishes.endS * US_PER_S;
  const lengthUs = Math.min(totalUs(announced), endUs);
  const decoded = await readFrameTimes(
    input,
    {
      checksAlpha: decoder !== undefined || ALPHA_FORMATS.test(header.pixelFormat),
      untilUs: startUs + endUs,
      onFrame: (timeUs) => onProgress(Math.min((timeUs - startUs) / lengthUs, 1)),
    },
    tools,
  );
  const frames = framesOfTimes(decoded.timesUs, header);
  const promisedUs = Math.max(lengthUs, Math.min((header.durationS ?? 0) * US_PER_S, endUs));
  const warnings = judge(frames, promisedUs, decoded, filename);
  checkPlan(frames, wishes, filename);
  const canTonemap = isHdr(header.transfer) && (await hasTonemap(tools));
  if (isHdr(header.transfer) && !canTonemap) {
    warnings.push(`${filename} is HDR and this runner can't map its colours: they may look pale.`);
  }
  const facts = { ...header.shape, ...header, hasAlpha: decoded.hasTransparency };
  return {
    type: type === "image/png" ? "image/apng" : type,
    codec: header.codec,
    shape: header.shape,
    frames,
    whole: describeWhole(wishes.endS === undefined ? frames : announced),
    hasAlpha: decoded.hasTransparency,
    warnings,
    open: (indices, view, channels) =>
      new VideoReader({
        input,
        tools,
        timesUs: decoded.timesUs,
        indices,
        filters: viewFilters(facts, view, channels, canTonemap),
        frameBytes: view.width * view.height * channels,
      }),
  };
}

/** What the packets promise: one frame each. Durations are the distances between them; the last one's is its own. */
function framesOfPackets({ packets }: VideoHeader): SourceFrame[] {
  return withDurations(
    packets.map(({ timeUs }) => timeUs),
    packets.at(-1)?.durationUs ?? 0,
  );
}

/** Facts of a row of frames, for the report. */
function describeWhole(frames: readonly SourceFrame[]): Source["whole"] {
  return { frames: frames.length, durationUs: totalUs(frames) };
}

function framesOfTimes(timesUs: readonly number[], { packets }: VideoHeader): SourceFrame[] {
  const last = timesUs.at(-1) ?? 0;
  const own = packets.findLast(({ timeUs }) => Math.abs(timeUs - last) <= 1)?.durationUs ?? 0;
  return withDurations(timesUs, own);
}

function withDurations(timesUs: readonly number[], lastDurationUs: number): SourceFrame[] {
  const [start = 0] = timesUs;
  const steps = timesUs.slice(1).map((timeUs, i) => timeUs - (timesUs[i] ?? 0));
  const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? FALLBACK_FRAME_US;
  return timesUs.map((timeUs, i) => ({
    timeUs: timeUs - start,
    durationUs: steps[i] ?? (lastDurationUs > 0 ? lastDurationUs : usual),
  }));
}

/** Refuses what would become too long or nothing, as soon as it is known. */
function checkPlan(frames: readonly SourceFrame[], wishes: PlanWishes, filename: string): void {
  const plan = planFrames(frames, { ...wishes, speed: 1, direction: "forward" });
  if (plan.length === 0) {
    const lengthS = (totalUs(frames) / US_PER_S).toFixed(2);
    throw new JobFailure(
      "input_invalid",
      `${filename} is ${lengthS} s long: there is nothing between start and end. Choose an earlier start or a later end.`,
    );
  }
  if (totalUs(plan) > MAX_VIDEO_S * US_PER_S) {
    throw new JobFailure(
      "input_too_large",
      `${filename} lasts ${Math.round(totalUs(plan) / US_PER_S)} s; up to ${MAX_VIDEO_S} s are taken. Set a start and an end.`,
    );
  }
  const count = planFrames(frames, wishes).length;
  if (count > MAX_FRAMES) {
    throw new JobFailure(
      "input_too_large",
      `${filename} would give ${count} frames; up to ${MAX_FRAMES} are taken. Set fewer frames per second, or a start and an end.`,
    );
  }
}

/** Warnings about a file that ffmpeg found broken; refuses one of which too little can be decoded. */
function judge(
  frames: readonly SourceFrame[],
  promisedUs: number,
  { complaints }: DecodedTimes,
  filename: string,
): string[] {
  const decodedUs = totalUs(frames);
  const share = promisedUs > 0 ? decodedUs / promisedUs : 1;
  if (frames.length === 0 || (complaints.length > 0 && share < MIN_DECODED_SHARE)) {
    throw new JobFailure(
      "input_invalid",
      `${filename} can't be decoded: it is damaged or cut off. Export it again and upload the new file.`,
      { cause: complaints.join("\n") },
    );
  }
  if (complaints.length === 0) return [];
  const seconds = (us: number) => (us / US_PER_S).toFixed(1);
  return share < 1 - MISSED_SHARE
    ? [`${filename} is cut off: ${seconds(decodedUs)} s of ${seconds(promisedUs)} s could be decoded and are used.`]
    : [`${filename} has damaged places; what could be decoded is used.`];
}

async function hasTonemap(tools: Toolbox): Promise<boolean> {
  const names: string[] = [];
  await tools.run(["ffmpeg", "-hide_banner", "-filters"], (line) => names.push(line.trim().split(/\s+/)[1] ?? ""));
  return names.includes("zscale") && names.includes("tonemap");
}
