/** Batches: many jobs in one call, made once each, watched, cancelled and downloaded as one. */
import { listDurableObjectIds, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { unzipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Batch, BatchEvent, BatchJob, BatchJobList } from "#contract/batch.ts";
import { batchEventSchema, batchJobListSchema, batchSchema } from "#contract/batch.ts";
import type { Job } from "#contract/job.ts";
import { MAX_BATCH_BODY_BYTES, MAX_BATCH_JOBS, RETENTION_S } from "#contract/limits.ts";
import type { Lease } from "#contract/runner-api.ts";
import type { Env } from "../../../worker/env.ts";
import { becomes, failHard, finishWith, leased } from "../../helpers/chain-runner.ts";
import { faultsAreOn } from "../../helpers/faulty.ts";
import {
  API_KEY,
  call,
  finishEcho,
  lease,
  OTHER_API_KEY,
  post,
  problemOf,
  settleWork,
  submitEcho,
  uploadText,
} from "../../helpers/worker-api.ts";

const { BATCHES, JOBS } = env as unknown as Env;
const SESSION = { "Kiln-Session": "5".repeat(32) };

async function submit(jobs: unknown[], headers: Record<string, string> = {}): Promise<Batch> {
  const response = await post(
    "/v1/batches",
    { jobs },
    { ...SESSION, "Idempotency-Key": crypto.randomUUID(), ...headers },
  );
  expect(response.status).toBe(202);
  const batch = batchSchema.parse(await response.json());
  expect(response.headers.get("Location")).toBe(`/v1/batches/${batch.id}`);
  return batch;
}

/** A call by whom the batches belong to, unless said otherwise. */
const ask = (path: string, headers: Record<string, string> = SESSION) => call(path, { headers });
const readJob = async (id: string) => (await (await ask(`/v1/jobs/${id}`)).json()) as Job;
const read = async (id: string) => batchSchema.parse(await (await ask(`/v1/batches/${id}`)).json());
const refusal = async (jobs: unknown, headers = {}) => problemOf(await post("/v1/batches", { jobs }, headers));
const alarmOf = (id: string) => runDurableObjectAlarm(BATCHES.get(BATCHES.idFromName(id)));

async function list(id: string, query = ""): Promise<BatchJobList> {
  return batchJobListSchema.parse(await (await ask(`/v1/batches/${id}/jobs${query}`)).json());
}

/** The batch, once what its jobs have to tell it has brought it there. */
function when(id: string, isSo: (batch: Batch) => boolean): Promise<Batch> {
  return vi.waitFor(
    async () => {
      if (faultsAreOn()) await settleWork(1);
      const batch = await read(id);
      expect(batch).toSatisfy(isSo);
      return batch;
    },
    { interval: 5, timeout: 10_000 },
  );
}

const finished = (id: string) => when(id, ({ state }) => state === "finished");

/** The jobs, once all of them are made and in line, or wait for each other. */
async function made(id: string, queued: number): Promise<readonly BatchJob[]> {
  await when(id, ({ counts }) => (counts.queued ?? 0) >= queued);
  return (await list(id)).jobs;
}

describe("a batch", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("makes every job, and tells how the whole stands", async () => {
    const upload = await uploadText("hello");
    const inputs = [{ upload: upload.id }];
    const batch = await submit([{ type: "echo", inputs }, { key: "two", type: "echo", inputs }, { type: "echo" }]);
    expect(batch).toMatchObject({ state: "working", size: 3, percent: 0, counts: { waiting: 3, queued: 0 } });
    const jobs = await made(batch.id, 3);
    expect(jobs.map(({ number, key, state }) => [number, key, state])).toEqual([
      [1, null, "queued"],
      [2, "two", "queued"],
      [3, null, "queued"],
    ]);
    expect(await readJob(jobs[0]?.id as string)).toMatchObject({ batch: batch.id, inputs: [{ upload: upload.id }] });
    await finishEcho((await lease()) as Lease);
    await when(batch.id, ({ counts, percent }) => counts.succeeded === 1 && Math.abs(percent - 33.3) < 0.01);
    await failHard((await lease()) as Lease, "Broken.");
    await finishEcho((await lease()) as Lease);
    const done = await finished(batch.id);
    expect(done).toMatchObject({ percent: 100, counts: { succeeded: 2, failed: 1 }, finishedAt: expect.any(Number) });
    expect(done.failures).toMatchObject([{ error: { message: "Broken." } }]);
  });

  it("submits a whole chain in one call, in any order, and runs it to the end", async () => {
    const upload = await uploadText("picture");
    const batch = await submit([
      { key: "solid", type: "logo-to-3d", inputs: [{ key: "svg" }] },
      { key: "svg", type: "image-to-svg", inputs: [{ key: "cutout", artifact: "cutout.png" }] },
      { key: "cutout", type: "remove-background", inputs: [{ upload: upload.id }] },
    ]);
    await finishWith(await leased("remove-background"), "preview.webp", "cutout.png");
    await finishWith(await leased("image-to-svg"), "image.svg");
    await finishWith(await leased("logo-to-3d"), "model.glb");
    expect(await finished(batch.id)).toMatchObject({ counts: { succeeded: 3 } });
  });

  it("fails what depends on a job that fails", async () => {
    const upload = await uploadText("picture");
    const batch = await submit([
      { key: "cutout", type: "remove-background", inputs: [{ upload: upload.id }] },
      { key: "svg", type: "image-to-svg", inputs: [{ key: "cutout" }] },
    ]);
    await failHard(await leased("remove-background"));
    const { failures } = await finished(batch.id);
    expect(failures.map(({ key, error }) => [key, error?.code])).toEqual([
      ["cutout", "input_invalid"],
      ["svg", "dependency_failed"],
    ]);
    expect(failures[1]?.error).toMatchObject({ job: failures[0]?.id });
    expect(failures[1]?.error?.message).toBe("The job cutout, which this one builds on, failed: It is no picture.");
  });

  it("makes nothing twice for one Idempotency-Key, nor when its call is repeated", async () => {
    const headers = { "Idempotency-Key": "the-same" };
    const [one, two] = [await submit([{ type: "echo" }], headers), await submit([{ type: "echo" }], headers)];
    expect(two.id).toBe(one.id);
    await made(one.id, 1);
    await alarmOf(one.id);
    expect((await list(one.id)).jobs).toHaveLength(1);
    const other = await post("/v1/batches", { jobs: [{ type: "echo" }, { type: "echo" }] }, { ...SESSION, ...headers });
    expect(other.status).toBe(422);
  });

  it("is cancelled with all that is not over", async () => {
    const batch = await submit([
      { key: "a", type: "echo" },
      { type: "echo", inputs: [{ key: "a" }] },
      { type: "echo" },
    ]);
    await made(batch.id, 2);
    await finishEcho((await lease()) as Lease);
    const response = await post(`/v1/batches/${batch.id}/cancel`, {}, SESSION);
    expect(response.status).toBe(202);
    const done = await finished(batch.id);
    expect(done.counts.canceled).toBe(2);
    expect(done.counts.succeeded).toBe(1);
  });

  it("works again when one of its jobs is tried again", async () => {
    const batch = await submit([{ type: "echo" }]);
    const [job] = await made(batch.id, 1);
    await failHard((await lease()) as Lease);
    await finished(batch.id);
    await post(`/v1/jobs/${job?.id}/retry`, {}, SESSION);
    await when(batch.id, ({ state, finishedAt }) => state === "working" && finishedAt === null);
    await finishEcho((await lease()) as Lease);
    expect(await finished(batch.id)).toMatchObject({ counts: { succeeded: 1, failed: 0 }, failures: [] });
  });

  it("lists its jobs by pages, and by state", async () => {
    const batch = await submit(Array.from({ length: 5 }, () => ({ type: "echo" })));
    await made(batch.id, 5);
    const first = await list(batch.id, "?limit=3");
    expect(first.jobs.map(({ number }) => number)).toEqual([1, 2, 3]);
    const second = await list(batch.id, `?limit=3&cursor=${first.cursor}`);
    expect(second.jobs.map(({ number }) => number)).toEqual([4, 5]);
    expect(second.cursor).toBeNull();
    await finishEcho((await lease()) as Lease);
    await when(batch.id, ({ counts }) => counts.succeeded === 1);
    expect((await list(batch.id, "?state=succeeded")).jobs).toHaveLength(1);
    expect((await ask(`/v1/batches/${batch.id}/jobs?cursor=x`)).status).toBe(400);
  });

  it("streams what happens, from where the client was, without a gap", async () => {
    const batch = await submit([{ type: "echo" }]);
    await made(batch.id, 1);
    await finishEcho((await lease()) as Lease);
    await finished(batch.id);
    const eventsAfter = async (headers: Record<string, string>) => {
      const text = await (await ask(`/v1/batches/${batch.id}/events`, { ...SESSION, ...headers })).text();
      return [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => batchEventSchema.parse(JSON.parse(data as string)));
    };
    const all: BatchEvent[] = await eventsAfter({});
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
    expect(all.at(-1)).toMatchObject({ kind: "status", data: { state: "finished", percent: 100 } });
    const states = all.flatMap((event) => (event.kind === "job" ? [event.data.job.state] : []));
    expect(states).toEqual(["queued", "running", "succeeded"].slice(-states.length));
    expect((await eventsAfter({ "Last-Event-ID": "2" })).map(({ seq }) => seq)).toEqual(
      all.slice(2).map(({ seq }) => seq),
    );
    const socket = await ask(`/v1/batches/${batch.id}/ws`, { ...SESSION, Upgrade: "websocket" });
    expect(socket.status).toBe(101);
  });

  it("is downloaded as one zip: a folder for each job by key or number, and what has none by name", async () => {
    const upload = await uploadText("hello");
    const batch = await submit([
      { type: "echo", inputs: [{ upload: upload.id }] },
      { key: "named", type: "echo" },
      { key: "broken", type: "echo" },
    ]);
    const jobs = await made(batch.id, 3);
    expect((await problemOf(await ask(`/v1/batches/${batch.id}/archive.zip`))).status).toBe(409);
    for (const _ of jobs) {
      const held = (await lease()) as Lease;
      const number = jobs.find(({ id }) => id === held.jobId)?.number;
      if (number === 3) await failHard(held, "Broken.");
      else await finishEcho(held, `text ${number}`);
    }
    const { failures } = await finished(batch.id);
    const response = await ask(`/v1/batches/${batch.id}/archive.zip`);
    expect(response.headers.get("Content-Type")).toBe("application/zip");
    const bytes = new Uint8Array(await response.arrayBuffer());
    const files = unzipSync(bytes);
    expect(Object.keys(files)).toEqual([
      "0001-in/manifest.json",
      "0001-in/echo.txt",
      "named/manifest.json",
      "named/echo.txt",
      "batch.json",
    ]);
    const text = (name: string) => new TextDecoder().decode(files[name]);
    expect([text("0001-in/echo.txt"), text("named/echo.txt")]).toEqual(["text 1", "text 2"]);
    const index = JSON.parse(text("batch.json"));
    expect(index.jobs).toMatchObject([{ folder: "0001-in" }, { folder: "named" }, { key: "broken", folder: null }]);
    expect(index.jobs[2].error).toEqual(failures[0]?.error);
    const again = await (await ask(`/v1/batches/${batch.id}/archive.zip`)).arrayBuffer();
    expect(new Uint8Array(again)).toEqual(bytes);
  });

  it("goes when the files of all its jobs have gone", async () => {
    const upload = await uploadText("hello");
    const batch = await submit([{ type: "echo", inputs: [{ upload: upload.id }] }]);
    const [job] = await made(batch.id, 1);
    await finishEcho((await lease()) as Lease);
    await finished(batch.id);
    vi.setSystemTime(Date.now() + RETENTION_S * 1000 + 1);
    await runDurableObjectAlarm(JOBS.get(JOBS.idFromName(job?.id as string)));
    await settleWork();
    await alarmOf(batch.id);
    expect((await problemOf(await ask(`/v1/batches/${batch.id}`))).code).toBe("batch_not_found");
    expect((await readJob(job?.id as string)).batch).toBe(batch.id);
  });

  it("hears by itself of what nobody told it", async () => {
    const batch = await submit([{ type: "echo" }]);
    const [job] = await made(batch.id, 1);
    const stub = BATCHES.get(BATCHES.idFromName(batch.id)) as unknown as { noteJob(news: unknown): Promise<void> };
    // As if a message from the future had come, and the true ones were lost: then only asking helps.
    const { seq } = await readJob(job?.id as string);
    await stub.noteJob({ id: job?.id, seq, state: "queued", percent: 0, error: null, expiresAt: null, purged: false });
    await finishEcho((await lease()) as Lease);
    vi.setSystemTime(Date.now() + 11 * 60_000);
    await alarmOf(batch.id);
    await finished(batch.id);
  });
});

describe("a batch that can't be", () => {
  it("is refused with the path of what is wrong, and nothing is made", async () => {
    const before = (await listDurableObjectIds(JOBS)).length;
    const wrong: [unknown, string][] = [
      [[], "jobs"],
      [Array.from({ length: MAX_BATCH_JOBS + 1 }, () => ({ type: "echo" })), "jobs"],
      [
        [
          { type: "echo", key: "a" },
          { type: "echo", key: "a" },
        ],
        "jobs.1.key",
      ],
      [[{ type: "echo" }, { type: "echo", inputs: [{ key: "nobody" }] }], "jobs.1.inputs.0.key"],
      [[{ type: "echo", key: "a", inputs: [{ key: "a" }] }], "jobs.0.inputs.0.key"],
      [[{ type: "echo", params: { text: 7 } }], "jobs.0.params.text"],
      [[{ type: "echo", nonsense: 1 }], "jobs.0.nonsense"],
      [[{ type: "image-to-svg" }], "jobs.0.inputs"],
      [[{ type: "echo", inputs: [{ upload: "upl_x" }] }], "jobs.0.inputs.0.upload"],
      [[{ type: "echo", policy: { notBefore: Date.now() + 40 * 86_400_000 } }], "jobs.0.policy.notBefore"],
      [
        [
          { type: "echo", key: "a" },
          { type: "logo-to-3d", inputs: [{ key: "a" }] },
        ],
        "jobs.1.inputs.0.key",
      ],
      [
        [
          { type: "echo", key: "a", inputs: [{ key: "b" }] },
          { type: "echo", key: "b", inputs: [{ key: "a" }] },
        ],
        "jobs.0.inputs.0.key",
      ],
    ];
    for (const [jobs, path] of wrong) {
      expect(await refusal(jobs), path).toMatchObject({ status: 400, errors: [{ path }] });
    }
    expect(await refusal([{ type: "nope" }])).toMatchObject({ status: 422, errors: [{ path: "jobs.0.type" }] });
    expect((await listDurableObjectIds(JOBS)).length).toBe(before);
  });

  it("is refused for an upload or a job that is not there, not whole, or someone else's; what it held is let go", async () => {
    const good = await uploadText("hello");
    const pending = { filename: "a.txt", bytes: 3, contentType: "text/plain" };
    const { id: half } = (await (await post("/v1/uploads", pending)).json()) as { id: string };
    const theirs = (await (await post("/v1/jobs", { type: "echo" }, { "X-API-Key": API_KEY })).json()) as Job;
    const batchOf = (input: unknown) => [
      { type: "echo", inputs: [{ upload: good.id }] },
      { type: "echo", inputs: [input] },
    ];
    const unknown = await refusal(batchOf({ upload: `upl_${"0".repeat(26)}` }));
    expect(unknown).toMatchObject({ code: "upload_not_found", errors: [{ path: "jobs.1.inputs.0.upload" }] });
    expect((await refusal(batchOf({ upload: half }))).code).toBe("upload_incomplete");
    const foreign = await refusal(batchOf({ job: theirs.id }), { "X-API-Key": OTHER_API_KEY });
    expect(foreign).toMatchObject({ code: "job_not_found", errors: [{ path: "jobs.1.inputs.0.job" }] });
    await settleWork();
    await vi.waitFor(async () => expect((await call(`/v1/uploads/${good.id}`, { method: "DELETE" })).status).toBe(204));
  });

  it("is refused when its body, or one of its jobs, is too long", async () => {
    const filler = "x".repeat(MAX_BATCH_BODY_BYTES);
    expect((await refusal([{ type: "echo", params: { text: filler } }])).code).toBe("too_large");
    const long = "y".repeat(300_000);
    const one = await refusal([{ type: "echo" }, { type: "echo", params: { text: long } }]);
    expect(one).toMatchObject({ code: "too_large", errors: [{ path: "jobs.1" }] });
  });

  it("is nobody else's: not to read, list, watch, cancel or download", async () => {
    const { id } = await submit([{ type: "echo" }], { "X-API-Key": API_KEY });
    const headers = { "X-API-Key": OTHER_API_KEY };
    for (const path of ["", "/jobs", "/events", "/ws", "/archive.zip"]) {
      expect((await problemOf(await call(`/v1/batches/${id}${path}`, { headers }))).code).toBe("batch_not_found");
    }
    expect((await problemOf(await post(`/v1/batches/${id}/cancel`, {}, headers))).code).toBe("batch_not_found");
    expect((await problemOf(await call(`/v1/batches/bat_${"0".repeat(26)}`))).code).toBe("batch_not_found");
    expect((await problemOf(await call("/v1/batches/x"))).code).toBe("batch_not_found");
  });
});

describe("a job's archive", () => {
  it("holds its files, once there are any", async () => {
    const job = await submitEcho();
    expect((await problemOf(await call(`/v1/jobs/${job.id}/archive.zip`))).code).toBe("job_not_finished");
    await finishEcho((await lease()) as Lease, "done");
    await becomes(job.id, "succeeded");
    const response = await call(`/v1/jobs/${job.id}/archive.zip`);
    const files = unzipSync(new Uint8Array(await response.arrayBuffer()));
    expect(Object.keys(files)).toEqual(["manifest.json", "echo.txt"]);
  });
});
