/**
 * How a job's object lets several runners share a stage: the decisions of domain/fan-out.ts, stored in the same synchronous
 * step as the job. What the pool is to hear of it is outside work like any other.
 */
import type { PartsRequest, SharedPartsStatus } from "#contract/runner-api.ts";
import {
  announceParts,
  claimParts,
  dropExpired,
  endAssist,
  extendAssist,
  type FanOut,
  findAssist,
  grantAssist,
  helpNews,
  isSameAnnouncement,
  noteLogBatch,
  noteMade,
  openClaims,
  sharedParts,
} from "../domain/fan-out.ts";
import { extendLease, leaseTtlMs, toLogEvents } from "../domain/job-lease.ts";
import type { Change, JobRecord, LeaseRecord, NewEvent } from "../domain/job-record.ts";
import { loadFanOut, saveFanOut } from "../storage/fan-out-store.ts";
import type { JobSteps, Outcome } from "./job-steps.ts";

/**
 * What a runner learns from most of its calls. `ttlMs`: how long its lease lives from now on; `parts`: what others have of
 * the stage that it shares.
 */
export interface LeaseAnswer {
  readonly cancel: boolean;
  readonly ttlMs: number;
  readonly parts?: SharedPartsStatus;
}

/** What a runner needs to help. */
export interface AssistGrant {
  readonly record: JobRecord;
  readonly stage: string;
  readonly setUpMs: number;
}

export class JobFanOut {
  readonly #sql: SqlStorage;
  readonly #steps: JobSteps;

  constructor(sql: SqlStorage, steps: JobSteps) {
    this.#sql = sql;
    this.#steps = steps;
  }

  /** Whether this is, or was, the lease of somebody who assists with the present attempt. */
  isAssist(leaseId: string): boolean {
    const fanOut = loadFanOut(this.#sql);
    return fanOut !== null && (findAssist(fanOut, leaseId) !== null || fanOut.ended.includes(leaseId));
  }

  /** Makes a change that the lead's call asks for, and answers it. */
  tell(change: (record: JobRecord, now: number) => Change): Outcome<LeaseAnswer> {
    return this.#steps.apply(
      (record, now) => {
        const changed = change(record, now);
        if (!changed.ok) return changed;
        const fanOut = this.#of(changed.record);
        return fanOut
          ? { ...changed, record: this.#store(changed.record, fanOut, dropExpired(fanOut, now), now) }
          : changed;
      },
      (record) => this.#toLeadAnswer(record),
    );
  }

  /** The lead names the parts of a stage. Again, nothing changes. */
  announce(leaseId: string, request: PartsRequest): Outcome<LeaseAnswer> {
    return this.tell((record, now) => {
      const extended = extendLease(record, leaseId, now);
      if (!extended.ok) return extended;
      const lead = extended.record.lease as LeaseRecord;
      const before = loadFanOut(this.#sql);
      if (!before || !isSameAnnouncement(before, lead, request)) {
        saveFanOut(this.#sql, announceParts(lead, request, now));
      }
      return extended;
    });
  }

  /** Lets a runner help, if that pays. The same lease again is answered as before. */
  grant(grant: { leaseId: string; runnerId: string; ttlMs?: number }): Outcome<AssistGrant> {
    let granted: FanOut | null = null;
    return this.#steps.apply(
      (record, now) => {
        const fanOut = this.#of(record);
        if (!fanOut || record.state !== "running") return { ok: false, reason: "lease_lost" };
        granted = grantAssist(dropExpired(fanOut, now), { ...grant, ttlMs: leaseTtlMs(grant) }, now);
        if (!granted) return { ok: false, reason: "no_parts" };
        return { ok: true, record: this.#store(record, fanOut, granted, now), events: [] };
      },
      (record) => {
        const { stage, setUpMs } = granted as FanOut;
        return { record, stage, setUpMs };
      },
    );
  }

  /** An assistant's heartbeat. */
  extend(leaseId: string): Outcome<LeaseAnswer> {
    return this.#assisted(leaseId, (fanOut, now) => extendAssist(fanOut, leaseId, now), toAssistAnswer(leaseId));
  }

  /** An assistant's log lines, among those of the attempt and marked as its own. The same batch again changes nothing. */
  log(leaseId: string, batch: number, lines: readonly string[]): Outcome<LeaseAnswer> {
    const marked = lines.map((line) => `[assistant] ${line}`);
    return this.#assisted(
      leaseId,
      (fanOut) => noteLogBatch(fanOut, leaseId, batch),
      toAssistAnswer(leaseId),
      (fanOut, now, { attempt }) =>
        batch > (findAssist(fanOut, leaseId)?.logBatch ?? 0) ? toLogEvents(marked, attempt, now) : [],
    );
  }

  /** What an assistant is to make. Nothing new once the job is to be cancelled. */
  claim(leaseId: string, count: number): Outcome<{ names: string[] }> {
    return this.#assisted(
      leaseId,
      (fanOut, now, { state }) => claimParts(fanOut, leaseId, state === "running" ? count : 0, now),
      (fanOut) => {
        const assist = findAssist(fanOut, leaseId);
        return { names: assist ? openClaims(fanOut, assist) : [] };
      },
    );
  }

  /** Whether this lease may keep a checkpoint of that name: the lead's any, an assistant's what it has claimed. */
  mayKeep(leaseId: string, name: string): boolean {
    const fanOut = loadFanOut(this.#sql);
    const assist = fanOut && findAssist(fanOut, leaseId);
    return !assist || assist.claimed.includes(name);
  }

  /** A checkpoint is there. */
  noteMade(leaseId: string, name: string): void {
    this.#steps.apply(
      (record, now) => {
        const fanOut = this.#of(record);
        const made = fanOut && noteMade(fanOut, leaseId, name);
        return { ok: true, record: made ? this.#store(record, fanOut, made, now) : record, events: [] };
      },
      () => null,
    );
  }

  /** An assistant goes. Again, nothing changes. */
  end(leaseId: string): Outcome<{ state: string }> {
    return this.#steps.apply(
      (record, now) => {
        const fanOut = this.#of(record);
        const ended = fanOut && endAssist(dropExpired(fanOut, now), leaseId);
        return { ok: true, record: ended ? this.#store(record, fanOut, ended, now) : record, events: [] };
      },
      ({ state }) => ({ state }),
    );
  }

  /** An assistant's call. It is refused once its claims were taken away, or the lead's lease is gone. */
  #assisted<T>(
    leaseId: string,
    change: (fanOut: FanOut, now: number, record: JobRecord) => FanOut,
    answer: (fanOut: FanOut, record: JobRecord) => T,
    tell: (fanOut: FanOut, now: number, record: JobRecord) => readonly NewEvent[] = () => [],
  ): Outcome<T> {
    let changed: FanOut;
    return this.#steps.apply(
      (record, now) => {
        const fanOut = this.#of(record);
        // Past its time, but nobody has taken it away yet: it goes on.
        const live = fanOut && dropExpired(extendAssist(fanOut, leaseId, now), now);
        if (!live || !findAssist(live, leaseId)) return { ok: false, reason: "lease_lost" };
        changed = change(live, now, record);
        const events = tell(live, now, record);
        const stored = this.#store(record, fanOut, changed, now);
        // What is told counts as a change of the job.
        return { ok: true, record: events.length > 0 ? { ...stored } : stored, events };
      },
      (record) => answer(changed, record),
    );
  }

  /** The shared stage of the job's present lease. */
  #of({ lease }: JobRecord): FanOut | null {
    const fanOut = loadFanOut(this.#sql);
    return fanOut !== null && lease?.leaseId === fanOut.leaseId ? fanOut : null;
  }

  /** Stores a step of the shared stage, and returns the record with what the pool is to hear of it. */
  #store(record: JobRecord, before: FanOut, after: FanOut, now: number): JobRecord {
    const { fanOut, news } = helpNews(before, after, now);
    if (fanOut !== before) saveFanOut(this.#sql, fanOut);
    if (!news) return record;
    // A ring that is still to come must not be lost.
    const ring = news.ring || record.pending.help?.ring === true;
    return { ...record, pending: { ...record.pending, help: { ...news, ring } } };
  }

  #toLeadAnswer(record: JobRecord): LeaseAnswer {
    const fanOut = this.#of(record);
    const parts = fanOut && sharedParts(fanOut);
    const answer = { cancel: record.state === "canceling", ttlMs: leaseTtlMs(record.lease ?? {}) };
    return parts ? { ...answer, parts } : answer;
  }
}

function toAssistAnswer(leaseId: string): (fanOut: FanOut, record: JobRecord) => LeaseAnswer {
  return (fanOut, { state }) => ({
    cancel: state === "canceling",
    ttlMs: leaseTtlMs(findAssist(fanOut, leaseId) ?? {}),
  });
}
