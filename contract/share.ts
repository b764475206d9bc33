/** Links that show one job, read only, to whoever has them. */
import { z } from "zod";
import { jobErrorSchema, jobIdSchema, jobStateSchema, progressSchema } from "./job.ts";
import { DEFAULT_SHARE_TTL_S, MAX_SHARE_TTL_S, MIN_SHARE_TTL_S } from "./limits.ts";
import { manifestSchema } from "./manifest.ts";

/** `shr_` and 128 random bits: the name of a share link. The link itself is the secret. */
export const shareIdSchema = z.string().regex(/^shr_[0-9a-hjkmnp-tv-z]{26}$/, "is not a share id");

/** `POST /v1/jobs/{id}/shares`. */
export const createShareRequestSchema = z
  .object({
    ttlS: z
      .number()
      .int()
      .min(MIN_SHARE_TTL_S)
      .max(MAX_SHARE_TTL_S)
      .default(DEFAULT_SHARE_TTL_S)
      .describe("How long the link works, in seconds."),
  })
  .strict();
export type CreateShareRequest = z.input<typeof createShareRequestSchema>;

/** A link that shows one job to whoever has it. Times are epoch milliseconds. */
export const shareSchema = z.object({
  id: shareIdSchema,
  job: jobIdSchema,
  token: z.string().describe("What `GET /v1/shares/{token}` takes. Whoever has it sees the job and its files."),
  url: z.string().describe("The job's page for whoever has the link."),
  createdAt: z.number(),
  expiresAt: z.number(),
});
export type Share = z.infer<typeof shareSchema>;

/** `GET /v1/jobs/{id}/shares`: those that still work, oldest first. */
export const shareListSchema = z.object({ shares: z.array(shareSchema) });
export type ShareList = z.infer<typeof shareListSchema>;

/** `GET /v1/shares/{token}`: the job for strangers. No id, no inputs, no batch, no versions, no runners, no log. */
export const sharedJobSchema = z
  .object({
    type: z.string(),
    typeVersion: z.number().int(),
    state: jobStateSchema,
    params: z.record(z.string(), z.unknown()),
    progress: progressSchema.nullable(),
    error: jobErrorSchema.nullable(),
    manifest: manifestSchema.nullable(),
    createdAt: z.number(),
    startedAt: z.number().nullable(),
    finishedAt: z.number().nullable(),
    expiresAt: z.number().nullable().describe("When the files go; null while the job is not over, or pinned."),
    purgedAt: z.number().nullable(),
    sharedUntil: z.number().describe("When the link ends."),
  })
  .meta({ description: "A job as a share link shows it. Times are epoch milliseconds." });
export type SharedJob = z.infer<typeof sharedJobSchema>;
