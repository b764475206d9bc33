/** Versions of an asset and pins, under `/v1/jobs/:id`. A rerun, which makes a version, is in jobs.ts. */
import { type Context, Hono } from "hono";
import { z } from "zod";
import { type Job, jobIdSchema } from "#contract/job.ts";
import { MAX_LISTED_VERSIONS, MAX_PINS_PER_OWNER } from "#contract/limits.ts";
import type { JobVersions } from "#contract/public-api.ts";
import { compareJobs, listVersions } from "../domain/job-versions.ts";
import { maySee } from "../domain/ownership.ts";
import { inBatches } from "../durable/in-batches.ts";
import { callJob } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { countPinned, listVersionIds } from "../storage/jobs-table.ts";
import { findJobById, findJobWithFiles, unwrap } from "./job-access.ts";
import { invalidRequest, readQuery } from "./request-parsing.ts";

export const jobVersions = new Hono<AppContext>();

/** Calls to job objects that are under way at once. */
const PARALLEL = 20;

jobVersions.get("/versions", async (c) => {
  const { job, ancestors } = await findJobWithFiles(c as never);
  // The list follows the jobs a moment later: this one, and those it is a version of, are known anyway. They may be others'.
  const ids = new Set([job.id, ...(await ownVersionIds(c, job.asset)), ...ancestors]);
  const known = await readJobs(c, [...ids]);
  // The oldest listed may be reruns of jobs that are not listed.
  const versions = [...known.values()].filter(({ asset }) => asset === job.asset);
  const before = versions.flatMap(({ rerunOf }) => (rerunOf === null || known.has(rerunOf) ? [] : [rerunOf]));
  const all = new Map([...known, ...(await readJobs(c, before))]);
  const listed = listVersions(versions, all).slice(0, MAX_LISTED_VERSIONS);
  return c.json({ asset: job.asset, versions: listed } satisfies JobVersions);
});

jobVersions.get("/compare", async (c) => {
  const { job } = await findJobWithFiles(c as never);
  const { with: otherId } = readQuery(c, z.object({ with: jobIdSchema }).strict());
  const { job: other } = await findJobById(c, otherId);
  if (other.type !== job.type) {
    throw invalidRequest([{ path: "with", message: `is a job of type ${other.type}, not ${job.type}` }]);
  }
  return c.json(compareJobs(job, other));
});

jobVersions.put("/pin", async (c) => {
  const job = await findOwnJob(c);
  if (!job.pinned && (await countPinned(c.env.DB, c.get("owner"))) >= MAX_PINS_PER_OWNER) {
    const detail = `You have pinned ${MAX_PINS_PER_OWNER} jobs, which is the most. Unpin one with DELETE /v1/jobs/{id}/pin.`;
    throw new AppError("job_conflict", detail);
  }
  return c.json(unwrap(await callJob(c.env, job.id, (stub) => stub.pin())));
});

jobVersions.delete("/pin", async (c) => {
  const { id } = await findOwnJob(c);
  return c.json(unwrap(await callJob(c.env, id, (stub) => stub.unpin())));
});

/** The job in the path, if the caller made it: others may read an anonymous job whose id they know, and no more. */
async function findOwnJob(c: Context<AppContext>): Promise<Job> {
  const { job, owner } = await findJobWithFiles(c as never);
  const caller = c.get("owner");
  if (caller === owner && caller !== "anon") return job;
  const detail = "Only who made a job may pin it: send the API key, or the Kiln-Session header, that it was made with.";
  throw new AppError("forbidden", detail);
}

async function ownVersionIds(c: Context<AppContext>, asset: string): Promise<string[]> {
  const owner = c.get("owner");
  // Without key or session everybody would be the same owner; nobody lists others' jobs.
  return owner === "anon" ? [] : listVersionIds(c.env.DB, { owner, asset, limit: MAX_LISTED_VERSIONS });
}

/** Those of these jobs that the caller may see, by id. */
async function readJobs(c: Context<AppContext>, ids: readonly string[]): Promise<Map<string, Job>> {
  const jobs = new Map<string, Job>();
  const found = await inBatches(ids, (id) => callJob(c.env, id, (stub) => stub.read()), PARALLEL);
  for (const facts of found) if (facts && maySee(c.get("owner"), facts.owner)) jobs.set(facts.job.id, facts.job);
  return jobs;
}
