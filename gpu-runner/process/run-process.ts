/**
 * Runs one program to its end, confined, and says what it wrote, or connects its stdin and stdout to streams. The first
 * cause of its end wins: a child that is being stopped for its time-out and then exits with a code has timed out.
 */
import { isAbsolute } from "node:path";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { KILL_GRACE_MS } from "#contract/limits.ts";
import { notePeakMemory, trackChild } from "./attempt-children.ts";
import { childEnvironment, newTag } from "./child-environment.ts";
import { killTree } from "./kill-tree.ts";
import { LineTail, splitLines } from "./line-splitter.ts";
import { ProcessError } from "./process-error.ts";
import { type RunLimits, type StopCause, watchLimits } from "./run-limits.ts";
import { type ChildLimits, isUsableByChild, probeSandbox } from "./sandbox.ts";
import { type Child, type ChildEnd, spawnChild } from "./spawn-child.ts";

/** Lines of stdout that a result carries, the last ones. */
const STDOUT_LINES = 1_000;
const STDOUT_LINE_CHARS = 10_000;

export interface PipedRun extends RunLimits {
  /** Program and arguments; never a shell. */
  readonly argv: readonly string[];
  /** Working directory, HOME and TMPDIR of the child. */
  readonly workDir: string;
  /** Identifies the attempt. */
  readonly tag: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: ChildLimits;
  onStderrLine?(line: string): void;
}

export interface PipedResult {
  readonly stderrTail: string;
  readonly peakMemoryBytes: number | null;
  readonly seconds: number;
}

/** A program at work with its pipes, binary and untouched. */
export interface PipedProcess {
  /** End it, or the program waits for more. A write fails once the program has closed it: `done` says why. */
  readonly stdin: Writable;
  /**
   * Read it to its end, or destroy it, which stops the program as a closed pipe does; unread it holds the program back. It
   * ends only after an exit with 0, and is destroyed with `done`'s error else: what was read to the end is complete.
   */
  readonly stdout: Readable;
  /** Resolves when the program has exited with 0, rejects with `ProcessError` else; either way its whole tree is gone. */
  readonly done: Promise<PipedResult>;
}

export interface ProcessRun extends PipedRun {
  readonly stdin?: string;
  onStdoutLine?(line: string): void;
}

export interface ProcessResult extends PipedResult {
  /** The last lines of stdout. */
  readonly stdout: string;
}

/** Runs `argv`. Resolves when it exits with 0, rejects with `ProcessError` else; either way its whole tree is gone. */
export function runProcess(run: ProcessRun): Promise<ProcessResult> {
  return trackChild(run.tag, runLines(run));
}

/**
 * Starts `argv` with pipes. Rejects with `ProcessError` when it can't be started. Works in a child of the runner as well:
 * what it starts there ends with that child at the latest.
 */
export async function pipeProcess(run: PipedRun): Promise<PipedProcess> {
  const program = await trackChild(run.tag, start(run, true));
  const { child } = program;
  // A buffer of its own takes what a short program wrote before anyone listened.
  const stdout = new PassThrough();
  stdout.on("error", () => {}); // whoever does not read it hears of the failure through `done`
  const piped = pipeline(child.stdout, stdout, { end: false });
  const done = trackChild(run.tag, finish(program, run));
  void Promise.all([done, piped]).then(
    () => stdout.end(),
    (error) => stdout.destroy(error),
  );
  return { stdin: child.stdin, stdout, done };
}

async function runLines(run: ProcessRun): Promise<ProcessResult> {
  const program = await start(run, false);
  const { child } = program;
  const stdout = new LineTail(STDOUT_LINES, STDOUT_LINE_CHARS);
  splitLines(child.stdout, (line) => {
    stdout.add(line);
    run.onStdoutLine?.(line);
  });
  child.stdin.end(run.stdin ?? "");
  const result = await finish(program, run);
  return { ...result, stdout: stdout.toString() };
}

interface Program {
  readonly child: Child;
  readonly stderr: LineTail;
  readonly startedAt: number;
}

async function start(run: PipedRun, keepsStdout: boolean): Promise<Program> {
  const { argv, workDir, limits } = run;
  if (run.signal.aborted) throw new ProcessError("aborted", argv[0] ?? "");
  const startedAt = performance.now();
  const files = argv.slice(0, 1).filter(isAbsolute);
  const ownUid = await isUsableByChild(await probeSandbox(), { files, folders: [workDir] });
  const tag = newTag(run.tag);
  const env = childEnvironment(workDir, tag, run.env);
  const child = await spawnChild({ argv, cwd: workDir, env, tag, limits, ownUid, keepsStdout });
  const stderr = new LineTail();
  splitLines(child.stderr, (line) => {
    stderr.add(line);
    run.onStderrLine?.(line);
  });
  return { child, stderr, startedAt };
}

/** Waits for the program's end, and brings it about when the run's limits say so. */
async function finish({ child, stderr, startedAt }: Program, run: PipedRun): Promise<PipedResult> {
  const cause = await firstCause(child, run);
  if (typeof cause === "string") await killTree(child, KILL_GRACE_MS);
  await child.ended;
  const peakMemoryBytes = child.peakMemoryBytes();
  notePeakMemory(run.tag, peakMemoryBytes);
  const [program = ""] = run.argv;
  const stderrTail = stderr.toString();
  if (typeof cause === "string") throw new ProcessError(cause, program, { stderrTail });
  if (cause.signal !== null) throw new ProcessError("signal", program, { ...cause, stderrTail });
  if (cause.exitCode !== 0) throw new ProcessError("exit", program, { ...cause, stderrTail });
  return { stderrTail, peakMemoryBytes, seconds: (performance.now() - startedAt) / 1000 };
}

async function firstCause(child: Child, limits: RunLimits): Promise<StopCause | ChildEnd> {
  const { promise, resolve } = Promise.withResolvers<StopCause | ChildEnd>();
  const unwatch = watchLimits(limits, resolve);
  child.exited.then(resolve);
  return await promise.finally(unwatch);
}
