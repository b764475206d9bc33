/** One stack per state folder: two would write the same databases. Where it answers is noted beside the lock. */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Takes the folder for this process; a lock whose process is gone is taken over.
 * @returns gives it back
 * @throws when another stack runs on it
 */
export function lockState(stateDir: string): () => void {
  mkdirSync(stateDir, { recursive: true });
  const path = join(stateDir, "lock");
  for (;;) {
    try {
      const file = openSync(path, "wx", 0o644);
      writeSync(file, String(process.pid));
      closeSync(file);
      return () => {
        rmSync(join(stateDir, "address"), { force: true });
        rmSync(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const owner = Number(readFileSync(path, "utf8"));
      if (owner > 0 && owner !== process.pid && isRunning(owner)) {
        throw new Error(`${stateDir} is in use by process ${owner}. Stop it, or name another folder with --state.`);
      }
      rmSync(path, { force: true });
    }
  }
}

/** Notes where the stack that holds the lock answers, for programs that want to ask it. */
export function noteAddress(stateDir: string, url: string): void {
  writeFileSync(join(stateDir, "address"), url);
}

/** Where the stack that runs on this folder answers, or null when none does. */
export function runningAddress(stateDir: string): string | null {
  try {
    const owner = Number(readFileSync(join(stateDir, "lock"), "utf8"));
    return owner > 0 && isRunning(owner) ? readFileSync(join(stateDir, "address"), "utf8") : null;
  } catch {
    return null;
  }
}
