/**
 * Prewarmed children of one engine, each for one attempt: for a single request, or for a session of several. A child
 * never serves two attempts.
 */
import { trackChild } from "./attempt-children.ts";
import { ChildSession, type SessionRun } from "./child-session.ts";
import { WarmChildren, type WarmChildrenOptions } from "./warm-children.ts";

export type OneShotPoolOptions = WarmChildrenOptions;

export interface OneShotRun extends SessionRun {
  readonly workDir: string;
}

export class OneShotPool {
  readonly #children: WarmChildren;
  readonly #size: number;

  constructor(options: OneShotPoolOptions) {
    this.#children = new WarmChildren(options);
    this.#size = options.size;
  }

  /** Begins warming `size` children. `once`: they are for the next calls only, and not replaced when they are taken. */
  start({ once = false }: { once?: boolean } = {}): void {
    if (once) this.#children.startOnce(this.#size);
    else this.#children.keep(this.#size);
  }

  /** Resolves with the engine's version when a child is ready, rejects with `ProcessError` when it can't start. Starts one if none is. */
  ready(): Promise<{ version: string }> {
    return this.#children.ready();
  }

  /** How many children wait for a job. */
  get warmCount(): number {
    return this.#children.warmCount;
  }

  /**
   * Runs one request in a child of its own. Resolves with the result message. Rejects with `JobFailure` for the child's
   * own error message, else with `ProcessError`. Either way the child and all it started are gone by then.
   */
  run(request: object, run: OneShotRun): Promise<Record<string, unknown>> {
    return trackChild(run.tag, this.#run(request, run));
  }

  /**
   * Takes a child for several requests of one attempt. Close the session when they are done; the run's signal and
   * time-out, which counts from this call, end it too. Rejects with `ProcessError` when no child can be started.
   */
  open(run: OneShotRun): Promise<ChildSession> {
    return trackChild(run.tag, this.#open(run));
  }

  /** Ends all children, those at work as well, and stops warming. */
  close(): Promise<void> {
    return this.#children.close();
  }

  async #run(request: object, run: OneShotRun): Promise<Record<string, unknown>> {
    const session = await this.#open(run);
    try {
      return await session.request(request);
    } finally {
      await session.close();
    }
  }

  async #open(run: OneShotRun): Promise<ChildSession> {
    const startedAt = performance.now();
    const child = await this.#children.take(run);
    const timeoutMs = Math.max(run.timeoutMs - (performance.now() - startedAt), 1);
    const signal = AbortSignal.any([run.signal, this.#children.closing]);
    return new ChildSession(child, { ...run, signal, timeoutMs }, () => this.#children.noteSuccess());
  }
}
