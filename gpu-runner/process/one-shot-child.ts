/**
 * One prewarmed child that serves exactly one job. It starts, loads its libraries, says `ready`, and waits for one
 * request on stdin; messages are JSON lines on stdout (see gpu-runner/README.md). Whatever ends it first is the cause.
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { KILL_GRACE_MS } from "#contract/limits.ts";
import { problemCodeSchema } from "#contract/problem.ts";
import { childEnvironment } from "./child-environment.ts";
import { JobFailure } from "./job-failure.ts";
import { killTree } from "./kill-tree.ts";
import { LineTail, splitLines } from "./line-splitter.ts";
import { lowerPriority, restorePriority } from "./priority.ts";
import { ProcessError } from "./process-error.ts";
import { probeSandbox } from "./sandbox.ts";
import { makeScratchDir, removeScratchDir } from "./scratch.ts";
import { type Child, type ChildEnd, spawnChild } from "./spawn-child.ts";

const messageSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready"), version: z.string() }),
  z.object({ kind: z.literal("progress"), fraction: z.number().min(0).max(1).nullable() }),
  z.object({ kind: z.literal("log"), line: z.string() }),
  z.looseObject({ kind: z.literal("event"), name: z.string() }),
  z.looseObject({ kind: z.literal("result") }),
  z.object({
    kind: z.literal("error"),
    code: problemCodeSchema.catch("engine_failed"),
    message: z.string(),
    retryable: z.boolean().default(false),
  }),
]);
type Message = z.infer<typeof messageSchema>;

export interface OneShotChildOptions {
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

export interface OneShotCall {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  onProgress?(fraction: number | null): void;
  onLog?(line: string): void;
  onEvent?(event: Record<string, unknown>): void;
}

type LastMessage = Extract<Message, { kind: "result" | "error" }>;
type Cause =
  | { by: "timeout" }
  | { by: "aborted" }
  | { by: "message"; message: LastMessage }
  | { by: "end"; end: ChildEnd };

export class OneShotChild {
  /** Its first message; rejects with `ProcessError` when it ends before. */
  readonly ready: Promise<{ version: string }>;
  /** Resolves when the child, all it started and its home are gone. */
  readonly ended: Promise<void>;
  isReady = false;
  /** Why it ended, once it has. */
  lastError: Error | undefined;
  readonly #options: OneShotChildOptions;
  readonly #spawned: Promise<Child>;
  readonly #stderr = new LineTail();
  readonly #messages = Promise.withResolvers<{ version: string }>();
  #child: Child | undefined;
  #home: string | undefined;
  #taken = false;
  #onMessage: (message: Message) => void;
  #onText: (line: string) => void = () => {};

  constructor(options: OneShotChildOptions) {
    this.#options = options;
    this.#onMessage = (message) => {
      if (message.kind === "ready") this.#messages.resolve({ version: message.version });
    };
    this.#spawned = this.#spawn();
    this.ended = this.#spawned
      .then((child) => child.ended)
      .then((end) => this.#endError(end))
      .catch((error) => error as Error)
      .then(async (error) => {
        this.lastError = error;
        this.#messages.reject(error);
        await this.#removeHome();
      });
    this.ready = this.#messages.promise.then((hello) => {
      this.isReady = true;
      return hello;
    });
    this.ready.catch(() => {}); // whoever waits for it is told; nobody need
  }

  /** Serves the one request, once it is ready. Resolves with the result message once the child's whole tree is gone. */
  async run(
    request: object,
    call: OneShotCall,
  ): Promise<{ result: Record<string, unknown>; peakMemoryBytes: number | null }> {
    this.prioritise();
    const cause = await this.#firstCause(request, call);
    const peakMemoryBytes = this.#child?.peakMemoryBytes() ?? null;
    // With a result or an error message its files are written and closed: nothing is lost by ending it at once.
    await this.stop(cause.by === "message" ? 0 : KILL_GRACE_MS);
    if (cause.by === "timeout" || cause.by === "aborted") throw this.#error(cause.by);
    if (cause.by === "end") throw this.#endError(cause.end);
    const { message } = cause;
    if (message.kind === "error") throw new JobFailure(message.code, message.message, { retryable: message.retryable });
    return { result: message, peakMemoryBytes };
  }

  /** From now on a job waits for this child. */
  prioritise(): void {
    this.#taken = true;
    if (this.#child && this.#options.background) restorePriority(this.#child.pid);
  }

  /** Ends the child and its tree; resolves when nothing is left. */
  async stop(graceMs: number): Promise<void> {
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
    const tag = randomBytes(16).toString("hex");
    const child = await spawnChild({
      argv,
      cwd: cwd ?? this.#home,
      env: childEnvironment(this.#home, tag, env),
      tag,
      limits: { memoryBytes: memoryLimitBytes },
      ownUid,
    });
    this.#child = child;
    if (background && !this.#taken) lowerPriority(child.pid);
    splitLines(child.stdout, (line) => this.#onLine(line));
    splitLines(child.stderr, (line) => {
      this.#stderr.add(line);
      this.#onText(line);
    });
    return child;
  }

  #onLine(line: string): void {
    const message = parseMessage(line);
    this.#child?.peakMemoryBytes(); // a child may be gone a moment after its last message
    if (message) this.#onMessage(message);
    else this.#onText(line);
  }

  #firstCause(request: object, call: OneShotCall): Promise<Cause> {
    const { promise, resolve } = Promise.withResolvers<Cause>();
    const onAbort = () => resolve({ by: "aborted" });
    const timer = setTimeout(() => resolve({ by: "timeout" }), call.timeoutMs);
    call.signal.addEventListener("abort", onAbort, { once: true });
    if (call.signal.aborted) onAbort();
    this.#onText = (line) => call.onLog?.(line);
    this.#onMessage = (message) => {
      if (message.kind === "progress") call.onProgress?.(message.fraction);
      else if (message.kind === "log") call.onLog?.(message.line);
      else if (message.kind === "event") call.onEvent?.(message);
      else if (message.kind !== "ready") resolve({ by: "message", message });
    };
    this.#child?.ended.then((end) => resolve({ by: "end", end }));
    this.#child?.stdin.end(`${JSON.stringify(request)}\n`);
    return promise.finally(() => {
      clearTimeout(timer);
      call.signal.removeEventListener("abort", onAbort);
      this.#onMessage = () => {};
    });
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
    if (this.#home) await removeScratchDir(this.#home);
  }
}

function parseMessage(line: string): Message | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return messageSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined; // text that only looks like JSON
  }
}
