/** Wrong calls: each a problem document that says what is wrong and what to do. */
import { describe, expect, it } from "vitest";
import type { JobList } from "#contract/public-api.ts";
import {
  API_KEY,
  call,
  lease,
  OTHER_API_KEY,
  post,
  problemOf,
  RUNNER_KEY,
  readJob,
  runnerPost,
  submitEcho,
  uploadText,
} from "../../helpers/worker-api.ts";

const UNKNOWN_JOB = `job_${"0".repeat(26)}`;

describe("submitting a job", () => {
  it.each([
    ["an unknown type", { type: "make-coffee" }, "unknown_job_type", undefined],
    ["an unknown parameter", { type: "echo", params: { colour: "red" } }, "invalid_request", "params.colour"],
    ["a parameter of the wrong type", { type: "echo", params: { sleepMs: "1" } }, "invalid_request", "params.sleepMs"],
    [
      "a parameter out of range",
      { type: "logo-to-3d", params: { depthMm: -1 }, inputs: [] },
      "invalid_request",
      "params.depthMm",
    ],
    ["no input where one is needed", { type: "logo-to-3d" }, "invalid_request", "inputs"],
    [
      "an upload that does not exist",
      { type: "echo", inputs: [{ upload: `upl_${"0".repeat(26)}` }] },
      "upload_not_found",
      "inputs.0.upload",
    ],
    [
      "a malformed upload id",
      { type: "echo", inputs: [{ upload: "../../etc" }] },
      "invalid_request",
      "inputs.0.upload",
    ],
    ["an unknown field", { type: "echo", colour: 1 }, "invalid_request", "colour"],
    ["a wrong policy", { type: "echo", policy: { maxAttempts: 0 } }, "invalid_request", "policy.maxAttempts"],
  ])("with %s is refused and the answer names it", async (_title, body, code, path) => {
    const problem = await problemOf(await post("/v1/jobs", body));
    expect(problem.code).toBe(code);
    expect(problem.detail.length).toBeGreaterThan(10);
    if (path) expect(problem.errors?.map((error) => error.path)).toContain(path);
  });

  it.each([
    ["that is not JSON", "{", "application/json", "malformed_json"],
    ["that is not UTF-8", new Uint8Array([0x22, 0xff, 0x22]), "application/json", "malformed_json"],
    ["of another type", "type=echo", "application/x-www-form-urlencoded", "unsupported_media_type"],
    ["that is too long", `"${"x".repeat(300_000)}"`, "application/json", "too_large"],
    ["that is no object", "[]", "application/json", "invalid_request"],
  ])("with a body %s is refused", async (_title, body, type, code) => {
    const response = await call("/v1/jobs", { method: "POST", body, headers: { "Content-Type": type } });
    expect((await problemOf(response)).code).toBe(code);
  });

  it("leaves no upload held when one of several inputs is refused", async () => {
    const upload = await uploadText("hello");
    await post("/v1/jobs", { type: "echo", inputs: [{ upload: upload.id }, { upload: `upl_${"0".repeat(26)}` }] });
    expect((await call(`/v1/uploads/${upload.id}`, { method: "DELETE" })).status).toBe(204);
  });
});

describe("asking for what is not there", () => {
  it.each(["", "/events", "/logs", "/artifacts/model.glb"])("answers 404 for /v1/jobs/<unknown>%s", async (suffix) => {
    expect((await problemOf(await call(`/v1/jobs/${UNKNOWN_JOB}${suffix}`))).code).toBe("job_not_found");
    expect((await problemOf(await call(`/v1/jobs/not-an-id${suffix}`))).code).toBe("job_not_found");
  });

  it("answers 404 for unknown uploads, types and paths", async () => {
    expect((await problemOf(await call("/v1/uploads/upl_x"))).code).toBe("upload_not_found");
    expect((await problemOf(await call("/v1/job-types/x"))).code).toBe("not_found");
    expect((await problemOf(await call("/v1/nothing"))).code).toBe("not_found");
  });
});

describe("a key", () => {
  it("that is unknown is refused, in either header", async () => {
    const wrong: Record<string, string>[] = [{ "X-API-Key": "nope" }, { Authorization: "Bearer nope" }];
    for (const headers of wrong) {
      expect((await problemOf(await call("/v1/jobs", { headers: headers }))).code).toBe("unauthorized");
    }
  });

  it("owns its jobs and uploads: other keys and anonymous callers get 404", async () => {
    const created = await post("/v1/jobs", { type: "echo" }, { "X-API-Key": API_KEY });
    const { id } = (await created.json()) as { id: string };
    expect((await call(`/v1/jobs/${id}`, { headers: { Authorization: `Bearer ${API_KEY}` } })).status).toBe(200);
    const others: Record<string, string>[] = [{ "X-API-Key": OTHER_API_KEY }, {}];
    for (const headers of others) {
      expect((await call(`/v1/jobs/${id}`, { headers: headers })).status).toBe(404);
      expect((await post(`/v1/jobs/${id}/cancel`, {}, headers)).status).toBe(404);
    }
  });

  it("of a runner is needed for every runner call, and is no user key", async () => {
    expect((await problemOf(await post("/runner/v1/lease", {}))).code).toBe("unauthorized");
    expect((await problemOf(await post("/runner/v1/lease", {}, { Authorization: `Bearer ${API_KEY}` }))).code).toBe(
      "forbidden",
    );
    expect((await problemOf(await call("/v1/jobs", { headers: { Authorization: `Bearer ${RUNNER_KEY}` } }))).code).toBe(
      "unauthorized",
    );
  });
});

describe("the list of jobs", () => {
  const session = { "Kiln-Session": "ab".repeat(16) };

  async function list(query: string, headers: Record<string, string> = session): Promise<JobList> {
    return (await (await call(`/v1/jobs${query}`, { headers })).json()) as JobList;
  }

  it("shows a session its own jobs, newest first, page by page", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++)
      ids.push(((await (await post("/v1/jobs", { type: "echo" }, session)).json()) as { id: string }).id);
    await submitEcho();
    // The rows follow the jobs; they are there once the objects have done their outside work.
    await expect.poll(async () => (await list("")).jobs.length).toBe(5);
    const first = await list("?limit=3");
    const second = await list(`?limit=3&cursor=${first.cursor}`);
    expect(new Set([...first.jobs, ...second.jobs].map(({ id }) => id))).toEqual(new Set(ids));
    expect([first.jobs.length, second.jobs.length, second.cursor]).toEqual([3, 2, null]);
    const ages = [...first.jobs, ...second.jobs].map(({ createdAt }) => createdAt);
    expect(ages).toEqual([...ages].sort((a, b) => b - a));
    expect((await list("", {})).jobs).toEqual([]);
    expect((await list("", { "Kiln-Session": "cd".repeat(16) })).jobs).toEqual([]);
  });

  it("refuses wrong limits, cursors, unknown and repeated parameters", async () => {
    for (const query of ["?limit=0", "?limit=x", "?cursor=%%%", "?cursor=abc", "?colour=1", "?limit=1&limit=2"]) {
      expect((await problemOf(await call(`/v1/jobs${query}`))).code).toBe("invalid_request");
    }
  });
});

describe("a runner", () => {
  const me = {
    runnerId: "r1",
    name: "Wörkstation",
    apiVersion: 1,
    version: "0.1.0",
    pool: "cpu",
    jobTypes: ["echo"],
    slots: 1,
    ready: true,
    engines: {},
    sandbox: "none",
  };

  it("that registers shows in /health, which is ready then", async () => {
    expect(await (await call("/health")).json()).toMatchObject({ ready: false, runners: [] });
    expect((await call("/health/ready")).status).toBe(503);
    expect((await runnerPost("register", me)).status).toBe(200);
    const health = await (await call("/health")).json();
    expect(health).toMatchObject({ ready: true, runners: [{ id: "r1", pool: "cpu", jobTypes: ["echo"] }] });
    expect(await (await call("/api/v1/health")).json()).toEqual(health);
    expect((await call("/health/live")).status).toBe(200);
  });

  it("that is too old is told to upgrade", async () => {
    const problem = await problemOf(await runnerPost("register", { ...me, apiVersion: 0 }));
    expect(problem).toMatchObject({ status: 426, code: "upgrade_required" });
  });

  it("gets a 4xx for wrong calls: no lease, wrong lease, unknown job, unknown artifact", async () => {
    await submitEcho();
    const held = await lease();
    const { jobId, leaseId } = held ?? { jobId: "", leaseId: "" };
    expect((await problemOf(await runnerPost(`jobs/${jobId}/extend`, {}))).code).toBe("invalid_request");
    expect((await problemOf(await runnerPost(`jobs/${jobId}/extend`, { leaseId: "0".repeat(32) }))).code).toBe(
      "lease_lost",
    );
    expect((await problemOf(await runnerPost(`jobs/${UNKNOWN_JOB}/extend`, { leaseId }))).code).toBe("job_not_found");
    const foreign = { leaseId, name: "passwd", bytes: 1, sha256: "0".repeat(64), contentType: "text/plain" };
    expect((await problemOf(await runnerPost(`jobs/${jobId}/artifacts`, foreign))).errors?.[0]?.path).toBe("name");
    expect((await problemOf(await runnerPost(`jobs/${jobId}/artifacts`, { ...foreign, name: "../x" }))).code).toBe(
      "invalid_request",
    );
    expect((await readJob(jobId)).state).toBe("running");
  });
});
