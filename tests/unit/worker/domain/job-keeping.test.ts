/** Who keeps a job's files and how many may: pins, holders, jobs that share its result; and when the record itself goes. */
import { beforeEach, describe, expect, it } from "vitest";
import { MAX_JOBS_PER_SOURCE, MAX_SHARERS, RETENTION_S, SHARERS_CHECK_MS } from "#contract/limits.ts";
import type { Manifest } from "#contract/manifest.ts";
import { nextAlarmAt } from "../../../../worker/domain/job-alarm.ts";
import {
  holdJob,
  keptUntil,
  letGoOfJob,
  pinJob,
  purgeJob,
  recordEndsAt,
  shareResult,
  unpinJob,
} from "../../../../worker/domain/job-keeping.ts";
import { completeJob, grantLease } from "../../../../worker/domain/job-lease.ts";
import { createJob, tick } from "../../../../worker/domain/job-lifecycle.ts";
import { type Change, filesOf, type JobRecord, toJob } from "../../../../worker/domain/job-record.ts";
import { holdUpload, releaseUpload, type UploadRecord } from "../../../../worker/domain/upload-record.ts";

const NOW = 1_000_000;
const LEASE = "lease-1";
const MANIFEST: Manifest = {
  jobType: "text-to-3d",
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

function recordOf(change: Change): JobRecord {
  if (!change.ok) throw new Error(change.reason);
  return change.record;
}

function newJob(): JobRecord {
  const type = { name: "text-to-3d", version: 1, pool: "cpu", timeoutS: 60 };
  return createJob({ id: "job", owner: "o", type, params: {}, inputs: [], policy: {} }, NOW).record;
}

/** As if all outside work were done. */
const quiet = (record: JobRecord): JobRecord => ({
  ...record,
  pending: { pool: null, cleanup: false, ringCancel: false, project: false, releaseInputs: false },
});

let done: JobRecord;
beforeEach(() => {
  const queued = newJob();
  const running = recordOf(grantLease(queued, { leaseId: LEASE, runnerId: "r", queuedAt: queued.queuedAt }, NOW));
  done = quiet(recordOf(completeJob(running, LEASE, MANIFEST, NOW)));
});

const YEAR_MS = 365 * 24 * 3_600_000;

describe("a shared result", () => {
  it("is shared only while it is there, under its own lease, once for each job", () => {
    expect(shareResult(newJob(), "b", LEASE)).toEqual({ ok: false, reason: "purged" });
    expect(shareResult(done, "b", "another lease")).toEqual({ ok: false, reason: "purged" });
    const shared = recordOf(shareResult(done, "b", LEASE));
    expect(recordOf(shareResult(shared, "b", LEASE))).toBe(shared);
    expect(shareResult(recordOf(purgeJob(shared, NOW)), "c", LEASE)).toEqual({ ok: false, reason: "purged" });
  });

  it(`is shared by ${MAX_SHARERS} jobs at most`, () => {
    const sharers = Array.from({ length: MAX_SHARERS }, (_, i) => `job-${i}`);
    expect(shareResult({ ...done, sharers }, "one more", LEASE)).toEqual({ ok: false, reason: "held" });
    expect(shareResult({ ...done, sharers }, "job-3", LEASE).ok).toBe(true);
  });

  it("does not keep its job, only the files, and those until the last one lets go", () => {
    const shared = recordOf(shareResult(recordOf(shareResult(done, "b", LEASE)), "c", LEASE));
    expect(keptUntil(shared)).toBe(done.expiresAt);
    const purged = quiet(recordOf(purgeJob(shared, NOW)));
    expect([purged.publishedLeaseId, filesOf(purged), purged.purgedAt]).toEqual([LEASE, null, NOW]);
    const once = letGoOfJob(purged, "b").record;
    expect([once.publishedLeaseId, once.pending.cleanup]).toEqual([LEASE, false]);
    const twice = letGoOfJob(once, "c").record;
    expect([twice.publishedLeaseId, twice.pending.cleanup]).toEqual([null, true]);
    expect(nextAlarmAt(quiet(twice), NOW, YEAR_MS)).toBe((twice.finishedAt ?? 0) + YEAR_MS);
    expect(letGoOfJob(twice, "c").record).toBe(twice);
  });

  it("is asked after from time to time once its job is purged", () => {
    const purged = quiet(recordOf(purgeJob(recordOf(shareResult(done, "b", LEASE)), NOW)));
    expect(nextAlarmAt(purged, NOW, YEAR_MS)).toBe(NOW + SHARERS_CHECK_MS);
    const asked = tick(purged, NOW + SHARERS_CHECK_MS, 0).record;
    expect(asked.pending.checkSharers).toBe(true);
    expect(nextAlarmAt(quiet(asked), NOW, YEAR_MS)).toBe(NOW + 2 * SHARERS_CHECK_MS);
  });

  it("makes a job that is over at once, in no pool's line, with its whole time to come", () => {
    const type = { name: "text-to-3d", version: 1, pool: "cpu", timeoutS: 60 };
    const request = { id: "b", owner: "p", type, params: {}, inputs: [], policy: {} };
    const files = { jobId: "job", leaseId: LEASE };
    const { record, events } = createJob(request, NOW, { files, manifest: MANIFEST });
    expect(toJob(record)).toMatchObject({ state: "succeeded", cached: true, manifest: MANIFEST, finishedAt: NOW });
    expect(record.expiresAt).toBe(NOW + RETENTION_S * 1000);
    expect([record.pending.pool, record.pending.cleanup, record.pending.project]).toEqual([null, false, true]);
    expect(filesOf(record)).toEqual(files);
    expect(events.filter(({ kind }) => kind === "status")).toHaveLength(1);
  });
});

describe("a record", () => {
  it("goes a year after the end, or when its operator says, once its files are gone and all is told", () => {
    const purged = recordOf(purgeJob(done, NOW));
    const end = (done.finishedAt ?? 0) + YEAR_MS;
    expect(recordEndsAt(purged, YEAR_MS)).toBeNull();
    expect(recordEndsAt(quiet(purged), YEAR_MS)).toBe(end);
    expect(nextAlarmAt(quiet(purged), NOW, YEAR_MS)).toBe(end);
    expect(tick(quiet(purged), end - 1, 0).record.pending.forget).toBeUndefined();
    expect(tick(quiet(purged), end, 0).record.pending.forget).toBe(true);
    const recordKeptMs = 24 * 3_600_000;
    expect(tick(quiet(purged), NOW + recordKeptMs, 0, { recordKeptMs }).record.pending.forget).toBe(true);
  });

  it("stays for as long as files of it do: pinned, held, or shared", () => {
    const later = NOW + 2 * YEAR_MS;
    const shared = recordOf(purgeJob(recordOf(shareResult(done, "b", LEASE)), NOW));
    for (const record of [done, recordOf(pinJob(done)), recordOf(holdJob(done, "b", 1)), shared]) {
      expect(recordEndsAt(quiet(record), YEAR_MS)).toBeNull();
      expect(tick(quiet(record), later, 0).record.pending.forget).toBeUndefined();
    }
  });
});

describe("what many jobs use", () => {
  const bytes = { state: "complete", holders: [] } as unknown as UploadRecord;
  const many = Array.from({ length: MAX_JOBS_PER_SOURCE - 1 }, (_, i) => `job_${i}`);

  it(`is an input of ${MAX_JOBS_PER_SOURCE} jobs at most, upload or job`, () => {
    const last = recordOf(holdJob({ ...done, holders: many }, "job_last", 1));
    expect(holdJob(last, "one more", 1)).toEqual({ ok: false, reason: "source_limit" });
    expect(recordOf(holdJob(last, "job_3", 1))).toBe(last);
    expect(holdUpload({ ...bytes, holders: [...many, "job_last"] }, "one more", 1)).toMatchObject({
      ok: false,
      reason: "source_limit",
    });
    expect(holdJob(letGoOfJob(last, "job_7").record, "one more", 1).ok).toBe(true);
  });

  it("takes a batch with all its jobs or not at all; jobs of one that was taken are never refused", () => {
    expect(holdUpload(bytes, "bat_1", MAX_JOBS_PER_SOURCE + 1)).toMatchObject({ ok: false });
    const taken = holdUpload(bytes, "bat_1", MAX_JOBS_PER_SOURCE);
    if (!taken.ok) throw new Error("refused");
    expect(holdUpload(taken.record, "job_other", 1)).toMatchObject({ ok: false, reason: "source_limit" });
    const made = holdUpload(taken.record, "job_of_batch", 0);
    if (!made.ok) throw new Error("refused");
    const left = releaseUpload(made.record, "bat_1");
    expect([left.holders, left.places]).toEqual([["job_of_batch"], {}]);
  });
});

describe("a pin", () => {
  it("keeps a job from the clock and from its owner, and shows no end", () => {
    const pinned = recordOf(pinJob(done));
    expect([keptUntil(pinned), toJob(pinned).expiresAt]).toEqual([null, null]);
    expect(purgeJob(pinned, NOW)).toEqual({ ok: false, reason: "pinned" });
    expect(tick(quiet(pinned), NOW + 100 * RETENTION_S * 1000, 0).record.purgedAt).toBeNull();
    expect(recordOf(pinJob(pinned))).toBe(pinned);
    expect(pinJob(recordOf(purgeJob(done, NOW)))).toEqual({ ok: false, reason: "purged" });
  });

  it("gives a job its whole time when it is taken off, and never less than it had", () => {
    const pinned = recordOf(pinJob(done));
    const later = NOW + 5 * RETENTION_S * 1000;
    expect(unpinJob(pinned, later).record.expiresAt).toBe(later + RETENTION_S * 1000);
    const long = { ...pinned, expiresAt: later };
    expect(unpinJob(long, NOW).record.expiresAt).toBe(later);
    expect(unpinJob({ ...pinned, retentionS: 60 }, later).record.expiresAt).toBe(later + 60_000);
    expect(unpinJob(done, later).record).toBe(done);
    expect(unpinJob(recordOf(pinJob(newJob())), later).record.expiresAt).toBeNull();
  });
});
