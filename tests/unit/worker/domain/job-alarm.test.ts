/** When a job is looked at next, and when it has news for its batch. */
import { describe, expect, it } from "vitest";
import { LEASE_TTL_MS } from "#contract/limits.ts";
import { nextAlarmAt, repeatPending } from "../../../../worker/domain/job-alarm.ts";
import { extendLease, grantLease, reportProgress } from "../../../../worker/domain/job-lease.ts";
import { createJob } from "../../../../worker/domain/job-lifecycle.ts";
import type { JobRecord } from "../../../../worker/domain/job-record.ts";

const TYPE = { name: "echo", version: 1, pool: "cpu", timeoutS: 60 };

function running(now: number): JobRecord {
  const { record } = createJob({ id: "job", owner: "o", type: TYPE, params: {}, inputs: [], policy: {} }, now);
  const granted = grantLease(record, { leaseId: "l", runnerId: "r", queuedAt: record.queuedAt }, now);
  return granted.ok ? granted.record : record;
}

const YEAR_MS = 365 * 24 * 3_600_000;
describe("the progress of a job in a batch", () => {
  it("is told to the batch by quarters", () => {
    const at = (percent: number) => ({ stage: "echo", stageIndex: 0, stageCount: 1, percent, etaS: null });
    const calm = { ...running(0).pending, tellBatch: false };
    let record: JobRecord = { ...running(0), batch: "bat", pending: calm };
    const told = [10, 24, 25, 30, 49, 80, 99].filter((percent) => {
      const change = reportProgress(record, "l", at(percent), 1);
      if (!change.ok) return false;
      record = { ...change.record, pending: calm };
      return change.record.pending.tellBatch;
    });
    expect(told).toEqual([25, 80]);
  });
});

describe("outside work that is not confirmed", () => {
  it("is repeated at its time, however often a runner calls before", () => {
    let record = repeatPending(running(0), 3, 0);
    const due = record.pendingAt as number;
    expect(due).toBeGreaterThan(2_000);
    for (let now = 1_000; now <= due; now += 1_000) {
      const extended = extendLease(record, "l", now);
      if (extended.ok) record = extended.record;
      expect(nextAlarmAt(record, now, YEAR_MS)).toBe(due);
    }
  });

  it("waits longer each time it fails, but minutes at most; a lease's end comes before", () => {
    const at = (failures: number) => repeatPending(running(0), failures, 0).pendingAt as number;
    expect([at(0), at(1), at(2)]).toEqual([2_000, 4_000, 8_000]);
    expect(at(100)).toBe(300_000);
    expect(nextAlarmAt(repeatPending(running(0), 100, 0), 0, YEAR_MS)).toBe(LEASE_TTL_MS);
  });

  it("is repeated soon for jobs that an earlier version stored", () => {
    expect(nextAlarmAt(running(0), 0, YEAR_MS)).toBe(2_000);
  });
});
