/**
 * Jobs whose results equal jobs may take: text-to-3d without any file, image-to-svg with one. The runner writes what the
 * test says.
 */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { Job } from "#contract/job.ts";
import type { Lease } from "#contract/runner-api.ts";
import type { Upload } from "#contract/upload.ts";
import type { JobRecord } from "../../worker/domain/job-record.ts";
import type { JobObject } from "../../worker/durable/job.do.ts";
import type { Env } from "../../worker/env.ts";
import { faultsAreOn, undisturbed } from "./faulty.ts";
import { call, manifestOf, post, put, putArtifact, runnerPost, settleWork } from "./worker-api.ts";

const { JOBS } = env as unknown as Env;
type Headers = Record<string, string>;

export const SESSION = { "Kiln-Session": "7".repeat(32) };
const TYPES = ["text-to-3d", "image-to-svg"];
const RESULT = { "text-to-3d": "model.glb", "image-to-svg": "image.svg" } as Record<string, string>;

/** The job's object. */
export function jobStub(id: string): DurableObjectStub<JobObject> {
  return JOBS.get(JOBS.idFromName(id)) as unknown as DurableObjectStub<JobObject>;
}

/** The job as it is stored. */
export async function storedJob(id: string): Promise<JobRecord> {
  return undisturbed(() =>
    runInDurableObject(jobStub(id), (_, { storage }) => {
      return JSON.parse(storage.sql.exec<{ record: string }>("SELECT record FROM job").one().record) as JobRecord;
    }),
  );
}

/** Lets a job do what is due, and tell others what it has to tell them, as its alarm would. */
export async function settleJob(id: string): Promise<void> {
  await undisturbed(() => runDurableObjectAlarm(jobStub(id)));
}

/** A complete upload of `text` under that name. */
export async function uploadAs(filename: string, text: string): Promise<Upload> {
  const bytes = new TextEncoder().encode(text).length;
  const created = (await (await post("/v1/uploads", { filename, bytes }, SESSION)).json()) as Upload;
  for (const target of created.targets) expect((await put(target.url, text)).status).toBe(200);
  const completed = await post(`/v1/uploads/${created.id}/complete`, {}, SESSION);
  expect(completed.status).toBe(200);
  return (await completed.json()) as Upload;
}

/** Submits a job. */
export async function submit(body: Record<string, unknown>, headers: Headers = SESSION): Promise<Job> {
  // A client that may have to repeat itself says so.
  const key: Headers =
    faultsAreOn() && headers["Kiln-Session"] !== "" ? { "Idempotency-Key": crypto.randomUUID() } : {};
  const response = await post("/v1/jobs", body, { ...key, ...headers });
  expect(response.status).toBe(202);
  return (await response.json()) as Job;
}

/** Submits a text-to-3d job. */
export function submitText(text: string, rest: Record<string, unknown> = {}, headers: Headers = SESSION): Promise<Job> {
  return submit({ type: "text-to-3d", params: { text }, ...rest }, headers);
}

/** Submits an image-to-svg job with that upload. */
export function submitPicture(upload: string, rest: Record<string, unknown> = {}): Promise<Job> {
  return submit({ type: "image-to-svg", inputs: [{ upload }], ...rest });
}

/** Leases the next job, or null. */
export async function leaseNext(): Promise<Lease | null> {
  if (faultsAreOn()) await settleWork(1);
  const response = await runnerPost("lease", { runnerId: "runner-1", pool: "cpu", jobTypes: TYPES });
  return response.status === 204 ? null : ((await response.json()) as Lease);
}

/** Leases the next job and ends it with `result` as its file. */
export async function runNext(result = "result", changes: Record<string, unknown> = {}): Promise<void> {
  const held = await leaseNext();
  if (!held) throw new Error("no job is in line");
  const name = RESULT[held.type] as string;
  expect((await putArtifact(held, name, result)).status).toBe(200);
  const manifest = { ...(await manifestOf(name, result)), jobType: held.type, ...changes };
  expect((await runnerPost(`jobs/${held.jobId}/complete`, { leaseId: held.leaseId, manifest })).status).toBe(200);
  await settleJob(held.jobId);
}

/** A text-to-3d job that has run, so that equal jobs may take its result. */
export async function finishedText(
  text: string,
  rest: Record<string, unknown> = {},
  headers: Headers = SESSION,
): Promise<Job> {
  const job = await submitText(text, rest, headers);
  expect(job.cached).toBe(false);
  await runNext();
  return job;
}

/** The file of a text-to-3d job: where it is to be had, and its text. */
export async function download(id: string, headers: Headers = SESSION): Promise<{ url: string; text: string }> {
  const redirect = await call(`/v1/jobs/${id}/artifacts/model.glb`, { redirect: "manual", headers });
  expect(redirect.status).toBe(302);
  const url = redirect.headers.get("Location") ?? "";
  const file = await call(url);
  expect(file.status).toBe(200);
  return { url, text: new TextDecoder().decode(await file.arrayBuffer()) };
}
