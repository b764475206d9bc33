/**
 * Lets a child that is only warming up stand back behind running jobs. Used only where the priority can surely be raised
 * again later, which needs CAP_SYS_NICE, and CAP_SYS_ADMIN for the session's; elsewhere it does nothing.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { listThreads } from "./proc-table.ts";

const LOW = 10;
const NORMAL = 0;
/** Bit numbers, see capabilities(7). */
const CAP_SYS_ADMIN = 21n;
const CAP_SYS_NICE = 23n;

const canRaise = hasCapability(CAP_SYS_NICE) && hasCapability(CAP_SYS_ADMIN);

/** Lowers the priority of a child that was just started; threads it starts later inherit it. */
export function lowerPriority(pid: number): void {
  if (canRaise) setNice(pid, LOW);
}

/** Gives a child and all of its threads the normal priority. */
export function restorePriority(pid: number): void {
  if (canRaise) setNice(pid, NORMAL);
}

function setNice(pid: number, nice: number): void {
  // Every child leads its own session, so where the kernel groups sessions (autogroup, sched(7)) only this one counts.
  attempt(() => writeFileSync(`/proc/${pid}/autogroup`, String(nice)));
  // Linux keeps the nice value per thread.
  for (const thread of listThreads(pid)) attempt(() => setPriority(thread, nice));
}

function hasCapability(bit: bigint): boolean {
  try {
    const effective = /^CapEff:\s+([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return effective !== undefined && ((BigInt(`0x${effective}`) >> bit) & 1n) === 1n;
  } catch {
    return false; // no /proc
  }
}

/** A priority is a courtesy: when the child has ended or the kernel refuses, the job runs all the same. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // see above
  }
}
