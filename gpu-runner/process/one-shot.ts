/**
 * Keeps children of one engine warm, so that a job need not wait for a program to load its libraries. A taken child is
 * replaced at once, in the background. A child never serves two jobs. One that dies while warm is reported and replaced
 * with backoff, a bounded number of times.
 */
import { isAbsolute } from "node:path";
import { notePeakMemory, trackChild } from "./attempt-children.ts";
import { type OneShotCall, OneShotChild } from "./one-shot-child.ts";
import { ProcessError } from "./process-error.ts";
import { isUsableByChild, probeSandbox } from "./sandbox.ts";
import { defaultScratchRoot, makeScratchRoot } from "./scratch.ts";

/** Children that may die one after the other, without a job done in between, before warming stops until the next job. */
const MAX_DEATHS = 5;
const RESTART_BASE_MS = 1_000;
const RESTART_MAX_MS = 60_000;
/** How often one job tries to get a child that starts. */
const START_TRIES = 2;

export interface OneShotPoolOptions {
  /** For messages, e.g. "Blender". */
  readonly name: string;
  readonly argv: readonly string[];
  /** Default: the child's private home. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly size: number;
  readonly memoryLimitBytes?: number;
  /** Where the children's homes are made. */
  readonly scratchRoot?: string;
  readonly onWarning?: (message: string) => void;
}

export interface OneShotRun extends OneShotCall {
  readonly workDir: string;
  /** Identifies the attempt the call belongs to. */
  readonly tag: string;
}

export class OneShotPool {
  readonly #options: OneShotPoolOptions;
  readonly #warm: OneShotChild[] = [];
  readonly #all = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  /** Children to keep warm; 0 until `start`. */
  #target = 0;
  #deaths = 0;
  #restart: NodeJS.Timeout | undefined;
  #ownUid: boolean | undefined;

  constructor(options: OneShotPoolOptions) {
    this.#options = options;
  }

  /** Begins warming `size` children. `once`: they are for the next calls only, and not replaced when they are taken. */
  start({ once = false }: { once?: boolean } = {}): void {
    if (!once) this.#target = this.#options.size;
    this.#fill(this.#options.size, !once);
  }

  /** Resolves with the engine's version when a child is ready, rejects with `ProcessError` when it can't start. Starts one if none is. */
  async ready(): Promise<{ version: string }> {
    if (this.#warm.length === 0) this.#add(false);
    return await this.#whenReady(this.#warm[0] as OneShotChild);
  }

  /** How many children wait for a job. */
  get warmCount(): number {
    return this.#warm.filter((child) => child.isReady).length;
  }

  /**
   * Runs one request in a child of its own. Resolves with the result message. Rejects with `JobFailure` for the child's
   * own error message, else with `ProcessError`. Either way the child and all it started are gone by then.
   */
  run(request: object, run: OneShotRun): Promise<Record<string, unknown>> {
    return trackChild(run.tag, this.#track(this.#run(request, run)));
  }

  /** Ends all children, running ones as well, and stops warming. */
  async close(): Promise<void> {
    this.#target = 0;
    clearTimeout(this.#restart);
    this.#closing.abort();
    const warm = this.#warm.splice(0);
    await Promise.allSettled([...warm.map((child) => child.stop(0)), ...this.#all]);
  }

  async #run(request: object, run: OneShotRun): Promise<Record<string, unknown>> {
    const startedAt = performance.now();
    const signal = AbortSignal.any([run.signal, this.#closing.signal]);
    const child = await this.#take({ ...run, signal });
    const timeoutMs = Math.max(run.timeoutMs - (performance.now() - startedAt), 1);
    const { result, peakMemoryBytes } = await child.run(request, { ...run, signal, timeoutMs });
    notePeakMemory(run.tag, peakMemoryBytes);
    this.#deaths = 0;
    this.#fill();
    return result;
  }

  /** A ready child, taken out of the pool. Waits for one that is warming, or starts one. */
  async #take(run: OneShotRun): Promise<OneShotChild> {
    for (let attempt = 1; ; attempt++) {
      if (run.signal.aborted) throw this.#error("aborted");
      const child = this.#warm.find((candidate) => candidate.isReady) ?? this.#warm[0] ?? this.#add(false);
      this.#warm.splice(this.#warm.indexOf(child), 1);
      child.prioritise();
      this.#fill();
      try {
        await this.#readyOrStopped(child, run);
        return child;
      } catch (error) {
        await child.stop(0);
        if (
          run.signal.aborted ||
          attempt === START_TRIES ||
          !(error instanceof ProcessError) ||
          error.reason === "timeout"
        )
          throw error;
      }
    }
  }

  async #readyOrStopped(child: OneShotChild, run: OneShotRun): Promise<void> {
    const stopped = Promise.withResolvers<never>();
    const onAbort = () => stopped.reject(this.#error("aborted"));
    const timer = setTimeout(() => stopped.reject(this.#error("timeout")), run.timeoutMs);
    run.signal.addEventListener("abort", onAbort, { once: true });
    try {
      await Promise.race([this.#whenReady(child), stopped.promise]);
    } finally {
      clearTimeout(timer);
      run.signal.removeEventListener("abort", onAbort);
    }
  }

  /** A child that can't start under the sandbox's uid is no reason to fail: the next ones keep the runner's. */
  async #whenReady(child: OneShotChild): Promise<{ version: string }> {
    try {
      return await child.ready;
    } catch (error) {
      if (this.#ownUid && error instanceof ProcessError && error.reason === "exit") {
        this.#ownUid = false;
        this.#warn(`can't run under a uid of its own, so it keeps the runner's: ${error.message}`);
      }
      throw error;
    }
  }

  #fill(target = this.#target, background = true): void {
    if (this.#closing.signal.aborted || this.#deaths >= MAX_DEATHS) return;
    while (this.#warm.length < target) this.#add(background);
  }

  #add(background: boolean): OneShotChild {
    const { name, argv, cwd, env, memoryLimitBytes, scratchRoot = defaultScratchRoot() } = this.#options;
    const child = new OneShotChild({
      name,
      argv,
      cwd,
      env,
      memoryLimitBytes,
      scratchRoot,
      background,
      ownUid: () => this.#usesOwnUid(),
    });
    this.#warm.push(child);
    void this.#track(child.ended).then(() => this.#onEnd(child));
    return child;
  }

  /** A child that is still in the pool when it ends has died before it had a job. */
  #onEnd(child: OneShotChild): void {
    const index = this.#warm.indexOf(child);
    if (index === -1 || this.#closing.signal.aborted) return;
    this.#warm.splice(index, 1);
    this.#deaths++;
    const backoffMs = Math.min(RESTART_BASE_MS * 2 ** (this.#deaths - 1), RESTART_MAX_MS);
    const next =
      this.#deaths < MAX_DEATHS
        ? `the next one starts in ${backoffMs / 1000} s`
        : "none is kept warm until a job succeeds";
    this.#warn(`a warm child died, ${next}: ${child.lastError?.message ?? ""}`);
    if (this.#deaths >= MAX_DEATHS) return;
    clearTimeout(this.#restart);
    this.#restart = setTimeout(() => this.#fill(), backoffMs);
    this.#restart.unref();
  }

  async #usesOwnUid(): Promise<boolean> {
    const { argv, cwd, scratchRoot = defaultScratchRoot() } = this.#options;
    await makeScratchRoot(scratchRoot);
    const folders = cwd === undefined ? [scratchRoot] : [scratchRoot, cwd];
    this.#ownUid ??= await isUsableByChild(await probeSandbox(), { files: argv.filter(isAbsolute), folders });
    return this.#ownUid;
  }

  #track<T>(promise: Promise<T>): Promise<T> {
    this.#all.add(promise);
    const done = () => this.#all.delete(promise);
    promise.then(done, done);
    return promise;
  }

  #error(reason: ProcessError["reason"]): ProcessError {
    return new ProcessError(reason, this.#options.name);
  }

  #warn(text: string): void {
    this.#options.onWarning?.(`${this.#options.name}: ${text}`);
  }
}
