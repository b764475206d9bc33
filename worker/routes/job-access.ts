/** Finding the job a path names, and turning what its object answers into public errors. */
import type { Context } from "hono";
import { type Job, jobIdSchema } from "#contract/job.ts";
import { MAX_CHECKPOINTS, MAX_JOBS_PER_SOURCE, MAX_SHARES_PER_JOB } from "#contract/limits.ts";
import { maySee } from "../domain/ownership.ts";
import type { Outcome, StoredFacts } from "../durable/job.do.ts";
import { callJob } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";

/** The job named in the path, if the caller may see it; 404 otherwise, so that nobody learns what exists. */
export async function findJob(c: Context<AppContext>): Promise<Job> {
  return (await findJobWithFiles(c)).job;
}

/** The same, with where the job's files lie and what it is a version of. */
export function findJobWithFiles(c: Context<AppContext>): Promise<StoredFacts> {
  return findJobById(c, c.req.param("id"));
}

/** The same for a job that is not the one in the path. */
export async function findJobById(c: Context<AppContext>, jobId: unknown): Promise<StoredFacts> {
  const id = jobIdSchema.safeParse(jobId);
  const found = id.success ? await callJob(c.env, id.data, (stub) => stub.read()) : null;
  if (!found || !maySee(c.get("owner"), found.owner)) throw unknownJob();
  return found;
}

/** The value of a change that worked; an AppError otherwise. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  switch (outcome.reason) {
    case "missing":
      throw unknownJob();
    case "lease_lost":
      throw new AppError("lease_lost", "This lease is no longer valid: stop the job's processes and forget it.");
    case "not_queued":
    case "not_due":
      throw new AppError("job_conflict", "The job is not waiting for a runner.");
    case "input_changed":
      throw new AppError("input_changed", "Another file than this one was found there, or asked for.");
    case "input_unknown":
      throw new AppError("invalid_request", "This input is not fetched from a URL.", {
        errors: [{ path: "index", message: "is not that of an input with a URL" }],
      });
    case "no_parts":
      throw new AppError("job_conflict", "The job needs no help.");
    case "not_retryable":
      throw new AppError("job_conflict", "Only a job that failed, expired or was cancelled can be tried again.");
    case "not_final":
      throw new AppError("job_not_finished", "The job is still at work. Cancel it first.");
    case "held":
      throw new AppError("job_conflict", "Other jobs need this one's files. Delete those first.");
    case "source_limit":
      throw new AppError("source_limit", `At most ${MAX_JOBS_PER_SOURCE} jobs may use one job's files.`);
    case "share_limit":
      throw new AppError("share_limit", `A job has at most ${MAX_SHARES_PER_JOB} share links. Revoke one first.`);
    case "pinned":
      throw new AppError("job_conflict", "The job is pinned. Unpin it first with DELETE /v1/jobs/{id}/pin.");
    case "purged":
      throw new AppError("gone", "The job's files are no longer kept. Submit it again.");
    case "checkpoint_limit":
      throw new AppError(
        "checkpoint_limit",
        `A job keeps at most ${MAX_CHECKPOINTS} checkpoints. Write fewer, larger ones.`,
      );
    case "artifact_unknown":
      throw new AppError("invalid_request", "This job type does not write a file of that name.", {
        errors: [{ path: "name", message: "is not one of the job type's outputs" }],
      });
    case "artifact_missing":
      throw new AppError("artifact_missing", "The manifest names a file that was not announced or not uploaded whole.");
  }
}

function unknownJob(): AppError {
  return new AppError("job_not_found", "There is no job with this id, or it belongs to someone else.");
}
