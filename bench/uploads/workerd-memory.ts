/** How much memory the local Worker's process has (Linux: /proc). */
import { readdir, readFile } from "node:fs/promises";

/** Resident bytes, now and the most there ever were. */
export interface ResidentMemory {
  readonly nowBytes: number;
  readonly peakBytes: number;
}

/** The process ids of the workerd that this process has started, through however many others. */
export async function workerdOf(ancestor: number): Promise<number> {
  const found: number[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number)) {
    const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
    if (name.trim() === "workerd" && (await descends(pid, ancestor))) found.push(pid);
  }
  const [only, ...more] = found;
  if (only === undefined || more.length > 0)
    throw new Error(`${found.length} workerd processes below ${ancestor}, not one`);
  return only;
}

async function descends(pid: number, ancestor: number): Promise<boolean> {
  for (let at = pid; at > 1; ) {
    if (at === ancestor) return true;
    const stat = await readFile(`/proc/${at}/stat`, "utf8").catch(() => "");
    at = Number(/^\d+ \(.*\) \S (\d+)/s.exec(stat)?.[1] ?? 0);
  }
  return false;
}

export async function residentMemory(pid: number): Promise<ResidentMemory> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? Number.NaN);
  return { nowBytes: kib("VmRSS") * 1024, peakBytes: kib("VmHWM") * 1024 };
}
