/** Calls to the Worker under test, inside workerd: as a user, and as a runner. */
import { evictAllDurableObjects, runDurableObjectAlarm } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect } from "vitest";
import type { Job } from "#contract/job.ts";
import type { Manifest } from "#contract/manifest.ts";
import type { Problem } from "#contract/problem.ts";
import type { Lease } from "#contract/runner-api.ts";
import type { Upload } from "#contract/upload.ts";
import type { Env } from "../../worker/env.ts";
import { evictionIsOn, faultsAreOn, liveObjects, undisturbed } from "./faulty.ts";

export { API_KEY, OTHER_API_KEY } from "./test-keys.ts";

const worker = (exports as unknown as { default: Fetcher }).default;

const { BATCHES, BUCKET, JOBS, UPLOADS, WEBHOOKS } = env as unknown as Env;

export const ORIGIN = "http://kiln.test";
export const RUNNER_KEY = "runner-key-for-tests-0123456789abcdef";
export const ADMIN_KEY = "admin-key-for-tests-0123456789abcdef0";

const MAX_TRIES = 8;

/**
 * Who calls while faults are on, where a test does not care: nobody may not repeat what makes something. A test that wants
 * nobody sends an empty `Kiln-Session`.
 */
const SOMEBODY = { "Kiln-Session": "5".repeat(32) };

/** A request to the Worker; `path` may be a whole URL. While faults are on it is repeated like an ordinary client does. */
export async function call(path: string, init: RequestInit = {}): Promise<Response> {
  for (let tries = 1; ; tries++) {
    const request = new Request(new URL(path, ORIGIN), init);
    if (faultsAreOn() && isNobodys(request))
      for (const header of Object.entries(SOMEBODY)) request.headers.set(...header);
    const response = await worker.fetch(request);
    if (evictionIsOn()) await evictAllDurableObjects();
    if (!faultsAreOn() || tries === MAX_TRIES) return response;
    // What the platform does is never told as a fault of ours, which clients need not repeat.
    expect(response.status).not.toBe(500);
    if (response.status < 500 && !response.headers.has("Retry-After")) return response;
    await response.body?.cancel();
  }
}

function isNobodys({ headers }: Request): boolean {
  return !["Authorization", "X-API-Key", "Kiln-Session"].some((name) => headers.has(name));
}

/** A JSON POST. */
export function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return call(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", ...headers },
  });
}

/** A runner's call. */
export function runnerPost(path: string, body: unknown): Promise<Response> {
  return post(`/runner/v1/${path}`, body, { Authorization: `Bearer ${RUNNER_KEY}` });
}

/** The operator's call. */
export function adminCall(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${ADMIN_KEY}` };
  return call(`/admin/v1/${path}`, { ...init, headers });
}

/** The problem document of an error answer, after checking that it is one. */
export async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  const problem = (await response.json()) as Problem;
  expect(problem.status).toBe(response.status);
  return problem;
}

/** Puts `bytes` to a signed URL. */
export function put(url: string, bytes: Uint8Array | string): Promise<Response> {
  const body = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  return call(url, { method: "PUT", body, headers: { "Content-Length": String(body.byteLength) } });
}

/** A complete upload of `text`. */
export async function uploadText(text: string, headers: Record<string, string> = {}): Promise<Upload> {
  const created = (await (
    await post(
      "/v1/uploads",
      { filename: "in.txt", bytes: new TextEncoder().encode(text).length, contentType: "text/plain" },
      headers,
    )
  ).json()) as Upload;
  for (const target of created.targets) expect((await put(target.url, text)).status).toBe(200);
  const completed = await post(`/v1/uploads/${created.id}/complete`, {}, headers);
  expect(completed.status).toBe(200);
  return (await completed.json()) as Upload;
}

/** Submits an echo job. */
export async function submitEcho(
  params: Record<string, unknown> = {},
  rest: Record<string, unknown> = {},
): Promise<Job> {
  // A client that may have to repeat itself says so.
  const key = { "Idempotency-Key": crypto.randomUUID() };
  const response = await post("/v1/jobs", { type: "echo", params, ...rest }, faultsAreOn() ? key : {});
  if (faultsAreOn()) await doOutsideWork();
  expect(response.status).toBe(202);
  return (await response.json()) as Job;
}

/** Lets every job and upload do the outside work that faults have held up, as its alarm would within a minute. */
async function doOutsideWork(): Promise<void> {
  await undisturbed(async () => {
    for (const objects of [JOBS, UPLOADS, BATCHES, WEBHOOKS])
      for (const stub of await liveObjects(objects)) await runDurableObjectAlarm(stub);
  });
}

/** Lets what one object has to tell another arrive, and what that one does then: each pass is one step of a chain. */
export async function settleWork(passes = 3): Promise<void> {
  for (let pass = 0; pass < passes; pass++) await doOutsideWork();
}

/** What lies in R2, once all that faults have held up is done. */
export async function storedKeys(prefix = ""): Promise<string[]> {
  if (faultsAreOn()) await doOutsideWork();
  return undisturbed(async () => (await BUCKET.list({ prefix })).objects.map(({ key }) => key));
}

/** Leases the next echo job, or null. */
export async function lease(runnerId = "runner-1"): Promise<Lease | null> {
  if (faultsAreOn()) await doOutsideWork();
  // As runners do: sent again after a lost answer, it gets the same job, and none is laid aside for nobody.
  const requestId = crypto.randomUUID().replaceAll("-", "");
  const response = await runnerPost("lease", { runnerId, requestId, pool: "cpu", jobTypes: ["echo"] });
  if (response.status === 204) return null;
  expect(response.status).toBe(200);
  return (await response.json()) as Lease;
}

/** The job as the API shows it to its owner. */
export async function readJob(id: string, headers: Record<string, string> = {}): Promise<Job> {
  const response = await call(`/v1/jobs/${id}`, { headers });
  expect(response.status).toBe(200);
  return (await response.json()) as Job;
}

/** Hex SHA-256. */
export async function sha256(content: string | Uint8Array): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Uploads one artifact under a lease, as a runner does. */
export async function putArtifact({ jobId, leaseId }: Lease, name: string, text: string): Promise<Response> {
  const bytes = new TextEncoder().encode(text).length;
  const response = await runnerPost(`jobs/${jobId}/artifacts`, {
    leaseId,
    name,
    bytes,
    sha256: await sha256(text),
    contentType: "text/plain",
  });
  if (response.status !== 200) return response;
  return put(((await response.json()) as { url: string }).url, text);
}

/** A manifest that names one text artifact. */
export async function manifestOf(name: string, text: string): Promise<Manifest> {
  const bytes = new TextEncoder().encode(text).length;
  return {
    jobType: "echo",
    typeVersion: 1,
    params: {},
    artifacts: [{ name, bytes, sha256: await sha256(text), contentType: "text/plain" }],
    versions: {},
    timings: [{ stage: "echo", seconds: 0.1 }],
    peakMemoryBytes: null,
    seed: null,
    report: {},
    warnings: [],
  };
}

/** Uploads `text` as echo.txt and commits. */
export async function finishEcho(held: Lease, text = "done"): Promise<Response> {
  expect((await putArtifact(held, "echo.txt", text)).status).toBe(200);
  return runnerPost(`jobs/${held.jobId}/complete`, {
    leaseId: held.leaseId,
    manifest: await manifestOf("echo.txt", text),
  });
}
