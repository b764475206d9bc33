/**
 * One batch: makes its jobs in portions, hears from them how they stand, and tells who watches. Each job decides its own
 * state; this object only counts. All work is idempotent and repeated by the one alarm until it is confirmed:
 * the ids of the jobs are known from the start, so that none is made twice.
 */
import { DurableObject } from "cloudflare:workers";
import type { Batch, BatchEvent, BatchJob } from "#contract/batch.ts";
import type { JobState } from "#contract/job.ts";
import { MAX_BATCH_JOBS } from "#contract/limits.ts";
import {
  type BatchRecord,
  type BatchRefusal,
  cancelBatch,
  createBatch,
  endsBatch,
  endsTold,
  isUnlisted,
  type JobNews,
  listAgain,
  listed,
  type NewBatchEvent,
  noteJob,
  numberBatchEvents,
  takenEvent,
  toBatch,
  toBatchJob,
  toNews,
  withExpiry,
  workedOn,
} from "../domain/batch-record.ts";
import { batchFinishedEvent } from "../domain/webhook-event.ts";
import type { Env } from "../env.ts";
import {
  addEvents,
  addJobs,
  addSources,
  cancelJobs,
  cancelTold,
  findRow,
  hasBatchStore,
  hasFiles,
  heldSources,
  jobsToCancel,
  jobsToCheck,
  jobsToMake,
  lastExpiry,
  listRows,
  loadBatch,
  migrateBatchStore,
  nextCheckAt,
  type PlannedJob,
  readBatchEvents,
  removeSource,
  saveBatch,
  saveRow,
} from "../storage/batch-store.ts";
import { holdSources, makeBatchJob } from "./batch-jobs.ts";
import { listBatch, unlistBatch } from "./batch-listing.ts";
import { EventStream } from "./event-stream.ts";
import { letGoOfSource, sourcesOf } from "./job-inputs.ts";
import { armIfLost } from "./lost-alarm.ts";
import { answerClose } from "./sockets.ts";
import { callJob, publishEvents } from "./stubs.ts";

/** Jobs that are made, cancelled or asked at once, and how many of such portions one run takes. */
const PORTION = 20;
const PORTIONS_PER_RUN = 10;
/** A batch whose inputs are not held by then was left by the call that brought it: it is dropped. */
const CHECK_MAX_MS = 2 * 60_000;
/** An alarm that failed rings again after this long. */
const ALARM_RETRY_MS = 5_000;
const MAX_FAILURES_SHOWN = 10;

/** What is asked for; the ids derive from the batch's. */
export interface BatchPlan {
  readonly id: string;
  readonly owner: string;
  readonly jobs: readonly PlannedJob[];
}

export type BatchOutcome =
  | { readonly ok: true; readonly batch: Batch }
  | { readonly ok: false; readonly refusal: BatchRefusal };

/** A page of jobs, and the number of the last one when there are more. */
export interface BatchJobPage {
  readonly jobs: readonly BatchJob[];
  readonly next: number | null;
}

export class BatchObject extends DurableObject<Env> {
  readonly #sql: SqlStorage;
  readonly #stream: EventStream<BatchEvent>;
  /** Whether there is a batch in this object. Looking for one that is not there must not make tables. */
  #exists: boolean;
  #atWork: Promise<void> = Promise.resolve();

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#sql = context.storage.sql;
    this.#exists = hasBatchStore(this.#sql);
    if (this.#exists) migrateBatchStore(this.#sql);
    this.#stream = new EventStream<BatchEvent>(context, {
      read: (afterSeq) => readBatchEvents(this.#sql, afterSeq),
      ends: endsBatch,
    });
  }

  /**
   * Takes the batch once all uploads and jobs that it needs are held. Nothing is made when one of them can't be.
   * Again with the same id is a no-op with the same answer.
   */
  async create(plan: BatchPlan): Promise<BatchOutcome> {
    if (!this.#exists) this.#begin(plan);
    if (this.#record().phase === "checking") {
      const refusal = await holdSources(this.env, plan);
      // The alarm may have given up meanwhile, or the same call come twice.
      if (!this.#exists) return { ok: false, refusal: BROKEN_OFF };
      if (this.#record().phase === "checking") this.#decide(refusal);
    }
    armIfLost(this.ctx, () => this.#arm());
    const record = this.#record();
    if (record.phase === "refused") return { ok: false, refusal: record.refusal ?? BROKEN_OFF };
    return { ok: true, batch: this.#view(record) };
  }

  /** The batch and whose it is; null when there is none. */
  read(): { batch: Batch; owner: string } | null {
    const record = this.#taken();
    return record && { batch: this.#view(record), owner: record.owner };
  }

  /** Jobs after a number, in order, only of these states when asked. */
  jobs(after: number, limit: number, states?: readonly JobState[]): BatchJobPage {
    if (!this.#taken()) return { jobs: [], next: null };
    const rows = listRows(this.#sql, after, limit + 1, states);
    const page = rows.slice(0, limit).map(toBatchJob);
    return { jobs: page, next: rows.length > limit ? (page.at(-1)?.number ?? null) : null };
  }

  /** Cancels all jobs that are not over, by and by. */
  cancel(): Batch | null {
    const record = this.#taken();
    if (!record) return null;
    const canceled = cancelBatch(record, Date.now());
    if (canceled !== record) {
      cancelJobs(this.#sql);
      this.#save(canceled);
      this.ctx.waitUntil(this.#work());
    }
    return this.#view(canceled);
  }

  /** How a job of this batch stands. Again, or late, is a no-op. */
  noteJob(news: JobNews): void {
    const record = this.#taken();
    const row = record && findRow(this.#sql, news.id);
    const change = record && row && noteJob(record, row, news, Date.now());
    if (!change) return;
    saveRow(this.#sql, change.row);
    const isNews = change.record.finishedAt !== record.finishedAt || change.row.expiresAt !== row.expiresAt;
    const after = isNews ? withExpiry(change.record, lastExpiry(this.#sql)) : change.record;
    this.#tell(after, change.events);
    if (isUntold(after) || isUnlisted(after)) this.ctx.waitUntil(this.#work());
  }

  /**
   * The clock's work, as the alarm does it, and the row of D1 written again: for the sweep, and to rebuild D1.
   * @returns null when this object holds no batch, or not any more, else whether the row is written; if not, the alarm repeats it
   */
  async wake(): Promise<{ listed: boolean } | null> {
    const record = this.#taken();
    if (record) this.#save(listAgain(record));
    if (this.#exists) await this.alarm();
    const after = this.#taken();
    return after && { listed: !isUnlisted(after) };
  }

  /** How many files each of the jobs after a number has that succeeded. */
  fileCounts(after: number): { number: number; files: number }[] {
    if (!this.#taken()) return [];
    return listRows(this.#sql, after, MAX_BATCH_JOBS, ["succeeded"]).map(({ number, files }) => ({ number, files }));
  }

  /** Streams events: `/events` as SSE, `/ws` as WebSocket; `?after=` is the last number the client has. */
  override async fetch(request: Request): Promise<Response> {
    const record = this.#taken();
    if (!record) return new Response(null, { status: 404 });
    const url = new URL(request.url);
    const open = url.pathname === "/ws" ? this.#stream.openSocket : this.#stream.openSse;
    return open.call(this.#stream, Number(url.searchParams.get("after") ?? "0"), record.finishedAt !== null);
  }

  override webSocketMessage(): void {
    // Clients have nothing to say here; `ping` is answered by the runtime.
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    answerClose(socket, code);
  }

  /** Jobs to make, to cancel and to ask; what is over goes. Never throws: the platform would stop retrying. */
  override async alarm(): Promise<void> {
    try {
      await this.#work();
    } catch (error) {
      console.error("batch alarm failed", { error: String(error) });
      await this.ctx.storage.setAlarm(Date.now() + ALARM_RETRY_MS);
    }
  }

  #begin({ id, owner, jobs }: BatchPlan): void {
    migrateBatchStore(this.#sql);
    this.#exists = true;
    const sources = jobs.flatMap(({ inputs }) => inputs.flatMap(sourcesOf));
    const own = new Set(jobs.map((job) => job.id));
    addJobs(this.#sql, jobs);
    addSources(
      this.#sql,
      sources.filter((source) => !own.has(source)),
    );
    saveBatch(this.#sql, createBatch(id, owner, jobs.length, Date.now()));
    this.#arm();
  }

  #decide(refusal: BatchRefusal | null): void {
    const record = this.#record();
    if (refusal) this.#save({ ...record, phase: "refused", refusal });
    else this.#tell(listAgain({ ...record, phase: "making" }), [takenEvent(record, Date.now())]);
    this.ctx.waitUntil(this.#work());
  }

  #record(): BatchRecord {
    return loadBatch(this.#sql);
  }

  /** The record of a batch that others may know of: its inputs were found good. */
  #taken(): BatchRecord | null {
    if (this.#exists) armIfLost(this.ctx, () => this.#arm());
    const record = this.#exists ? this.#record() : null;
    return record && (record.phase === "making" || record.phase === "made") ? record : null;
  }

  #view(record: BatchRecord): Batch {
    return toBatch(record, listRows(this.#sql, 0, MAX_FAILURES_SHOWN, ["failed", "expired"]));
  }

  #tell(record: BatchRecord, events: readonly NewBatchEvent[]): void {
    const numbered = numberBatchEvents(record, events);
    addEvents(this.#sql, numbered);
    this.#save({ ...record, seq: numbered.at(-1)?.seq ?? record.seq });
    this.#stream.publish(numbered);
  }

  #save(record: BatchRecord): void {
    saveBatch(this.#sql, record);
    this.#arm();
  }

  /** Sets the one alarm to the next time of interest. */
  #arm(): void {
    if (!this.#exists) return;
    const record = this.#record();
    const times = [nextCheckAt(this.#sql) ?? Number.POSITIVE_INFINITY];
    if (record.phase === "checking") times.push(record.createdAt + CHECK_MAX_MS);
    else if (this.#hasWork(record)) times.push(record.workAt);
    const at = Math.min(...times);
    // What is overdue waits as long as other work that failed.
    if (Number.isFinite(at)) void this.ctx.storage.setAlarm(Math.max(at, record.failures > 0 ? record.workAt : 0));
    else void this.ctx.storage.deleteAlarm();
  }

  #hasWork(record: BatchRecord): boolean {
    if (record.phase !== "made" || !hasFiles(this.#sql) || isUntold(record) || isUnlisted(record)) return true;
    return heldSources(this.#sql, 1).length > 0 || jobsToCancel(this.#sql, 1).length > 0;
  }

  /** One run after the other. */
  #work(): Promise<void> {
    this.#atWork = this.#atWork.catch(() => undefined).then(() => this.#workOnce());
    return this.#atWork;
  }

  async #workOnce(): Promise<void> {
    if (!this.#exists) return;
    const record = this.#record();
    if (record.phase === "checking" && Date.now() >= record.createdAt + CHECK_MAX_MS) {
      saveBatch(this.#sql, { ...record, phase: "refused", refusal: BROKEN_OFF });
    }
    // Lists hear of a new batch at once, but nothing waits for them.
    const isListed = this.#list();
    let done = true;
    for (let portion = 0; portion < PORTIONS_PER_RUN && done; portion++) {
      const work = this.#nextPortion();
      if (work.length === 0) break;
      const outcomes = await Promise.allSettled(work.map((piece) => piece()));
      const failed = outcomes.filter((outcome) => outcome.status === "rejected");
      for (const { reason } of failed)
        console.error("work on a batch failed, will be repeated", { error: String(reason) });
      done = failed.length === 0;
    }
    await isListed;
    await this.#settle(await this.#list(), done);
  }

  /** Writes the batch's row of D1 if it has changed. Tells whether there is nothing left to write. */
  async #list(): Promise<boolean> {
    const record = this.#taken();
    if (!record || !isUnlisted(record)) return true;
    if (!(await listBatch(this.env, record))) return false;
    saveBatch(this.#sql, listed(this.#record(), record.rowRev ?? 0));
    return true;
  }

  /** What is to be done next: jobs made first, then those told to cancel, then inputs let go, then webhooks told and jobs asked. */
  #nextPortion(): (() => Promise<void>)[] {
    const record = this.#record();
    const { phase, owner, id } = record;
    if (phase === "making") {
      const jobs = jobsToMake(this.#sql, PORTION);
      if (jobs.length > 0) {
        return jobs.map((job) => async () => this.#noteMade(toNews(await makeBatchJob(this.env, { id, owner }, job))));
      }
      saveBatch(this.#sql, { ...record, phase: "made" });
    }
    if (phase === "checking") return [];
    const toCancel = jobsToCancel(this.#sql, PORTION);
    if (toCancel.length > 0) return toCancel.map((job) => () => this.#cancelJob(job));
    const held = heldSources(this.#sql, PORTION);
    if (held.length > 0) return held.map((source) => () => this.#letGo(source));
    const asked = jobsToCheck(this.#sql, Date.now(), PORTION).map((job) => () => this.#ask(job));
    return isUntold(record) ? [() => this.#notify(record), ...asked] : asked;
  }

  /** The job is there; unlike its news, that is worth noting though it says nothing new. */
  #noteMade(news: JobNews): void {
    const row = findRow(this.#sql, news.id);
    if (row && !row.made) saveRow(this.#sql, { ...row, made: true });
    this.noteJob(news);
  }

  async #cancelJob(id: string): Promise<void> {
    const outcome = await callJob(this.env, id, (stub) => stub.cancel());
    cancelTold(this.#sql, id);
    if (outcome.ok) this.noteJob(toNews(outcome.value));
  }

  async #letGo(source: string): Promise<void> {
    await letGoOfSource(this.env, this.#record().id, source);
    removeSource(this.#sql, source);
  }

  async #notify({ id, owner, size, createdAt, ends = [] }: BatchRecord): Promise<void> {
    const events = ends.map(({ at, counts }) => batchFinishedEvent({ id, size, createdAt, finishedAt: at, counts }));
    await publishEvents(this.env, owner, events);
    saveBatch(this.#sql, endsTold(this.#record(), ends));
  }

  async #ask(id: string): Promise<void> {
    const facts = await callJob(this.env, id, (stub) => stub.read());
    if (facts) return this.noteJob(toNews(facts.job));
    // It was made, and is not there: whoever deleted it, nothing more will be heard of it.
    const row = findRow(this.#sql, id);
    if (row) saveRow(this.#sql, { ...row, purged: true, checkAt: null });
  }

  /** The batch goes when nothing of it is left: it was refused and holds nothing, or the files of all its jobs are gone. */
  async #settle(isListed: boolean, done: boolean): Promise<void> {
    const record = this.#record();
    const isRefused = record.phase === "refused" && heldSources(this.#sql, 1).length === 0;
    const isGone = record.phase === "made" && !hasFiles(this.#sql);
    // The row goes first: while it fails, the object still knows that it has to.
    const goes = isRefused || (isGone && (await unlistBatch(this.env, record.id)));
    if (!goes) {
      this.#save(workedOn(this.#record(), isGone || !done || !isListed, Date.now()));
      return;
    }
    this.#exists = false;
    void this.ctx.storage.deleteAlarm();
    void this.ctx.storage.deleteAll();
  }
}

/** Whether webhooks are still to be told of an end. */
function isUntold({ ends = [] }: BatchRecord): boolean {
  return ends.length > 0;
}

const BROKEN_OFF: BatchRefusal = {
  code: "unavailable",
  path: "",
  message: "The batch could not be taken in time. Send it again.",
};
