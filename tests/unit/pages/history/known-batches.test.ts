/** Batches among the results of a browser. */
import { expect, test } from "vitest";
import {
  groupJobs,
  type KnownBatch,
  keepBatch,
  readBatches,
} from "../../../../pages/src/features/history/known-batches.ts";
import type { RecentJob } from "../../../../pages/src/features/history/merge-jobs.ts";

const jobId = (n: number) => `job_${String(n).padStart(26, "0")}`;
const known = (n: number, ...jobs: number[]): KnownBatch => ({
  id: `bat_${String(n).padStart(26, "0")}`,
  type: "image-to-svg",
  title: `batch ${n}`,
  createdAt: n,
  jobs: jobs.map(jobId),
});
const job = (n: number, batch: number | null = null) =>
  ({ id: jobId(n), createdAt: n, type: "animate", batch: batch === null ? null : known(batch).id }) as RecentJob;

function memoryStore(text: string | null = null) {
  const values = new Map(text === null ? [] : [["kiln.batches", text]]);
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, to: string) => void values.set(key, to),
  };
}

test("are kept newest first, ten of them, and a damaged entry counts as none", () => {
  const store = memoryStore("{");
  for (let n = 1; n <= 12; n++) keepBatch(store, known(n, n));
  expect(readBatches(store).map(({ title }) => title)).toEqual(
    [12, 11, 10, 9, 8, 7, 6, 5, 4, 3].map((n) => `batch ${n}`),
  );
  expect(readBatches(memoryStore('[{"id":"x"}]'))).toEqual([]);
  expect(readBatches(null)).toEqual([]);
});

test("take one place, that of their newest job, with those of their jobs that are listed", () => {
  const entries = groupJobs([job(5), job(4, 7), job(3), job(2, 7), job(1)], [known(7, 2, 4, 9)]);
  const told = entries.map((entry) => ("batch" in entry ? entry.jobs.map(({ id }) => id) : entry.job.id));
  expect(told).toEqual([jobId(5), [jobId(4), jobId(2)], jobId(3), jobId(1)]);
});

test("that were made in another browser are one place, too, unless only one of their jobs is listed", () => {
  const entries = groupJobs([job(4, 8), job(3, 9), job(2, 8)], []);
  expect(entries).toMatchObject([
    {
      batch: { id: known(8).id, type: "animate", title: "A batch", createdAt: 2 },
      jobs: [{ id: jobId(4) }, { id: jobId(2) }],
    },
    { job: { id: jobId(3) } },
  ]);
});
