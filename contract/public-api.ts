/** Requests and answers of the public calls under `/v1` (uploads have their own file). */
import { z } from "zod";
import { type JobInput, jobIdSchema, jobSchema, policySchema } from "./job.ts";
import { MAX_BULK_JOBS, MAX_INPUT_URL_CHARS, MAX_INPUTS } from "./limits.ts";
import { artifactNameSchema, sha256Schema } from "./manifest.ts";
import { presetInSubmission, presetSchema } from "./preset.ts";
import { filenameSchema, uploadIdSchema } from "./upload.ts";

const inputRole = z.string().max(64).optional();
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
    role: inputRole,
  })
  .strict();
export type RequestedUrl = z.infer<typeof requestedUrlSchema>;

/**
 * An input: an upload, a file at an https URL, or a file of another job, which is waited for when that job is not over.
 * `artifact` may be left out: then it is the first of that job's main outputs (`main` in its type) that this job's type takes.
 */
export const requestedInputSchema = z.union([
  z.object({ upload: uploadIdSchema, role: inputRole }).strict(),
  z.object({ job: jobIdSchema, artifact: artifactNameSchema.optional(), role: inputRole }).strict(),
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

/** `POST /v1/jobs`, and `PUT /v1/jobs/{id}`, which makes one job however often it is sent. `params` is checked against the job type's own schema. */
export const createJobRequestSchema = z
  .object({
    type: z.string().max(64),
    preset: presetInSubmission,
    params: z.record(z.string(), z.unknown()).default({}),
    inputs: z.array(requestedInputSchema).max(MAX_INPUTS).default([]),
    policy: policySchema.default({}),
  })
  .strict();
export type CreateJobRequest = z.input<typeof createJobRequestSchema>;

/**
 * `POST /v1/jobs/{id}/rerun`: a new job of the same type with the same inputs. `params` are put over the earlier ones; null
 * takes one back to its default. What the earlier job's runner kept as checkpoints is there for the new one.
 */
export const rerunRequestSchema = z
  .object({ params: z.record(z.string(), z.unknown()).default({}), policy: policySchema.default({}) })
  .strict();
export type RerunRequest = z.input<typeof rerunRequestSchema>;

/** A difference of a parameter. Null where it is not set, so that the type's default holds. */
export const paramChangeSchema = z.object({ param: z.string(), from: z.unknown(), to: z.unknown() });
export type ParamChange = z.infer<typeof paramChangeSchema>;

/**
 * `GET /v1/jobs/{id}/versions`: the caller's versions of the same asset, newest first, at most `MAX_LISTED_VERSIONS`. Without
 * a key or session: the job and those that it is a version of.
 */
export const jobVersionsSchema = z.object({
  asset: jobIdSchema,
  versions: z.array(
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
        /** What is different from the job it is a rerun of; null for a first version. */
        changed: z.array(paramChangeSchema).nullable(),
      }),
  ),
});
export type JobVersions = z.infer<typeof jobVersionsSchema>;

const change = { from: z.string().nullable(), to: z.string().nullable() };
/** `GET /v1/jobs/{id}/compare?with={other}`: how `other` differs from the job. Both must be of one type. Empty lists: not at all. */
export const jobComparisonSchema = z.object({
  job: jobIdSchema,
  with: jobIdSchema,
  params: z.array(paramChangeSchema),
  /** Versions of the job type. */
  typeVersion: z.object({ from: z.number().int(), to: z.number().int() }),
  /** Tools and models of another version; null for one that had no part. */
  versions: z.array(z.object({ name: z.string(), ...change })),
  /** All files of both, by name. Null bytes: the job has no such file. `same`: the same bytes. */
  artifacts: z.array(
    z.object({
      name: z.string(),
      same: z.boolean(),
      from: z.number().int().nullable(),
      to: z.number().int().nullable(),
    }),
  ),
});
export type JobComparison = z.infer<typeof jobComparisonSchema>;

/** `GET /v1/jobs`: newest first, only of one `state` or `batch` when asked; `cursor` is opaque, null on the last page. */
export const jobListSchema = z.object({
  jobs: z.array(
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
  ),
  cursor: z.string().nullable(),
});
export type JobList = z.infer<typeof jobListSchema>;

const bulkPage = {
  limit: z.number().int().min(1).max(MAX_BULK_JOBS).default(MAX_BULK_JOBS),
  cursor: z.string().max(200).optional(),
};
/** `POST /v1/jobs/retry`: tries all jobs again that ended so; without `state`, the dead letters. */
export const bulkRetryRequestSchema = z
  .object({ state: z.enum(["failed", "canceled", "expired"]).default("failed"), ...bulkPage })
  .strict();
/** `POST /v1/jobs/cancel`: cancels all jobs that are still queued. What a runner has begun goes on. */
export const bulkCancelRequestSchema = z.object(bulkPage).strict();
export type BulkRetryRequest = z.infer<typeof bulkRetryRequestSchema>;
export type BulkCancelRequest = z.infer<typeof bulkCancelRequestSchema>;
/**
 * The answer: how many were changed, and how many were found in another state than the list said. Up to `limit`
 * jobs a call: while `cursor` is not null, send it for the next ones.
 */
export const bulkResultSchema = z.object({
  changed: z.number().int(),
  skipped: z.number().int(),
  cursor: z.string().nullable(),
});
export type BulkResult = z.infer<typeof bulkResultSchema>;

/** `GET /v1/jobs/{id}/logs?from=n`: log lines with `seq` > n. */
export const logPageSchema = z.object({
  lines: z.array(z.object({ seq: z.number().int(), at: z.number(), attempt: z.number().int(), line: z.string() })),
  next: z.number().int(),
});
export type LogPage = z.infer<typeof logPageSchema>;

/** One job type as `GET /v1/job-types` describes it. Site forms and CLI flags are made from it. */
export const jobTypeInfoSchema = z.object({
  name: z.string(),
  version: z.number().int(),
  title: z.string(),
  description: z.string(),
  /** JSON Schema 2020-12 of `params`; each property carries title and description, a default or `whenAbsent`, and hints. */
  paramsSchema: z.record(z.string(), z.unknown()),
  inputs: z.object({
    min: z.number(),
    max: z.number(),
    label: z.string(),
    accept: z.array(z.string()),
    extensions: z.array(z.string()),
    maxBytes: z.number(),
    /** Files with a part of their own, at most one each; named by `role` in a job's inputs. */
    roles: z.array(
      z.object({ name: z.string(), label: z.string(), accept: z.array(z.string()), extensions: z.array(z.string()) }),
    ),
  }),
  /** What a submission may name as its `preset`. */
  presets: z.array(presetSchema.pick({ name: true, title: true, description: true, params: true })),
  stages: z.array(z.object({ name: z.string(), title: z.string() })),
  /** `main`: what a user runs the job for. The first one that another job takes is its input when no name is given. */
  outputs: z.array(
    z.object({
      name: z.string(),
      contentType: z.string(),
      description: z.string(),
      main: z.boolean().optional(),
      /** An empty file is a result too. */
      mayBeEmpty: z.boolean().optional(),
    }),
  ),
  timeoutS: z.number(),
});
export type JobTypeInfo = z.infer<typeof jobTypeInfoSchema>;
export const jobTypeListSchema = z.object({ jobTypes: z.array(jobTypeInfoSchema) });

/** `GET /health` (also `/api/v1/health`). `ready` = a job can be accepted and run now. */
export const healthSchema = z.object({
  status: z.enum(["ok", "degraded"]),
  ready: z.boolean(),
  version: z.string(),
  runners: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      pool: z.string(),
      jobTypes: z.array(z.string()),
      slots: z.number(),
      ready: z.boolean(),
      seenAt: z.number(),
    }),
  ),
});
export type Health = z.infer<typeof healthSchema>;

/** `GET /health/live`. */
export const livenessSchema = z.object({ status: z.literal("ok") });
/** `GET /health/ready`. */
export const readinessSchema = z.object({ ready: z.boolean() });
