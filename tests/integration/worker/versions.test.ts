/** Versions of an asset: reruns of a job and of each other, what changed from one to the next, and how two compare. */
import { beforeEach, describe, expect, it } from "vitest";
import type { Job } from "#contract/job.ts";
import { textTo3d } from "#contract/job-types/text-to-3d.ts";
import { type JobComparison, type JobVersions, jobComparisonSchema, jobVersionsSchema } from "#contract/public-api.ts";
import { finishedText, runNext, SESSION, settleJob, submitText } from "../../helpers/cacheable-jobs.ts";
import { faultsAreOn } from "../../helpers/faulty.ts";
import { API_KEY, call, OTHER_API_KEY, post, problemOf, submitEcho } from "../../helpers/worker-api.ts";

type Headers = Record<string, string>;
const mine = { "X-API-Key": API_KEY };

async function rerun(id: string, params: Record<string, unknown>, headers: Headers = SESSION): Promise<Job> {
  const key: Headers = faultsAreOn() ? { "Idempotency-Key": crypto.randomUUID() } : {};
  const response = await post(`/v1/jobs/${id}/rerun`, { params }, { ...key, ...headers });
  expect(response.status).toBe(202);
  const job = (await response.json()) as Job;
  await settleJob(job.id);
  return job;
}

async function versions(id: string, headers: Headers = SESSION): Promise<JobVersions> {
  const response = await call(`/v1/jobs/${id}/versions`, { headers });
  expect(response.status).toBe(200);
  return jobVersionsSchema.parse(await response.json());
}

async function compare(a: string, b: string, headers: Headers = SESSION): Promise<JobComparison> {
  const response = await call(`/v1/jobs/${a}/compare?with=${b}`, { headers });
  expect(response.status).toBe(200);
  return jobComparisonSchema.parse(await response.json());
}

describe("the versions of an asset", () => {
  it("are the job and its reruns, newest first, from wherever one looks, each with what changed", async () => {
    const first = await submitText("a");
    await settleJob(first.id);
    const second = await rerun(first.id, { text: "b" });
    const third = await rerun(first.id, { text: "c", depthMm: 7 });
    const fourth = await rerun(third.id, { text: "c", depthMm: null });
    expect([first, second, third, fourth].map(({ asset }) => asset)).toEqual(Array(4).fill(first.id));
    const depth = first.params.depthMm;
    for (const { id } of [first, second, fourth]) {
      const listed = await versions(id);
      expect(listed.asset).toBe(first.id);
      expect(listed.versions.map((version) => [version.id, version.changed])).toEqual([
        [fourth.id, [{ param: "depthMm", from: 7, to: depth }]],
        [
          third.id,
          [
            { param: "depthMm", from: depth, to: 7 },
            { param: "text", from: "a", to: "c" },
          ],
        ],
        [second.id, [{ param: "text", from: "a", to: "b" }]],
        [first.id, null],
      ]);
    }
    expect((await versions(first.id)).versions[3]).toMatchObject({ state: "queued", typeVersion: 1, pinned: false });
  });

  it("are one when the job was never run again, and other jobs are none of them", async () => {
    const job = await submitText("a");
    await submitText("b");
    expect((await versions(job.id)).versions.map(({ id }) => id)).toEqual([job.id]);
  });

  it("run with the version that the type has by then", async () => {
    const first = await finishedText("a");
    const type = textTo3d as { version: number };
    type.version += 1;
    try {
      const second = await rerun(first.id, {});
      expect(second).toMatchObject({ typeVersion: first.typeVersion + 1, state: "queued", cached: false });
      const listed = await versions(second.id);
      expect(listed.versions.map(({ typeVersion, changed }) => [typeVersion, changed])).toEqual([
        [first.typeVersion + 1, []],
        [first.typeVersion, null],
      ]);
    } finally {
      type.version -= 1;
    }
  });

  it("are told to their owner; to others only those that a job they know comes from", async () => {
    const first = await submitText("a", {}, mine);
    const foreign = await call(`/v1/jobs/${first.id}/versions`, { headers: { "X-API-Key": OTHER_API_KEY } });
    expect((await problemOf(foreign)).code).toBe("job_not_found");
    const open = await submitText("a", {}, { "Kiln-Session": "" });
    const other = { "Kiln-Session": "8".repeat(32) };
    const theirs = await rerun(open.id, { text: "b" }, other);
    expect((await versions(open.id)).versions.map(({ id }) => id)).toEqual([open.id]);
    expect((await versions(theirs.id, other)).versions.map(({ id }) => id)).toEqual([theirs.id, open.id]);
  });
});

describe("two jobs compared", () => {
  let first: Job;
  let second: Job;
  beforeEach(async () => {
    first = await submitText("a");
    await runNext("12345", { versions: { blender: "4.5.15", f3d: "4.0.0" } });
    second = await rerun(first.id, { text: "b" });
    await runNext("123", { versions: { blender: "4.5.16", f3d: "4.0.0", usd: "1" } });
  });

  it("show what differs in parameters, tools and files", async () => {
    expect(await compare(first.id, second.id)).toEqual({
      job: first.id,
      with: second.id,
      params: [{ param: "text", from: "a", to: "b" }],
      typeVersion: { from: 1, to: 1 },
      versions: [
        { name: "blender", from: "4.5.15", to: "4.5.16" },
        { name: "usd", from: null, to: "1" },
      ],
      artifacts: [{ name: "model.glb", same: false, from: 5, to: 3 }],
    });
    const same = await compare(first.id, first.id);
    expect(same).toMatchObject({ params: [], versions: [], artifacts: [{ same: true }] });
  });

  it("must be known, and of one type", async () => {
    const unknown = await call(`/v1/jobs/${first.id}/compare?with=job_${"0".repeat(26)}`, { headers: SESSION });
    expect((await problemOf(unknown)).code).toBe("job_not_found");
    const echo = await submitEcho();
    const wrong = await call(`/v1/jobs/${first.id}/compare?with=${echo.id}`, { headers: SESSION });
    expect((await problemOf(wrong)).errors).toMatchObject([{ path: "with" }]);
    for (const query of ["", "?with=x", `?with=${second.id}&deep=1`]) {
      expect((await call(`/v1/jobs/${first.id}/compare${query}`, { headers: SESSION })).status).toBe(400);
    }
  });
});
