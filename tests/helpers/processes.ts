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
