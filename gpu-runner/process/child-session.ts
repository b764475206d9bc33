/**
 * A child that one attempt keeps for several requests. It ends with `close`, or with the run's signal or time-out. The
 * attempt's signal also ends with its last step, so that a session which a failing step left open is no leak.
 */
import { KILL_GRACE_MS } from "#contract/limits.ts";
import { notePeakMemory, trackChild } from "./attempt-children.ts";
import { type RunLimits, watchLimits } from "./run-limits.ts";
import type { ChildCall, WarmChild } from "./warm-child.ts";

/** `onProgress` and `onEvent` hear of the requests that name no listeners of their own. */
export interface SessionRun extends RunLimits, ChildCall {
  /** Identifies the attempt. */
  readonly tag: string;
  onLog?(line: string): void;
}

export class ChildSession {
  readonly #child: WarmChild;
  readonly #run: SessionRun;
  readonly #onResult: () => void;
  readonly #unwatch: () => void;
  #last: Promise<unknown> = Promise.resolve();
  #unanswered = 0;
  #closed: Promise<void> | undefined;

  /** Takes over a ready child. `onResult` is told of every request that succeeded. */
  constructor(child: WarmChild, run: SessionRun, onResult: () => void) {
    this.#child = child;
    this.#run = run;
    this.#onResult = onResult;
    child.onLog = (line) => run.onLog?.(line);
    this.#unwatch = watchLimits(run, (cause) => void child.end(cause, this.#graceMs).catch(() => {}));
    const ended = child.ended.then(() => {
      this.#unwatch();
      notePeakMemory(run.tag, child.peakMemoryBytes);
    });
    void trackChild(run.tag, ended);
  }

  /**
   * Asks the child one thing, after what was asked before. Resolves with the result message. Rejects with `JobFailure`
   * for the child's own error message, which ends this request only, and with `ProcessError` when the child has ended:
   * then it and all it started are gone.
   */
  request(request: object, call: ChildCall = this.#run): Promise<Record<string, unknown>> {
    this.#unanswered++;
    const answer = this.#last.then(() => this.#ask(request, call)).finally(() => this.#unanswered--);
    this.#last = answer.catch(() => {});
    return answer;
  }

  /** Ends the child; requests that have no answer yet are rejected. Resolves when it and all it started are gone. */
  close(): Promise<void> {
    this.#unwatch();
    this.#closed ??= this.#child.end("aborted", this.#graceMs);
    return this.#closed;
  }

  async #ask(request: object, call: ChildCall): Promise<Record<string, unknown>> {
    const result = await this.#child.request(request, call);
    notePeakMemory(this.#run.tag, this.#child.peakMemoryBytes);
    this.#onResult();
    return result;
  }

  /** With an answer its files are written and closed: nothing is lost by ending an idle child at once. */
  get #graceMs(): number {
    return this.#unanswered > 0 ? KILL_GRACE_MS : 0;
  }
}
