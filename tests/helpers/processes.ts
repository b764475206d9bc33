/** Looking at the machine's processes, as a test may. */
import { readdir, readFile } from "node:fs/promises";

/** Ids of the processes whose command line holds `text`. */
export async function processesWith(text: string): Promise<number[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => {
      const command = await readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "");
      return command.includes(text) ? [Number(id)] : [];
    }),
  );
  return found.flat();
}
