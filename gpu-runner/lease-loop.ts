/**
 * Leases jobs while slots are free and runs each as an `Attempt`. `serve` goes on until it is told to stop; `drain` ends
 * when the pool is empty and the last attempt is done. It decides nothing about a job itself.
 */
import { randomBytes } from "node:crypto";
import { RUNNER_API_VERSION, RUNNER_POLL_MS, WORKER_API_MIN_VERSION } from "#contract/limits.ts";
import type { Lease, RegisterRequest } from "#contract/runner-api.ts";
import { AssistAttempt, type AssistLease } from "./attempt/assist-attempt.ts";
import { Attempt, type AttemptDeps, type AttemptOutcome } from "./attempt/attempt.ts";
import { jitter } from "./clock.ts";
import { findOffer, type Offer, warmOffer } from "./offer.ts";
import { ApiError } from "./runner-api.ts";
import { errorText } from "./runner-log.ts";
import { RUNNER_VERSION } from "./version.ts";
import { WakeUp } from "./wake-up.ts";

const POLL_JITTER = 0.2;
const RETRY_MIN_MS = 500;
/** A drain runner that can't reach the Worker gives up after this many tries, about a minute. */
const DRAIN_REGISTER_TRIES = 10;
/** Answers that no retry changes: wrong key, wrong address, too old. */
const FATAL_STATUSES: ReadonlySet<number | null> = new Set([400, 401, 403, 404, 426]);

export interface LeaseLoopOptions extends AttemptDeps {
  readonly runnerId: string;
  readonly name: string;
  readonly pool: string;
  readonly slots: number;
  readonly mode: "serve" | "drain";
  readonly jobTypes: readonly string[] | undefined;
  readonly sandbox: string;
  /** Opens the doorbell; not called in `drain` mode. */
  openDoorbell?(events: { onWork(): void; onCancel(jobId: string): void; onParts(jobId: string): void }): {
    close(): void;
  };
  onOutcome?(type: string, outcome: AttemptOutcome): void;
}

export class LeaseLoop {
  readonly #options: LeaseLoopOptions;
  readonly #wakeUp = new WakeUp();
  readonly #running = new Map<Attempt | AssistAttempt, Promise<void>>();
  #offer: Offer = { recipes: new Map(), engines: {} };
  #pollMs = RUNNER_POLL_MS;
  #ready = false;
  /** Of the lease that is wanted now; kept until an answer comes, so that a lost answer loses no lease. */
  #requestId = makeRequestId();

  constructor(options: LeaseLoopOptions) {
    this.#options = options;
  }

  /** Whether it takes jobs: the engines are warm, the Worker knows this runner, and it is not told to end. */
  get ready(): boolean {
    return this.#ready;
  }

  get busySlots(): number {
    return this.#running.size;
  }

  get jobTypes(): string[] {
    return [...this.#offer.recipes.keys()];
  }

  /**
   * Works until `stop` aborts (running attempts are then released), until `finish` aborts and the running attempts are
   * done, or in `drain` mode until the pool is empty. Rejects when the Worker refuses this runner or no job type works here.
   */
  async run(stop: AbortSignal, finish: AbortSignal = new AbortController().signal): Promise<void> {
    const ended = new AbortController();
    const onStop = () => {
      for (const attempt of this.#running.keys()) attempt.stop("shutdown");
      this.#wakeUp.ring();
    };
    const onFinish = () => {
      this.#ready = false;
      for (const attempt of this.#running.keys()) attempt.finish();
      // The Worker hears of it at once: nobody is to count on this runner.
      if (this.#running.size > 0) void this.#signOfLife();
      this.#wakeUp.ring();
    };
    stop.addEventListener("abort", onStop, { signal: ended.signal });
    finish.addEventListener("abort", onFinish, { signal: ended.signal });
    const noMore = AbortSignal.any([stop, finish]);
    const until = AbortSignal.any([stop, ended.signal]);
    try {
      if (!(await this.#start(noMore))) return;
      const doorbell = this.#options.mode === "serve" ? this.#openDoorbell() : undefined;
      void this.#stayRegistered(until);
      await this.#work(stop, noMore);
      doorbell?.close();
    } finally {
      this.#ready = false;
      ended.abort();
      await Promise.all(this.#running.values());
    }
  }

  /** Registers, warms, registers as ready. False when it was told to stop meanwhile. */
  async #start(until: AbortSignal): Promise<boolean> {
    const { recipes, engines, jobTypes, clock, log } = this.#options;
    this.#offer = await findOffer(recipes, engines, jobTypes, log);
    this.#assertUseful();
    await this.#registerAtLast(until);
    this.#offer = await warmOffer(this.#offer, engines, clock, log);
    this.#assertUseful();
    this.#ready = true;
    await this.#registerAtLast(until);
    if (!until.aborted)
      log.info("ready", { jobTypes: this.jobTypes, pool: this.#options.pool, slots: this.#options.slots });
    return !until.aborted;
  }

  #assertUseful(): void {
    if (this.#offer.recipes.size === 0)
      throw new Error("No job type works on this machine: see the missing engines above");
  }

  async #work(stop: AbortSignal, noMore: AbortSignal): Promise<void> {
    const { mode, clock } = this.#options;
    while (!stop.aborted) {
      await this.#fillSlots(stop, noMore);
      const isLast = mode === "drain" || noMore.aborted;
      if (stop.aborted || (isLast && this.#running.size === 0)) return;
      await this.#wakeUp.wait(jitter(this.#pollMs, POLL_JITTER), clock);
    }
  }

  /** Leases until all slots are taken or there is no work. */
  async #fillSlots(stop: AbortSignal, noMore: AbortSignal): Promise<void> {
    const { api, runnerId, pool, slots, log } = this.#options;
    while (!noMore.aborted && this.#running.size < slots) {
      try {
        const request = { runnerId, requestId: this.#requestId, pool, jobTypes: this.jobTypes };
        const lease = await api.lease({ ...request, apiVersion: RUNNER_API_VERSION, fetchesUrls: true });
        this.#requestId = makeRequestId();
        if (!lease) return;
        this.#begin(lease, stop);
      } catch (error) {
        log.warn("lease failed", { error: errorText(error) });
        return;
      }
    }
  }

  #begin(lease: Lease, stop: AbortSignal): void {
    const { log, onOutcome, clock } = this.#options;
    const assists = lease.assist ? { assists: lease.assist.stage } : {};
    const fields = { jobId: lease.jobId, attempt: lease.attempt, type: lease.type, ...assists };
    const attempt = lease.assist
      ? new AssistAttempt(lease as AssistLease, { ...this.#options, jobTypes: this.jobTypes })
      : new Attempt(lease, this.#options);
    const startedAt = clock.now();
    log.info("attempt begins", fields);
    const run = attempt.run().then((outcome) => {
      this.#running.delete(attempt);
      log.info("attempt ends", { ...fields, outcome, ms: Math.round(clock.now() - startedAt) });
      onOutcome?.(lease.type, outcome);
      this.#wakeUp.ring();
    });
    this.#running.set(attempt, run);
    // The lease may have come in while the runner was told to stop: it goes back at once.
    if (stop.aborted) attempt.stop("shutdown");
  }

  #openDoorbell(): { close(): void } | undefined {
    return this.#options.openDoorbell?.({
      onWork: () => this.#wakeUp.ring(),
      onCancel: (jobId) => {
        for (const attempt of this.#running.keys()) if (attempt.lease.jobId === jobId) attempt.stop("cancel");
      },
      onParts: (jobId) => {
        for (const attempt of this.#running.keys()) if (attempt.lease.jobId === jobId) attempt.hurry();
      },
    });
  }

  async #stayRegistered(until: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      await clock.sleep(jitter(this.#pollMs, POLL_JITTER), until);
      if (until.aborted) return;
      await this.#signOfLife();
    }
  }

  /** A failed one is logged; the next one comes soon enough. */
  async #signOfLife(): Promise<void> {
    await this.#register().catch((error) => this.#options.log.warn("sign of life failed", { error: errorText(error) }));
  }

  /** Registers, however long the Worker takes to come up. Rejects when it refuses, in `drain` mode also when it is not there. */
  async #registerAtLast(until: AbortSignal): Promise<void> {
    const { clock, log, mode } = this.#options;
    for (let failures = 1; !until.aborted; failures++) {
      try {
        return await this.#register();
      } catch (error) {
        if (error instanceof OldWorkerError) throw error;
        if (error instanceof ApiError && FATAL_STATUSES.has(error.status)) throw error;
        if (mode === "drain" && failures >= DRAIN_REGISTER_TRIES) throw error;
        log.warn("not registered yet", { error: errorText(error) });
        await clock.sleep(jitter(Math.min(RETRY_MIN_MS * 2 ** failures, RUNNER_POLL_MS), POLL_JITTER), until);
      }
    }
  }

  async #register(): Promise<void> {
    const { api, runnerId, name, pool, slots, sandbox } = this.#options;
    const request: RegisterRequest = {
      runnerId,
      name,
      apiVersion: RUNNER_API_VERSION,
      version: RUNNER_VERSION,
      pool,
      jobTypes: this.jobTypes,
      slots,
      ready: this.#ready,
      engines: { ...this.#offer.engines },
      sandbox,
    };
    const { pollMs, apiVersion = 1 } = await api.register(request);
    if (apiVersion < WORKER_API_MIN_VERSION) throw new OldWorkerError(apiVersion);
    this.#pollMs = pollMs;
  }
}

/** Whether this runner and the Worker are too many versions apart: starting it again changes nothing. */
export function isVersionMismatch(error: unknown): boolean {
  return error instanceof OldWorkerError || (error instanceof ApiError && error.status === 426);
}

class OldWorkerError extends Error {
  constructor(version: number) {
    super(
      `the Worker speaks version ${version} of the runner API, ${WORKER_API_MIN_VERSION} is the oldest that this runner works with. Update the Worker.`,
    );
    this.name = "OldWorkerError";
  }
}

function makeRequestId(): string {
  return randomBytes(16).toString("hex");
}
