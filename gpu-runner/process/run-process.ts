/**
 * Runs one program to its end, confined, and says what it wrote. The first cause of its end wins: a child that is being
 * stopped for its time-out and then exits with a code has timed out.
 */
import { isAbsolute } from "node:path";
import { KILL_GRACE_MS } from "#contract/limits.ts";
import { notePeakMemory, trackChild } from "./attempt-children.ts";
import { childEnvironment } from "./child-environment.ts";
import { killTree } from "./kill-tree.ts";
import { LineTail, splitLines } from "./line-splitter.ts";
import { ProcessError } from "./process-error.ts";
import { type ChildLimits, isUsableByChild, probeSandbox } from "./sandbox.ts";
import { type Child, type ChildEnd, spawnChild } from "./spawn-child.ts";

/** Lines of stdout that a result carries, the last ones. */
const STDOUT_LINES = 1_000;
const STDOUT_LINE_CHARS = 10_000;

export interface ProcessRun {
  /** Program and arguments; never a shell. */
  readonly argv: readonly string[];
  /** Working directory, HOME and TMPDIR of the child. */
  readonly workDir: string;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly tag: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: ChildLimits;
  readonly stdin?: string;
  onStdoutLine?(line: string): void;
  onStderrLine?(line: string): void;
}

export interface ProcessResult {
  /** The last lines of stdout. */
  readonly stdout: string;
  readonly stderrTail: string;
  readonly peakMemoryBytes: number | null;
  readonly seconds: number;
}

/** Runs `argv`. Resolves when it exits with 0, rejects with `ProcessError` else; either way its whole tree is gone. */
export function runProcess(run: ProcessRun): Promise<ProcessResult> {
  return trackChild(run.tag, start(run));
}

async function start(run: ProcessRun): Promise<ProcessResult> {
  const [program = ""] = run.argv;
  if (run.signal.aborted) throw new ProcessError("aborted", program);
  const startedAt = performance.now();
  const stdout = new LineTail(STDOUT_LINES, STDOUT_LINE_CHARS);
  const stderr = new LineTail();
  const files = run.argv.slice(0, 1).filter(isAbsolute);
  const ownUid = await isUsableByChild(await probeSandbox(), { files, folders: [run.workDir] });
  const { workDir, argv, tag, limits } = run;
  const child = await spawnChild({
    argv,
    cwd: workDir,
    env: childEnvironment(workDir, tag, run.env),
    tag,
    limits,
    ownUid,
  });
  splitLines(child.stdout, (line) => {
    stdout.add(line);
    run.onStdoutLine?.(line);
  });
  splitLines(child.stderr, (line) => {
    stderr.add(line);
    run.onStderrLine?.(line);
  });
  child.stdin.end(run.stdin ?? "");
  const cause = await firstCause(child, run);
  if (cause === "timeout" || cause === "aborted") await killTree(child, KILL_GRACE_MS);
  await child.ended;
  const peakMemoryBytes = child.peakMemoryBytes();
  notePeakMemory(tag, peakMemoryBytes);
  const stderrTail = stderr.toString();
  if (cause === "timeout" || cause === "aborted") throw new ProcessError(cause, program, { stderrTail });
  if (cause.signal !== null) throw new ProcessError("signal", program, { ...cause, stderrTail });
  if (cause.exitCode !== 0) throw new ProcessError("exit", program, { ...cause, stderrTail });
  return { stdout: stdout.toString(), stderrTail, peakMemoryBytes, seconds: (performance.now() - startedAt) / 1000 };
}

async function firstCause(child: Child, { signal, timeoutMs }: ProcessRun): Promise<"timeout" | "aborted" | ChildEnd> {
  const { promise, resolve } = Promise.withResolvers<"timeout" | "aborted" | ChildEnd>();
  const onAbort = () => resolve("aborted");
  const timer = setTimeout(() => resolve("timeout"), timeoutMs);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  child.exited.then(resolve);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
