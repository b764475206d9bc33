/**
 * One job behind a network that may deliver every call late, more than once or never, in any order. A call carries what
 * its sender knew when it was sent. After each delivery the invariants of the state machine are checked.
 */
import assert from "node:assert/strict";
import { FINAL_STATES, type JobEvent } from "#contract/job.ts";
import type { Manifest } from "#contract/manifest.ts";
import { awaitedInput, type DependencyReport, noteDependencies } from "../../../../worker/domain/dependencies.ts";
import { numberEvents } from "../../../../worker/domain/event-numbering.ts";
import { letGoOfJob, pinJob, purgeJob, shareResult, unpinJob } from "../../../../worker/domain/job-keeping.ts";
import {
  addLogLines,
  completeJob,
  extendLease,
  failAttempt,
  grantLease,
  releaseLease,
  reportProgress,
} from "../../../../worker/domain/job-lease.ts";
import {
  askDependencies,
  cancelJob,
  createJob,
  isFinal,
  retryJob,
  tick,
} from "../../../../worker/domain/job-lifecycle.ts";
import { type Change, isAwaited, type JobRecord } from "../../../../worker/domain/job-record.ts";

const TYPE = { name: "echo", version: 1, pool: "cpu", timeoutS: 60 };
const MANIFEST: Manifest = {
  jobType: "echo",
  typeVersion: 1,
  params: {},
  artifacts: [],
  versions: {},
  timings: [],
  peakMemoryBytes: null,
  seed: null,
  report: {},
  warnings: [],
};
/** What the job may wait for writes its main file. */
const OUTPUT = { name: "echo.txt", bytes: 3, sha256: "0".repeat(64), contentType: "text/plain; charset=utf-8" };
const PROGRESS = { stage: "echo", stageIndex: 0, stageCount: 1, percent: 50, etaS: null };
const ERROR = { code: "engine_failed", message: "It broke." } as const;

const RUNNER_CALLS = ["extend", "progress", "log", "complete", "fail", "failHard", "shutdown", "canceled"] as const;
const KEEPING_CALLS = ["pin", "unpin", "share", "letGo"] as const;
/** `parentMoves`: the job it waits for ends, or is tried again, and tells so; `report`: what that one says when it is asked. */
const DEPENDENCY_CALLS = ["parentMoves", "report"] as const;
const USER_CALLS = ["cancel", "retry", "purge"] as const;
/** What may happen to a job that needs no other one, and to any. */
export const OWN_CALL_KINDS = ["grant", ...RUNNER_CALLS, ...KEEPING_CALLS, ...USER_CALLS, "tick"] as const;
export const CALL_KINDS = [...OWN_CALL_KINDS, ...DEPENDENCY_CALLS] as const;
type CallKind = (typeof CALL_KINDS)[number];

/** One call as a random order holds it. */
export interface Call {
  readonly kind: CallKind;
  /** Which of all leases ever granted the sender believes in; 0 is the newest. */
  readonly lease: number;
  /** Time that passes before it is sent. */
  readonly waitMs: number;
  /** Uniform in [0, 1), for backoff. */
  readonly random: number;
  /** One number for each copy that arrives: how many steps later. */
  readonly copies: readonly number[];
}

/** A call on its way. */
interface Message {
  readonly kind: CallKind;
  readonly leaseId: string;
  /** The turn that the pool offered. */
  readonly queuedAt: number;
  /** How the job it waits for stood when this was sent. */
  readonly report: DependencyReport;
  readonly random: number;
  readonly sentStep: number;
  readonly dueStep: number;
}

export class JobOnNetwork {
  record: JobRecord;
  now = 1;
  readonly #log: JobEvent[] = [];
  readonly #leases: string[] = [];
  #parent: ParentState = "running";
  #onTheWay: Message[] = [];
  #step = 0;
  #endings = 0;
  #purges = 0;
  readonly #reached = new Set<string>();

  /** With `waits`, an input is the file of another job that is not over. */
  constructor({ waits }: { waits: boolean }) {
    const inputs = waits ? [awaitedInput("parent", null, null, "echo")] : [];
    const job = { id: "job", owner: "o", type: TYPE, params: {}, inputs, policy: {} };
    const { record, events } = createJob(job, this.now);
    this.record = record;
    this.#keep({ ok: true, record, events });
  }

  /** Time passes, what is due arrives, and one more call is sent. */
  step(call: Call): void {
    this.#step += 1;
    this.now += call.waitMs;
    this.#deliver(({ dueStep }) => dueStep <= this.#step);
    // Each grant is a lease of its own; its repetitions are the same one.
    const leaseId = call.kind === "grant" ? `lease-${this.#step}` : (this.#leases.at(-1 - call.lease) ?? "none");
    const { kind, random } = call;
    if (kind === "parentMoves") this.#parent = nextParentState(this.#parent, this.#step);
    const report = this.report();
    for (const delay of call.copies) {
      const [sentStep, dueStep] = [this.#step, this.#step + delay];
      this.#onTheWay.push({ kind, leaseId, queuedAt: this.record.queuedAt, report, random, sentStep, dueStep });
    }
    this.#deliver(({ dueStep }) => dueStep <= this.#step);
  }

  /** All that is still on its way arrives. */
  deliverAll(): void {
    this.#deliver(() => true);
  }

  /** What a watcher must have been told, once all is said. */
  checkLog(): void {
    assert.deepEqual(
      this.#log.map(({ seq }) => seq),
      this.#log.map((_, index) => index + 1),
    );
    const final = this.#log.filter((event) => event.kind === "status" && FINAL_STATES.has(event.data.state));
    // Losing its files tells the final state once more; nothing else does.
    assert.equal(final.length, this.#endings + this.#purges);
  }

  /** What the job it waits for says of itself now. */
  report(state: ParentState = this.#parent): DependencyReport {
    const done = state === "succeeded";
    return {
      jobId: "parent",
      gone: null,
      facts: {
        name: "echo",
        job: { state, type: "echo", error: null, manifest: done ? { ...MANIFEST, artifacts: [OUTPUT] } : null },
        files: done ? { jobId: "parent", leaseId: "lease" } : null,
      },
    };
  }

  /** Kinds of calls that changed the job, final states it was in, and whether calls arrived late. */
  reached(): ReadonlySet<string> {
    return this.#reached;
  }

  #deliver(isDue: (message: Message) => boolean): void {
    const due = this.#onTheWay.filter(isDue);
    this.#onTheWay = this.#onTheWay.filter((message) => !isDue(message));
    for (const message of due) this.#arrive(message);
  }

  #arrive(message: Message): void {
    const before = this.record;
    const change = this.#apply(message);
    if (!change.ok) return;
    const after = change.record;
    checkChange(before, after, message);
    if (after.lease && after.lease.leaseId !== before.lease?.leaseId) {
      assert.equal(before.lease, null, "a lease was given away while another one lived");
      assert.ok(!this.#leases.includes(after.lease.leaseId), "a lease came twice");
      this.#leases.push(after.lease.leaseId);
    }
    if (after !== before) this.#reached.add(message.kind);
    if (message.sentStep < this.#step) this.#reached.add("late");
    if (this.#leases.length >= 3) this.#reached.add("three leases");
    if (isFinal(after)) this.#reached.add(after.state);
    if (after.error?.code === "dependency_failed") this.#reached.add("dependency_failed");
    if (before.state === "waiting" && after.state === "queued") this.#reached.add("input came");
    if (!isFinal(before) && isFinal(after)) this.#endings += 1;
    if (before.purgedAt === null && after.purgedAt !== null) this.#purges += 1;
    if (after !== before) this.#keep(change);
  }

  /** As the job's object stores a change: the events are numbered on from the record's last one. */
  #keep(change: Change & { ok: true }): void {
    const events = numberEvents(change.record.seq, change.events);
    this.#log.push(...events);
    this.record = { ...change.record, seq: events.at(-1)?.seq ?? change.record.seq };
  }

  #apply({ kind, leaseId, queuedAt, report, random }: Message): Change {
    const { record, now } = this;
    switch (kind) {
      case "grant":
        return grantLease(record, { leaseId, runnerId: "r", queuedAt }, now);
      case "extend":
        return extendLease(record, leaseId, now);
      case "progress":
        return reportProgress(record, leaseId, PROGRESS, now);
      case "log":
        return addLogLines(record, leaseId, 1, ["line"], now);
      case "complete":
        return completeJob(record, leaseId, MANIFEST, now);
      case "fail":
        return failAttempt(record, leaseId, { error: ERROR, retryable: true }, now, random);
      case "failHard":
        return failAttempt(record, leaseId, { error: ERROR, retryable: false }, now, random);
      case "shutdown":
        return releaseLease(record, leaseId, "shutdown", now, random);
      case "canceled":
        return releaseLease(record, leaseId, "canceled", now, random);
      case "parentMoves":
        return askDependencies(record, now);
      case "report":
        return noteDependencies(record, [report], now);
      case "cancel":
        return cancelJob(record, now);
      case "retry":
        return retryJob(record, now);
      case "purge":
        return purgeJob(record, now);
      case "pin":
        return pinJob(record);
      case "unpin":
        return unpinJob(record, now);
      case "share":
        return shareResult(record, `sharer-${leaseId}`, leaseId);
      case "letGo":
        return letGoOfJob(record, `sharer-${leaseId}`);
      case "tick":
        return tick(record, now, random);
    }
  }
}

export type ParentState = "running" | "succeeded" | "failed";

/** It ends, or is tried again by hand when it failed; a result stays. */
function nextParentState(state: ParentState, step: number): ParentState {
  if (state === "running") return step % 2 === 0 ? "succeeded" : "failed";
  return state === "failed" ? "running" : state;
}

function checkChange(before: JobRecord, after: JobRecord, { kind, leaseId }: Message): void {
  // Only the present lease, or the one that settled the job, gets anything but a refusal.
  if ((RUNNER_CALLS as readonly string[]).includes(kind)) {
    assert.ok(leaseId === before.lease?.leaseId || leaseId === before.settledBy, "a stale lease was heard");
  }
  assert.equal(after.lease !== null, after.state === "running" || after.state === "canceling", "a lease is at work");
  const isWaiting = after.state === "waiting";
  assert.ok(
    isWaiting === after.inputs.some(isAwaited) || isFinal(after),
    "it waits while an input is to come, no longer",
  );
  if (after.attempt < before.attempt) assert.equal(kind, "shutdown", "only a release gives an attempt back");
  if (before.state === "canceling") assert.match(after.state, /^cancel(ing|ed)$/, "a cancel is never undone");
  if (isFinal(before) && after !== before && kind !== "retry") {
    assert.equal(after.state, before.state, "an ended job comes back by the user's retry only");
    assert.equal(after.manifest, before.manifest, "an accepted result stays as it is");
  }
  if (after.publishedLeaseId !== before.publishedLeaseId && after.publishedLeaseId !== null) {
    assert.equal(kind, "complete", "only complete publishes");
    assert.equal(before.publishedLeaseId, null, "a result was published twice");
    assert.equal(after.state, "succeeded");
  }
  checkFiles(before, after);
  assert.ok(after.attempt - after.budgetFrom <= after.maxAttempts, "more attempts than the budget");
  assert.equal(after.finishedAt !== null, FINAL_STATES.has(after.state));
}

/** Published files stay until the job is purged and nobody shares them; a pinned job is not purged. */
function checkFiles(before: JobRecord, after: JobRecord): void {
  const isShared = (after.sharers ?? []).length > 0;
  if (isShared) assert.notEqual(after.publishedLeaseId, null, "files went that another job shares");
  if (after.purgedAt !== null && !isShared) assert.equal(after.publishedLeaseId, null, "files stay that nobody needs");
  if (before.publishedLeaseId !== null && after.publishedLeaseId === null) {
    assert.notEqual(after.purgedAt, null, "files went before their time");
    assert.ok(after.pending.cleanup, "files were forgotten, and not deleted");
  }
  if (before.purgedAt === null && after.purgedAt !== null)
    assert.notEqual(before.pinned, true, "a pinned job was purged");
}
