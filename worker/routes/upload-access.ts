/** The upload that a call names, and what a refusal of its object is as an answer. */
import type { Context } from "hono";
import { MAX_JOBS_PER_SOURCE } from "#contract/limits.ts";
import { uploadIdSchema } from "#contract/upload.ts";
import { maySee } from "../domain/ownership.ts";
import type { UploadRecord } from "../domain/upload-record.ts";
import { callUpload } from "../durable/stubs.ts";
import type { UploadFailure, UploadOutcome } from "../durable/upload.do.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";

/** The upload with this id, if the caller may see it. */
export async function findUpload(
  c: Context<AppContext>,
  named: string | undefined = c.req.param("id"),
): Promise<UploadRecord> {
  const id = uploadIdSchema.safeParse(named);
  const record = id.success ? await callUpload(c.env, id.data, (stub) => stub.read()) : null;
  if (!record || !maySee(c.get("owner"), record.owner)) throw toUploadError({ ok: false, reason: "missing" });
  return record;
}

/** The record of a change that worked; an AppError otherwise. */
export function unwrapUpload(outcome: UploadOutcome): UploadRecord {
  if (outcome.ok) return outcome.record;
  throw toUploadError(outcome);
}

/** What a refusal is to the caller. */
export function toUploadError({ reason, detail }: UploadFailure): AppError {
  switch (reason) {
    case "missing":
      return new AppError("upload_not_found", "There is no upload with this id. Create one with POST /v1/uploads.");
    case "upload_incomplete":
      return new AppError(
        "upload_incomplete",
        detail ?? "Parts of the file are missing. GET the upload for the missing parts, send them, and complete it.",
      );
    case "upload_conflict":
      return new AppError(
        "upload_conflict",
        "The upload can't be changed in its present state: it is complete, aborted, or used by a job.",
      );
    case "gone":
      return new AppError("gone", "This upload was aborted or its time is over. Upload the file again.");
    case "checksum_mismatch":
      return new AppError(
        "checksum_mismatch",
        "The file does not have the SHA-256 that was announced. Upload it again.",
      );
    case "source_limit":
      return new AppError(
        "source_limit",
        `At most ${MAX_JOBS_PER_SOURCE} jobs may use one upload. Upload the file again.`,
      );
    case "part_mismatch":
      return new AppError("invalid_request", detail ?? "", { errors: [{ path: "parts", message: detail ?? "" }] });
    case "too_large":
      return new AppError("too_large", detail ?? "");
    case "part_unfit":
      return new AppError("invalid_request", detail ?? "");
  }
}
