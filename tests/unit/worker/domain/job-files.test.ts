/** Which files a job's record wants, and when the sweep asks after a job. */
import { describe, expect, test } from "vitest";
import { MAX_RETENTION_S, RETENTION_S } from "#contract/limits.ts";
import type { Manifest } from "#contract/manifest.ts";
import { type JobFile, keepsFile } from "../../../../worker/domain/job-files.ts";
import { cancelJob, createJob } from "../../../../worker/domain/job-lifecycle.ts";
import { checkAt } from "../../../../worker/domain/job-projection.ts";
import type { JobRecord } from "../../../../worker/domain/job-record.ts";

const NOW = 1_000_000;
const HOUR_MS = 3_600_000;
const type = { name: "echo", version: 1, pool: "cpu", timeoutS: 60 };

function queued(retentionS?: number): JobRecord {
  const policy = retentionS === undefined ? {} : { retentionS };
  return createJob({ id: "job_1", owner: "anon", type, params: {}, inputs: [], policy }, NOW).record;
}

/** A job that is over and has done all that was asked of it. */
function atRest(record: JobRecord, rest: Partial<JobRecord> = {}): JobRecord {
  const done = cancelJob(record, NOW).record;
  const pending = { pool: null, cleanup: false, ringCancel: false, project: true, releaseInputs: false };
  return { ...done, pending, ...rest };
}

const file = (leaseId: string, name: string): JobFile => ({ kind: "artifact", leaseId, name });
const checkpoint: JobFile = { kind: "checkpoint", sha256: "0" };

const YEAR_MS = 365 * 24 * 3_600_000;
describe("a job's files", () => {
  const manifest = { artifacts: [{ name: "model.glb" }] } as Manifest;
  const published: JobRecord = { ...queued(), state: "succeeded", publishedLeaseId: "won", manifest };

  test("stay when the manifest names them, and no others of the same lease or another", () => {
    expect(keepsFile(published, file("won", "model.glb"))).toBe(true);
    expect(keepsFile(published, file("won", "left.tmp"))).toBe(false);
    expect(keepsFile(published, file("lost", "model.glb"))).toBe(false);
  });

  test("stay while their lease is at work, whatever their name", () => {
    const lease = { leaseId: "now" } as JobRecord["lease"];
    expect(keepsFile({ ...queued(), lease }, file("now", "left.tmp"))).toBe(true);
    expect(keepsFile({ ...queued(), lease }, file("before", "left.tmp"))).toBe(false);
  });

  test("go all with the purge, checkpoints too, but for a result that others share", () => {
    const purged: JobRecord = { ...published, purgedAt: NOW };
    expect(keepsFile(published, checkpoint)).toBe(true);
    expect(keepsFile(purged, checkpoint)).toBe(false);
    expect(keepsFile(purged, file("won", "model.glb"))).toBe(true);
    expect(keepsFile({ ...purged, publishedLeaseId: null }, file("won", "model.glb"))).toBe(false);
  });
});

describe("the sweep's next question", () => {
  test("comes hourly while a job is not over, or has not done what was asked of it", () => {
    expect(checkAt(queued(), NOW, YEAR_MS)).toBe(NOW + HOUR_MS);
    const untidy = atRest(queued());
    expect(checkAt({ ...untidy, pending: { ...untidy.pending, cleanup: true } }, NOW, YEAR_MS)).toBe(NOW + HOUR_MS);
    expect(
      checkAt({ ...untidy, purgedAt: NOW, pending: { ...untidy.pending, releaseInputs: true } }, NOW, YEAR_MS),
    ).toBe(NOW + HOUR_MS);
  });

  test("comes soon after the files should have gone, however long they were kept", () => {
    for (const retentionS of [undefined, 60, MAX_RETENTION_S]) {
      const end = NOW + (retentionS ?? RETENTION_S) * 1000;
      const at = checkAt(atRest(queued(retentionS)), NOW, YEAR_MS);
      expect(at).toBeGreaterThan(end);
      expect(at).toBeLessThanOrEqual(end + HOUR_MS / 2);
    }
  });

  test("comes daily while the job is pinned or held, and once the files are gone when the record should have gone too", () => {
    expect(checkAt(atRest(queued(), { pinned: true }), NOW, YEAR_MS)).toBe(NOW + 24 * HOUR_MS);
    expect(checkAt(atRest(queued(), { holders: ["job_2"] }), NOW, YEAR_MS)).toBe(NOW + 24 * HOUR_MS);
    const purged = atRest(queued(), { purgedAt: NOW });
    expect(checkAt(purged, NOW, YEAR_MS)).toBeGreaterThan((purged.finishedAt ?? 0) + YEAR_MS);
    expect(checkAt(purged, NOW, YEAR_MS)).toBeLessThanOrEqual((purged.finishedAt ?? 0) + YEAR_MS + HOUR_MS / 2);
  });
});
