/**
 * One prewarmed child. It starts, loads its libraries, says `ready`, and then answers one request after the other;
 * requests and messages are JSON lines (see gpu-runner/README.md). Who keeps it, and for how long, is decided by
 * `child-session.ts` and `shared-workers.ts`. Whatever ends it first is the cause.
 */
import { setImmediate as turn } from "node:timers/promises";
import { childEnvironment, newTag } from "./child-environment.ts";
import { type ChildAnswer, type ChildMessage, parseMessage } from "./child-message.ts";
import { JobFailure } from "./job-failure.ts";
import { killTree } from "./kill-tree.ts";
import { LineTail, splitLines } from "./line-splitter.ts";
import { lowerPriority, restorePriority } from "./priority.ts";
import { ProcessError } from "./process-error.ts";
import type { StopCause } from "./run-limits.ts";
import { probeSandbox } from "./sandbox.ts";
import { makeScratchDir, removeScratchDir } from "./scratch.ts";
import { type Child, type ChildEnd, spawnChild } from "./spawn-child.ts";

export interface WarmChildOptions {
  readonly name: string;
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly memoryLimitBytes?: number;
  readonly scratchRoot: string;
  /** Whether to run under the sandbox's uid. */
  ownUid(): Promise<boolean>;
  /** Stand back behind running jobs until it is taken. */
  readonly background: boolean;
}

/** Who hears what the child says while it works on one request. */
export interface ChildCall {
  onProgress?(fraction: number | null): void;
  onEvent?(event: Record<string, unknown>): void;
}

export class WarmChild {
  /** Its first message; rejects with `ProcessError` when it ends before. */
  readonly ready: Promise<{ version: string }>;
  /** Resolves when the child, all it started and its home are gone. */
  readonly ended: Promise<void>;
  isReady = false;
  /** Why it ended, once it has. */
  lastError: Error | undefined;
  /** Hears its log lines, stderr, and whatever else on stdout is no message. */
  onLog: (line: string) => void = () => {};
  readonly #options: WarmChildOptions;
  readonly #spawned: Promise<Child>;
  readonly #stderr = new LineTail();
  readonly #hello = Promise.withResolvers<{ version: string }>();
  #child: Child | undefined;
  #home: string | undefined;
  #taken = false;
  #stopCause: StopCause | undefined;
  #hasExited = false;
  #onMessage: (message: ChildMessage) => void;

  constructor(options: WarmChildOptions) {
    this.#options = options;
    this.#onMessage = (message) => {
      if (message.kind === "ready") this.#hello.resolve({ version: message.version });
    };
    this.#spawned = this.#spawn();
    this.ended = this.#spawned
      .then((child) => child.ended)
      .then((end) => (this.#stopCause ? this.#error(this.#stopCause) : this.#endError(end)))
      .catch((error) => error as Error)
      .then(async (error) => {
        await this.#removeHome();
        this.lastError = error;
        this.#hello.reject(error);
      });
    this.ready = this.#hello.promise.then((hello) => {
      this.isReady = true;
      return hello;
    });
    this.ready.catch(() => {}); // whoever waits for it is told; nobody need
  }

  /** Largest resident memory so far, bytes; null where it can't be read. */
  get peakMemoryBytes(): number | null {
    return this.#child?.peakMemoryBytes() ?? null;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Asks one thing of a ready child; one at a time. Resolves with the result message. Rejects with `JobFailure` for an
   * error message, after which the child can be asked again, and with `ProcessError` once the child has ended.
   */
  async request(request: object, call: ChildCall = {}): Promise<Record<string, unknown>> {
    const answer = await this.#exchange(request, call);
    // What was written to stderr before the answer is in its pipe by now: let it be read first.
    await turn();
    if (this.#stopCause) await this.#rejectAtEnd();
    if (answer.kind === "error") throw new JobFailure(answer.code, answer.message, { retryable: answer.retryable });
    return answer;
  }

  /** From now on a job waits for this child. */
  prioritise(): void {
    this.#taken = true;
    if (this.#child && this.#options.background) restorePriority(this.#child.pid);
  }

  /** Ends the child and its tree: SIGTERM, and SIGKILL after `graceMs`. Resolves when nothing is left. */
  async end(cause: StopCause, graceMs: number): Promise<void> {
    if (!this.#hasExited) this.#stopCause ??= cause;
    const child = await this.#spawned.catch(() => undefined);
    if (child) {
      const survivors = await killTree(child, graceMs);
      if (survivors.length > 0) throw this.#error("exit", { text: `can't be killed: ${survivors.join(", ")}` });
    }
    await this.ended;
  }

  async #spawn(): Promise<Child> {
    const { argv, cwd, env, memoryLimitBytes, scratchRoot, background } = this.#options;
    const [{ uid }, ownUid] = await Promise.all([probeSandbox(), this.#options.ownUid()]);
    this.#home = await makeScratchDir(scratchRoot, "child", ownUid ? uid : null);
    const tag = newTag();
    const child = await spawnChild({
      argv,
      cwd: cwd ?? this.#home,
      env: childEnvironment(this.#home, tag, env),
      tag,
      limits: { memoryBytes: memoryLimitBytes },
      ownUid,
    });
    this.#child = child;
    void child.exited.then(() => {
      this.#hasExited = true;
    });
    if (background && !this.#taken) lowerPriority(child.pid);
    splitLines(child.stdout, (line) => this.#onLine(line));
    splitLines(child.stderr, (line) => {
      this.#stderr.add(line);
      this.onLog(line);
    });
    return child;
  }

  #onLine(line: string): void {
    const message = parseMessage(line);
    this.#child?.peakMemoryBytes(); // a child may be gone a moment after its last message
    if (!message) this.onLog(line);
    else if (message.kind === "log") this.onLog(message.line);
    else this.#onMessage(message);
  }

  async #exchange(request: object, call: ChildCall): Promise<ChildAnswer> {
    const { promise, resolve } = Promise.withResolvers<ChildAnswer>();
    this.#onMessage = (message) => {
      if (message.kind === "progress") call.onProgress?.(message.fraction);
      else if (message.kind === "event") call.onEvent?.(message);
      else if (message.kind === "result" || message.kind === "error") resolve(message);
    };
    this.#child?.stdin.write(`${JSON.stringify(request)}\n`);
    try {
      return await Promise.race([promise, this.#rejectAtEnd()]);
    } finally {
      this.#onMessage = () => {};
    }
  }

  async #rejectAtEnd(): Promise<never> {
    await this.ended;
    throw this.lastError;
  }

  #endError(end: ChildEnd): ProcessError {
    if (end.signal !== null) return this.#error("signal", { signal: end.signal });
    const text = end.exitCode === 0 ? "ended without a result" : undefined;
    return this.#error("exit", { exitCode: end.exitCode, text });
  }

  #error(
    reason: ProcessError["reason"],
    details: { exitCode?: number | null; signal?: string; text?: string } = {},
  ): ProcessError {
    return new ProcessError(reason, this.#options.name, { ...details, stderrTail: this.#stderr.toString() });
  }

  async #removeHome(): Promise<void> {
    if (this.#home) await removeScratchDir(this.#home).catch(() => {}); // the next runner to start sweeps what is left
  }
}
