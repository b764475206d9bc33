/**
 * Starts one confined child in its own process group. It says when the child has ended and its output is read; what the
 * end means is decided by `run-process.ts` and `warm-child.ts`.
 */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { killTree, type TreeRoot } from "./kill-tree.ts";
import { watchMemory } from "./memory-watch.ts";
import { readPeakMemoryBytes, readProcess } from "./proc-table.ts";
import { ProcessError } from "./process-error.ts";
import { type ChildLimits, probeSandbox, wrapCommand } from "./sandbox.ts";

/** After a child's exit its pipes may be held open by something it leaked; reading stops after this time. */
const DRAIN_MS = 2_000;

export interface ChildOptions {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The whole environment, see `child-environment.ts`. */
  readonly env: Readonly<Record<string, string>>;
  readonly tag: string;
  readonly limits?: ChildLimits;
  /** Run as the sandbox's uid. The folders it needs must be readable by it. */
  readonly ownUid?: boolean;
  /** stdout is the caller's to read to its end, in its own time: nothing cuts it off after the child's exit. */
  readonly keepsStdout?: boolean;
}

export interface ChildEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export interface Child extends TreeRoot {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the process itself has ended. Never rejects. */
  readonly exited: Promise<ChildEnd>;
  /** Resolves once the process has ended, what it leaked is killed, and its output was read, but for a kept stdout. Never rejects. */
  readonly ended: Promise<ChildEnd>;
  /** Largest resident memory seen so far, bytes; null where it can't be read. */
  peakMemoryBytes(): number | null;
}

/** Starts a child. Rejects with `ProcessError` (`spawn`) when the program does not exist or can't be started. */
export async function spawnChild(options: ChildOptions): Promise<Child> {
  const [program = ""] = options.argv;
  await assertExecutable(program, options.env.PATH ?? "");
  const sandbox = await probeSandbox();
  const [command = "", ...args] = wrapCommand(sandbox, options.argv, options.limits ?? {}, options.ownUid ?? false);
  const subprocess = execa(command, args, {
    cwd: options.cwd,
    env: options.env,
    extendEnv: false,
    detached: true,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    buffer: false,
    reject: false,
    cleanup: false,
    stripFinalNewline: false,
  });
  const { pid, stdin, stdout, stderr } = subprocess;
  if (pid === undefined) {
    const { originalMessage, cause } = await subprocess;
    throw new ProcessError("spawn", program, { text: `could not be started: ${originalMessage}`, cause });
  }
  stdin.on("error", () => {}); // EPIPE when it ends early: `ended` tells
  const root: TreeRoot = { pid, startTime: readProcess(pid)?.startTime, tag: options.tag };
  const memory = watchMemory(() => readPeakMemoryBytes(pid));
  const exited = new Promise<ChildEnd>((resolve) => {
    subprocess.once("exit", (exitCode, signal) => resolve({ exitCode, signal }));
  });
  const ended = exited.then(async (end) => {
    memory.stop();
    await Promise.all([killTree(root, 0), drain(options.keepsStdout ? [stderr] : [stdout, stderr])]);
    return end;
  });
  return { ...root, stdin, stdout, stderr, exited, ended, peakMemoryBytes: memory.peak };
}

/** Waits until both streams end, for at most `DRAIN_MS`, then cuts them off. `close` would wait for every holder of the pipe. */
async function drain(streams: readonly Readable[]): Promise<void> {
  const timer = new AbortController();
  const allEnded = Promise.all(
    streams.map((stream) =>
      stream.readableEnded || stream.destroyed ? undefined : new Promise((resolve) => stream.once("close", resolve)),
    ),
  );
  await Promise.race([allEnded, sleep(DRAIN_MS, undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
  for (const stream of streams) stream.destroy();
}

/** The wrappers in front of a program would hide that it is missing, so that is checked first. */
async function assertExecutable(program: string, path: string): Promise<void> {
  const candidates = isAbsolute(program) ? [program] : path.split(delimiter).map((dir) => join(dir, program));
  for (const candidate of candidates) {
    const found = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return;
  }
  throw new ProcessError("spawn", program || "(no program)", { text: "is not installed, or may not be executed" });
}
