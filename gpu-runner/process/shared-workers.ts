/**
 * Long-lived children that serve requests of many jobs, one at a time each, so that what is slow to load (the model of a
 * neural network) is loaded once. Requests wait in one queue, first come, first served; of the free workers the one that
 * last served the same key is preferred. A worker is recycled before its memory can grow without bound.
 *
 * A worker sees files of more than one job: only programs that keep nothing of a request may run in one.
 */
import { KILL_GRACE_MS } from "#contract/limits.ts";
import { notePeakMemory, trackChild } from "./attempt-children.ts";
import { watchMemory } from "./memory-watch.ts";
import type { OneShotPoolOptions, OneShotRun } from "./one-shot.ts";
import { readResidentBytes } from "./proc-table.ts";
import { ProcessError } from "./process-error.ts";
import { watchLimits } from "./run-limits.ts";
import type { WarmChild } from "./warm-child.ts";
import { WarmChildren } from "./warm-children.ts";

/** `size` workers at most, warming ones included. */
export interface SharedWorkersOptions extends OneShotPoolOptions {
  /** Requests after which a worker is replaced. */
  readonly maxRequests: number;
  /** Resident memory after a request above which a worker is replaced. */
  readonly recycleAboveBytes: number;
}

interface Worker {
  readonly child: WarmChild;
  /** What it served last. */
  key: string | undefined;
  requests: number;
  isBusy: boolean;
}

interface Waiting {
  readonly key: string;
  readonly request: object;
  readonly run: OneShotRun;
  readonly expiresAt: number;
  resolve(result: Record<string, unknown>): void;
  reject(error: unknown): void;
  /** Stops watching the run's limits: from then on they end the worker. */
  leaveQueue(): void;
}

export class SharedWorkers {
  readonly #options: SharedWorkersOptions;
  readonly #children: WarmChildren;
  /** The one that was used longest ago first. */
  readonly #workers = new Set<Worker>();
  readonly #queue: Waiting[] = [];
  #starting = 0;
  #staysWarm = false;

  constructor(options: SharedWorkersOptions) {
    this.#options = options;
    this.#children = new WarmChildren(options);
  }

  /** Begins warming the workers. `once`: those that end are not replaced before they are needed. */
  start({ once = false }: { once?: boolean } = {}): void {
    this.#staysWarm ||= !once;
    if (once) this.#children.startOnce(this.#missing);
    else this.#keepWarm();
  }

  /** Resolves when a worker is ready, rejects with `ProcessError` when none can start. */
  async ready(): Promise<void> {
    if (this.#workers.size === 0) await this.#children.ready();
  }

  /** How many workers wait for a request. */
  get warmCount(): number {
    return this.#children.warmCount + [...this.#workers].filter((worker) => !worker.isBusy).length;
  }

  /**
   * Runs one request in a worker, preferably one that served `key` before. Resolves with the result message. Rejects with
   * `JobFailure` for the worker's own error message, after which it serves on, and with `ProcessError` when it died or
   * was ended for the run's signal or time-out, which also counts in the queue: then its whole tree is gone.
   */
  run(key: string, request: object, run: OneShotRun): Promise<Record<string, unknown>> {
    return trackChild(run.tag, this.#enqueue(key, request, run));
  }

  /** Ends all workers. Requests at work or waiting reject. */
  close(): Promise<void> {
    this.#staysWarm = false;
    const ends = [...this.#workers].filter(({ isBusy }) => !isBusy).map(({ child }) => child.end("aborted", 0));
    return Promise.allSettled([this.#children.close(), ...ends]).then(() => {});
  }

  /** Workers that there may still be besides those at work, free or being taken. */
  get #missing(): number {
    return Math.max(this.#options.size - this.#workers.size - this.#starting, 0);
  }

  #keepWarm(): void {
    if (this.#staysWarm) this.#children.keep(this.#missing);
  }

  #enqueue(key: string, request: object, run: OneShotRun): Promise<Record<string, unknown>> {
    const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>();
    const signal = AbortSignal.any([run.signal, this.#children.closing]);
    const waiting: Waiting = {
      key,
      request,
      run: { ...run, signal },
      expiresAt: performance.now() + run.timeoutMs,
      resolve,
      reject,
      leaveQueue: () => unwatch(),
    };
    this.#queue.push(waiting);
    const unwatch = watchLimits(waiting.run, (cause) => {
      this.#queue.splice(this.#queue.indexOf(waiting), 1);
      reject(new ProcessError(cause, this.#options.name));
    });
    this.#dispatch();
    return promise;
  }

  /** Hands waiting requests to free workers, and starts workers for those that are left. */
  #dispatch(): void {
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      const worker = this.#choose(next.key);
      if (!worker) break;
      this.#queue.shift();
      next.leaveQueue();
      void this.#serve(worker, next);
    }
    while (this.#starting < this.#queue.length && this.#missing > 0) void this.#startWorker();
  }

  /** A free worker for `key`. None when a warm child can take it at once, so that a worker need not give up its key. */
  #choose(key: string): Worker | undefined {
    const free = [...this.#workers].filter((worker) => !worker.isBusy);
    const same = free.find((worker) => worker.key === key) ?? free.find((worker) => worker.key === undefined);
    if (same) return same;
    const hasSpare = this.#missing > 0 && this.#children.warmCount > 0;
    return hasSpare ? undefined : free[0];
  }

  /** Makes a warm child a worker. One that can't start fails the request that waits longest. */
  async #startWorker(): Promise<void> {
    this.#starting++;
    this.#keepWarm();
    const limits = { signal: this.#children.closing, timeoutMs: this.#queue[0]?.run.timeoutMs ?? 0 };
    try {
      const child = await this.#children.take(limits);
      const worker: Worker = { child, key: undefined, requests: 0, isBusy: false };
      this.#workers.add(worker);
      void child.ended.then(() => this.#remove(worker));
    } catch (error) {
      const isTimeout = error instanceof ProcessError && error.reason === "timeout";
      const next = isTimeout ? undefined : this.#queue.shift(); // a time-out reaches each request by its own clock
      next?.leaveQueue();
      next?.reject(error);
    }
    this.#starting--;
    this.#keepWarm();
    this.#dispatch();
  }

  async #serve(worker: Worker, { key, request, run, expiresAt, resolve, reject }: Waiting): Promise<void> {
    const { child } = worker;
    this.#workers.delete(worker);
    this.#workers.add(worker);
    Object.assign(worker, { key, isBusy: true, requests: worker.requests + 1 });
    child.onLog = (line) => run.onLog?.(line);
    const memory = watchMemory(() => readResidentBytes(child.pid ?? 0));
    const limits = { signal: run.signal, timeoutMs: Math.max(expiresAt - performance.now(), 1) };
    const unwatch = watchLimits(limits, (cause) => void child.end(cause, KILL_GRACE_MS).catch(() => {}));
    try {
      resolve(await child.request(request, run));
      this.#children.noteSuccess();
    } catch (error) {
      reject(error);
    }
    unwatch();
    memory.stop();
    notePeakMemory(run.tag, memory.peak());
    child.onLog = () => {};
    worker.isBusy = false;
    if (this.#isWornOut(worker)) this.#retire(worker);
    this.#dispatch();
  }

  #isWornOut({ child, requests }: Worker): boolean {
    const { maxRequests, recycleAboveBytes } = this.#options;
    return requests >= maxRequests || (readResidentBytes(child.pid ?? 0) ?? 0) > recycleAboveBytes;
  }

  /** Ends a free worker; its replacement starts in the background. */
  #retire(worker: Worker): void {
    worker.child.end("aborted", 0).catch(() => {});
    this.#remove(worker);
  }

  #remove(worker: Worker): void {
    this.#workers.delete(worker);
    this.#keepWarm();
    this.#dispatch();
  }
}
