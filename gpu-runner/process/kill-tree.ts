/**
 * Ends a child and everything it started. The process group alone is not enough: a grandchild that called setsid has
 * left it (measured). So a tree is the group, the session, all descendants, and every process whose environment carries
 * the tag; what was once seen as part of the tree stays part of it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { KILL_GRACE_MS } from "#contract/limits.ts";
import { listPids, listProcesses, type ProcessEntry, readEnvironmentValue, readProcess } from "./proc-table.ts";

/**
 * Names the tag in a child's environment: a path `a/b/c`. Who ends `a/b` ends `a/b/c` too, but neither `a` nor `a/d`, so
 * that of an attempt's programs one can end without the others.
 */
export const TAG_VARIABLE = "KILN_LEASE";
/** Names the runner process a child belongs to: `<pid>-<start time>`. */
export const OWNER_VARIABLE = "KILN_OWNER";

/** Time a process may take to vanish after SIGKILL; longer only happens when the kernel itself is stuck. */
const KILL_DEADLINE_MS = 5_000;
const POLL_MIN_MS = 5;
const POLL_MAX_MS = 100;

/** `startTime` (from the process table, if there is one) keeps a reused pid from being taken for the child. */
export interface TreeRoot {
  readonly pid: number;
  readonly startTime: number | undefined;
  readonly tag: string;
}

/**
 * SIGTERM to the whole tree, SIGKILL after `graceMs` (0 = at once), until nothing is left. Resolves with the pids that
 * survived SIGKILL, which is an empty list unless the kernel can't end them.
 */
export async function killTree(root: TreeRoot, graceMs: number = KILL_GRACE_MS): Promise<number[]> {
  const known = new Map<number, number>();
  const asked = new Set<number>();
  const startedAt = performance.now();
  let waitMs = POLL_MIN_MS;
  let emptyScans = 0;
  for (;;) {
    const members = findTree(root, known);
    // One empty scan can miss a process that was forked while its parent ended; two in a row can't.
    emptyScans = members.length === 0 ? emptyScans + 1 : 0;
    if (emptyScans === 2) return [];
    if (emptyScans === 1) continue;
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs > graceMs + KILL_DEADLINE_MS) return members.map((member) => member.pid);
    const force = elapsedMs >= graceMs;
    for (const { pid } of members) {
      if (!force && asked.has(pid)) continue;
      asked.add(pid);
      sendSignal(pid, force ? "SIGKILL" : "SIGTERM");
    }
    const untilForceMs = force ? POLL_MAX_MS : Math.max(graceMs - elapsedMs, 1);
    await sleep(Math.min(waitMs, untilForceMs));
    waitMs = Math.min(waitMs * 2, POLL_MAX_MS);
  }
}

/**
 * SIGKILL to every process whose `KILN_OWNER` is a runner that no longer exists. Called once when a runner starts.
 * Returns how many were killed.
 */
export function killOrphans(): number {
  let killed = 0;
  for (const pid of listPids()) {
    const owner = readEnvironmentValue(pid, OWNER_VARIABLE);
    if (owner === undefined || pid === process.pid || isAlive(owner)) continue;
    sendSignal(pid, "SIGKILL");
    killed++;
  }
  return killed;
}

/** `<pid>-<start time>` of this process, for `KILN_OWNER` and for the names of scratch folders. */
export function ownerId(): string {
  return `${process.pid}-${readProcess(process.pid)?.startTime ?? 0}`;
}

/** Whether the runner that an owner id names still exists. Without `/proc` only the pid can be asked. */
export function isAlive(owner: string): boolean {
  const [pid = 0, startTime = 0] = owner.split("-").map(Number);
  const entry = readProcess(pid);
  if (entry) return entry.startTime === startTime;
  if (readProcess(process.pid)) return false;
  return sendSignal(pid, 0);
}

function findTree(root: TreeRoot, known: Map<number, number>): { pid: number }[] {
  const all = listProcesses();
  if (all.length === 0) return findGroupWithoutProc(root);
  const groupIsOurs = isGroupOurs(root, all);
  const members = new Map<number, ProcessEntry>();
  for (const entry of all) {
    if (entry.pid === process.pid) continue;
    const inGroup = groupIsOurs && (entry.group === root.pid || entry.session === root.pid);
    if (inGroup || known.get(entry.pid) === entry.startTime || carriesTag(entry.pid, root.tag))
      members.set(entry.pid, entry);
  }
  addDescendants(members, all);
  for (const entry of members.values()) known.set(entry.pid, entry.startTime);
  return [...members.values()];
}

/** Whether a process was started under `tag`, or under a part of it. */
function carriesTag(pid: number, tag: string): boolean {
  const value = readEnvironmentValue(pid, TAG_VARIABLE);
  return value !== undefined && (value === tag || value.startsWith(`${tag}/`));
}

/** False when the root's pid now belongs to a younger process. */
function isGroupOurs(root: TreeRoot, all: ProcessEntry[]): boolean {
  const holder = all.find((entry) => entry.pid === root.pid);
  return holder === undefined || root.startTime === undefined || holder.startTime === root.startTime;
}

function addDescendants(members: Map<number, ProcessEntry>, all: ProcessEntry[]): void {
  for (let grown = true; grown; ) {
    grown = false;
    for (const entry of all) {
      if (members.has(entry.pid) || !members.has(entry.parent)) continue;
      members.set(entry.pid, entry);
      grown = true;
    }
  }
}

function findGroupWithoutProc(root: TreeRoot): { pid: number }[] {
  return sendSignal(-root.pid, 0) ? [{ pid: -root.pid }] : [];
}

function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // ended meanwhile
  }
}
