/** Things that are there when the fuzzing begins, so that ids in its calls name something: jobs, uploads, a batch, a webhook. */
import { createHash } from "node:crypto";
import type { Job } from "#contract/job.ts";
import { RUNNER_API_VERSION } from "#contract/limits.ts";
import type { Lease } from "#contract/runner-api.ts";
import type { Upload } from "#contract/upload.ts";

/** Secrets that calls are made with. */
export interface Credentials {
  readonly user: string;
  readonly runner: string;
  readonly admin: string;
}

export interface PreparedThings {
  readonly jobs: readonly string[];
  readonly uploads: readonly string[];
  readonly batches: readonly string[];
  readonly webhooks: readonly string[];
}

/** Where and as whom. */
interface Caller {
  readonly url: string;
  readonly key: string;
}

const RUNNER_ID = "fuzz-runner";
const ECHO = { pool: "cpu", jobTypes: ["echo"] };
const TEXT = "Kiln";

/** Makes an account with a key, by the operator's key. */
export async function makeUserKey(url: string, adminKey: string): Promise<string> {
  const made = await send({ url, key: adminKey }, "POST", "/admin/v1/keys", { name: "API fuzz" });
  return (made as { secret: string }).secret;
}

/** Says that a runner is there and ready, as far as `/health` knows. */
export async function registerRunner(url: string, runnerKey: string): Promise<void> {
  await send({ url, key: runnerKey }, "POST", "/runner/v1/register", {
    ...ECHO,
    runnerId: RUNNER_ID,
    name: "fuzz",
    apiVersion: RUNNER_API_VERSION,
    version: "0.1.0",
    slots: 1,
    ready: true,
    engines: {},
    sandbox: "none",
  });
}

export async function prepareThings(url: string, { user: key, runner }: Credentials): Promise<PreparedThings> {
  const caller = { url, key };
  const pending = await createUpload(caller, 4);
  const parts = await createUpload(caller, 20_000_000);
  const complete = await createUpload(caller, TEXT.length);
  await put((complete.targets[0] as { url: string }).url, TEXT);
  await send(caller, "POST", `/v1/uploads/${complete.id}/complete`, {});
  const done = await submitEcho(caller);
  await finish({ url, key: runner }, done.id);
  const canceled = await submitEcho(caller);
  await send(caller, "POST", `/v1/jobs/${canceled.id}/cancel`, {});
  const queued = await submitEcho(caller, { inputs: [{ upload: complete.id }] });
  const batch = await send(caller, "POST", "/v1/batches", { jobs: [{ type: "echo" }, { type: "echo" }] });
  const webhook = await send(caller, "POST", "/v1/webhooks", { url: "https://receiver.invalid/kiln" });
  return {
    jobs: [done.id, canceled.id, queued.id],
    uploads: [pending.id, parts.id, complete.id],
    batches: [(batch as { id: string }).id],
    webhooks: [(webhook as { id: string }).id],
  };
}

/** Does an echo job as a runner would. */
async function finish(runner: Caller, jobId: string): Promise<void> {
  const lease = (await send(runner, "POST", "/runner/v1/lease", { ...ECHO, runnerId: RUNNER_ID })) as Lease | null;
  if (lease?.jobId !== jobId) throw new Error("The job that was made to be finished was not leased.");
  const file = {
    name: "echo.txt",
    bytes: TEXT.length,
    sha256: createHash("sha256").update(TEXT).digest("hex"),
    contentType: "text/plain",
  };
  const path = `/runner/v1/jobs/${jobId}`;
  const { leaseId } = lease;
  const target = (await send(runner, "POST", `${path}/artifacts`, { leaseId, ...file })) as { url: string };
  await put(target.url, TEXT);
  const manifest = {
    jobType: "echo",
    typeVersion: 1,
    params: {},
    artifacts: [file],
    versions: {},
    timings: [],
    peakMemoryBytes: null,
    seed: null,
    report: {},
    warnings: [],
  };
  await send(runner, "POST", `${path}/complete`, { leaseId, manifest });
}

async function createUpload(caller: Caller, bytes: number): Promise<Upload> {
  return (await send(caller, "POST", "/v1/uploads", { filename: "in.txt", bytes })) as Upload;
}

async function submitEcho(caller: Caller, rest: object = {}): Promise<Job> {
  return (await send(caller, "POST", "/v1/jobs", { type: "echo", ...rest })) as Job;
}

async function send({ url, key }: Caller, method: string, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(url + path, {
    method,
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text.slice(0, 500)}`);
  return text === "" ? null : JSON.parse(text);
}

async function put(url: string, text: string): Promise<void> {
  const response = await fetch(url, { method: "PUT", body: text });
  if (!response.ok) throw new Error(`PUT of a file was answered ${response.status}: ${await response.text()}`);
}
