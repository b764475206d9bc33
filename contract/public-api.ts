/** Requests and answers of the public calls under `/v1` (uploads have their own file). */
import { z } from "zod";
import { epochMs } from "./epoch-ms.ts";
import { type JobInput, jobIdSchema, jobSchema, policySchema } from "./job.ts";
import { MAX_BULK_JOBS, MAX_INPUT_URL_CHARS, MAX_INPUTS, MAX_LISTED_VERSIONS } from "./limits.ts";
import { artifactNameSchema, sha256Schema } from "./manifest.ts";
import { nextCursorSchema } from "./page.ts";
import { presetInSubmission, presetSchema } from "./preset.ts";
import { filenameSchema, uploadIdSchema } from "./upload.ts";

/** What an input says of its part. */
export const inputRoleSchema = z
  .string()
  .max(64)
  .optional()
  .describe(
    "The part the file has, one of `inputs.roles` of the job's type. Left out for a file that is to be worked on.",
  );
/** An input that the job's runner fetches. */
export const requestedUrlSchema = z
  .object({
    url: z.string().min(1).max(MAX_INPUT_URL_CHARS).meta({
      description:
        "https, port 443, a host on the public internet, no user and password. Up to five redirects are followed.",
      example: "https://example.com/photos/jug.jpg",
    }),
    filename: filenameSchema.optional().meta({ description: "Default: the last part of the URL's path." }),
    sha256: sha256Schema.optional().meta({ description: "When given, another file than this one is refused." }),
    role: inputRoleSchema,
  })
  .strict()
  .describe("A file that the job's runner fetches.");
export type RequestedUrl = z.infer<typeof requestedUrlSchema>;

/** Which file of another job is meant. */
export const requestedArtifactSchema = artifactNameSchema
  .optional()
  .describe(
    "The name of the file. Left out: the first of that job's main outputs (`main` in its type) that this job's type takes.",
  );

/** An input: an upload, a file at an https URL, or a file of another job, which is waited for when that job is not over. */
export const requestedInputSchema = z.union([
  z
    .object({ upload: uploadIdSchema.describe("An upload that is complete."), role: inputRoleSchema })
    .strict()
    .describe("A file that was uploaded."),
  z
    .object({
      job: jobIdSchema.describe("A job whose file it is. It need not be over: the new job waits for it."),
      artifact: requestedArtifactSchema,
      role: inputRoleSchema,
    })
    .strict()
    .describe("A file of another job."),
  requestedUrlSchema,
]);
export type RequestedInput = z.infer<typeof requestedInputSchema>;

/** The same input, as a request for another job names it: what was fetched once must be the same file then. */
export function sameInput({ upload, job, artifact, url, filename, sha256, role }: JobInput): RequestedInput {
  const part = role === null ? {} : { role };
  if (url !== undefined) return { url, filename, ...(sha256 === undefined ? {} : { sha256 }), ...part };
  if (upload !== null) return { upload, ...part };
  return { job: job as string, ...(artifact === null ? {} : { artifact }), ...part };
}

/** A client's own id for a job. */
export const clientIdSchema = z
  .string()
  .regex(/^(?!job_|cancel$|retry$)[A-Za-z0-9_.-]{1,64}$/, "is not a client's id")
  .meta({
    description:
      "Your own id for the job, e.g. an order's number. It may not begin with `job_` and is not `cancel` or `retry`",
    example: "order-1042",
  });

/** What a submission says of the job itself. */
export const requestedTypeSchema = z.string().max(64).describe("What is to be made, one of `GET /v1/job-types`.");
export const requestedParamsSchema = z
  .record(z.string(), z.unknown())
  .default({})
  .describe("The parameters of that type. Those left out come from the preset, or have their default.");
export const requestedPolicySchema = policySchema.default({}).describe("How it is to be run.");

/** `POST /v1/jobs`, and `PUT /v1/jobs/{id}`, which makes one job however often it is sent. `params` is checked against the job type's own schema. */
export const createJobRequestSchema = z
  .object({
    type: requestedTypeSchema,
    preset: presetInSubmission,
    params: requestedParamsSchema,
    inputs: z.array(requestedInputSchema).max(MAX_INPUTS).default([]).describe("Its input files."),
    policy: requestedPolicySchema,
  })
  .strict();
export type CreateJobRequest = z.input<typeof createJobRequestSchema>;

/**
 * `POST /v1/jobs/{id}/rerun`: a new job of the same type with the same inputs. `params` are put over the earlier ones; null
 * takes one back to its default. What the earlier job's runner kept as checkpoints is there for the new one.
 */
export const rerunRequestSchema = z
  .object({
    params: z
      .record(z.string(), z.unknown())
      .default({})
      .describe("Parameters that are to differ from the earlier job's; null takes one back to its default."),
    policy: policySchema.default({}).describe("How it is to be run; the earlier job's policy does not count."),
  })
  .strict()
  .describe("What is to be different.");
export type RerunRequest = z.input<typeof rerunRequestSchema>;

export const paramChangeSchema = z
  .object({
    param: z.string().describe("The name of the parameter."),
    from: z.unknown().describe("What it was, of the parameter's own type; null where it was not set."),
    to: z.unknown().describe("What it is now; null where it is not set."),
  })
  .describe("A parameter that is different.");
export type ParamChange = z.infer<typeof paramChangeSchema>;

/**
 * `GET /v1/jobs/{id}/versions`: the caller's versions of the same asset, newest first, at most `MAX_LISTED_VERSIONS`. Without
 * a key or session: the job and those that it is a version of.
 */
export const jobVersionsSchema = z
  .object({
    asset: jobIdSchema.describe("The first version, by which all are known."),
    versions: z
      .array(
        jobSchema
          .pick({
            id: true,
            state: true,
            createdAt: true,
            finishedAt: true,
            typeVersion: true,
            params: true,
            rerunOf: true,
            pinned: true,
            cached: true,
            purgedAt: true,
          })
          .extend({
            changed: z
              .array(paramChangeSchema)
              .nullable()
              .describe("What is different from the job it is a rerun of; null for a first version."),
          }),
      )
      .describe(`The newest first, ${MAX_LISTED_VERSIONS} at most.`),
  })
  .describe("Jobs with the same inputs and other parameters.");
export type JobVersions = z.infer<typeof jobVersionsSchema>;

/** `GET /v1/jobs/{id}/compare?with={other}`: how `other` differs from the job. Both must be of one type. Empty lists: not at all. */
export const jobComparisonSchema = z
  .object({
    job: jobIdSchema.describe("The job of the path: `from` is always its side."),
    with: jobIdSchema.describe("The job it is compared with: `to` is always its side."),
    params: z.array(paramChangeSchema).describe("Parameters that differ; empty when none does."),
    typeVersion: z
      .object({
        from: z.number().int().describe("That of `job`."),
        to: z.number().int().describe("That of `with`."),
      })
      .describe("The versions that the job type had."),
    versions: z
      .array(
        z.object({
          name: z.string().describe("A tool or a model."),
          from: z.string().nullable().describe("Its version when `job` ran; null if it had no part."),
          to: z.string().nullable().describe("Its version when `with` ran; null if it had no part."),
        }),
      )
      .describe("Tools and models of another version; empty when none differs."),
    artifacts: z
      .array(
        z.object({
          name: z.string().describe("The name of a file."),
          same: z.boolean().describe("Whether it has the same bytes in both."),
          from: z.number().int().nullable().describe("Its size in bytes in `job`; null if there is none."),
          to: z.number().int().nullable().describe("Its size in bytes in `with`; null if there is none."),
        }),
      )
      .describe("All files of both, by name."),
  })
  .describe("What is different between two jobs of one type.");
export type JobComparison = z.infer<typeof jobComparisonSchema>;

/** `GET /v1/jobs`: newest first, only of one `state` or `batch` when asked. */
export const jobListSchema = z
  .object({
    jobs: z
      .array(
        jobSchema.pick({
          id: true,
          type: true,
          state: true,
          createdAt: true,
          finishedAt: true,
          expiresAt: true,
          error: true,
          asset: true,
          cached: true,
          pinned: true,
          batch: true,
        }),
      )
      .describe("The newest first. `GET /v1/jobs/{id}` gives the whole of one."),
    cursor: nextCursorSchema,
  })
  .describe("A page of jobs.");
export type JobList = z.infer<typeof jobListSchema>;

const bulkPage = {
  limit: z
    .number()
    .int()
    .min(1)
    .max(MAX_BULK_JOBS)
    .default(MAX_BULK_JOBS)
    .describe("How many jobs this call looks at."),
  cursor: z.string().max(200).optional().describe("`cursor` of the answer before. Left out: from the first job on."),
};
/** `POST /v1/jobs/retry`: tries all jobs again that ended so; without `state`, the dead letters. */
export const bulkRetryRequestSchema = z
  .object({
    state: z.enum(["failed", "canceled", "expired"]).default("failed").describe("Jobs that ended so are tried again."),
    ...bulkPage,
  })
  .strict()
  .describe("Which jobs are to be tried again.");
/** `POST /v1/jobs/cancel`: cancels all jobs that are still queued. What a runner has begun goes on. */
export const bulkCancelRequestSchema = z
  .object(bulkPage)
  .strict()
  .describe("How far to go in the list of jobs that are in line.");
export type BulkRetryRequest = z.infer<typeof bulkRetryRequestSchema>;
export type BulkCancelRequest = z.infer<typeof bulkCancelRequestSchema>;
export const bulkResultSchema = z
  .object({
    changed: z.number().int().describe("How many jobs were retried, or cancelled."),
    skipped: z.number().int().describe("How many had come into another state meanwhile, or can't be retried any more."),
    cursor: z
      .string()
      .nullable()
      .describe("Send it in the same call for the jobs that follow; null when all are done."),
  })
  .describe("What became of many jobs at once.");
export type BulkResult = z.infer<typeof bulkResultSchema>;

/** `GET /v1/jobs/{id}/logs?from=n`: log lines with `seq` > n. */
export const logPageSchema = z
  .object({
    lines: z
      .array(
        z.object({
          seq: z.number().int().describe("The line's number among the job's events; those between are no log lines."),
          at: epochMs("When it came in"),
          attempt: z.number().int().describe("The attempt that it belongs to, from 1."),
          line: z.string().describe("The line, without its end."),
        }),
      )
      .describe("In order; empty when there are no more yet."),
    next: z.number().int().describe("Send it as `from` for the lines that follow."),
  })
  .describe("A page of a job's log.");
export type LogPage = z.infer<typeof logPageSchema>;

const fileKind = {
  label: z.string().describe("What to call such a file, e.g. `Logo`."),
  accept: z.array(z.string()).describe("The media types that are taken; `*/*` is any."),
  extensions: z.array(z.string()).describe("The same as endings of file names, e.g. `.svg`, for file pickers."),
};
/** One job type as `GET /v1/job-types` describes it. Site forms and CLI flags are made from it. */
export const jobTypeInfoSchema = z
  .object({
    name: z.string().describe("What a submission says as its `type`."),
    version: z.number().int().describe("Raised when the same input and parameters give another result."),
    title: z.string().describe("Its name for people."),
    description: z.string().describe("What it makes, in a sentence."),
    paramsSchema: z
      .record(z.string(), z.unknown())
      .describe(
        "JSON Schema 2020-12 of `params`. Each property has a title and a description, a `default` or `whenAbsent` (what leaving " +
          "it out means), and may have `unit`, `advanced`, `onlyIf` and `choices`, for forms.",
      ),
    inputs: z
      .object({
        min: z.number().describe("The fewest files it needs, those with a role not counted."),
        max: z.number().describe("The most files it takes, those with a role not counted."),
        ...fileKind,
        maxBytes: z.number().describe("The largest that one file may be, in bytes."),
        roles: z
          .array(z.object({ name: z.string().describe("What an input says as its `role`."), ...fileKind }))
          .describe("Files with a part of their own beside those that are worked on, at most one each."),
      })
      .describe("The files it takes."),
    presets: z
      .array(presetSchema.pick({ name: true, title: true, description: true, params: true }))
      .describe("Parameters that go well together; a submission names one as its `preset`."),
    stages: z
      .array(
        z.object({
          name: z.string().describe("What a job's `progress.stage` says."),
          title: z.string().describe("The same for people."),
        }),
      )
      .describe("What its jobs go through, in order."),
    outputs: z
      .array(
        z.object({
          name: z
            .string()
            .describe(
              "The name of the file. `{n}` in it stands for a number of four digits, from 0001, one for each input.",
            ),
          contentType: z.string().describe("Its media type."),
          description: z.string().describe("What is in it."),
          main: z
            .boolean()
            .optional()
            .describe(
              "Whether the job is run for it. The first main output that another job takes is its input when no name is given. " +
                "Absent: false.",
            ),
          mayBeEmpty: z.boolean().optional().describe("Whether an empty file is a result too. Absent: false."),
        }),
      )
      .describe("The files that its jobs may make; which of them, is up to the parameters."),
    timeoutS: z
      .number()
      .describe("Seconds that one attempt may take, unless `policy.executionTimeoutS` says otherwise."),
  })
  .describe("A job type: what it takes, how it can be set, what it makes.");
export type JobTypeInfo = z.infer<typeof jobTypeInfoSchema>;
export const jobTypeListSchema = z
  .object({ jobTypes: z.array(jobTypeInfoSchema).describe("All of them.") })
  .describe("The job types that this server has.");

/** `GET /health` (also `/api/v1/health`). */
export const healthSchema = z
  .object({
    status: z
      .enum(["ok", "degraded"])
      .describe("`ok`: a job can be run now. `degraded`: jobs are accepted, and wait for a runner."),
    ready: z.boolean().describe("The same as `status`, true for `ok`."),
    version: z.string().describe("The version of Kiln."),
    runners: z
      .array(
        z.object({
          id: z.string().describe("The name it has given itself; it is in a job's `attempts`."),
          name: z.string().describe("What it is called, for people."),
          pool: z.string().describe("The line it takes jobs from."),
          jobTypes: z.array(z.string()).describe("The job types it can run."),
          slots: z.number().describe("How many jobs it runs at a time."),
          ready: z.boolean().describe("Whether its engines are warm."),
          seenAt: epochMs("When it was heard of last"),
        }),
      )
      .describe("The runners that are live."),
  })
  .describe("The state of the service.");
export type Health = z.infer<typeof healthSchema>;

/** `GET /health/live`. */
export const livenessSchema = z.object({ status: z.literal("ok").describe("The service is up.") });
/** `GET /health/ready`. */
export const readinessSchema = z.object({ ready: z.boolean().describe("Whether a runner could begin a job now.") });
