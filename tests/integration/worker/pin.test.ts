/** Pinned jobs: their files stay until they are unpinned. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Job } from "#contract/job.ts";
import { MAX_PINS_PER_OWNER, RETENTION_S } from "#contract/limits.ts";
import type { JobList } from "#contract/public-api.ts";
import type { Env } from "../../../worker/env.ts";
import {
  download,
  finishedText,
  runNext,
  SESSION,
  settleJob,
  submitPicture,
  submitText,
  uploadAs,
} from "../../helpers/cacheable-jobs.ts";
import { undisturbed } from "../../helpers/faulty.ts";
import { API_KEY, call, OTHER_API_KEY, problemOf, readJob, storedKeys } from "../../helpers/worker-api.ts";

const { DB } = env as unknown as Env;
const RETENTION_MS = RETENTION_S * 1000;
type Headers = Record<string, string>;

const pin = (id: string, headers: Headers = SESSION) => call(`/v1/jobs/${id}/pin`, { method: "PUT", headers });
const unpin = (id: string, headers: Headers = SESSION) => call(`/v1/jobs/${id}/pin`, { method: "DELETE", headers });

async function ok(response: Promise<Response>): Promise<Job> {
  const answer = await response;
  expect(answer.status).toBe(200);
  return (await answer.json()) as Job;
}

/** Lets the clock jump, and the job do what is due then. */
async function passTime(id: string, ms: number): Promise<void> {
  vi.setSystemTime(Date.now() + ms);
  await settleJob(id);
}

describe("a pinned job", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("keeps its files and inputs past their time, and is listed as pinned; pinning twice is pinning once", async () => {
    const upload = await uploadAs("a.png", "pixels");
    const { id } = await submitPicture(upload.id);
    await runNext("<svg/>");
    expect(await ok(pin(id))).toMatchObject({ pinned: true, expiresAt: null });
    expect(await ok(pin(id))).toMatchObject({ pinned: true });
    await passTime(id, 10 * RETENTION_MS);
    expect(await readJob(id, SESSION)).toMatchObject({ pinned: true, expiresAt: null, purgedAt: null });
    expect(await storedKeys()).toHaveLength(2);
    const { jobs } = (await (await call("/v1/jobs", { headers: SESSION })).json()) as JobList;
    expect(jobs).toMatchObject([{ id, pinned: true, expiresAt: null }]);
  });

  it("can't be deleted before it is unpinned", async () => {
    const { id } = await finishedText("a");
    await ok(pin(id));
    const refused = await problemOf(await call(`/v1/jobs/${id}`, { method: "DELETE", headers: SESSION }));
    expect(refused.code).toBe("job_conflict");
    expect(refused.detail).toContain("Unpin it first");
    await ok(unpin(id));
    expect((await call(`/v1/jobs/${id}`, { method: "DELETE", headers: SESSION })).status).toBe(204);
  });

  it("may be pinned before it has ended, and its result stays", async () => {
    const { id } = await submitText("a");
    await ok(pin(id));
    await runNext();
    await passTime(id, 2 * RETENTION_MS);
    expect((await download(id)).text).toBe("result");
  });
});

describe("an unpinned job", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is kept for its whole time from then on, however often it is unpinned", async () => {
    const { id } = await finishedText("a");
    await ok(pin(id));
    vi.setSystemTime(Date.now() + 5 * RETENTION_MS);
    const end = Date.now() + RETENTION_MS;
    expect(await ok(unpin(id))).toMatchObject({ pinned: false, expiresAt: end });
    vi.setSystemTime(Date.now() + 1_000);
    expect(await ok(unpin(id))).toMatchObject({ expiresAt: end });
    await passTime(id, end - Date.now());
    expect((await readJob(id, SESSION)).purgedAt).toBe(end);
    expect(await storedKeys()).toEqual([]);
  });

  it("can't be pinned again once its files are gone", async () => {
    const { id } = await finishedText("a");
    await passTime(id, RETENTION_MS);
    expect((await problemOf(await pin(id))).code).toBe("gone");
  });
});

describe("pinning", () => {
  it("is for who made the job", async () => {
    const { id } = await submitText("a");
    const strangers: Headers[] = [{}, { "Kiln-Session": "8".repeat(32) }];
    for (const headers of strangers) {
      expect((await problemOf(await pin(id, headers))).code).toBe("job_not_found");
      expect((await problemOf(await unpin(id, headers))).code).toBe("job_not_found");
    }
    const nobodys = await submitText("a", {}, { "Kiln-Session": "" });
    expect((await problemOf(await pin(nobodys.id, {}))).code).toBe("forbidden");
    const keyed = await submitText("a", {}, { "X-API-Key": API_KEY });
    expect((await problemOf(await pin(keyed.id, { "X-API-Key": OTHER_API_KEY }))).code).toBe("job_not_found");
    expect((await ok(pin(keyed.id, { "X-API-Key": API_KEY }))).pinned).toBe(true);
  });

  it(`has an end at ${MAX_PINS_PER_OWNER} jobs of an owner, until one is unpinned`, async () => {
    const [first, next] = [await submitText("a"), await submitText("b")];
    await ok(pin(first.id));
    await settleJob(first.id);
    await undisturbed(() =>
      DB.prepare(
        `WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         INSERT INTO jobs (id, owner, type, state, seq, created_at, asset, pinned)
         SELECT 'pin-' || i, owner, type, state, seq, created_at, id, 1 FROM n, jobs WHERE jobs.id = ?`,
      )
        .bind(MAX_PINS_PER_OWNER, first.id)
        .run(),
    );
    const refused = await problemOf(await pin(next.id));
    expect([refused.code, refused.detail.includes(String(MAX_PINS_PER_OWNER))]).toEqual(["job_conflict", true]);
    expect((await ok(pin(first.id))).pinned).toBe(true);
    await ok(unpin(first.id));
    await settleJob(first.id);
    expect((await ok(pin(next.id))).pinned).toBe(true);
  });
});
