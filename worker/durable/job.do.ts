/** One job. The only writer of its state: each call is one step (job-steps.ts), decided by the domain. */
import { DurableObject } from "cloudflare:workers";
import { FINAL_STATES, type Job, type JobError, type JobEvent, type Progress } from "#contract/job.ts";
import { findOutput } from "#contract/job-types/job-type.ts";
import { findJobType } from "#contract/job-types/registry.ts";
import { MAX_CHECKPOINTS, MAX_EVENTS_PER_JOB } from "#contract/limits.ts";
import type { Artifact, Manifest } from "#contract/manifest.ts";
import type { FetchedInput, PartsRequest } from "#contract/runner-api.ts";
import { holdJob, letGoOfJob, pinJob, purgeJob, shareResult, unpinJob } from "../domain/job-keeping.ts";
import {
  addLogLines,
  completeJob,
  extendLease,
  failAttempt,
  type Grant,
  grantLease,
  holdsLease,
  manifestMatches,
  noteArtifact,
  releaseLease,
  reportProgress,
} from "../domain/job-lease.ts";
import {
  askDependencies,
  cancelJob,
  cancelQueuedJob,
  createJob,
  isFinal,
  type JobRequest,
  retryJob,
} from "../domain/job-lifecycle.ts";
import { projectAgain } from "../domain/job-projection.ts";
import { type FilesOfJob, filesOf, type JobRecord, nameOfJob, toJob } from "../domain/job-record.ts";
import { maySee } from "../domain/ownership.ts";
import { addShareLink, dropShareLink, type ShareLink } from "../domain/share-link.ts";
import { noteFetched } from "../domain/url-input.ts";
import { type Env, readConfig } from "../env.ts";
import { migrateFanOut } from "../storage/fan-out-store.ts";
import { headFile } from "../storage/files-bucket.ts";
import {
  countCheckpoints,
  hasJobStore,
  loadJob,
  migrateJobStore,
  readCheckpoints,
  readEvents,
  type StoredCheckpoint,
  saveCheckpoint,
} from "../storage/job-store.ts";
import { artifactKey } from "../storage/object-keys.ts";
import { EventStream } from "./event-stream.ts";
import { type AssistGrant, JobFanOut, type LeaseAnswer } from "./job-fan-out.ts";
import { namedKeys, unnamedKeys } from "./job-keys.ts";
import { JobSteps, type Outcome } from "./job-steps.ts";
import { findResult } from "./result-cache.ts";
import { answerClose } from "./sockets.ts";

export type { LeaseAnswer, Outcome };

export interface StoredFacts {
  readonly job: Job;
  readonly owner: string;
  /** What its owner would call it. */
  readonly name: string;
  /** Where the job's files lie. */
  readonly files: FilesOfJob | null;
  /** The jobs it is a version of, the latest first. */
  readonly ancestors: readonly string[];
  /** Hash of the request that made it, for a job under its client's id. */
  readonly clientRequest: string | null;
  /** Links that show it; some may be over. */
  readonly shareLinks: readonly ShareLink[];
}

export class JobObject extends DurableObject<Env> {
  readonly #sql: SqlStorage;
  readonly #stream: EventStream<JobEvent>;
  readonly #steps: JobSteps;
  readonly #fanOut: JobFanOut;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#sql = context.storage.sql;
    if (hasJobStore(this.#sql)) this.#migrate();
    this.#stream = new EventStream<JobEvent>(context, {
      read: (afterSeq) => readEvents(this.#sql, afterSeq, MAX_EVENTS_PER_JOB * 2),
      ends: (event) => event.kind === "status" && FINAL_STATES.has(event.data.state),
    });
    this.#steps = new JobSteps(context, env, (events) => this.#stream.publish(events));
    this.#fanOut = new JobFanOut(this.#sql, this.#steps);
  }

  /** Stores a new job, over at once when an equal one's result is there; again with the same id is a no-op. */
  async create(request: JobRequest): Promise<Job> {
    await this.#steps.forgotten();
    const { id, type, params, inputs, policy } = request;
    const subject = { type: type.name, typeVersion: type.version, params, inputs };
    const isAsked = policy.cache !== false && !loadJob(this.#sql);
    const result = isAsked ? await findResult(this.env, id, subject) : null;
    // Looked for again: the same call may have come twice, and made the job meanwhile.
    const existing = loadJob(this.#sql);
    if (existing) return toJob(existing.record);
    this.#migrate();
    const { record, events } = createJob(request, Date.now(), result);
    return toJob(this.#steps.store({ record, pendingRev: 0, pendingFailures: 0 }, { ok: true, record, events }));
  }

  /** The job and what only the Worker knows of it; null when there is none. */
  read(): StoredFacts | null {
    const record = this.#steps.load()?.record;
    return record ? toFacts(record) : null;
  }

  /**
   * The clock's work, as the alarm does it, and the row of D1 written again: for the sweep, and to rebuild D1.
   * @returns null when this object holds no job, or not any more, else whether the row is written; if not, the alarm repeats it
   */
  async wake(): Promise<{ listed: boolean } | null> {
    if (!this.#steps.apply(projectAgain, () => null).ok) return null;
    await this.alarm();
    const stored = this.#steps.load();
    return stored && { listed: !stored.record.pending.project };
  }

  /** The files of this job that ought to be in R2 now: its own, its checkpoints, its inputs. None once they may go. */
  namedFiles(): string[] {
    const record = this.#steps.load()?.record;
    if (!record || record.purgedAt !== null || record.pending.releaseInputs) return [];
    return namedKeys(record, readCheckpoints(this.#sql));
  }

  /** Those of these keys that this job does not name. With `wake`, what is due is done as well. */
  async unnamed(keys: readonly string[], wake: boolean): Promise<string[]> {
    const stored = this.#steps.load();
    const found = stored ? unnamedKeys(stored.record, readCheckpoints(this.#sql), keys) : [...keys];
    if (stored && wake) await this.alarm();
    return found;
  }

  cancel(): Outcome<Job> {
    return this.#steps.apply((record, now) => cancelJob(record, now), toJob);
  }

  retry(): Outcome<Job> {
    return this.#steps.apply((record, now) => retryJob(record, now), toJob);
  }

  /** Cancels the job unless a runner has begun it. */
  cancelIfQueued(): Outcome<null> {
    return this.#steps.apply(cancelQueuedJob, () => null);
  }

  /** Tries a job again that is over; one that is in line or at work is refused. */
  retryIfFinal(): Outcome<null> {
    return this.#steps.apply(
      (record, now) => (isFinal(record) ? retryJob(record, now) : { ok: false, reason: "not_retryable" }),
      () => null,
    );
  }

  /**
   * Keeps the files for a job of `owner`, or for a batch and `jobs` of its jobs; for somebody who may not see this job there
   * is none. 0 `jobs`: it was counted before.
   */
  hold(holder: string, owner: string, jobs: number): Outcome<StoredFacts> {
    const record = loadJob(this.#sql)?.record;
    if (record && !maySee(owner, record.owner)) return { ok: false, reason: "missing" };
    return this.#steps.apply((current) => holdJob(current, holder, jobs), toFacts);
  }

  /** Keeps the files published under `leaseId` for another job, of whatever owner, whose result they are as well. */
  share(sharer: string, leaseId: string): Outcome<Manifest> {
    return this.#steps.apply(
      (record) => shareResult(record, sharer, leaseId),
      ({ manifest }) => manifest as Manifest,
    );
  }

  /** Whether this job needs the files of another one, whose result it shares. */
  shares(sourceId: string): boolean {
    const record = loadJob(this.#sql)?.record;
    return record?.sharedFrom?.jobId === sourceId && (record.purgedAt === null || record.pending.releaseInputs);
  }

  /** A job that this one waits for may be over. */
  dependencyEnded(): void {
    this.#steps.apply(askDependencies, () => null);
  }

  /** A job that held this one, or shared its result, lets go. */
  letGo(holder: string): Outcome<null> {
    return this.#steps.apply(
      (record) => letGoOfJob(record, holder),
      () => null,
    );
  }

  /** Deletes the files of a finished job now. */
  purge(): Outcome<Job> {
    return this.#steps.apply((record, now) => purgeJob(record, now), toJob);
  }

  pin(): Outcome<Job> {
    return this.#steps.apply(pinJob, toJob);
  }

  unpin(): Outcome<Job> {
    return this.#steps.apply(unpinJob, toJob);
  }

  addShareLink(link: ShareLink): Outcome<Job> {
    return this.#steps.apply((record, now) => addShareLink(record, link, now), toJob);
  }

  dropShareLink(id: string): Outcome<Job> {
    return this.#steps.apply((record) => dropShareLink(record, id), toJob);
  }

  grant(grant: Grant): Outcome<JobRecord> {
    return this.#steps.apply(
      (record, now) => grantLease(record, grant, now),
      (record) => record,
    );
  }

  /** Lets a runner help the one that has the attempt. */
  assist(grant: Omit<Grant, "queuedAt">): Outcome<AssistGrant> {
    return this.#fanOut.grant(grant);
  }

  /** Names parts of a stage that other runners may make as well. */
  announceParts(leaseId: string, request: PartsRequest): Outcome<LeaseAnswer> {
    return this.#fanOut.announce(leaseId, request);
  }

  /** What an assistant is to make: up to `count` parts at a time. */
  claimParts(leaseId: string, count: number): Outcome<{ names: string[] }> {
    return this.#fanOut.claim(leaseId, count);
  }

  extend(leaseId: string): Outcome<LeaseAnswer> {
    if (this.#fanOut.isAssist(leaseId)) return this.#fanOut.extend(leaseId);
    return this.#fanOut.tell((record, now) => extendLease(record, leaseId, now));
  }

  progress(leaseId: string, progress: Progress): Outcome<LeaseAnswer> {
    return this.#fanOut.tell((record, now) => reportProgress(record, leaseId, progress, now));
  }

  log(leaseId: string, batch: number, lines: readonly string[]): Outcome<LeaseAnswer> {
    if (this.#fanOut.isAssist(leaseId)) return this.#fanOut.log(leaseId, batch, lines);
    return this.#fanOut.tell((record, now) => addLogLines(record, leaseId, batch, lines, now));
  }

  /** Notes what was found at the URL of an input. */
  noteFetched(leaseId: string, fetched: FetchedInput): Outcome<LeaseAnswer> {
    return this.#fanOut.tell((record, now) => noteFetched(record, leaseId, fetched, now));
  }

  /** Notes a file that is about to be written; its name must be one the job type writes. */
  noteArtifact(leaseId: string, artifact: Artifact): Outcome<LeaseAnswer> {
    return this.#fanOut.tell((record, now) => {
      const type = findJobType(record.type);
      const isListed = type !== undefined && findOutput(type, artifact.name) !== undefined;
      return noteArtifact(record, leaseId, artifact, isListed, now);
    });
  }

  /** Whether this lease may still write this file. */
  mayWrite(leaseId: string, name: string): boolean {
    const record = loadJob(this.#sql)?.record;
    return record !== undefined && holdsLease(record, leaseId) && record.lease?.artifacts[name] !== undefined;
  }

  /** Whether this lease may write a checkpoint of that name. */
  mayKeep(leaseId: string, name: string): Outcome<LeaseAnswer> {
    const allowed = this.extend(leaseId);
    if (!allowed.ok) return allowed;
    if (!this.#fanOut.mayKeep(leaseId, name)) return { ok: false, reason: "lease_lost" };
    const { exists, count } = countCheckpoints(this.#sql, name);
    return exists || count < MAX_CHECKPOINTS ? allowed : { ok: false, reason: "checkpoint_limit" };
  }

  /** Notes a checkpoint whose bytes are in R2. Answers the hash of bytes that no checkpoint has any more, or null. */
  keep(leaseId: string, checkpoint: StoredCheckpoint): Outcome<{ unused: string | null }> {
    const allowed = this.mayKeep(leaseId, checkpoint.name);
    if (!allowed.ok) return allowed;
    const unused = saveCheckpoint(this.#sql, checkpoint);
    this.#fanOut.noteMade(leaseId, checkpoint.name);
    return { ok: true, value: { unused } };
  }

  /** What earlier attempts, and this one, have kept; and the jobs that this one is a version of, which may have more. */
  checkpoints(leaseId: string): Outcome<{ own: StoredCheckpoint[]; ancestors: readonly string[] }> {
    const allowed = this.extend(leaseId);
    if (!allowed.ok) return allowed;
    const ancestors = loadJob(this.#sql)?.record.ancestors ?? [];
    return { ok: true, value: { own: readCheckpoints(this.#sql), ancestors } };
  }

  /** What this job keeps for a version of it. Nothing once its files are gone, or will be any moment. */
  keptForVersions(): StoredCheckpoint[] {
    const record = this.#steps.load()?.record;
    return record && record.purgedAt === null && !record.pending.releaseInputs ? readCheckpoints(this.#sql) : [];
  }

  /** Commits the manifest once R2 has every file it names. */
  async complete(leaseId: string, manifest: Manifest): Promise<Outcome<{ state: string }>> {
    const record = loadJob(this.#sql)?.record;
    if (record?.lease?.leaseId === leaseId && manifestMatches(record.lease, manifest)) {
      const heads = await Promise.all(
        manifest.artifacts.map(({ name }) => headFile(this.env.BUCKET, artifactKey(record.id, leaseId, name))),
      );
      const whole = manifest.artifacts.every(({ bytes }, index) => heads[index]?.size === bytes);
      if (!whole) return { ok: false, reason: "artifact_missing" };
    }
    // The lease is checked again here: anything may have happened while R2 answered.
    return this.#steps.apply(
      (current, now) => completeJob(current, leaseId, manifest, now),
      ({ state }) => ({ state }),
    );
  }

  fail(leaseId: string, failure: { error: JobError; retryable: boolean }): Outcome<{ state: string }> {
    return this.#steps.apply(
      (record, now) => failAttempt(record, leaseId, failure, now, Math.random(), this.#retryBaseMs()),
      ({ state }) => ({ state }),
    );
  }

  release(leaseId: string, reason: "shutdown" | "canceled"): Outcome<{ state: string }> {
    if (this.#fanOut.isAssist(leaseId)) return this.#fanOut.end(leaseId);
    return this.#steps.apply(
      (record, now) => releaseLease(record, leaseId, reason, now, Math.random(), this.#retryBaseMs()),
      ({ state }) => ({ state }),
    );
  }

  /** Stored events after `afterSeq`, of one kind when asked. */
  events(afterSeq: number, limit: number, kind?: JobEvent["kind"]): JobEvent[] {
    return this.#steps.load() ? readEvents(this.#sql, afterSeq, limit, kind) : [];
  }

  /**
   * Streams events: `/events` as SSE, `/ws` as WebSocket; `?after=` is the last number the client has. `/end` answers with
   * nothing, and is over when the job is, or after `?ms=`; with `?orCancel` the job is cancelled when the caller hangs up.
   */
  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const record = this.#steps.load()?.record;
    if (!record) return new Response(null, { status: 404 });
    if (url.pathname === "/end") {
      const onGone = url.searchParams.has("orCancel") ? () => void this.cancel() : undefined;
      return this.#stream.openEnd(Number(url.searchParams.get("ms")), isFinal(record), onGone);
    }
    const after = Number(url.searchParams.get("after") ?? "0");
    const open = url.pathname === "/ws" ? this.#stream.openSocket : this.#stream.openSse;
    return open.call(this.#stream, after, isFinal(record));
  }

  /** How many calls are open that are told of the job's events or its end, but for WebSockets. */
  waiting(): number {
    return this.#stream.listening;
  }

  override webSocketMessage(): void {
    // Clients have nothing to say here; `ping` is answered by the runtime.
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    answerClose(socket, code);
  }

  /** Leases, time limits, retention and unconfirmed outside work. */
  override alarm(): Promise<void> {
    return this.#steps.ring();
  }

  #migrate(): void {
    migrateJobStore(this.#sql);
    migrateFanOut(this.#sql);
  }

  #retryBaseMs(): number {
    return readConfig(this.env).retryBaseMs;
  }
}

function toFacts(record: JobRecord): StoredFacts {
  const { owner, ancestors = [], clientRequest = null, shareLinks = [] } = record;
  const [name, files] = [nameOfJob(record), filesOf(record)];
  return { job: toJob(record), owner, name, files, ancestors, clientRequest, shareLinks };
}
