/**
 * A lock between set-ups that share one cache. It only saves work: what is built under it is made in a folder of its
 * own and renamed when complete, so two owners at once would be slow, never wrong.
 */
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

/** The owner touches its lock this often … */
const TOUCH_MS = 2_000;
/** … and a lock that was not touched for this long has lost its owner. */
const STALE_MS = 30_000;
const POLL_MS = 500;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function readOwner(path) {
  try {
    return JSON.parse(readFileSync(join(path, "owner.json"), "utf8"));
  } catch {
    return null;
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Whether the lock's owner is gone: dead on this host, or silent for too long on any. */
function isStale(path) {
  const owner = readOwner(path);
  if (owner && owner.host === hostname() && !isRunning(owner.pid)) return true;
  try {
    return Date.now() - statSync(path).mtimeMs > STALE_MS;
  } catch {
    return false;
  }
}

function tryLock(path) {
  try {
    mkdirSync(path);
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
  writeFileSync(join(path, "owner.json"), JSON.stringify({ pid: process.pid, host: hostname() }));
  return true;
}

/**
 * Runs `work` while holding the lock; waits for another owner first.
 * @template T
 * @param {string} path folder that stands for the lock; its parent exists
 * @param {(owner: { pid: number, host: string } | null) => void} onWait called once when somebody else holds it
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, onWait, work) {
  let announced = false;
  while (!tryLock(path)) {
    if (isStale(path)) {
      rmSync(path, { recursive: true, force: true });
      continue;
    }
    if (!announced) onWait(readOwner(path));
    announced = true;
    await sleep(POLL_MS);
  }
  const touch = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch {
      // The lock was taken over; the work goes on, see above.
    }
  }, TOUCH_MS);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    rmSync(path, { recursive: true, force: true });
  }
}
