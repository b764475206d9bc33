/**
 * Keeps one lease alive, and notices when it is not. It never stops anything itself: it calls `onCancel` or `onLost`.
 * The runner's own clock decides too: without a successful call for the lease's TTL, the lease is lost, whatever the
 * Worker may think.
 */
import { HEARTBEAT_JITTER } from "#contract/limits.ts";
import type { Lease, LeaseStatus, SharedPartsStatus } from "#contract/runner-api.ts";
import { type Clock, jitter } from "../clock.ts";
import { LeaseLostError, type RunnerApi } from "../runner-api.ts";
import { errorText, type RunnerLog } from "../runner-log.ts";

export interface LeaseKeeperOptions {
  readonly lease: Lease;
  readonly api: Pick<RunnerApi, "extend">;
  readonly clock: Clock;
  readonly log: RunnerLog;
  onCancel(): void;
  onLost(): void;
  /** What other runners have of the stage that this one shares, as each answer tells it. */
  onParts?(parts: SharedPartsStatus | undefined): void;
}

export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #stopping = new AbortController();
  #hurry = new AbortController();
  /** On the runner's clock, counted from before the call that was answered, so that it errs on the early side. */
  #expiresAt: number;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    this.#expiresAt = options.clock.now() + options.lease.ttlMs;
  }

  /** Sends heartbeats until `stop`, a lost lease, or its expiry. Never rejects. */
  async run(): Promise<void> {
    const { lease, clock, onLost } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const untilExpiryMs = this.#expiresAt - clock.now();
      const hurried = AbortSignal.any([signal, this.#hurry.signal]);
      await clock.sleep(Math.min(jitter(lease.heartbeatMs, HEARTBEAT_JITTER), untilExpiryMs), hurried);
      this.#hurry = new AbortController();
      if (signal.aborted) return;
      const alive = clock.now() < this.#expiresAt && (await this.#beat());
      if (!alive && !signal.aborted) return onLost();
    }
  }

  /** Takes in the answer of any call that extends the lease; `sentAt` is when the call was sent. */
  note(status: LeaseStatus, sentAt: number): void {
    // Answers can overtake each other: an older one must not shorten the lease.
    this.#expiresAt = Math.max(this.#expiresAt, sentAt + status.ttlMs);
    if (status.cancel) this.#options.onCancel();
    this.#options.onParts?.(status.parts);
  }

  /** Sends the next heartbeat now. */
  hurry(): void {
    this.#hurry.abort();
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** One heartbeat. False when the lease is lost, or ran out while the call was under way. */
  async #beat(): Promise<boolean> {
    const { lease, api, clock, log } = this.#options;
    const sentAt = clock.now();
    const answered = new AbortController();
    const expired = clock.sleep(this.#expiresAt - sentAt, answered.signal).then(() => "expired" as const);
    try {
      const answer = await Promise.race([api.extend(lease), expired]);
      if (answer === "expired") return false;
      this.note(answer, sentAt);
      return true;
    } catch (error) {
      if (error instanceof LeaseLostError) return false;
      log.warn("heartbeat failed", { error: errorText(error) });
      return true;
    } finally {
      answered.abort();
    }
  }
}
