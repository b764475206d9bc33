/**
 * Private folders that never outlive their runner: each name carries the runner's pid and start time, so that the next
 * runner on the machine can tell which ones were left behind by one that was killed.
 */
import { chown, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive, ownerId } from "./kill-tree.ts";

/** `kiln-<uid>` in the system's temporary folder, so that users of one machine don't meet. */
export function defaultScratchRoot(): string {
  return join(tmpdir(), `kiln-${process.getuid?.() ?? "user"}`);
}

/** Makes the root if needed. Others may pass through it, as children can have another uid, but not list it. */
export async function makeScratchRoot(root: string): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o711 });
}

/**
 * A new folder `<kind>-<pid>-<start time>-<random>` with mode 0700 under `root`, which is made if needed. `uid` is who
 * it belongs to, null for the runner.
 */
export async function makeScratchDir(root: string, kind: string, uid: number | null = null): Promise<string> {
  await makeScratchRoot(root);
  const dir = await mkdtemp(join(root, `${kind}-${ownerId()}-`));
  if (uid !== null) await chown(dir, uid, uid);
  return dir;
}

/** Removes a scratch folder and all in it. Never throws for one that is gone. */
export async function removeScratchDir(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true, maxRetries: 3 });
}

/** Removes the folders of runners that no longer exist. Returns their names. */
export async function sweepScratch(root: string): Promise<string[]> {
  const names = await readdir(root).catch(() => []);
  const stale = names.filter((name) => {
    const owner = /^[a-z]+-(\d+-\d+)-/.exec(name)?.[1];
    return owner !== undefined && !isAlive(owner);
  });
  await Promise.all(stale.map((name) => removeScratchDir(join(root, name))));
  return stale;
}
