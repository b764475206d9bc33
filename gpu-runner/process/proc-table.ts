/**
 * The kernel's process table, read from `/proc`. Everything here answers "nothing" where there is no `/proc` (macOS),
 * and never throws: a process may end between two reads.
 */
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Clock ticks since boot; with the pid it names a process for good, as pids are reused. */
  readonly startTime: number;
}

/** Every process that is alive. Zombies are left out: they are only waiting to be reaped. */
export function listProcesses(): ProcessEntry[] {
  return listPids().flatMap((pid) => readProcess(pid) ?? []);
}

/** One living process, or undefined. Fields as in proc(5), `/proc/[pid]/stat`; the name may hold spaces and brackets. */
export function readProcess(pid: number): ProcessEntry | undefined {
  const stat = readProc(pid, "stat");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group, session] = fields;
  if (state === undefined || state === "" || state === "Z" || state === "X") return undefined;
  return { pid, parent: Number(parent), group: Number(group), session: Number(session), startTime: Number(fields[19]) };
}

/** The value of a variable in the environment a process was started with; undefined where it may not be read. */
export function readEnvironmentValue(pid: number, name: string): string | undefined {
  const entry = readProc(pid, "environ")
    .split("\0")
    .find((line) => line.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}

/** Largest resident memory of a process so far, bytes, or null. */
export function readPeakMemoryBytes(pid: number): number | null {
  return readMemoryBytes(pid, "VmHWM");
}

/** Resident memory of a process now, bytes, or null. */
export function readResidentBytes(pid: number): number | null {
  return readMemoryBytes(pid, "VmRSS");
}

/** Thread ids of a process. */
export function listThreads(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return []; // ended, or no /proc
  }
}

/** Pids of all processes, zombies included. */
export function listPids(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return []; // no /proc
  }
}

/** A size in proc(5), `/proc/[pid]/status`. */
function readMemoryBytes(pid: number, field: "VmHWM" | "VmRSS"): number | null {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readProc(pid, "status"));
  return match ? Number(match[1]) * 1024 : null;
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // ended, or not ours to read
  }
}
