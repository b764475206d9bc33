/** `Prefer: wait=n`: an answer that comes with the job's end, or after n seconds. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Job } from "#contract/job.ts";
import type { JobObject } from "../../../worker/durable/job.do.ts";
import type { Env } from "../../../worker/env.ts";
import { call, finishEcho, lease, post, runnerPost, submitEcho } from "../../helpers/worker-api.ts";

const { JOBS } = env as unknown as Env;
const SESSION = { "Kiln-Session": "6".repeat(32) };
const jobOf = async (response: Response) => (await response.json()) as Job;
const stubOf = (id: string) => JOBS.get(JOBS.idFromName(id));
const prefer = (value: string) => ({ Prefer: value });

/** How many calls wait for the job. */
function waiters(id: string): Promise<number> {
  return runInDurableObject(stubOf(id), (object) => (object as unknown as JobObject).waiting());
}

async function untilWaiting(id: string, count = 1): Promise<void> {
  await vi.waitFor(async () => expect(await waiters(id)).toBe(count), { interval: 5 });
}

/** Leases that job and ends it. */
async function finish(id: string): Promise<void> {
  const held = await lease();
  expect(held?.jobId).toBe(id);
  if (held) expect((await finishEcho(held)).status).toBe(200);
}

afterEach(() => vi.useRealTimers());

describe("waiting for a job", () => {
  it("answers 200 with the manifest as soon as the job has ended, and leaves no listener behind", async () => {
    const { id } = await submitEcho();
    const answer = call(`/v1/jobs/${id}`, { headers: prefer("wait=60") });
    await untilWaiting(id);
    await finish(id);
    const response = await answer;
    expect(response.status).toBe(200);
    expect(response.headers.get("Preference-Applied")).toBe("wait=60");
    expect(await jobOf(response)).toMatchObject({
      state: "succeeded",
      manifest: { artifacts: [{ name: "echo.txt" }] },
    });
    expect(await waiters(id)).toBe(0);
  });

  it("works on the call that submits, and a job that fails ends it too", async () => {
    const answer = post("/v1/jobs", { type: "echo" }, prefer("wait=60"));
    const held = await vi.waitFor(async () => {
      const leased = await lease();
      expect(leased).not.toBeNull();
      return leased;
    });
    if (!held) return;
    await untilWaiting(held.jobId);
    const error = { code: "input_invalid", message: "No." };
    await runnerPost(`jobs/${held.jobId}/fail`, { leaseId: held.leaseId, error, retryable: false });
    const response = await answer;
    expect(response.status).toBe(200);
    expect(response.headers.get("Location")).toBe(`/v1/jobs/${held.jobId}`);
    expect(await jobOf(response)).toMatchObject({ state: "failed", error });
  });

  it("answers 202 with the job as it stands when the time is over, and forgets the call", async () => {
    const { id } = await submitEcho();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const answer = call(`/v1/jobs/${id}`, { headers: prefer("wait=30") });
    while ((await waiters(id)) === 0);
    // A timer rings in its own object.
    await runInDurableObject(stubOf(id), () => void vi.advanceTimersByTime(29_000));
    expect(await waiters(id)).toBe(1);
    await runInDurableObject(stubOf(id), () => void vi.advanceTimersByTime(1_000));
    vi.useRealTimers();
    const response = await answer;
    expect(response.status).toBe(202);
    expect(response.headers.get("Preference-Applied")).toBe("wait=30");
    expect((await jobOf(response)).state).toBe("queued");
    expect(await waiters(id)).toBe(0);
    await finish(id);
  });

  it("answers at once with wait=0, with a job that has ended, and without a usable wait", async () => {
    const { id } = await submitEcho();
    const now = await call(`/v1/jobs/${id}`, { headers: prefer("wait=0") });
    expect([now.status, now.headers.get("Preference-Applied")]).toEqual([202, "wait=0"]);
    for (const other of ["respond-async", "wait=soon", "wait=-1", "wait=1.5", "wait", "return=minimal"]) {
      const plain = await call(`/v1/jobs/${id}`, { headers: prefer(other) });
      expect([plain.status, plain.headers.get("Preference-Applied")]).toEqual([200, null]);
    }
    await finish(id);
    const done = await call(`/v1/jobs/${id}`, { headers: prefer("wait=600") });
    expect([done.status, done.headers.get("Preference-Applied")]).toEqual([200, "wait=60"]);
  });

  it("survives the eviction of the job's object", async () => {
    const { id } = await submitEcho();
    const answer = call(`/v1/jobs/${id}`, { headers: prefer("wait=60") });
    await untilWaiting(id);
    const aborted = runInDurableObject(stubOf(id), (_, state) => state.abort("evicted"));
    await expect(aborted).rejects.toThrow();
    await untilWaiting(id);
    await finish(id);
    expect((await answer).status).toBe(200);
  });

  it("frees the object when the client goes away", async () => {
    const { id } = await submitEcho();
    const gone = new AbortController();
    const answer = call(`/v1/jobs/${id}`, { headers: prefer("wait=60"), signal: gone.signal });
    const ended = expect(answer).rejects.toThrow();
    await untilWaiting(id);
    gone.abort(new Error("gone"));
    await ended;
    await untilWaiting(id, 0);
    await finish(id);
  });

  it("keeps for an Idempotency-Key that the job was taken in; each repetition waits for the same job", async () => {
    const headers = { ...SESSION, "Idempotency-Key": "wait-1" };
    const first = await post("/v1/jobs", { type: "echo" }, { ...headers, ...prefer("wait=0") });
    const { id } = await jobOf(first);
    const again = post("/v1/jobs", { type: "echo" }, { ...headers, ...prefer("wait=60") });
    await untilWaiting(id);
    await finish(id);
    const waited = await again;
    expect(waited.status).toBe(200);
    expect(waited.headers.get("Idempotent-Replayed")).toBe("true");
    expect(await jobOf(waited)).toMatchObject({ id, state: "succeeded" });
    // Without a wait the answer is the first one, as ever.
    const plain = await post("/v1/jobs", { type: "echo" }, headers);
    expect(plain.status).toBe(202);
    expect(await jobOf(plain)).toMatchObject({ id, state: "queued" });
  });

  it("waits for reruns, retries and jobs under a client's id", async () => {
    const put = () =>
      call("/v1/jobs/wait-2", {
        method: "PUT",
        body: JSON.stringify({ type: "echo" }),
        headers: { ...SESSION, "Content-Type": "application/json", ...prefer("wait=60") },
      });
    const answer = put();
    const held = await vi.waitFor(async () => {
      const leased = await lease();
      expect(leased).not.toBeNull();
      return leased;
    });
    if (!held) return;
    const error = { code: "input_invalid", message: "No." };
    await runnerPost(`jobs/${held.jobId}/fail`, { leaseId: held.leaseId, error, retryable: false });
    expect(await jobOf(await answer)).toMatchObject({ id: held.jobId, state: "failed" });
    const retried = post(`/v1/jobs/${held.jobId}/retry`, {}, { ...SESSION, ...prefer("wait=60") });
    await untilWaiting(held.jobId);
    await finish(held.jobId);
    expect(await jobOf(await retried)).toMatchObject({ state: "succeeded" });
    const rerun = await post(`/v1/jobs/${held.jobId}/rerun`, {}, { ...SESSION, ...prefer("wait=0") });
    expect([rerun.status, rerun.headers.get("Preference-Applied")]).toEqual([202, "wait=0"]);
    await finish((await jobOf(rerun)).id);
  });

  it("asks for no wait that a call which answers with something else could not keep", async () => {
    const response = await call("/v1/job-types", { headers: prefer("wait=60") });
    expect([response.status, response.headers.get("Preference-Applied")]).toEqual([200, null]);
  });
});
