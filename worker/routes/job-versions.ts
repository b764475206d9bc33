/** Versions of an asset and pins, under `/v1/jobs/{id}`. A rerun, which makes a version, is in jobs.ts. */
import type { Context } from "hono";
import { z } from "zod";
import { type Job, jobIdSchema, jobSchema } from "#contract/job.ts";
import { MAX_LISTED_VERSIONS, MAX_PINS_PER_OWNER } from "#contract/limits.ts";
import { type JobVersions, jobComparisonSchema, jobVersionsSchema } from "#contract/public-api.ts";
import { compareJobs, listVersions } from "../domain/job-versions.ts";
import { maySee } from "../domain/ownership.ts";
import { inBatches } from "../durable/in-batches.ts";
import type { StoredFacts } from "../durable/job.do.ts";
import { callJob } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { countPinned, listVersionIds } from "../storage/jobs-table.ts";
import { findJobById, findJobWithFiles, unwrap } from "./job-access.ts";
import { Resource } from "./operation.ts";
import { invalidRequest } from "./request-parsing.ts";

export const jobVersions = new Resource("/v1/jobs", { tag: "Versions", access: "user" });

const id = { id: jobIdSchema };
const pinned = { 200: { description: "The job", schema: jobSchema } };
/** Calls to job objects that are under way at once. */
const PARALLEL = 20;

jobVersions.get(
  "/{id}/versions",
  {
    operationId: "listJobVersions",
    summary: "List the versions of an asset",
    description: "The caller's, newest first, each with what was changed.",
    scope: "read",
    params: id,
    answers: { 200: { description: "The versions", schema: jobVersionsSchema } },
    problems: ["job_not_found"],
  },
  async (c) => c.json(await versionsOf(c, await findJobWithFiles(c))),
);

jobVersions.get(
  "/{id}/compare",
  {
    operationId: "compareJobs",
    summary: "Compare two jobs",
    description:
      "How the job `with` differs from this one: parameters, versions of tools, files. Both must be of one type.",
    scope: "read",
    params: id,
    query: z.object({ with: jobIdSchema.meta({ description: "The id of the job to compare it with" }) }).strict(),
    answers: { 200: { description: "The differences", schema: jobComparisonSchema } },
    problems: ["job_not_found"],
  },
  async (c, { query }) => {
    const { job } = await findJobWithFiles(c);
    const { job: other } = await findJobById(c, query.with);
    if (other.type !== job.type) {
      throw invalidRequest([{ path: "with", message: `is a job of type ${other.type}, not ${job.type}` }]);
    }
    return c.json(compareJobs(job, other));
  },
);

jobVersions.put(
  "/{id}/pin",
  {
    operationId: "pinJob",
    summary: "Pin a job",
    description: `Keeps its files until it is unpinned. Only who made the job may pin it, ${MAX_PINS_PER_OWNER} jobs at most.`,
    scope: "write",
    params: id,
    answers: pinned,
    problems: ["job_not_found", "job_not_finished", "job_conflict", "gone"],
  },
  async (c) => {
    const job = await findOwnJob(c);
    if (!job.pinned && (await countPinned(c.env.DB, c.get("owner"))) >= MAX_PINS_PER_OWNER) {
      const detail = `You have pinned ${MAX_PINS_PER_OWNER} jobs, which is the most. Unpin one with DELETE /v1/jobs/{id}/pin.`;
      throw new AppError("job_conflict", detail);
    }
    return c.json(unwrap(await callJob(c.env, job.id, (stub) => stub.pin())));
  },
);

jobVersions.delete(
  "/{id}/pin",
  {
    operationId: "unpinJob",
    summary: "Unpin a job",
    description: "Its files go when their time is over, which counts from now.",
    scope: "write",
    params: id,
    answers: pinned,
    problems: ["job_not_found", "gone"],
  },
  async (c) => {
    const { id } = await findOwnJob(c);
    return c.json(unwrap(await callJob(c.env, id, (stub) => stub.unpin())));
  },
);

async function versionsOf(c: Context<AppContext>, { job, ancestors }: StoredFacts): Promise<JobVersions> {
  // The list follows the jobs a moment later: this one, and those it is a version of, are known anyway. They may be others'.
  const ids = new Set([job.id, ...(await ownVersionIds(c, job.asset)), ...ancestors]);
  const known = await readJobs(c, [...ids]);
  // The oldest listed may be reruns of jobs that are not listed.
  const versions = [...known.values()].filter(({ asset }) => asset === job.asset);
  const before = versions.flatMap(({ rerunOf }) => (rerunOf === null || known.has(rerunOf) ? [] : [rerunOf]));
  const all = new Map([...known, ...(await readJobs(c, before))]);
  return { asset: job.asset, versions: listVersions(versions, all).slice(0, MAX_LISTED_VERSIONS) };
}

/** The job in the path, if the caller made it: others may read an anonymous job whose id they know, and no more. */
async function findOwnJob(c: Context<AppContext>): Promise<Job> {
  const { job, owner } = await findJobWithFiles(c);
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
