/** Whether a finished file is what the plan says: exit codes of encoders prove nothing, so it is decoded. */
import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { JobFailure } from "../../../process/job-failure.ts";
import type { OutputKind } from "../encode/outputs.ts";
import { planSheet } from "../encode/sprite-sheet.ts";
import { planGif, toTicks } from "../plan/clock-ticks.ts";
import type { Size } from "../plan/geometry.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import { decodeWebp } from "./decode-webp.ts";
import { decodeWithFfmpeg } from "./decode-with-ffmpeg.ts";
import type { Decoded } from "./decoded.ts";

export interface Expected {
  readonly size: Size;
  readonly durationsUs: readonly number[];
  /** Whether transparent pixels were given to the encoder; null when that is not known (another attempt did it). */
  readonly hasTransparency: boolean | null;
}

/** Formats count in ticks of a millisecond (GIF: ten) and ffmpeg prints microseconds. */
const TOLERANCE_MS = 1;

/** Decodes the file and compares it. Throws a JobFailure output_invalid (to be tried again) that says what is wrong. */
export async function checkOutput(
  kind: OutputKind,
  path: string,
  expected: Expected,
  tools: Toolbox,
  onProgress: (fraction: number) => void,
): Promise<Decoded> {
  const { frames, durationMs } = expectedTimes(kind, expected.durationsUs);
  let count = 0;
  const onFrame = () => onProgress(++count / frames);
  if (kind === "sprites") return await checkSheet(path, expected);
  const decoded = await decode(kind, path, tools, onFrame).catch((cause) => {
    throw new JobFailure("output_invalid", `The ${kind} file can't be decoded.`, { retryable: true, cause });
  });
  const wrong = [
    decoded.frames !== frames && `it has ${decoded.frames} frames instead of ${frames}`,
    Math.abs(decoded.durationMs - durationMs) > TOLERANCE_MS &&
      `it lasts ${decoded.durationMs} ms instead of ${durationMs} ms`,
    (decoded.size.width !== expected.size.width || decoded.size.height !== expected.size.height) &&
      `it is ${decoded.size.width} × ${decoded.size.height} px instead of ${expected.size.width} × ${expected.size.height} px`,
    expected.hasTransparency !== null &&
      decoded.hasTransparency !== expected.hasTransparency &&
      (expected.hasTransparency ? "its transparency is lost" : "it has become transparent"),
  ].filter(Boolean);
  if (wrong.length > 0) {
    throw new JobFailure("output_invalid", `The ${kind} file is wrong: ${wrong.join(", ")}.`, { retryable: true });
  }
  return decoded;
}

function decode(
  kind: Exclude<OutputKind, "sprites">,
  path: string,
  tools: Toolbox,
  onFrame: () => void,
): Promise<Decoded> {
  return kind === "webp" ? decodeWebp(path, onFrame) : decodeWithFfmpeg(path, kind, tools, onFrame);
}

function expectedTimes(kind: OutputKind, durationsUs: readonly number[]): { frames: number; durationMs: number } {
  if (kind === "gif") {
    const plan = planGif(durationsUs);
    return { frames: plan.length, durationMs: plan.reduce((sum, { hundredths }) => sum + hundredths * 10, 0) };
  }
  const durations = toTicks(durationsUs, 1_000);
  return { frames: durations.length, durationMs: durations.reduce((sum, ms) => sum + ms, 0) };
}

async function checkSheet(path: string, { size, durationsUs }: Expected): Promise<Decoded> {
  const { width, height } = await sharp(await readFile(path), { limitInputPixels: false }).metadata();
  const { columns, rows, cell } = planSheet(durationsUs.length, size);
  if (width !== columns * cell.width || height !== rows * cell.height) {
    throw new JobFailure("output_invalid", "The sprite sheet has the wrong size.", { retryable: true });
  }
  const { frames, durationMs } = expectedTimes("sprites", durationsUs);
  return { frames, durationMs, hasTransparency: false, size: { width, height } };
}
