/** Inputs by URL: what is taken, who gets such a job, and what becomes of what the runner found. */
import { describe, expect, it } from "vitest";
import type { Job } from "#contract/job.ts";
import type { Lease } from "#contract/runner-api.ts";
import {
  call,
  finishEcho,
  post,
  problemOf,
  runnerPost,
  settleWork,
  sha256,
  uploadText,
} from "../../helpers/worker-api.ts";

const SESSION = { "Kiln-Session": "8".repeat(32) };
const URL_INPUT = { url: "https://files.example.com/photos/jug%20one.jpg?token=1" };
const TYPE = "image-to-svg";

async function submit(inputs: unknown[], type = "echo"): Promise<Job> {
  const response = await post("/v1/jobs", { type, inputs }, SESSION);
  expect(response.status).toBe(202);
  return (await response.json()) as Job;
}

const read = async (id: string) => (await (await call(`/v1/jobs/${id}`, { headers: SESSION })).json()) as Job;

async function leaseAs(runner: { fetchesUrls?: boolean }, type = "echo"): Promise<Lease | null> {
  const request = { runnerId: "runner-1", requestId: crypto.randomUUID(), pool: "cpu", jobTypes: [type], ...runner };
  const response = await runnerPost("lease", request);
  return response.status === 204 ? null : ((await response.json()) as Lease);
}

const note = ({ jobId, leaseId }: Lease, fetched: object) =>
  runnerPost(`jobs/${jobId}/inputs`, { leaseId, ...fetched });
const FOUND = { index: 0, bytes: 5, contentType: "image/jpeg" };

describe("an input by URL", () => {
  it("is shown to the owner, with the name that its path gives it, and is nothing to wait for", async () => {
    const job = await submit([URL_INPUT, { ...URL_INPUT, filename: "b.jpg", sha256: "a".repeat(64) }]);
    expect(job.state).toBe("queued");
    expect(job.inputs).toEqual([
      {
        ...{ upload: null, job: null, artifact: null, url: URL_INPUT.url, filename: "jug one.jpg", bytes: 0 },
        ...{ contentType: "application/octet-stream", role: null },
      },
      {
        ...{ upload: null, job: null, artifact: null, url: URL_INPUT.url, filename: "b.jpg", bytes: 0 },
        ...{ contentType: "application/octet-stream", role: null, sha256: "a".repeat(64) },
      },
    ]);
    expect((await read(job.id)).inputs).toEqual(job.inputs);
    await leaseAs({ fetchesUrls: true });
  });

  it("is refused where it is not everybody's to reach, and the field named", async () => {
    const urls = [
      "http://example.com/a.png",
      "https://example.com:8443/a.png",
      "https://user:pass@example.com/a.png",
      "https://127.0.0.1/a.png",
      "https://[::1]/a.png",
      "https://100.64.0.1/a.png",
      "https://169.254.169.254/latest",
      "https://localhost/a.png",
      "https://nas.local/a.png",
      "ftp://example.com/a.png",
      "file:///etc/passwd",
      "example.com/a.png",
      "",
      `https://example.com/${"a".repeat(2_048)}`,
    ];
    for (const url of urls) {
      const inputs = [URL_INPUT, { url }];
      for (const [path, body, field] of [
        ["/v1/jobs", { type: "echo", inputs }, "inputs.1"],
        ["/v1/batches", { jobs: [{ type: "echo" }, { type: "echo", inputs }] }, "jobs.1.inputs.1"],
      ] as const) {
        const problem = await problemOf(await post(path, body, SESSION));
        expect(problem, url).toMatchObject({ status: 400, code: "invalid_request" });
        expect(problem.errors?.[0]?.path).toMatch(new RegExp(`^${field}`));
      }
    }
  });

  it("goes to runners that fetch, never to those that would not know how", async () => {
    const job = await submit([{ ...URL_INPUT, sha256: "a".repeat(64) }]);
    expect(await leaseAs({})).toBeNull();
    const lease = await leaseAs({ fetchesUrls: true });
    expect(lease).toMatchObject({
      jobId: job.id,
      type: "echo",
      inputs: [{ url: URL_INPUT.url, filename: "jug one.jpg", fetch: { sha256: "a".repeat(64) } }],
    });
    // Other jobs are for all.
    await submit([]);
    expect(await leaseAs({})).toMatchObject({ inputs: [] });
  });

  it("is, from the first attempt on, the file that was found then", async () => {
    const { id } = await submit([URL_INPUT]);
    const first = (await leaseAs({ fetchesUrls: true })) as Lease;
    expect(first.inputs[0]?.fetch).toEqual({ sha256: null });
    const hash = await sha256("first");
    expect((await note(first, { ...FOUND, sha256: hash })).status).toBe(200);
    expect((await note(first, { ...FOUND, sha256: hash })).status).toBe(200);
    expect((await read(id)).inputs[0]).toMatchObject({ bytes: 5, contentType: "image/jpeg", sha256: hash });
    const other = await problemOf(await note(first, { ...FOUND, sha256: await sha256("other") }));
    expect(other).toMatchObject({ code: "input_changed", status: 422 });
    await runnerPost(`jobs/${id}/release`, { leaseId: first.leaseId, reason: "shutdown" });
    const second = (await leaseAs({ fetchesUrls: true })) as Lease;
    expect(second.inputs[0]?.fetch).toEqual({ sha256: hash });
    expect((await note(first, { ...FOUND, sha256: hash })).status).toBe(409);
    await finishEcho(second);
    // So is that of its reruns.
    const rerun = (await (await post(`/v1/jobs/${id}/rerun`, { params: { text: "again" } }, SESSION)).json()) as Job;
    expect(rerun.inputs[0]).toMatchObject({ url: URL_INPUT.url, filename: "jug one.jpg", sha256: hash, bytes: 0 });
    expect((await leaseAs({ fetchesUrls: true }))?.inputs[0]?.fetch).toEqual({ sha256: hash });
  });

  it("that has another hash than was asked for, or is none, can't be told of", async () => {
    const upload = await uploadText("hello", SESSION);
    await submit([{ upload: upload.id }, { ...URL_INPUT, sha256: "a".repeat(64) }]);
    const lease = (await leaseAs({ fetchesUrls: true })) as Lease;
    const hash = await sha256("first");
    expect((await problemOf(await note(lease, { ...FOUND, index: 1, sha256: hash }))).code).toBe("input_changed");
    for (const index of [0, 2]) {
      const problem = await problemOf(await note(lease, { ...FOUND, index, sha256: hash }));
      expect(problem).toMatchObject({ status: 400, errors: [{ path: "index" }] });
    }
    expect((await note(lease, { ...FOUND, index: 1, sha256: "a".repeat(64) })).status).toBe(200);
  });

  it("is looked for among results only once its content is known: a claim to know it is not enough", async () => {
    const hash = await sha256("hello");
    const input = { filename: "in.svg", url: "https://files.example.com/in.svg", sha256: hash };
    const job = await submit([input], TYPE);
    const lease = (await leaseAs({ fetchesUrls: true }, TYPE)) as Lease;
    expect(lease.jobId).toBe(job.id);
    await note(lease, { ...FOUND, sha256: hash });
    const manifest = {
      ...{ jobType: TYPE, typeVersion: lease.typeVersion, params: lease.params, artifacts: [], versions: {} },
      ...{ timings: [], peakMemoryBytes: null, seed: null, report: {}, warnings: [] },
    };
    const done = await runnerPost(`jobs/${job.id}/complete`, { leaseId: lease.leaseId, manifest });
    expect(done.status).toBe(200);
    // Whoever has only the hash gets nothing.
    expect((await submit([input], TYPE)).state).toBe("queued");
    expect(await leaseAs({ fetchesUrls: true }, TYPE)).not.toBeNull();
    // Whoever sends the very file up does.
    const created = await post("/v1/uploads", { filename: "in.svg", bytes: 5 }, SESSION);
    const upload = (await created.json()) as { id: string; targets: { url: string }[] };
    const body = new TextEncoder().encode("hello");
    await call(upload.targets[0]?.url ?? "", { method: "PUT", body, headers: { "Content-Length": "5" } });
    await post(`/v1/uploads/${upload.id}/complete`, {}, SESSION);
    const response = await post("/v1/jobs", { type: TYPE, inputs: [{ upload: upload.id }] }, SESSION);
    expect(await response.json()).toMatchObject({ state: "succeeded", cached: true });
  });

  it("works in a batch, beside inputs that other jobs make", async () => {
    const jobs = [
      { key: "a", type: "echo", inputs: [URL_INPUT] },
      { key: "b", type: "echo", inputs: [{ key: "a" }, URL_INPUT] },
    ];
    const response = await post("/v1/batches", { jobs }, SESSION);
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as { id: string };
    await settleWork();
    const lease = await leaseAs({ fetchesUrls: true });
    expect(lease?.inputs[0]?.url).toBe(URL_INPUT.url);
    const list = (await (await call(`/v1/batches/${id}/jobs`, { headers: SESSION })).json()) as { jobs: Job[] };
    expect(list.jobs.map(({ state }) => state)).toEqual(["running", "waiting"]);
  });
});
