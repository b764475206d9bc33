/** A job that waits asks the result cache once its inputs are there: an equal job's result is its own, and nobody runs it. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Job, jobEventSchema } from "#contract/job.ts";
import { CACHE_LOOKUP_MAX_MS, MAX_JOBS_PER_SOURCE } from "#contract/limits.ts";
import type { Lease } from "#contract/runner-api.ts";
import { CacheObject } from "../../../worker/durable/cache.do.ts";
import type { Env } from "../../../worker/env.ts";
import { storedJob } from "../../helpers/cacheable-jobs.ts";
import { becomes, leased, leaseOf, submit } from "../../helpers/chain-runner.ts";
import {
  call,
  manifestOf,
  post,
  problemOf,
  put,
  runnerPost,
  settleWork,
  sha256,
  uploadText,
} from "../../helpers/worker-api.ts";

const { JOBS, UPLOADS } = env as unknown as Env;

/** Ends an attempt with this file. */
async function finishWithText(
  { jobId, leaseId, type }: Lease,
  name: string,
  contentType: string,
  text: string,
): Promise<void> {
  const artifact = { name, bytes: text.length, sha256: await sha256(text), contentType };
  const answer = await runnerPost(`jobs/${jobId}/artifacts`, { leaseId, ...artifact });
  expect((await put(((await answer.json()) as { url: string }).url, text)).status).toBe(200);
  const manifest = { ...(await manifestOf("x", "")), jobType: type, artifacts: [artifact] };
  expect((await runnerPost(`jobs/${jobId}/complete`, { leaseId, manifest })).status).toBe(200);
}

const traced = async (lease: Lease) => finishWithText(lease, "image.svg", "image/svg+xml", "the same drawing");

/** A tracing that always runs, and a solid of what it draws. */
async function chain(policy: Record<string, unknown> = {}): Promise<Job> {
  const inputs = [{ upload: (await uploadText("picture")).id }];
  const first = await submit({ type: "image-to-svg", inputs, policy: { cache: false } });
  return submit({ type: "logo-to-3d", inputs: [{ job: first.id }], policy });
}

/** A chain that has run to its end, and whose result is known. */
async function firstChain(): Promise<Job> {
  const solid = await chain();
  await traced(await leased("image-to-svg"));
  await finishWithText(await leased("logo-to-3d"), "model.glb", "model/gltf-binary", "the solid");
  await becomes(solid.id, "succeeded");
  await settleWork(1);
  return solid;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a waiting job whose inputs have come", () => {
  it("takes the result of an equal job: it succeeds as `cached`, with its files, and no runner hears of it", async () => {
    const source = await firstChain();
    const waiting = await chain();
    expect([waiting.state, waiting.cached]).toEqual(["waiting", false]);
    await traced(await leased("image-to-svg"));
    const done = await becomes(waiting.id, "succeeded");
    expect(done).toMatchObject({ cached: true, attempt: 0, startedAt: null, inputs: [{ artifact: "image.svg" }] });
    expect(await leaseOf("logo-to-3d")).toBeNull();
    expect((await storedJob(source.id)).sharers).toEqual([waiting.id]);
    const file = await call(`/v1/jobs/${waiting.id}/artifacts/model.glb`);
    expect(await file.text()).toBe("the solid");
    const events = await (await call(`/v1/jobs/${waiting.id}/events`)).text();
    const kinds = [...events.matchAll(/^data: (.*)$/gm)].map(([, data]) =>
      jobEventSchema.parse(JSON.parse(data as string)),
    );
    expect(kinds.map(({ kind }) => kind)).toEqual(["status", "artifact", "status"]);
  });

  it("runs when it was to, or when nothing equal is there", async () => {
    const source = await firstChain();
    const own = await chain({ cache: false });
    await traced(await leased("image-to-svg"));
    await becomes(own.id, "queued");
    expect((await leased("logo-to-3d")).jobId).toBe(own.id);
    const other = await chain();
    await finishWithText(await leased("image-to-svg"), "image.svg", "image/svg+xml", "another drawing");
    await becomes(other.id, "queued");
    expect((await storedJob(source.id)).sharers ?? []).toEqual([]);
  });

  it.each([
    ["does not answer", () => new Promise<never>(() => undefined)],
    [
      "fails",
      () => {
        throw new Error("broken");
      },
    ],
  ])("runs a moment later when the cache %s, and holds nothing", async (_, find) => {
    const source = await firstChain();
    const waiting = await chain();
    const asked = vi.spyOn(CacheObject.prototype, "find").mockImplementation(find as never);
    const started = performance.now();
    await traced(await leased("image-to-svg"));
    await becomes(waiting.id, "queued");
    expect(asked).toHaveBeenCalled();
    expect(performance.now() - started).toBeLessThan(CACHE_LOOKUP_MAX_MS + 3_000);
    expect((await leased("logo-to-3d")).jobId).toBe(waiting.id);
    expect((await storedJob(source.id)).sharers ?? []).toEqual([]);
  });
});

describe("a file that as many jobs use as may", () => {
  const full = JSON.stringify(Array.from({ length: MAX_JOBS_PER_SOURCE }, (_, n) => `job_${n}`));
  const fill = (stub: DurableObjectStub, table: string) =>
    runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec(`UPDATE ${table} SET record = json_set(record, '$.holders', json(?))`, full);
    });

  it("is refused to one more, upload or job, with what to do; and to a batch, by the path of its job", async () => {
    const { id: upload } = await uploadText("hello");
    await fill(UPLOADS.get(UPLOADS.idFromName(upload)), "upload");
    const { id: job } = await submit({ type: "echo" });
    await fill(JOBS.get(JOBS.idFromName(job)), "job");
    const ofUpload = await problemOf(await post("/v1/jobs", { type: "echo", inputs: [{ upload }] }));
    expect(ofUpload).toMatchObject({ status: 409, code: "source_limit", errors: [{ path: "inputs.0.upload" }] });
    expect(ofUpload.detail).toContain("upload the file again");
    const ofJob = await problemOf(await post("/v1/jobs", { type: "echo", inputs: [{ job }] }));
    expect(ofJob).toMatchObject({ status: 409, code: "source_limit", errors: [{ path: "inputs.0.job" }] });
    const jobs = [{ type: "echo" }, { type: "echo", inputs: [{ upload }] }];
    const ofBatch = await problemOf(await post("/v1/batches", { jobs }));
    expect(ofBatch).toMatchObject({ code: "source_limit", errors: [{ path: "jobs.1.inputs.0.upload" }] });
  });
});
