/**
 * `npm run bench -- animate`: one long video through `animate` with no server, and what it takes: the most memory of all its
 * processes together, the most disk, seconds, frames a second.
 */
import { execFile, spawn } from "node:child_process";
import { lstat, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import type { Manifest } from "#contract/manifest.ts";

const LOCAL = fileURLToPath(new URL("../../gpu-runner/local.ts", import.meta.url));
const WATCH_MS = 200;
const USAGE =
  "npm run bench -- animate [--seconds 60] [--size 1920x1080] [--fps 30] [--max-side 720] [--formats webp,webm] [--remove-background]";

interface Peak {
  memoryBytes: number;
  diskBytes: number;
  /** Command and memory of each process at the moment of the memory's peak. */
  processes: readonly string[];
}

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
    const startedAt = performance.now();
    const { manifest, peak } = await runWatched(video, params, dir);
    const seconds = (performance.now() - startedAt) / 1000;
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

async function runWatched(
  video: string,
  params: Record<string, unknown>,
  dir: string,
): Promise<{ manifest: Manifest; peak: Peak }> {
  const workDir = join(dir, "work");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", LOCAL], {
    env: { ...process.env, KILN_WORK_DIR: workDir },
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(JSON.stringify({ type: "animate", params, inputs: [video], outDir: join(dir, "out") }));
  const peak: Peak = { memoryBytes: 0, diskBytes: 0, processes: [] };
  let output = "";
  child.stdout.on("data", (data) => {
    output += data;
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let isRunning = true;
  void ended.then(() => {
    isRunning = false;
  });
  while (isRunning) {
    await Promise.all([watchMemory(child.pid ?? 0, workDir, peak), watchDisk(workDir, peak)]);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, WATCH_MS))]);
  }
  const last = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { kind: string; message?: string; manifest?: Manifest })
    .at(-1);
  if (!last?.manifest) throw new Error(`the job failed: ${last?.message}`);
  return { manifest: last.manifest, peak };
}

/** Adds up the resident memory of the runner and everything that works in its folder; shared pages count each time. */
async function watchMemory(runner: number, workDir: string, peak: Peak): Promise<void> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found: { bytes: number; command: string }[] = [];
  for (const id of ids) {
    const read = (file: string) => readFile(`/proc/${id}/${file}`, "utf8").catch(() => "");
    if (Number(id) !== runner && !(await read("environ")).includes(workDir)) continue;
    const bytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(await read("status"))?.[1] ?? 0) * 1024;
    found.push({ bytes, command: (await read("cmdline")).split("\0").slice(0, 3).join(" ") });
  }
  const memoryBytes = found.reduce((sum, { bytes }) => sum + bytes, 0);
  if (memoryBytes <= peak.memoryBytes) return;
  peak.memoryBytes = memoryBytes;
  peak.processes = found.map(({ bytes, command }) => `${megabytes(bytes)}  ${command.slice(-70)}`);
}

async function watchDisk(dir: string, peak: Peak): Promise<void> {
  const names = await readdir(dir, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(names.map((name) => lstat(join(dir, name)).catch(() => undefined)));
  const bytes = sizes.reduce((sum, file) => sum + (file?.isFile() ? file.size : 0), 0);
  peak.diskBytes = Math.max(peak.diskBytes, bytes);
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

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
