/**
 * How a job's object takes a step: load → domain → store → re-arm the alarm, all in one synchronous piece. What the step asks
 * of the outside is noted in the record first and done afterwards; the alarm repeats it until it is confirmed.
 */
import type { JobEvent } from "#contract/job.ts";
import { noteDependencies } from "../domain/dependencies.ts";
import { hasPending, nextAlarmAt, repeatPending } from "../domain/job-alarm.ts";
import { keptUntil, purgeJob } from "../domain/job-keeping.ts";
import { placeConfirmed, tick } from "../domain/job-lifecycle.ts";
import type { Change, JobRecord, NewEvent, Refusal } from "../domain/job-record.ts";
import { type Env, readConfig } from "../env.ts";
import { deleteFanOut, loadFanOut } from "../storage/fan-out-store.ts";
import {
  appendEvents,
  deleteCheckpoints,
  forgetJobStore,
  loadJob,
  type StoredJob,
  saveJob,
} from "../storage/job-store.ts";
import { deleteJobRow } from "../storage/jobs-table.ts";
import { askForJob } from "./job-inputs.ts";
import { runPending } from "./pending-work.ts";

/** What a change answers across RPC. `missing`: this object never held a job. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: Refusal | "missing" };

/** An alarm that failed rings again after this long. */
const RETRY_MS = 5_000;

export class JobSteps {
  readonly #context: DurableObjectState;
  readonly #env: Env;
  readonly #sql: SqlStorage;
  readonly #publish: (events: readonly JobEvent[]) => void;
  #atWork: Promise<void> = Promise.resolve();

  /** `publish` tells whoever listens of events that are stored. */
  constructor(context: DurableObjectState, env: Env, publish: (events: readonly JobEvent[]) => void) {
    this.#context = context;
    this.#env = env;
    this.#sql = context.storage.sql;
    this.#publish = publish;
  }

  /** The stored job. Files whose time is over are gone from here on, however late the alarm is; so is a forgotten job. */
  load(): StoredJob | null {
    const stored = loadJob(this.#sql);
    const now = Date.now();
    if (stored?.record.pending.forget) return null;
    if (!stored || now < (keptUntil(stored.record) ?? Number.POSITIVE_INFINITY)) return stored;
    const purged = purgeJob(stored.record, now);
    if (!purged.ok) return stored;
    this.store(stored, purged);
    return loadJob(this.#sql);
  }

  /** Makes a change to the job, or says why not. Nothing is stored when nothing changes. */
  apply<T>(change: (record: JobRecord, now: number) => Change, answer: (record: JobRecord) => T): Outcome<T> {
    const stored = this.load();
    if (!stored) return { ok: false, reason: "missing" };
    const result = change(stored.record, Date.now());
    if (!result.ok) return result;
    if (result.record === stored.record) return { ok: true, value: answer(stored.record) };
    return { ok: true, value: answer(this.store(stored, result)) };
  }

  /** Stores a change and its events, and has done what it asks of the outside. */
  store(stored: StoredJob, change: { ok: true; record: JobRecord; events: readonly NewEvent[] }): JobRecord {
    const events = appendEvents(this.#sql, change.record.seq, change.events);
    const next = { ...change.record, seq: events.at(-1)?.seq ?? change.record.seq };
    const asksMore = hasPending(next) && change.record.pending !== stored.record.pending;
    const isNew = stored.record === change.record;
    const record = asksMore || isNew ? repeatPending(next, 0, Date.now()) : next;
    const pendingRev = stored.pendingRev + (asksMore ? 1 : 0);
    this.#save({ record, pendingRev, pendingFailures: asksMore ? 0 : stored.pendingFailures });
    this.#publish(events);
    if (asksMore || isNew) this.#context.waitUntil(this.#runPending());
    return record;
  }

  /**
   * What the alarm does: leases, time limits, retention and unconfirmed outside work. Never throws: the platform would stop
   * retrying.
   */
  async ring(): Promise<void> {
    try {
      this.apply(
        (record, now) => tick(record, now, Math.random(), readConfig(this.#env)),
        () => null,
      );
      await this.#runPending();
      // An alarm that came too early changed nothing and armed nothing.
      const stored = loadJob(this.#sql);
      if (stored) this.#arm(stored);
    } catch (error) {
      console.error("job alarm failed", { error: String(error) });
      await this.#context.storage.setAlarm(Date.now() + RETRY_MS);
    }
  }

  /** If a job of this object is being forgotten: resolves once that is done, or has failed. */
  async forgotten(): Promise<void> {
    if (loadJob(this.#sql)?.record.pending.forget) await this.#runPending();
  }

  #save(stored: StoredJob): void {
    saveJob(this.#sql, stored);
    if (stored.record.purgedAt !== null) deleteCheckpoints(this.#sql);
    // Who assisted learns that with the next call.
    if (stored.record.lease === null) deleteFanOut(this.#sql);
    this.#arm(stored);
  }

  /** Sets the one alarm to the job's next time of interest. */
  #arm(stored: StoredJob): void {
    const at = nextAlarmAt(stored.record, Date.now(), readConfig(this.#env).recordKeptMs);
    if (at === null) void this.#context.storage.deleteAlarm();
    else void this.#context.storage.setAlarm(at);
  }

  /** One run after the other, so that the pool hears of a job's changes in their order. */
  #runPending(): Promise<void> {
    this.#atWork = this.#atWork.catch(() => undefined).then(() => this.#runPendingOnce());
    return this.#atWork;
  }

  async #runPendingOnce(): Promise<void> {
    const before = loadJob(this.#sql);
    if (!before || !hasPending(before.record)) return;
    if (before.record.pending.forget) return this.#forget(before);
    const assistants = loadFanOut(this.#sql)?.assists.map(({ runnerId }) => runnerId);
    const [done, news] = await Promise.all([
      runPending(this.#env, before.record, assistants),
      askForJob(this.#env, before.record),
    ]);
    const now = loadJob(this.#sql);
    if (!now) return;
    // A newer request may have come while this one ran: its own run will tick it off.
    const current = now.pendingRev === before.pendingRev;
    const ticked = current
      ? { ...now.record, pending: { ...now.record.pending, ...done, ...(news ? { askDependencies: false } : {}) } }
      : now.record;
    const placed = current && done.pool === null ? placeConfirmed(ticked, Date.now()) : ticked;
    const failed = current && hasPending(placed);
    const pendingFailures = failed ? now.pendingFailures + 1 : 0;
    const record = failed ? repeatPending(placed, pendingFailures, Date.now()) : placed;
    this.#save({ record, pendingRev: now.pendingRev, pendingFailures });
    if (current && news) {
      this.apply(
        (waiting, at) => noteDependencies(waiting, news.reports, at, news.result),
        () => null,
      );
    }
  }

  /** The row goes first: while it fails, the object still knows that it has to. After both nothing is left of the job. */
  async #forget({ record, pendingRev, pendingFailures }: StoredJob): Promise<void> {
    try {
      await deleteJobRow(this.#env.DB, record.id);
    } catch (error) {
      console.error("a job's row could not be deleted, will be repeated", { jobId: record.id, error: String(error) });
      const later = repeatPending(record, pendingFailures + 1, Date.now());
      this.#save({ record: later, pendingRev, pendingFailures: pendingFailures + 1 });
      return;
    }
    forgetJobStore(this.#sql);
    void this.#context.storage.deleteAlarm();
    await this.#context.storage.deleteAll();
  }
}
