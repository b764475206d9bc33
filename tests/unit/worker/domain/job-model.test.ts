/**
 * The job's state machine under random orders of calls, with a clock that jumps: what must hold whatever happens.
 * A call may come late, twice, or with a lease that is long gone.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FINAL_STATES } from "#contract/job.ts";
import type { Manifest } from "#contract/manifest.ts";
import { nextAlarmAt } from "../../../../worker/domain/job-alarm.ts";
import {
  addLogLines,
  completeJob,
  extendLease,
  failAttempt,
  grantLease,
  releaseLease,
  reportProgress,
} from "../../../../worker/domain/job-lease.ts";
import { cancelJob, createJob, isFinal, purgeJob, retryJob, tick } from "../../../../worker/domain/job-lifecycle.ts";
import type { Change, JobRecord, NewEvent } from "../../../../worker/domain/job-record.ts";

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
const PROGRESS = { stage: "echo", stageIndex: 0, stageCount: 1, percent: 50, etaS: null };
const ERROR = { code: "engine_failed", message: "It broke." } as const;

/** One random call; `lease` picks among all leases ever granted, the newest first. */
const actionArbitrary = fc.record({
  kind: fc.constantFrom(
    "grant",
    "extend",
    "progress",
    "log",
    "complete",
    "fail",
    "failHard",
    "shutdown",
    "canceled",
    "cancel",
    "retry",
    "purge",
    "tick",
  ),
  lease: fc.nat(3),
  waitMs: fc.constantFrom(0, 1, 1_000, 30_000, 70_000, 700_000),
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
});
type Action = typeof actionArbitrary extends fc.Arbitrary<infer T> ? T : never;

function act(record: JobRecord, action: Action, leaseId: string, newLease: string, now: number): Change {
  switch (action.kind) {
    case "grant":
      return grantLease(record, { leaseId: newLease, runnerId: "r" }, now);
    case "extend":
      return extendLease(record, leaseId, now);
    case "progress":
      return reportProgress(record, leaseId, PROGRESS, now);
    case "log":
      return addLogLines(record, leaseId, 1, ["line"], now);
    case "complete":
      return completeJob(record, leaseId, MANIFEST, now);
    case "fail":
      return failAttempt(record, leaseId, { error: ERROR, retryable: true }, now, action.random);
    case "failHard":
      return failAttempt(record, leaseId, { error: ERROR, retryable: false }, now, action.random);
    case "shutdown":
      return releaseLease(record, leaseId, "shutdown", now, action.random);
    case "canceled":
      return releaseLease(record, leaseId, "canceled", now, action.random);
    case "cancel":
      return cancelJob(record, now);
    case "retry":
      return retryJob(record, now);
    case "purge":
      return purgeJob(record, now);
    case "tick":
      return tick(record, now, action.random);
  }
}

const RUNNER_CALLS = new Set(["extend", "progress", "log", "complete", "fail", "failHard", "shutdown", "canceled"]);

function checkStep(before: JobRecord, after: JobRecord, action: Action, leaseId: string, change: Change): void {
  if (!change.ok) return;
  // Only the present lease, or the one that settled the job, gets anything but a refusal.
  if (RUNNER_CALLS.has(action.kind)) expect([before.lease?.leaseId, before.settledBy]).toContain(leaseId);
  // A runner is at work exactly while there is a lease.
  expect(after.lease !== null).toBe(after.state === "running" || after.state === "canceling");
  // Attempts are given back by a release only.
  if (after.attempt < before.attempt) expect(action.kind).toBe("shutdown");
  // A cancel is never undone but by the user.
  if (before.state === "canceling") expect(["canceling", "canceled"]).toContain(after.state);
  // An ended job changes by the user's retry, or by losing its files.
  if (isFinal(before) && after !== before && action.kind !== "retry") expect(after.state).toBe(before.state);
  // A result is published by complete, once, under the lease that held.
  if (after.publishedLeaseId !== before.publishedLeaseId && after.publishedLeaseId !== null) {
    expect(action.kind).toBe("complete");
    expect(before.publishedLeaseId).toBeNull();
    expect(after.state).toBe("succeeded");
  }
  expect(after.attempt - after.budgetFrom).toBeLessThanOrEqual(after.maxAttempts);
  expect(after.finishedAt !== null).toBe(FINAL_STATES.has(after.state));
}

function terminalEvents(events: readonly NewEvent[]): number {
  return events.filter((event) => event.kind === "status" && FINAL_STATES.has(event.data.state)).length;
}

describe("a job, whatever the order of calls,", () => {
  it("keeps one lease, one accepted result, its attempts and its cancel", () => {
    fc.assert(
      fc.property(fc.array(actionArbitrary, { maxLength: 60 }), (actions) => {
        let now = 0;
        let { record } = createJob({ id: "job", owner: "o", type: TYPE, params: {}, inputs: [], policy: {} }, now);
        const leases: string[] = [];
        for (const [index, action] of actions.entries()) {
          now += action.waitMs;
          const leaseId = leases.at(-1 - action.lease) ?? "none";
          const change = act(record, action, leaseId, `lease-${index}`, now);
          if (!change.ok) continue;
          checkStep(record, change.record, action, leaseId, change);
          // Ending tells so exactly once; being purged repeats the state for those who watch.
          if (!isFinal(record) && isFinal(change.record)) expect(terminalEvents(change.events)).toBe(1);
          if (action.kind === "grant") leases.push(`lease-${index}`);
          record = change.record;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("always ends by the clock alone when its runners die and nobody calls any more", () => {
    fc.assert(
      fc.property(fc.array(actionArbitrary, { maxLength: 20 }), fc.boolean(), (actions, runnersComeBack) => {
        let now = 0;
        let { record } = createJob({ id: "job", owner: "o", type: TYPE, params: {}, inputs: [], policy: {} }, now);
        for (const [index, action] of actions.entries()) {
          now += action.waitMs;
          const change = act(record, action, record.lease?.leaseId ?? "none", `lease-${index}`, now);
          if (change.ok) record = change.record;
        }
        for (let round = 0; round < 20 && !isFinal(record); round++) {
          // Only a runner may start what was started before: a job that waits for one is not lost, it is queued.
          if (record.state === "queued" && (runnersComeBack || record.startedAt !== null)) {
            const change = grantLease(
              record,
              { leaseId: `end-${round}`, runnerId: "r" },
              Math.max(now, record.notBefore ?? 0),
            );
            if (change.ok) record = change.record;
          }
          const idle = {
            ...record,
            pending: { pool: null, cleanup: false, ringCancel: false, project: false, releaseInputs: false },
          };
          const at = nextAlarmAt(idle, 0, now);
          expect(at).not.toBeNull();
          now = Math.max(now, at ?? now);
          record = tick(record, now, 0.5).record;
        }
        expect(isFinal(record)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
