/** Links that show one job, read only, to whoever has them. */
import { z } from "zod";
import { epochMs, epochMsOrNull } from "./epoch-ms.ts";
import { jobErrorSchema, jobIdSchema, jobStateSchema, progressSchema } from "./job.ts";
import { DEFAULT_SHARE_TTL_S, MAX_SHARE_TTL_S, MIN_SHARE_TTL_S } from "./limits.ts";
import { manifestSchema } from "./manifest.ts";

/** `shr_` and 128 random bits: the name of a share link. The link itself is the secret. */
export const shareIdSchema = z
  .string()
  .regex(/^shr_[0-9a-hjkmnp-tv-z]{26}$/, "is not a share id")
  .meta({
    description: "The id of a share link, to revoke it by. It is no secret.",
    example: "shr_8c0d2e4f6g8h1j3k5m7n9p0q2r",
  });

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
  .strict()
  .describe("A share link that is to be made.");
export type CreateShareRequest = z.input<typeof createShareRequestSchema>;

export const shareSchema = z
  .object({
    id: shareIdSchema,
    job: jobIdSchema,
    token: z.string().describe("What `GET /v1/shares/{token}` takes. Whoever has it sees the job and its files."),
    url: z.string().describe("The job's page for whoever has the link."),
    createdAt: epochMs("When it was made"),
    expiresAt: epochMs("When it ends. The job's files may go before that"),
  })
  .describe("A link that shows one job, read only, to whoever has it.");
export type Share = z.infer<typeof shareSchema>;

/** `GET /v1/jobs/{id}/shares`: those that still work, oldest first. */
export const shareListSchema = z
  .object({ shares: z.array(shareSchema).describe("Those that still work, the oldest first.") })
  .describe("The share links of a job.");
export type ShareList = z.infer<typeof shareListSchema>;

/** `GET /v1/shares/{token}`: the job for strangers. No id, no inputs, no batch, no versions, no runners, no log. */
export const sharedJobSchema = z
  .object({
    type: z.string().describe("The name of its type, e.g. `logo-to-3d`."),
    typeVersion: z.number().int().describe("The version that its type had when it was submitted."),
    state: jobStateSchema,
    params: z.record(z.string(), z.unknown()).describe("The parameters it runs with."),
    progress: progressSchema.nullable().describe("How far it is; null until a runner has told."),
    error: jobErrorSchema.nullable().describe("Why it failed; else null."),
    manifest: manifestSchema
      .nullable()
      .describe("Its files, for `GET /v1/shares/{token}/artifacts/{name}`; null until it has succeeded."),
    createdAt: epochMs("When it was submitted"),
    startedAt: epochMsOrNull("When its first attempt began", "null before that"),
    finishedAt: epochMsOrNull("When it came into a final state", "null while it is not over"),
    expiresAt: epochMsOrNull("When its files go", "null while it is not over, and while it is pinned"),
    purgedAt: epochMsOrNull("When its files went", "null while they are there"),
    sharedUntil: epochMs("When the link ends"),
  })
  .describe("A job as a share link shows it.");
export type SharedJob = z.infer<typeof sharedJobSchema>;
