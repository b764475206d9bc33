/**
 * One job with no server (gpu-runner/local.ts), and what it takes: wall seconds, CPU-seconds, the most memory of all its processes
 * together, the most disk.
 */
import { spawn } from "node:child_process";
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Manifest } from "#contract/manifest.ts";

const LOCAL = fileURLToPath(new URL("../gpu-runner/local.ts", import.meta.url));
const WATCH_MS = 200;
/** Of /proc/PID/stat; the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export interface Peak {
  memoryBytes: number;
  diskBytes: number;
  /** Memory and command of each process at the moment of the memory's peak. */
  processes: readonly string[];
}

export interface Usage {
  readonly seconds: number;
  /** Of all processes that came to their end, in user and kernel mode. */
  readonly cpuSeconds: number;
  readonly peak: Peak;
}

export interface WatchedJob {
  /** What it wrote, or why it didn't. */
  readonly outcome: { readonly manifest: Manifest } | { readonly code: string; readonly message: string };
  /** Lines of its log, with the seconds since its start. */
  readonly log: readonly string[];
  readonly usage: Usage;
}

/** Runs a job; its files are put into `dir`/out. Nothing else may run as a child of this process meanwhile. */
export async function runWatchedJob(
  request: { readonly type: string; readonly params: object; readonly inputs: readonly string[] },
  dir: string,
  onLine: (line: string) => void = () => {},
): Promise<WatchedJob> {
  const log: string[] = [];
  const startedAt = performance.now();
  let last: { kind: string; manifest?: Manifest; code?: string; message?: string; line?: string } | undefined;
  const usage = await watch(
    [process.execPath, "--disable-warning=ExperimentalWarning", LOCAL],
    JSON.stringify({ ...request, outDir: join(dir, "out") }),
    join(dir, "work"),
    (text) => {
      last = JSON.parse(text);
      if (last?.kind !== "log" && last?.kind !== "warning") return;
      const line = `${((performance.now() - startedAt) / 1000).toFixed(1)} s: ${last.line ?? last.message}`;
      log.push(line);
      onLine(line);
    },
  );
  const { manifest, code = "internal", message = "it ended without an answer" } = last ?? {};
  return { outcome: manifest ? { manifest } : { code, message }, log, usage };
}

/** Runs a program that works in `workDir` (`KILN_WORK_DIR` tells it and all its children), and watches it. */
export async function watch(
  [program = "", ...args]: readonly string[],
  stdin: string,
  workDir: string,
  onLine: (line: string) => void,
): Promise<Usage> {
  const startedAt = performance.now();
  const ticksBefore = await childTicks();
  const child = spawn(program, args, {
    env: { ...process.env, KILN_WORK_DIR: workDir },
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(stdin);
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line) onLine(line);
  });
  let isRunning = true;
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  }).finally(() => {
    isRunning = false;
  });
  const peak: Peak = { memoryBytes: 0, diskBytes: 0, processes: [] };
  while (isRunning) {
    await Promise.all([watchMemory(child.pid ?? 0, workDir, peak), watchDisk(workDir, peak)]);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, WATCH_MS))]);
  }
  await ended;
  const cpuSeconds = ((await childTicks()) - ticksBefore) / TICKS_PER_SECOND;
  return { seconds: (performance.now() - startedAt) / 1000, cpuSeconds, peak };
}

/** CPU time of this process's children, and theirs, that have ended (proc(5): cutime and cstime). */
async function childTicks(): Promise<number> {
  const stat = await readFile("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[13]) + Number(fields[14]);
}

/** Adds up the memory of the program and of everything that works in its folder; shared pages count once. */
async function watchMemory(program: number, workDir: string, peak: Peak): Promise<void> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found: { bytes: number; command: string }[] = [];
  for (const id of ids) {
    const read = (file: string) => readFile(`/proc/${id}/${file}`, "utf8").catch(() => "");
    if (Number(id) !== program && !(await read("environ")).includes(workDir)) continue;
    const shared = /^Pss:\s+(\d+) kB/m.exec(await read("smaps_rollup"));
    const resident = shared ?? /^VmRSS:\s+(\d+) kB/m.exec(await read("status"));
    const command = (await read("cmdline")).split("\0").slice(0, 3).join(" ");
    found.push({ bytes: Number(resident?.[1] ?? 0) * 1024, command });
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

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
