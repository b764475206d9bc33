/**
 * The time of every frame that a file really gives, by decoding it once: packets are no frames (hidden ones, damaged ones,
 * ones after the cut of a broken file). ffmpeg decodes here as it does later, so that numbers mean the same frame.
 */
import type { FfmpegInput } from "../tools/ffmpeg-arguments.ts";
import { EVERY_FRAME, FFMPEG, readArguments } from "../tools/ffmpeg-arguments.ts";
import { isRefusal, type Toolbox } from "../tools/toolbox.ts";

export interface DecodedTimes {
  /** When each frame shows, microseconds as stored, ascending. */
  readonly timesUs: readonly number[];
  /** Whether some pixel of some frame is not opaque; false where alpha was not looked at. */
  readonly hasTransparency: boolean;
  /** What ffmpeg complained of, at most a few lines. */
  readonly complaints: readonly string[];
}

export interface TimesWishes {
  /** Look for transparent pixels. */
  readonly checksAlpha: boolean;
  /** Frames from this time on are not needed, microseconds as stored. */
  readonly untilUs: number;
  /** Told the time of each frame. */
  onFrame?(timeUs: number): void;
}

const MAX_COMPLAINTS = 20;
/** Microseconds as the time base: every time is rounded once, from its exact value. */
const PRINT_TIMES = "settb=1/1000000,metadata=add:key=frame:value=1,metadata=print:file='pipe\\:2'";
/** Where a frame has no time of its own it follows the one before. */
const UNKNOWN_STEP_US = 40_000;

/** Decodes all frames before `untilUs`. A file that breaks off gives what comes before; nothing at all is an empty list. */
export async function readFrameTimes(input: FfmpegInput, wishes: TimesWishes, tools: Toolbox): Promise<DecodedTimes> {
  const timesUs: number[] = [];
  const complaints: string[] = [];
  const isDone = Promise.withResolvers<"done">();
  const filters = wishes.checksAlpha ? `${PRINT_TIMES},format=rgba,extractplanes=a` : PRINT_TIMES;
  const output = wishes.checksAlpha ? ["-f", "rawvideo", "pipe:1"] : ["-f", "null", "-"];
  const argv = [...FFMPEG, ...readArguments(input), "-vf", filters, ...EVERY_FRAME, ...output];
  const tool = await tools.start(argv, (line) => {
    const match = /^frame:\d+\s+pts:(-?\d+|NOPTS)/.exec(line);
    if (!match) {
      if (!line.startsWith("frame=") && complaints.length < MAX_COMPLAINTS) complaints.push(line);
      return;
    }
    const last = timesUs.at(-1);
    const read = match[1] === "NOPTS" ? (last ?? -UNKNOWN_STEP_US) + UNKNOWN_STEP_US : Number(match[1]);
    const timeUs = last === undefined ? read : Math.max(read, last + 1);
    if (timeUs >= wishes.untilUs) return isDone.resolve("done");
    timesUs.push(timeUs);
    wishes.onFrame?.(timeUs);
  });
  tool.stdin.end();
  let hasTransparency = false;
  tool.stdout.on("data", (data: Buffer) => {
    hasTransparency ||= !isOpaque(data);
  });
  tool.stdout.on("error", () => {}); // destroyed when no more is needed
  try {
    await Promise.race([tool.done, isDone.promise]);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    complaints.push(error.stderrTail);
  } finally {
    await tool.kill();
  }
  return { timesUs, hasTransparency, complaints };
}

function isOpaque(data: Buffer): boolean {
  for (let i = 0; i < data.length; i++) if (data[i] !== 255) return false;
  return true;
}
