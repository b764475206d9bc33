/** Uploads: a file goes straight into R2 by signed URL, in one PUT or in equal parts that can be listed and resumed. */
import { z } from "zod";
import { MAX_FILENAME_BYTES, UPLOAD_HARD_MAX_BYTES } from "./limits.ts";
import { sha256Schema } from "./manifest.ts";

/** `upl_` and 128 random bits. */
export const uploadIdSchema = z
  .string()
  .regex(/^upl_[0-9a-hjkmnp-tv-z]{26}$/, "is not an upload id")
  .meta({ description: "An upload", example: "upl_2c4e6g8j0k1m3n5p7q9r2s4t6v" });

/** A file's name as its owner knows it. Only ever shown. */
export const filenameSchema = z
  .string()
  .min(1)
  .refine(
    (s) => new TextEncoder().encode(s).length <= MAX_FILENAME_BYTES,
    `is longer than ${MAX_FILENAME_BYTES} bytes`,
  );

/** `POST /v1/uploads` */
export const createUploadRequestSchema = z
  .object({
    filename: filenameSchema,
    bytes: z
      .number()
      .int()
      .min(1, "the file is empty: nothing to upload")
      .max(UPLOAD_HARD_MAX_BYTES, `is over the limit of ${UPLOAD_HARD_MAX_BYTES} bytes`),
    contentType: z
      .string()
      .max(128)
      .regex(/^[\w.+-]+\/[\w.+-]+$/, "is not a media type")
      .optional(),
    /** When given, the file is checked against it. */
    sha256: sha256Schema.optional(),
  })
  .strict();
export type CreateUploadRequest = z.infer<typeof createUploadRequestSchema>;

/** A part that R2 has. `sha256` is that of its bytes as they came in: who resumes can tell whether it has the same file. */
export const uploadedPartSchema = z.object({
  partNumber: z.number().int(),
  bytes: z.number().int(),
  etag: z.string(),
  sha256: sha256Schema.nullable().optional(),
});
export type UploadedPart = z.infer<typeof uploadedPartSchema>;

/** Where one part goes: `PUT` exactly `bytes` bytes to `url`; no other header is needed. */
export const partTargetSchema = z.object({ partNumber: z.number().int(), bytes: z.number().int(), url: z.string() });
export type PartTarget = z.infer<typeof partTargetSchema>;

export const UPLOAD_STATES = ["pending", "complete", "aborted", "purged"] as const;

/**
 * An upload, as every upload call answers it. `single` uploads have exactly one part. `targets` lists the parts that
 * are still missing, each with a fresh signed URL, so that `GET` is all a client needs to resume. Of an upload that was begun
 * without telling its size (s3-multipart.ts), `bytes`, `partBytes` and `partCount` are those of what has come in so far, and
 * there are no targets.
 */
export const uploadSchema = z.object({
  id: uploadIdSchema,
  state: z.enum(UPLOAD_STATES),
  mode: z.enum(["single", "multipart"]),
  filename: z.string(),
  contentType: z.string(),
  bytes: z.number().int(),
  partBytes: z.number().int(),
  partCount: z.number().int(),
  parts: z.array(uploadedPartSchema),
  targets: z.array(partTargetSchema),
  createdAt: z.number(),
  expiresAt: z.number(),
});
export type Upload = z.infer<typeof uploadSchema>;
