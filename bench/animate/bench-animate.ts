/**
 * `npm run bench -- animate`: one long video through `animate` with no server, and what it takes: the most memory of all its
 * processes together, the most disk, seconds, frames a second.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import type { Manifest } from "#contract/manifest.ts";
import { megabytes, type Peak, runWatchedJob } from "../watched-job.ts";

const USAGE =
  "npm run bench -- animate [--seconds 60] [--size 1920x1080] [--fps 30] [--max-side 720] [--formats webp,webm] [--remove-background]";

/** Runs the benchmark; returns the exit code: 0 when the animation has all frames and its exact length. */
export async function benchAnimate(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: "string", default: "60" },
      size: { type: "string", default: "1920x1080" },
      fps: { type: "string", default: "30" },
      "max-side": { type: "string", default: "720" },
      formats: { type: "string", default: "webp" },
      "remove-background": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const dir = await mkdtemp(join(tmpdir(), "kiln-bench-animate-"));
  try {
    const video = join(dir, "video.mp4");
    await makeVideo(video, values);
    const params = {
      formats: values.formats.split(","),
      maxSidePx: Number(values["max-side"]),
      removeBackground: values["remove-background"],
    };
    const { outcome, usage } = await runWatchedJob({ type: "animate", params, inputs: [video] }, dir);
    if (!("manifest" in outcome)) throw new Error(`the job failed: ${outcome.message}`);
    const { manifest } = outcome;
    const { peak, seconds } = usage;
    const { frames, durationS } = manifest.report as { frames: number; durationS: number };
    print(manifest, peak, seconds, frames);
    return frames === Number(values.seconds) * Number(values.fps) && durationS === Number(values.seconds) ? 0 : 1;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** A zoom with fine detail that changes everywhere: harder to encode than what cameras see. */
async function makeVideo(path: string, { seconds, size, fps }: { seconds: string; size: string; fps: string }) {
  const source = ["-f", "lavfi", "-i", `mandelbrot=s=480x270:rate=${fps}:maxiter=150`, "-t", seconds];
  const scale = `scale=${size.replace("x", ":")},format=yuv420p`;
  console.log(`Making a video: ${seconds} s, ${size}, ${fps} frames a second`);
  await promisify(execFile)("ffmpeg", [
    ...["-nostdin", "-loglevel", "error", "-y", ...source, "-vf", scale],
    ...["-c:v", "libx264", "-preset", "veryfast", "-b:v", "6M", path],
  ]);
}

function print(manifest: Manifest, peak: Peak, seconds: number, frames: number): void {
  const stages = manifest.timings.map(({ stage, seconds: taken }) => `${stage} ${taken.toFixed(1)} s`).join(", ");
  console.log(`${frames} frames in ${seconds.toFixed(1)} s: ${(frames / seconds).toFixed(1)} a second (${stages})`);
  for (const { name, bytes } of manifest.artifacts) console.log(`  ${name} ${megabytes(bytes)}`);
  console.log(
    `most memory of all processes together ${megabytes(peak.memoryBytes)}, most disk ${megabytes(peak.diskBytes)}`,
  );
  for (const line of peak.processes) console.log(`  ${line}`);
}
