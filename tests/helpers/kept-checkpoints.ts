/** Checkpoints of a recipe that is run without a server, kept in a folder from one attempt to the next. */
import { copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Checkpoints } from "../../gpu-runner/jobs/job.ts";

/** `onWrite` is told of each that is kept. */
export async function keptIn(folder: string, onWrite: (name: string) => void): Promise<Checkpoints> {
  await mkdir(folder, { recursive: true });
  return {
    names: async () => (await readdir(folder)).sort(),
    read: async (name, path) => {
      if (!(await readdir(folder)).includes(name)) return false;
      await copyFile(join(folder, name), path);
      return true;
    },
    write: async (name, path) => {
      await copyFile(path, join(folder, name));
      onWrite(name);
    },
  };
}
