/**
 * Starts ffmpeg, ffprobe and img2webp for the animation child: each under the limits every child of the runner has, and
 * gone with it. Raw frames go through their pipes.
 */
import type { Readable, Writable } from "node:stream";
import { ProcessError } from "../../../process/process-error.ts";
import { pipeProcess, runProcess } from "../../../process/run-process.ts";

const LIMITS = { memoryBytes: 8 * 2 ** 30 };
/** The attempt's own time-out ends the child and with it all programs; this is only what a timer can hold. */
const TIMEOUT_MS = 2 ** 31 - 1;

export interface RunningTool {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves when it ended well, or was ended by `kill`; rejects with `ProcessError` else. */
  readonly done: Promise<void>;
  /** Ends it. Resolves when it is gone. */
  kill(): Promise<void>;
}

export class Toolbox {
  readonly workDir: string;
  readonly #tag: string;
  readonly #running = new Set<RunningTool>();

  /** `workDir` is the scratch folder of the attempt, `tag` its name. */
  constructor(workDir: string, tag: string) {
    this.workDir = workDir;
    this.#tag = tag;
  }

  /** Starts a program with binary pipes. What it says on stderr goes to `onLine`. */
  async start(argv: readonly string[], onLine?: (line: string) => void): Promise<RunningTool> {
    const ending = new AbortController();
    const program = await pipeProcess({
      argv,
      workDir: this.workDir,
      tag: this.#tag,
      signal: ending.signal,
      timeoutMs: TIMEOUT_MS,
      limits: LIMITS,
      ...(onLine && { onStderrLine: onLine }),
    });
    const done = program.done.then(
      () => {},
      (error) => {
        if (!ending.signal.aborted) throw error;
      },
    );
    const tool: RunningTool = {
      stdin: program.stdin,
      stdout: program.stdout,
      done,
      kill: async () => {
        ending.abort();
        program.stdout.destroy();
        await done.catch(() => {}); // it had failed by itself, which its reader knows
      },
    };
    this.#running.add(tool);
    const forget = () => this.#running.delete(tool);
    done.then(forget, forget); // a failure is told to whoever waits for `done`
    return tool;
  }

  /** Ends all programs that `start` started. */
  async endAll(): Promise<void> {
    await Promise.all([...this.#running].map((tool) => tool.kill()));
  }

  /** Runs a program to its end. Each line of its stdout goes to `onStdoutLine`. Rejects with `ProcessError`. */
  async run(argv: readonly string[], onStdoutLine?: (line: string) => void): Promise<void> {
    await runProcess({
      argv,
      workDir: this.workDir,
      tag: this.#tag,
      signal: new AbortController().signal,
      timeoutMs: TIMEOUT_MS,
      limits: LIMITS,
      ...(onStdoutLine && { onStdoutLine }),
    });
  }
}

/** Whether a program read its input and refused it, rather than being killed or missing. */
export function isRefusal(error: unknown): error is ProcessError {
  return error instanceof ProcessError && error.reason === "exit";
}
