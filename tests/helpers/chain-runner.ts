/** A runner's part in chains of jobs of any type: what it leases, and what it says it has written. */
import { expect, vi } from "vitest";
import type { Job, JobState } from "#contract/job.ts";
import { findOutput, type JobTypeDefinition } from "#contract/job-types/job-type.ts";
import { findJobType } from "#contract/job-types/registry.ts";
import type { Lease } from "#contract/runner-api.ts";
import { faultsAreOn } from "./faulty.ts";
import { manifestOf, post, put, readJob, runnerPost, settleWork, sha256 } from "./worker-api.ts";

/** How messages between objects are waited for. */
const WAIT = { interval: 5, timeout: 10_000 };

/** Submits a job of any type. */
export async function submit(request: Record<string, unknown>, headers: Record<string, string> = {}): Promise<Job> {
  const key = { "Idempotency-Key": crypto.randomUUID(), "Kiln-Session": "5".repeat(32) };
  const response = await post("/v1/jobs", request, { ...(faultsAreOn() ? key : {}), ...headers });
  expect(response.status).toBe(202);
  return (await response.json()) as Job;
}

/** Leases the next job of one of these types, or null. */
export async function leaseOf(...jobTypes: string[]): Promise<Lease | null> {
  if (faultsAreOn()) await settleWork(1);
  const response = await runnerPost("lease", { runnerId: "runner-1", pool: "cpu", jobTypes });
  if (response.status === 204) return null;
  expect(response.status).toBe(200);
  return (await response.json()) as Lease;
}

/** Leases the next job of this type, once there is one. */
export function leased(jobType: string): Promise<Lease> {
  return vi.waitFor(async () => {
    const lease = await leaseOf(jobType);
    expect(lease).not.toBeNull();
    return lease as Lease;
  }, WAIT);
}

/** The job, once what others have to tell it has brought it into this state. */
export function becomes(id: string, state: JobState): Promise<Job> {
  return vi.waitFor(async () => {
    if (faultsAreOn()) await settleWork(1);
    const job = await readJob(id);
    expect(job.state).toBe(state);
    return job;
  }, WAIT);
}

/** Commits files of these names, in this order, each with the media type that the job type gives it. */
export async function finishWith({ jobId, leaseId, type }: Lease, ...names: string[]): Promise<void> {
  const definition = findJobType(type) as JobTypeDefinition;
  const artifacts = await Promise.all(
    names.map(async (name) => {
      const { contentType } = findOutput(definition, name) as { contentType: string };
      const text = `${name} of ${jobId}`;
      return { name, bytes: text.length, sha256: await sha256(text), contentType };
    }),
  );
  for (const artifact of artifacts) {
    const announced = await runnerPost(`jobs/${jobId}/artifacts`, { leaseId, ...artifact });
    expect(announced.status).toBe(200);
    const { url } = (await announced.json()) as { url: string };
    expect((await put(url, `${artifact.name} of ${jobId}`)).status).toBe(200);
  }
  const manifest = { ...(await manifestOf("x", "")), jobType: type, artifacts };
  expect((await runnerPost(`jobs/${jobId}/complete`, { leaseId, manifest })).status).toBe(200);
}

/** Says that the job can't be done. */
export async function failHard({ jobId, leaseId }: Lease, message = "It is no picture."): Promise<void> {
  const error = { code: "input_invalid", message };
  expect((await runnerPost(`jobs/${jobId}/fail`, { leaseId, error, retryable: false })).status).toBe(200);
}
