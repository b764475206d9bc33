/**
 * Problem codes: the public names of everything that can go wrong, with the HTTP status of an answer that carries them.
 * A job that failed carries one of the same codes in `error.code`. Shape of an answer: RFC 9457.
 */
import { z } from "zod";

/** Every public code, its HTTP status, a title, and whether the same request may succeed later. */
export const PROBLEMS = {
  // The request
  malformed_json: { status: 400, title: "The body is not JSON", retryable: false },
  invalid_request: { status: 400, title: "The request is not valid", retryable: false },
  unsupported_media_type: { status: 415, title: "The content type is not supported", retryable: false },
  unauthorized: { status: 401, title: "A valid key is needed", retryable: false },
  forbidden: { status: 403, title: "This key may not do that", retryable: false },
  signature_invalid: { status: 403, title: "The signed URL is not valid", retryable: false },
  not_found: { status: 404, title: "Not found", retryable: false },
  method_not_allowed: { status: 405, title: "Method not allowed", retryable: false },
  gone: { status: 410, title: "No longer kept", retryable: false },
  length_required: { status: 411, title: "Content-Length is needed", retryable: false },
  too_large: { status: 413, title: "Too large", retryable: false },
  range_not_satisfiable: { status: 416, title: "The range is outside the file", retryable: false },
  upgrade_required: { status: 426, title: "The runner is too old", retryable: false },
  rate_limited: { status: 429, title: "Too many requests", retryable: true },
  idempotency_in_flight: { status: 409, title: "The same request is at work", retryable: true },
  idempotency_mismatch: { status: 422, title: "The key belongs to another request", retryable: false },
  // Uploads
  upload_not_found: { status: 404, title: "No such upload", retryable: false },
  upload_incomplete: { status: 409, title: "The upload is not complete", retryable: false },
  source_limit: { status: 409, title: "Too many jobs use this file", retryable: false },
  upload_conflict: { status: 409, title: "The upload is in another state", retryable: false },
  checksum_mismatch: { status: 422, title: "The file arrived damaged", retryable: true },
  // Jobs
  unknown_job_type: { status: 422, title: "No such job type", retryable: false },
  unknown_preset: { status: 422, title: "No such preset", retryable: false },
  preset_not_found: { status: 404, title: "No such preset", retryable: false },
  preset_limit: { status: 409, title: "Too many presets", retryable: false },
  job_not_found: { status: 404, title: "No such job", retryable: false },
  job_not_finished: { status: 409, title: "The job is not finished", retryable: true },
  job_conflict: { status: 409, title: "The job is in another state", retryable: false },
  batch_not_found: { status: 404, title: "No such batch", retryable: false },
  artifact_not_found: { status: 404, title: "No such artifact", retryable: false },
  // Keys and shares
  key_not_found: { status: 404, title: "No such key", retryable: false },
  key_limit: { status: 409, title: "Too many keys", retryable: false },
  share_not_found: { status: 404, title: "No such share link", retryable: false },
  share_limit: { status: 409, title: "Too many share links", retryable: false },
  // Webhooks
  webhook_not_found: { status: 404, title: "No such webhook", retryable: false },
  webhook_limit: { status: 409, title: "Too many webhooks", retryable: false },
  webhook_disabled: { status: 409, title: "The webhook is disabled", retryable: false },
  delivery_not_found: { status: 404, title: "No such delivery", retryable: false },
  // Runner
  lease_lost: { status: 409, title: "This lease is no longer valid", retryable: false },
  checkpoint_limit: { status: 409, title: "The job has too many checkpoints", retryable: false },
  artifact_missing: { status: 409, title: "An artifact in the manifest was not uploaded", retryable: false },
  // What a job fails with
  dependency_failed: { status: 422, title: "A job that this one needs did not give its file", retryable: false },
  input_invalid: { status: 422, title: "The input cannot be used", retryable: false },
  input_too_large: { status: 422, title: "The input is too large", retryable: false },
  input_empty: { status: 422, title: "The input is empty", retryable: false },
  input_unreachable: { status: 422, title: "The file could not be fetched from its URL", retryable: false },
  input_changed: { status: 422, title: "There is another file at the URL now", retryable: false },
  photos_unusable: { status: 422, title: "The photos can't become a model", retryable: false },
  cameras_unreliable: { status: 422, title: "Where the photos were taken is not certain", retryable: false },
  nothing_to_draw: { status: 422, title: "Nothing drawable in the input", retryable: false },
  model_not_allowed: { status: 422, title: "The model's licence is not allowed here", retryable: false },
  model_unavailable: { status: 503, title: "The model could not be fetched", retryable: true },
  glyph_missing: { status: 422, title: "The font lacks a character", retryable: false },
  timeout: { status: 422, title: "The job took too long", retryable: false },
  engine_failed: { status: 500, title: "An engine failed", retryable: true },
  engine_missing: { status: 500, title: "An engine is not installed on the runner", retryable: true },
  output_invalid: { status: 500, title: "An engine wrote something unusable", retryable: true },
  resource_limit: { status: 422, title: "The job needs more than a runner may use", retryable: false },
  runner_lost: { status: 500, title: "The runner went away", retryable: true },
  // The server
  unavailable: { status: 503, title: "Try again shortly", retryable: true },
  internal: { status: 500, title: "Something went wrong on our side", retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>;

export type ProblemCode = keyof typeof PROBLEMS;
export const problemCodeSchema = z
  .enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]])
  .describe("The public name of something that can go wrong, with an answer or with a job. New ones may be added.");

export const fieldErrorSchema = z
  .object({
    path: z
      .string()
      .describe("Where it is, dotted: `params.depthMm`, `inputs.0.upload`; a query parameter or a header by its name."),
    message: z.string().describe("What is wrong with it, to be read after the path: `is not a job id`."),
  })
  .describe("A wrong field of the request.");
export type FieldError = z.infer<typeof fieldErrorSchema>;

export const problemSchema = z
  .object({
    type: z.string().describe("The kind of problem as a URI: `urn:kiln:problem:` and the code."),
    title: z.string().describe("The kind of problem in a few words, always the same for a code."),
    status: z.number().int().describe("The answer's HTTP status."),
    detail: z.string().describe("What went wrong this time and what to do about it, a sentence for people."),
    instance: z
      .string()
      .describe("`urn:request:` and the `X-Request-Id` of the answer. Name it when you report a fault."),
    code: problemCodeSchema.describe("The kind of problem, for programs."),
    retryable: z
      .boolean()
      .describe("Whether the same request may succeed later; `Retry-After` says when, if it is known."),
    errors: z
      .array(fieldErrorSchema)
      .optional()
      .describe("Each wrong field of the request. Absent where the problem is not with fields."),
  })
  .describe("The body of every error, `application/problem+json` by RFC 9457.");
export type Problem = z.infer<typeof problemSchema>;
