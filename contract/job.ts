/**
 * A job as the public sees it: states, progress, events. What a state means and which change is allowed is decided in
 * worker/domain; the picture of it is in the top README.
 */
import { z } from "zod";
import { epochMs, epochMsOrNull } from "./epoch-ms.ts";
import { JOB_STATES, type JobState } from "./job-states.ts";
import { MAX_ATTEMPTS, MAX_RETENTION_S, MIN_RETENTION_S } from "./limits.ts";
import { manifestSchema, sha256Schema } from "./manifest.ts";
import { problemCodeSchema } from "./problem.ts";

export { FINAL_STATES, JOB_STATES, type JobState } from "./job-states.ts";

export const jobStateSchema = z
  .enum(JOB_STATES)
  .describe(
    "`waiting`: for another job, whose file is an input. `queued`: in line, or waiting for its next attempt. `running`: a runner " +
      "works on it. `canceling`: the runner has been told to stop. `succeeded`, `failed`, `canceled` and `expired` (not begun within " +
      "`policy.ttlS`) are final.",
  );

/** A count of jobs for each state. */
export const jobsByStateSchema = z.object(
  Object.fromEntries(
    JOB_STATES.map((state) => [state, z.number().int().describe(`Jobs that are \`${state}\`.`)]),
  ) as Record<JobState, z.ZodNumber>,
);

/** `job_` and 128 random bits in Crockford base 32. Nobody can guess one. */
export const jobIdSchema = z
  .string()
  .regex(/^job_[0-9a-hjkmnp-tv-z]{26}$/, "is not a job id")
  .meta({ description: "The id of a job.", example: "job_4s1k3wq8v6m9c0t2z5y7x1n3ab" });

export const progressSchema = z
  .object({
    stage: z.string().max(64).describe("The stage that is at work, one of `stages` of the job's type."),
    stageIndex: z.number().int().min(0).max(99).describe("Its place among the stages, from 0."),
    stageCount: z.number().int().min(1).max(100).describe("How many stages there are."),
    percent: z
      .number()
      .min(0)
      .max(100)
      .nullable()
      .describe("How much of the whole job is done, 0 to 100; null while that can't be known."),
    etaS: z.number().min(0).nullable().describe("Seconds that the rest ought to take; null while that can't be known."),
  })
  .describe("How far a running job is.");
export type Progress = z.infer<typeof progressSchema>;

export const jobErrorSchema = z
  .object({
    code: problemCodeSchema.describe("What went wrong, for programs."),
    message: z.string().max(2_000).describe("What went wrong and what to do about it, a sentence for the user."),
    job: jobIdSchema
      .optional()
      .describe(
        "With `dependency_failed`: the job that went wrong, which may be several steps before this one. Else absent.",
      ),
  })
  .describe("Why a job, or one attempt at it, failed.");
export type JobError = z.infer<typeof jobErrorSchema>;

export const policySchema = z
  .object({
    executionTimeoutS: z
      .number()
      .int()
      .min(1)
      .max(86_400)
      .optional()
      .describe("Seconds that one attempt may take. Default: `timeoutS` of the job's type."),
    maxAttempts: z
      .number()
      .int()
      .min(1)
      .max(10)
      .optional()
      .describe(
        `How often it is tried before it has failed for good. Default ${MAX_ATTEMPTS}. Bad input is never tried again.`,
      ),
    priority: z
      .number()
      .int()
      .min(0)
      .max(9)
      .optional()
      .describe("Jobs of a higher number are begun first: 9 first, 0 last. Default 5."),
    ttlS: z
      .number()
      .int()
      .min(1)
      .max(7 * 86_400)
      .optional()
      .describe(
        "Seconds that it may stay in line before it expires. Default 24 hours. They count from `notBefore`, if given.",
      ),
    notBefore: z
      .number()
      .int()
      .min(0)
      .optional()
      .describe("It is not begun before then. Milliseconds since 1970-01-01 UTC, at most 30 days ahead. Default: now."),
    retentionS: z
      .number()
      .int()
      .min(MIN_RETENTION_S)
      .max(MAX_RETENTION_S)
      .optional()
      .describe("Seconds that its files are kept after its end. Default 24 hours; more than that needs an API key."),
    cache: z
      .boolean()
      .optional()
      .describe("`false` runs it though the result of an equal job is there. Default `true`."),
  })
  .strict()
  .describe("How the job is to be run. All of it may be left out.");
export type Policy = z.infer<typeof policySchema>;

export const jobInputSchema = z
  .object({
    upload: z
      .string()
      .nullable()
      .describe("The upload that it is; null for a file of another job and for one that is fetched from a URL."),
    job: jobIdSchema.nullable().describe("The job whose file it is; null for an upload and for a URL."),
    artifact: z
      .string()
      .nullable()
      .describe(
        "The name of that job's file; null for an upload and for a URL, and while that job is not over and no name was given.",
      ),
    url: z
      .string()
      .optional()
      .describe("The address that the job's runner fetches it from. Absent for uploads and files of other jobs."),
    sha256: sha256Schema
      .optional()
      .describe(
        "With `url`: the SHA-256 of the file in hex, as it was asked for or as the first attempt found it; absent until then. " +
          "Later attempts must find the same.",
      ),
    filename: z.string().describe("What the file is called. Only shown, never used as a path."),
    bytes: z
      .number()
      .int()
      .describe("Its size in bytes; 0 while it waits for another job, and until it has been fetched."),
    contentType: z.string().describe("Its media type, as it was announced. Runners look at the content."),
    role: z
      .string()
      .nullable()
      .describe("The part it has, one of `inputs.roles` of the job's type; null for a file that is worked on."),
  })
  .describe("An input of a job, as its owner sees it.");
export type JobInput = z.infer<typeof jobInputSchema>;

export const attemptRecordSchema = z
  .object({
    attempt: z
      .number()
      .int()
      .describe("Its number, from 1. Two have the same if the first was given back (`released`)."),
    runnerId: z.string().describe("The runner that made it."),
    startedAt: epochMs("When the runner got the job"),
    endedAt: epochMs("When it ended"),
    outcome: z
      .enum(["succeeded", "failed", "lease_lost", "released", "canceled"])
      .describe("`lease_lost`: the runner was not heard of any more. `released`: it shut down and gave the job back."),
    error: jobErrorSchema.nullable().describe("Why it failed; null for one that did not."),
  })
  .describe("An attempt at a job that is over.");
export type AttemptRecord = z.infer<typeof attemptRecordSchema>;

export const queuePlaceSchema = z
  .object({
    position: z
      .number()
      .int()
      .min(1)
      .nullable()
      .describe(
        "1 is next; null while it waits for its time (`notBefore`) or is about to begin. Counted to about 1,000.",
      ),
    startsInS: z
      .number()
      .nullable()
      .describe("Seconds until it may begin, from how long such jobs took lately; null where nothing is known."),
    etaS: z.number().nullable().describe("Seconds until it may have ended; null where nothing is known."),
    paused: z.boolean().describe("Whether nothing is begun in its pool until an operator resumes it."),
  })
  .describe(
    "Where a queued job stands. An estimate: jobs of higher priority, and of other owners, may come in before it.",
  );
export type QueuePlace = z.infer<typeof queuePlaceSchema>;

export const jobSchema = z
  .object({
    id: jobIdSchema,
    type: z.string().describe("The name of its type, e.g. `logo-to-3d`. See `GET /v1/job-types`."),
    typeVersion: z.number().int().describe("The version that its type had when it was submitted."),
    state: jobStateSchema,
    params: z.record(z.string(), z.unknown()).describe("The parameters it runs with, defaults and preset filled in."),
    inputs: z.array(jobInputSchema).describe("Its input files, in the order they were given."),
    pool: z.string().describe("The line it waits in: jobs that want the same kind of runner."),
    rerunOf: jobIdSchema
      .nullable()
      .describe("The job that it is another version of (`POST /v1/jobs/{id}/rerun`), or null."),
    asset: jobIdSchema.describe(
      "The first of its versions, its own id when it is no rerun: versions of one thing have the same.",
    ),
    preset: z
      .string()
      .nullable()
      .optional()
      .describe("The preset that it was submitted with, or null. `params` hold what that was then."),
    batch: z.string().nullable().describe("The batch that it was submitted in, or null."),
    cached: z
      .boolean()
      .describe(
        "Whether the result was there already: an equal job (same files by content and name, same parameters, same version of " +
          "the type) had been done.",
      ),
    pinned: z.boolean().describe("Whether its files are kept until it is unpinned (`PUT /v1/jobs/{id}/pin`)."),
    attempt: z.number().int().describe("The number of the present or last attempt; 0 before the first."),
    maxAttempts: z.number().int().describe("How many attempts it has before it has failed for good."),
    progress: progressSchema.nullable().describe("How far it is; null until a runner has told."),
    error: jobErrorSchema
      .nullable()
      .describe("Why it failed, or, while it waits for another attempt, why the last one did; else null."),
    attempts: z
      .array(attemptRecordSchema)
      .describe("The attempts that are over, the first one first; the last 50 of them."),
    manifest: manifestSchema.nullable().describe("Its files, and how they were made; null until it has succeeded."),
    seq: z
      .number()
      .int()
      .describe("The number of its last event: `after` of `GET /v1/jobs/{id}/events` for what comes next."),
    createdAt: epochMs("When it was submitted"),
    queue: queuePlaceSchema
      .nullable()
      .optional()
      .describe("In the answer of `GET /v1/jobs/{id}` only: its place in line; null while it is not queued."),
    notBefore: epochMsOrNull(
      "It is not begun before then, by its policy or because an attempt failed a moment ago",
      "null when it may begin at any time",
    ),
    startedAt: epochMsOrNull("When its first attempt began", "null before that"),
    finishedAt: epochMsOrNull("When it came into a final state", "null while it is not over"),
    expiresAt: epochMsOrNull("When its files go", "null while it is not over, and while it is pinned"),
    purgedAt: epochMsOrNull("When its files went; since then they answer 410", "null while they are there"),
  })
  .describe("A job: what was asked for, how far it is, and what came of it.");
export type Job = z.infer<typeof jobSchema>;

const numbered = {
  seq: z
    .number()
    .int()
    .describe("Its number among the job's events, from 1 without gaps; also the `id:` of the stream."),
  at: epochMs("When it happened"),
};
export const jobEventSchema = z
  .discriminatedUnion("kind", [
    z
      .object({
        ...numbered,
        kind: z.literal("status").describe("The job came into another state, or a new attempt is due."),
        data: z
          .object({
            state: jobStateSchema,
            attempt: z.number().int().describe("The number of the present or last attempt; 0 before the first."),
            error: jobErrorSchema.nullable().describe("Why the job, or its last attempt, failed; else null."),
            notBefore: epochMsOrNull("The next attempt begins no earlier", "null when it may begin at any time"),
          })
          .describe("How the job stands from then on."),
      })
      .describe("A change of state."),
    z
      .object({ ...numbered, kind: z.literal("progress").describe("The job got on."), data: progressSchema })
      .describe("Progress, at most once a second."),
    z
      .object({
        ...numbered,
        kind: z.literal("log").describe("A runner wrote a line."),
        data: z
          .object({
            line: z.string().describe("The line, without its end."),
            attempt: z.number().int().describe("The attempt that it belongs to, from 1."),
          })
          .describe("The line of the log."),
      })
      .describe("A line of the log."),
    z
      .object({
        ...numbered,
        kind: z.literal("artifact").describe("A file is there."),
        data: z
          .object({
            name: z.string().describe("Its name, for `GET /v1/jobs/{id}/artifacts/{name}`."),
            bytes: z.number().int().describe("Its size in bytes."),
            contentType: z.string().describe("Its media type."),
          })
          .describe("The file."),
      })
      .describe("A file that can be fetched from now on."),
  ])
  .describe("What happened to a job. Events are stored, and can be read again from any number on.");
export type JobEvent = z.infer<typeof jobEventSchema>;
