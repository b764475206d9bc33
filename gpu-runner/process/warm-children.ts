/**
 * Keeps children of one program warm, so that a job need not wait for it to load its libraries. A taken child is replaced
 * in the background. One that dies while warm is reported and replaced with backoff, a bounded number of times.
 */
import { isAbsolute } from "node:path";
import { ProcessError } from "./process-error.ts";
import { type RunLimits, watchLimits } from "./run-limits.ts";
import { isUsableByChild, probeSandbox } from "./sandbox.ts";
import { defaultScratchRoot, makeScratchRoot } from "./scratch.ts";
import { WarmChild } from "./warm-child.ts";

/** Children that may die one after the other, without a job done in between, before warming stops until the next job. */
const MAX_DEATHS = 5;
const RESTART_BASE_MS = 1_000;
const RESTART_MAX_MS = 60_000;
/** How often one job tries to get a child that starts. */
const START_TRIES = 2;

export interface WarmChildrenOptions {
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

export class WarmChildren {
  readonly #options: WarmChildrenOptions;
  readonly #warm: WarmChild[] = [];
  /** Ends of all children that are alive, taken ones as well. */
  readonly #ends = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();
  /** Children to keep warm. */
  #target = 0;
  #deaths = 0;
  #restart: NodeJS.Timeout | undefined;
  #ownUid: boolean | undefined;

  constructor(options: WarmChildrenOptions) {
    this.#options = options;
  }

  /** Aborts when `close` is called. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** From now on keeps `count` children warm, and starts those that are missing. */
  keep(count: number): void {
    this.#target = count;
    this.#fill();
  }

  /** Starts `count` children that are not replaced when they are taken. */
  startOnce(count: number): void {
    this.#fill(count, false);
  }

  /** Resolves with the program's version when a child is ready, rejects with `ProcessError` when it can't start. Starts one if none is. */
  async ready(): Promise<{ version: string }> {
    return await this.#whenReady(this.#warm[0] ?? this.#add(false));
  }

  /** How many children wait for a job. */
  get warmCount(): number {
    return this.#warm.filter((child) => child.isReady).length;
  }

  /**
   * A ready child, the caller's from then on. Waits for one that is warming, or starts one. Rejects with `ProcessError`
   * when none can be started or the limits stop it.
   */
  async take(limits: RunLimits): Promise<WarmChild> {
    for (let attempt = 1; ; attempt++) {
      if (limits.signal.aborted || this.closing.aborted) throw this.#error("aborted");
      const child = this.#warm.find((candidate) => candidate.isReady) ?? this.#warm[0] ?? this.#add(false);
      this.#warm.splice(this.#warm.indexOf(child), 1);
      child.prioritise();
      this.#fill();
      try {
        await this.#readyOrStopped(child, limits);
        return child;
      } catch (error) {
        await child.end("aborted", 0);
        const isFinal = !(error instanceof ProcessError) || error.reason === "timeout" || error.reason === "aborted";
        if (isFinal || attempt === START_TRIES) throw error;
      }
    }
  }

  /** A child has done a job: those that died before are forgotten. */
  noteSuccess(): void {
    this.#deaths = 0;
    this.#fill();
  }

  /** Ends the warm children and stops warming. Resolves when they and all that were taken have ended. */
  async close(): Promise<void> {
    this.#target = 0;
    clearTimeout(this.#restart);
    this.#closing.abort();
    const warm = this.#warm.splice(0);
    await Promise.allSettled([...warm.map((child) => child.end("aborted", 0)), ...this.#ends]);
  }

  async #readyOrStopped(child: WarmChild, { signal, timeoutMs }: RunLimits): Promise<void> {
    const stopped = Promise.withResolvers<never>();
    const limits = { signal: AbortSignal.any([signal, this.closing]), timeoutMs };
    const unwatch = watchLimits(limits, (cause) => stopped.reject(this.#error(cause)));
    try {
      await Promise.race([this.#whenReady(child), stopped.promise]);
    } finally {
      unwatch();
    }
  }

  /** A child that can't start under the sandbox's uid is no reason to fail: the next ones keep the runner's. */
  async #whenReady(child: WarmChild): Promise<{ version: string }> {
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
    if (this.closing.aborted || this.#deaths >= MAX_DEATHS) return;
    while (this.#warm.length < target) this.#add(background);
  }

  #add(background: boolean): WarmChild {
    const { name, argv, cwd, env, memoryLimitBytes, scratchRoot = defaultScratchRoot() } = this.#options;
    const child = new WarmChild({
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
    this.#ends.add(child.ended);
    void child.ended.then(() => {
      this.#ends.delete(child.ended);
      this.#onEnd(child);
    });
    return child;
  }

  /** A child that is still in the pool when it ends has died before it had a job. */
  #onEnd(child: WarmChild): void {
    const index = this.#warm.indexOf(child);
    if (index === -1 || this.closing.aborted) return;
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

  #error(reason: ProcessError["reason"]): ProcessError {
    return new ProcessError(reason, this.#options.name);
  }

  #warn(text: string): void {
    this.#options.onWarning?.(`${this.#options.name}: ${text}`);
  }
}
