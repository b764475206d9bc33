/** A batch on the page: events in any state of it, and how the whole is told. */
import { expect, test } from "vitest";
import type { Batch, BatchEvent, BatchJob } from "#contract/batch.ts";
import { JOB_STATES, type JobState } from "#contract/job.ts";
import { batchHeadline, countTexts, failedJobs, reduceBatch } from "../../../../pages/src/features/batch/batch-view.ts";

const counts = (some: Partial<Record<JobState, number>>) =>
  ({ ...Object.fromEntries(JOB_STATES.map((state) => [state, 0])), ...some }) as Batch["counts"];
const job = (number: number, state: JobState): BatchJob =>
  ({ number, key: null, id: `job_${number}`, type: "echo", state, percent: 0, error: null }) as BatchJob;
const batch = (change: Partial<Batch>) =>
  ({
    id: "bat_1",
    state: "working",
    size: 2,
    counts: counts({ queued: 2 }),
    percent: 0,
    seq: 1,
    finishedAt: null,
    cancelRequestedAt: null,
    ...change,
  }) as Batch;

const jobs = [job(1, "queued"), job(2, "queued")];
const ended: BatchEvent = {
  seq: 2,
  at: 5,
  kind: "job",
  data: { state: "working", counts: counts({ succeeded: 1, queued: 1 }), percent: 50, job: job(2, "succeeded") },
};

test("an event changes its job and the whole, and nothing when it comes again", () => {
  const once = reduceBatch({ batch: batch({}), jobs }, ended);
  expect(once.jobs.map(({ state }) => state)).toEqual(["queued", "succeeded"]);
  expect([once.batch.percent, once.batch.seq, once.batch.counts.succeeded]).toEqual([50, 2, 1]);
  expect(reduceBatch(once, ended)).toBe(once);
});

test("the end of a batch is told with its time, and is taken back when it goes to work again", () => {
  const whole = { counts: counts({ succeeded: 2 }), percent: 100 };
  const end: BatchEvent = { seq: 3, at: 9, kind: "status", data: { ...whole, state: "finished" } };
  const done = reduceBatch({ batch: batch({}), jobs }, end);
  expect([done.batch.state, done.batch.finishedAt]).toEqual(["finished", 9]);
  const again = reduceBatch(done, { ...end, seq: 4, data: { ...whole, state: "working" } });
  expect(again.batch.finishedAt).toBeNull();
});

test.each<[Partial<Batch>, string]>([
  [{ counts: counts({ succeeded: 1, running: 1 }) }, "1 of 2 ready"],
  [{ cancelRequestedAt: 3 }, "Stopping the work"],
  [{ state: "finished", counts: counts({ succeeded: 2 }) }, "All 2 are ready"],
  [{ state: "finished", counts: counts({ succeeded: 1, failed: 1 }) }, "1 of 2 are ready"],
  [{ state: "finished", counts: counts({ failed: 2 }) }, "None is ready"],
  [{ state: "finished", counts: counts({ canceled: 2 }) }, "Canceled"],
])("%j is %s", (change, headline) => {
  expect(batchHeadline(batch(change))).toBe(headline);
});

test("states that no job is in are not counted; what failed or expired may be tried again", () => {
  expect(countTexts(counts({ failed: 1, succeeded: 7 }))).toEqual(["7 ready", "1 failed"]);
  const all = JOB_STATES.map((state, i) => job(i, state));
  expect(failedJobs(all).map(({ state }) => state)).toEqual(["failed", "expired"]);
});
