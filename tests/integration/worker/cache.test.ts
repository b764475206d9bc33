/** Results of equal jobs: the earlier one's result at once, and what must not be mistaken for it. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { StorageAuditPage } from "#contract/admin-api.ts";
import type { Job } from "#contract/job.ts";
import { textTo3d } from "#contract/job-types/text-to-3d.ts";
import { CACHE_TTL_S, MAX_CACHE_ENTRIES, RETENTION_S, SHARERS_CHECK_MS } from "#contract/limits.ts";
import type { JobList } from "#contract/public-api.ts";
import { cacheKey } from "../../../worker/domain/cache-key.ts";
import { CACHE_SHARDS, type CacheObject } from "../../../worker/durable/cache.do.ts";
import type { Env } from "../../../worker/env.ts";
import {
  download,
  finishedText,
  jobStub,
  leaseNext,
  runNext,
  SESSION,
  settleJob,
  storedJob,
  submit,
  submitPicture,
  submitText,
  uploadAs,
} from "../../helpers/cacheable-jobs.ts";
import { undisturbed } from "../../helpers/faulty.ts";
import {
  API_KEY,
  adminCall,
  call,
  OTHER_API_KEY,
  post,
  problemOf,
  readJob,
  storedKeys,
  submitEcho,
} from "../../helpers/worker-api.ts";

const { BUCKET, CACHE } = env as unknown as Env;
const mine = { "X-API-Key": API_KEY };
const others = { "X-API-Key": OTHER_API_KEY };

const shard = (key: string) => CACHE.get(CACHE.idFromName(key)) as unknown as DurableObjectStub<CacheObject>;

async function remove(id: string, headers: Record<string, string> = SESSION): Promise<void> {
  expect((await call(`/v1/jobs/${id}`, { method: "DELETE", headers })).status).toBe(204);
  await settleJob(id);
}

/** Lets the clock jump, and the job do what is due then. */
async function passTime(id: string, ms: number): Promise<void> {
  vi.setSystemTime(Date.now() + ms);
  await settleJob(id);
}

async function counts(): Promise<{ hits: number; misses: number; entries: number }> {
  return (await adminCall("cache")).json();
}

/** Nothing of any job is left in R2, once the first one has been told by the others. */
async function expectNoFiles(source: Job): Promise<void> {
  await settleJob(source.id);
  expect(await storedKeys("jobs/")).toEqual([]);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a job that is equal to one that has succeeded", () => {
  it("has its result at once, without a runner, and is told apart", async () => {
    const first = await finishedText("a");
    const second = await submitText("a");
    expect(second).toMatchObject({ state: "succeeded", cached: true, attempt: 0, attempts: [], error: null });
    expect(second.id).not.toBe(first.id);
    expect(second.manifest).toEqual((await readJob(first.id, SESSION)).manifest);
    expect(second.expiresAt).toBe(second.createdAt + RETENTION_S * 1000);
    expect((await download(second.id)).text).toBe("result");
    expect(await leaseNext()).toBeNull();
    const events = await undisturbed(() => jobStub(second.id).events(0, 10));
    expect(events.map(({ kind }) => kind)).toEqual(["artifact", "status"]);
    await settleJob(second.id);
    const { jobs } = (await (await call("/v1/jobs", { headers: SESSION })).json()) as JobList;
    expect(jobs.filter(({ cached }) => cached).map(({ id }) => id)).toEqual([second.id]);
  });

  it("is found whether its parameters are given or left to their defaults, and in any order", async () => {
    const { params } = await finishedText("a");
    const reversed = Object.fromEntries(Object.entries(params).reverse());
    expect((await submit({ type: "text-to-3d", params: reversed })).cached).toBe(true);
  });

  it("has the same files, by their bytes and by their names", async () => {
    const upload = await uploadAs("a.png", "pixels");
    await submitPicture(upload.id);
    await runNext();
    expect((await submitPicture((await uploadAs("a.png", "pixels")).id)).cached).toBe(true);
    expect((await submitPicture((await uploadAs("a.png", "others")).id)).cached).toBe(false);
    expect((await submitPicture((await uploadAs("b.png", "pixels")).id)).cached).toBe(false);
  });

  it("runs by itself with other parameters, and where it is asked not to take a result", async () => {
    await finishedText("a");
    expect(await submitText("b")).toMatchObject({ state: "queued", cached: false, manifest: null });
    expect((await submitText("a", { policy: { cache: false } })).state).toBe("queued");
  });

  it("takes the latest result, also of a job that was asked not to take one", async () => {
    await finishedText("a");
    vi.setSystemTime(Date.now() + 1);
    await submitText("a", { policy: { cache: false } });
    await runNext("newer");
    expect((await download((await submitText("a")).id)).text).toBe("newer");
  });

  it("runs by itself in another version of its type, and what a runner of another version made is not shared", async () => {
    await finishedText("a");
    const type = textTo3d as { version: number };
    type.version += 1;
    try {
      expect((await submitText("a")).cached).toBe(false);
      await runNext("by a runner that knows the version before", { typeVersion: type.version - 1 });
      expect((await submitText("a")).cached).toBe(false);
    } finally {
      type.version -= 1;
    }
  });

  it("runs by itself when the other one is too old, or has not ended", async () => {
    const [one, two] = await Promise.all([submitText("a"), submitText("a")]);
    expect([one.cached, two.cached]).toEqual([false, false]);
    await runNext();
    vi.setSystemTime(Date.now() + CACHE_TTL_S * 1000);
    expect((await submitText("a")).cached).toBe(false);
  });

  it("runs by itself when the type is there to be run", async () => {
    expect([(await submitEcho()).state, (await submitEcho()).state]).toEqual(["queued", "queued"]);
  });

  it("is made once when its answer was lost and the request comes again", async () => {
    const source = await finishedText("a");
    const again = { ...SESSION, "Idempotency-Key": crypto.randomUUID() };
    const first = await submitText("a", {}, again);
    expect(await submitText("a", {}, again)).toEqual(first);
    const { owner, params } = await storedJob(first.id);
    const type = { name: "text-to-3d", version: textTo3d.version, pool: "cpu", timeoutS: 60 };
    const request = { id: first.id, owner, type, params, inputs: [], policy: {} };
    expect(await undisturbed(() => jobStub(first.id).create(request))).toEqual(first);
    expect((await storedJob(source.id)).sharers).toEqual([first.id]);
  });

  it("takes the result as a rerun, too, when nothing was changed", async () => {
    const first = await finishedText("a");
    const again = (await (await post(`/v1/jobs/${first.id}/rerun`, {}, SESSION)).json()) as Job;
    expect(again).toMatchObject({ state: "succeeded", cached: true, asset: first.id, rerunOf: first.id });
  });

  it("runs by itself when the cache does not answer in time", async () => {
    const { type, typeVersion, params } = await finishedText("a");
    const key = (await cacheKey({ type, typeVersion, params, inputs: [] })) ?? "";
    const state = { isBusy: false, mayAnswer: false };
    const blocked = undisturbed(() =>
      runInDurableObject(shard(key.slice(0, 1)), (_, context) =>
        context.blockConcurrencyWhile(async () => {
          state.isBusy = true;
          // Looks again and again, because what one request awaits another one can't fulfil.
          while (!state.mayAnswer) await scheduler.wait(20);
        }),
      ),
    );
    await vi.waitUntil(() => state.isBusy);
    const job = await submitText("a");
    state.mayAnswer = true;
    await blocked;
    expect(job.state).toBe("queued");
  });

  it("runs by itself when the cache does not work", async () => {
    await finishedText("a");
    await undisturbed(async () => {
      for (let i = 0; i < CACHE_SHARDS; i++) {
        await runInDurableObject(
          shard(i.toString(16)),
          (_, { storage }) => void storage.sql.exec("DROP TABLE entries"),
        );
      }
    });
    expect((await submitText("a")).state).toBe("queued");
  });
});

describe("the result of another owner's equal job", () => {
  it("tells nothing of that job: not its id, its log, its runner", async () => {
    const source = await finishedText("a", {}, mine);
    const taken = await submitText("a", {}, others);
    expect(taken.cached).toBe(true);
    const { url, text } = await download(taken.id, others);
    expect(text).toBe("result");
    const logs = await call(`/v1/jobs/${taken.id}/logs`, { headers: others });
    for (const told of [JSON.stringify(taken), url, await logs.text()]) {
      expect(told).not.toContain(source.id);
      expect(told).not.toContain("runner-1");
    }
  });

  it("stays when that owner deletes the job, which is not held up by it", async () => {
    const source = await finishedText("a", {}, mine);
    const taken = await submitText("a", {}, others);
    await remove(source.id, mine);
    const gone = await call(`/v1/jobs/${source.id}/artifacts/model.glb`, { headers: mine });
    expect((await problemOf(gone)).code).toBe("gone");
    expect((await download(taken.id, others)).text).toBe("result");
    const audit = (await (await adminCall("storage/audit")).json()) as StorageAuditPage;
    expect([audit.orphans, audit.kinds.artifact.keys]).toEqual([[], 1]);
    await remove(taken.id, others);
    await expectNoFiles(source);
  });
});

describe("a shared result", () => {
  it("stays for its whole time with the job that took it, though the other's time is over", async () => {
    const source = await finishedText("a");
    vi.setSystemTime(Date.now() + 3_600_000);
    const taken = await submitText("a");
    const { url } = await download(taken.id);
    await passTime(source.id, RETENTION_S * 1000 - 3_600_000);
    expect((await readJob(source.id, SESSION)).purgedAt).not.toBeNull();
    expect((await download(taken.id)).text).toBe("result");
    vi.setSystemTime(Date.now() + 3_590_000);
    const { url: late } = await download(taken.id);
    await passTime(taken.id, 10_001);
    await expectNoFiles(source);
    expect((await problemOf(await call(late))).code).toBe("gone");
    expect((await problemOf(await call(url))).code).toBe("signature_invalid");
  });

  it("stays with a pinned job, whatever becomes of the first one", async () => {
    const source = await finishedText("a");
    const taken = await submitText("a");
    expect((await call(`/v1/jobs/${taken.id}/pin`, { method: "PUT", headers: SESSION })).status).toBe(200);
    await passTime(source.id, 2 * RETENTION_S * 1000);
    expect((await readJob(source.id, SESSION)).purgedAt).not.toBeNull();
    expect((await download(taken.id)).text).toBe("result");
  });

  it("is the first job's, whoever took it before", async () => {
    const source = await finishedText("a");
    const [second, third] = [await submitText("a"), await submitText("a")];
    expect((await storedJob(source.id)).sharers).toEqual([second.id, third.id]);
    await remove(second.id);
    expect((await download(third.id)).text).toBe("result");
  });

  it("is not found any more once its job was deleted; hits and misses are told to the operator", async () => {
    const before = await counts();
    const source = await finishedText("a");
    await submitText("a");
    await remove(source.id);
    expect((await submitText("a")).state).toBe("queued");
    const { hits, misses, entries } = await counts();
    expect([hits - before.hits, misses - before.misses, entries - before.entries]).toEqual([1, 2, 0]);
  });

  it("goes when no job needs it though the making of one broke off", async () => {
    const source = await finishedText("a");
    const { publishedLeaseId } = await storedJob(source.id);
    await undisturbed(() => jobStub(source.id).share("job_neverMade", publishedLeaseId ?? ""));
    const taken = await submitText("a");
    await remove(source.id);
    await passTime(source.id, SHARERS_CHECK_MS);
    expect((await storedJob(source.id)).sharers).toEqual([taken.id]);
    await remove(taken.id);
    await expectNoFiles(source);
  });

  it("can be an input of a further job, and counts as the same file there", async () => {
    const upload = await uploadAs("a.png", "pixels");
    const source = await submitPicture(upload.id);
    await runNext("<svg/>");
    const taken = await submitPicture(upload.id);
    const logos = [];
    for (const { id } of [source, taken]) logos.push(await submit({ type: "logo-to-3d", inputs: [{ job: id }] }));
    logos.push(await submit({ type: "logo-to-3d", inputs: [{ upload: (await uploadAs("x.svg", "<svg/>")).id }] }));
    const contents = await Promise.all(logos.map(async ({ id }) => (await storedJob(id)).inputs[0]?.content?.hash));
    expect(new Set(contents)).toEqual(new Set([expect.stringMatching(/^sha256:[0-9a-f]{64}$/)]));
    expect(logos[1]?.inputs).toMatchObject([{ job: taken.id, artifact: "image.svg" }]);
  });

  it("is not offered when the upload was written once more behind its completion", async () => {
    const { id } = await uploadAs("a.png", "pixels");
    await submitPicture(id);
    await undisturbed(() => BUCKET.put(`uploads/${id}`, "forged"));
    await runNext();
    expect((await submitPicture((await uploadAs("a.png", "pixels")).id)).cached).toBe(false);
  });
});

describe("the cache", () => {
  it("keeps the results that were wanted last, and the younger one of two", async () => {
    const perShard = Math.floor(MAX_CACHE_ENTRIES / CACHE_SHARDS);
    await undisturbed(() =>
      runInDurableObject(shard("0"), (cache) => {
        const expiresAt = Date.now() + 10_000;
        const put = (key: string, jobId: string, lateMs = 0) => {
          vi.setSystemTime(Date.now() + 1);
          cache.put({ key, files: { jobId, leaseId: "l" }, expiresAt: expiresAt + lateMs });
        };
        for (let i = 0; i < perShard; i++) put(`key-${i}`, "job");
        put("key-2", "younger", 1);
        put("key-2", "older");
        expect(cache.find("key-0")?.jobId).toBe("job");
        put("one more", "job");
        expect(cache.counts().entries).toBe(perShard);
        const found = ["key-0", "key-1", "key-2"].map((key) => cache.find(key)?.jobId);
        expect(found).toEqual(["job", undefined, "younger"]);
      }),
    );
  });
});
