/**
 * Sends progress and log lines of one attempt, at most once a second. Of several progress reports only the last one
 * counts. A report that can't be sent never fails the job.
 */
import type { Progress } from "#contract/job.ts";
import { MAX_JSON_BODY_BYTES, MAX_LOG_LINES_PER_CALL, PROGRESS_MIN_INTERVAL_MS } from "#contract/limits.ts";
import type { Lease, LeaseStatus } from "#contract/runner-api.ts";
import type { Clock } from "../clock.ts";
import { ApiError, LeaseLostError, type RunnerApi } from "../runner-api.ts";
import { errorText, type RunnerLog } from "../runner-log.ts";

/** Log text of one call, as JSON; leaves room for the rest of the body. */
const MAX_BATCH_BYTES = MAX_JSON_BODY_BYTES * 0.75;

export interface JobReporterOptions {
  readonly lease: Lease;
  readonly api: Pick<RunnerApi, "progress" | "logs">;
  readonly clock: Clock;
  readonly log: RunnerLog;
  onStatus(status: LeaseStatus, sentAt: number): void;
  onLost(): void;
}

export class JobReporter {
  readonly #options: JobReporterOptions;
  readonly #hurry = new AbortController();
  readonly #lines: string[] = [];
  /** The batch that is under way: until it is accepted it is sent again, under the same number. */
  #unsent: string[] = [];
  #batch = 0;
  #progress: Progress | undefined;
  #pump: Promise<void> | undefined;
  #sentAt = Number.NEGATIVE_INFINITY;
  #silent = false;

  constructor(options: JobReporterOptions) {
    this.#options = options;
  }

  progress(progress: Progress): void {
    this.#progress = progress;
    this.#start();
  }

  log(line: string): void {
    this.#lines.push(line);
    this.#start();
  }

  /** Sends the log lines that are left without waiting for their turn. Progress is not news any more. */
  async flush(): Promise<void> {
    this.#hurry.abort();
    this.#progress = undefined;
    this.#start();
    await this.#pump;
    this.#silent = true;
  }

  /** Sends nothing more. */
  silence(): void {
    this.#silent = true;
    this.#hurry.abort();
  }

  #start(): void {
    if (!this.#silent) this.#pump ??= this.#send();
  }

  async #send(): Promise<void> {
    const { clock, api, lease } = this.#options;
    while (!this.#silent && this.#hasNews()) {
      const waitMs = this.#sentAt + PROGRESS_MIN_INTERVAL_MS - clock.now();
      if (waitMs > 0) await clock.sleep(waitMs, this.#hurry.signal);
      this.#sentAt = clock.now();
      const progress = this.#progress;
      this.#progress = undefined;
      if (progress && !this.#silent) await this.#call(() => api.progress(lease, progress));
      if (!this.#silent) await this.#sendLines();
    }
    this.#pump = undefined;
  }

  #hasNews(): boolean {
    return this.#progress !== undefined || this.#lines.length > 0 || this.#unsent.length > 0;
  }

  async #sendLines(): Promise<void> {
    if (this.#unsent.length === 0) {
      this.#unsent = takeBatch(this.#lines);
      if (this.#unsent.length === 0) return;
      this.#batch++;
    }
    const accepted = await this.#call(() => this.#options.api.logs(this.#options.lease, this.#batch, this.#unsent));
    // When the attempt ends there is no later.
    if (accepted || this.#hurry.signal.aborted) this.#unsent = [];
  }

  /** Makes one call. True when it is settled, also by a final refusal; false when it may be tried later. */
  async #call(action: () => Promise<LeaseStatus>): Promise<boolean> {
    const { clock, log, onStatus, onLost } = this.#options;
    const sentAt = clock.now();
    try {
      onStatus(await action(), sentAt);
      return true;
    } catch (error) {
      if (error instanceof LeaseLostError) {
        this.silence();
        onLost();
      } else log.warn("report failed", { error: errorText(error) });
      return error instanceof ApiError && error.status !== null && error.status < 500 && error.status !== 429;
    }
  }
}

/** Takes as many lines from the front as fit into one call; at least one. */
function takeBatch(lines: string[]): string[] {
  let bytes = 0;
  let count = 0;
  for (const line of lines.slice(0, MAX_LOG_LINES_PER_CALL)) {
    bytes += Buffer.byteLength(JSON.stringify(line)) + 1;
    if (bytes > MAX_BATCH_BYTES && count > 0) break;
    count++;
  }
  return lines.splice(0, count);
}
