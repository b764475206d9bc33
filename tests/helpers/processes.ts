/** Looking at the machine's processes, as a test may. */
import { readdir, readFile } from "node:fs/promises";

/**
 * Ids of the Blender children of the runner that works under `workDir`, so that another one on the same machine does not
 * count. Every child's home lies there.
 */
export async function blenderChildren(workDir: string): Promise<number[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => {
      const read = (file: string) => readFile(`/proc/${id}/${file}`, "utf8").catch(() => "");
      const [command, environment] = await Promise.all([read("cmdline"), read("environ")]);
      return command.includes("blender_solid.py") && environment.includes(workDir) ? [Number(id)] : [];
    }),
  );
  return found.flat();
}

/** Largest resident memory of one process, bytes, and its command line. */
export interface MemoryPeak {
  readonly bytes: number;
  readonly command: string;
}

/**
 * Watches the memory of every process of the runner that works under `workDir`, the runner itself included, until
 * `stop`. Processes whose command line fits `except` don't count, e.g. a model that waits for work.
 */
export function watchMemory(workDir: string, except: RegExp): { stop(): Promise<MemoryPeak> } {
  let peak: MemoryPeak = { bytes: 0, command: "" };
  const look = async (): Promise<void> => {
    const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    for (const id of ids) {
      const read = (file: string) => readFile(`/proc/${id}/${file}`, "utf8").catch(() => "");
      const environment = await read("environ");
      if (!environment.includes(workDir)) continue;
      const command = (await read("cmdline")).replaceAll("\0", " ").trim();
      const kilobytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(await read("status"))?.[1] ?? 0);
      if (!except.test(command) && kilobytes * 1024 > peak.bytes) peak = { bytes: kilobytes * 1024, command };
    }
  };
  let looking = look();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, 50);
  return {
    async stop() {
      clearInterval(timer);
      await looking.then(look);
      return peak;
    },
  };
}

/** Command lines of all processes whose environment holds `text`, e.g. the folder they work in. */
export async function commandsWith(text: string): Promise<string[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => {
      const read = (file: string) => readFile(`/proc/${id}/${file}`, "utf8").catch(() => "");
      return (await read("environ")).includes(text) ? [(await read("cmdline")).replaceAll("\0", " ")] : [];
    }),
  );
  return found.flat();
}
