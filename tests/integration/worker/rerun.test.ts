/** `POST /v1/jobs/{id}/rerun`: another version of a job, with what the earlier one's runner had finished. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Job } from "#contract/job.ts";
import { MAX_RERUN_ANCESTORS, RETENTION_S } from "#contract/limits.ts";
import type { Lease } from "#contract/runner-api.ts";
import type { StoredFacts } from "../../../worker/durable/job.do.ts";
import type { Env } from "../../../worker/env.ts";
import { keepCheckpoint, readCheckpoints } from "../../helpers/checkpoints.ts";
import {
  API_KEY,
  call,
  finishEcho,
  lease,
  OTHER_API_KEY,
  post,
  problemOf,
  readJob,
  submitEcho,
  uploadText,
} from "../../helpers/worker-api.ts";

const { JOBS } = env as unknown as Env;

async function rerun(id: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Job> {
  const response = await post(`/v1/jobs/${id}/rerun`, body, headers);
  expect(response.status).toBe(202);
  const job = (await response.json()) as Job;
  expect(response.headers.get("Location")).toBe(`/v1/jobs/${job.id}`);
  return job;
}

async function finishedWith(checkpoints: Record<string, string>): Promise<Job> {
  const job = await submitEcho();
  const held = (await lease()) as Lease;
  for (const [name, text] of Object.entries(checkpoints)) await keepCheckpoint(held, name, text);
  await finishEcho(held);
  return job;
}

/** Lets the clock jump to the end of the job's files. */
async function purge(id: string): Promise<void> {
  vi.setSystemTime(Date.now() + RETENTION_S * 1000 + 1);
  await runDurableObjectAlarm(JOBS.get(JOBS.idFromName(id)));
}

const fetchInput = ({ inputs }: Lease): Promise<Response> => call(inputs[0]?.url ?? "");

describe("a rerun", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is a new job with the same inputs, and the parameters asked for over the earlier ones", async () => {
    const upload = await uploadText("hello");
    const first = await submitEcho({ text: "hi", fail: "none" }, { inputs: [{ upload: upload.id }] });
    const second = await rerun(first.id, { params: { text: "ho" } });
    expect(second.id).not.toBe(first.id);
    expect(second).toMatchObject({ state: "queued", rerunOf: first.id, params: { text: "ho" }, inputs: first.inputs });
    expect(first.rerunOf).toBeNull();
    expect(await readJob(first.id)).toMatchObject({ params: { text: "hi" } });
  });

  it("takes a parameter back to its default for null, and refuses a wrong one by its path", async () => {
    const first = await submitEcho({ text: "hi" });
    const back = await rerun(first.id, { params: { text: null } });
    expect(back.params).toEqual((await submitEcho({})).params);
    const refused = await post(`/v1/jobs/${first.id}/rerun`, { params: { text: 7 } });
    expect((await problemOf(refused)).errors?.[0]?.path).toBe("params.text");
    const unknown = await post(`/v1/jobs/${first.id}/rerun`, { type: "echo" });
    expect(unknown.status).toBe(400);
  });

  it("gives its runner the checkpoints of the earlier job, and its own ones first", async () => {
    const first = await finishedWith({ poses: "old poses", depth: "old depth" });
    const second = await rerun(first.id);
    const held = (await lease()) as Lease;
    expect(held.jobId).toBe(second.id);
    expect(await readCheckpoints(held)).toEqual({ poses: "old poses", depth: "old depth" });
    await keepCheckpoint(held, "depth", "new depth");
    expect(await readCheckpoints(held)).toEqual({ poses: "old poses", depth: "new depth" });
  });

  it("gives those of a whole line of versions, the latest first", async () => {
    const first = await finishedWith({ a: "1", b: "1" });
    const second = await rerun(first.id);
    const held = (await lease()) as Lease;
    await keepCheckpoint(held, "b", "2");
    await finishEcho(held);
    await rerun(second.id);
    expect(await readCheckpoints((await lease()) as Lease)).toEqual({ a: "1", b: "2" });
  });

  it("remembers a bounded number of earlier versions", async () => {
    let job = await submitEcho();
    for (let i = 0; i < MAX_RERUN_ANCESTORS + 2; i++) job = await rerun(job.id);
    const stub = JOBS.get(JOBS.idFromName(job.id)) as unknown as { read(): Promise<StoredFacts> };
    const stored = await stub.read();
    expect(stored.ancestors).toHaveLength(MAX_RERUN_ANCESTORS);
    expect(stored.ancestors[0]).toBe(job.rerunOf);
  });

  it("does without checkpoints that are gone, and is refused when the files are", async () => {
    const first = await finishedWith({ poses: "old" });
    const second = await rerun(first.id);
    await purge(first.id);
    expect((await problemOf(await post(`/v1/jobs/${first.id}/rerun`, {}))).code).toBe("gone");
    const next = await rerun(second.id);
    expect(next.rerunOf).toBe(second.id);
    expect(await readCheckpoints((await lease()) as Lease)).toEqual({});
  });

  it("keeps the inputs when the earlier job's files go", async () => {
    const upload = await uploadText("hello");
    const first = await submitEcho({}, { inputs: [{ upload: upload.id }] });
    await finishEcho((await lease()) as Lease);
    const second = await rerun(first.id);
    await purge(first.id);
    const held = (await lease()) as Lease;
    expect(held.jobId).toBe(second.id);
    expect(await (await fetchInput(held)).text()).toBe("hello");
  });

  it("is the owner's alone", async () => {
    const mine = { "X-API-Key": API_KEY };
    const first = (await (await post("/v1/jobs", { type: "echo" }, mine)).json()) as Job;
    const other = await post(`/v1/jobs/${first.id}/rerun`, {}, { "X-API-Key": OTHER_API_KEY });
    expect((await problemOf(other)).code).toBe("job_not_found");
    expect((await rerun(first.id, {}, mine)).rerunOf).toBe(first.id);
  });

  it("is made once for one Idempotency-Key", async () => {
    const headers = { "X-API-Key": API_KEY, "Idempotency-Key": "again" };
    const first = (await (await post("/v1/jobs", { type: "echo" }, { "X-API-Key": API_KEY })).json()) as Job;
    const one = await rerun(first.id, {}, headers);
    expect((await rerun(first.id, {}, headers)).id).toBe(one.id);
  });
});
