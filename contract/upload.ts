/** Uploads: a file goes straight into R2 by signed URL, in one PUT or in equal parts that can be listed and resumed. */
import { z } from "zod";
import { epochMs } from "./epoch-ms.ts";
import { MAX_FILENAME_BYTES, UPLOAD_HARD_MAX_BYTES } from "./limits.ts";
import { sha256Schema } from "./manifest.ts";
import { noNul } from "./plain-text.ts";

/** `upl_` and 128 random bits. */
export const uploadIdSchema = z
  .string()
  .regex(/^upl_[0-9a-hjkmnp-tv-z]{26}$/, "is not an upload id")
  .meta({ description: "The id of an upload.", example: "upl_2c4e6g8j0k1m3n5p7q9r2s4t6v" });

/** A file's name as its owner knows it. Only ever shown. */
export const filenameSchema = z
  .string()
  .min(1)
  .regex(...noNul)
  .refine(
    (s) => new TextEncoder().encode(s).length <= MAX_FILENAME_BYTES,
    `is longer than ${MAX_FILENAME_BYTES} bytes`,
  );

/** `POST /v1/uploads` */
export const createUploadRequestSchema = z
  .object({
    filename: filenameSchema.describe("What the file is called. Only shown, never used as a path."),
    bytes: z
      .number()
      .int()
      .min(1, "the file is empty: nothing to upload")
      .max(UPLOAD_HARD_MAX_BYTES, `is over the limit of ${UPLOAD_HARD_MAX_BYTES} bytes`)
      .describe(
        "The file's size in bytes, exactly. What you may upload at most is `limits.uploadBytes` of `GET /v1/caller`; " +
          "more is refused with 413.",
      ),
    contentType: z
      .string()
      .max(128)
      .regex(/^[\w.+-]+\/[\w.+-]+$/, "is not a media type")
      .optional()
      .describe("Its media type, e.g. `image/png`. Default `application/octet-stream`. Runners look at the content."),
    sha256: sha256Schema
      .optional()
      .describe("The SHA-256 of the file, in lower case hex. When given, another file than this one is refused."),
  })
  .strict()
  .describe("A file that is to be uploaded.");
export type CreateUploadRequest = z.infer<typeof createUploadRequestSchema>;

export const uploadedPartSchema = z
  .object({
    partNumber: z.number().int().describe("Its place in the file, from 1."),
    bytes: z.number().int().describe("Its size in bytes."),
    etag: z.string().describe("The `ETag` that its PUT was answered with."),
    sha256: sha256Schema
      .nullable()
      .optional()
      .describe(
        "The SHA-256 of its bytes as they came in, in hex: who resumes can tell whether it is of the same file. Null where it is " +
          "not known.",
      ),
  })
  .describe("A part that has come in.");
export type UploadedPart = z.infer<typeof uploadedPartSchema>;

export const partTargetSchema = z
  .object({
    partNumber: z.number().int().describe("The part's place in the file, from 1."),
    bytes: z.number().int().describe("How many bytes it must have, exactly."),
    url: z
      .string()
      .describe("`PUT` them here, with no header of its own. It works for 15 minutes; `GET` the upload for a new one."),
  })
  .describe("Where a part that is missing goes.");
export type PartTarget = z.infer<typeof partTargetSchema>;

export const UPLOAD_STATES = ["pending", "complete", "aborted", "purged"] as const;

/**
 * An upload, as every upload call answers it. `GET` is all a client needs to resume. Of an upload that was begun without
 * telling its size (s3-multipart.ts), `bytes`, `partBytes` and `partCount` are those of what has come in so far.
 */
export const uploadSchema = z
  .object({
    id: uploadIdSchema,
    state: z
      .enum(UPLOAD_STATES)
      .describe(
        "`pending`: parts are missing, or it is still to be completed. `complete`: jobs can use it. `aborted`: given up, or not " +
          "completed in time. `purged`: its time is over.",
      ),
    mode: z
      .enum(["single", "multipart"])
      .describe("`single`: one part, the whole file. `multipart`: parts that may come in any order."),
    filename: z.string().describe("What the file is called."),
    contentType: z.string().describe("Its media type, as it was announced."),
    bytes: z
      .number()
      .int()
      .describe("Its size in bytes; of an upload that Uppy began without telling it, what has come in so far."),
    partBytes: z.number().int().describe("The size of every part but the last, in bytes."),
    partCount: z.number().int().describe("How many parts it has."),
    parts: z.array(uploadedPartSchema).describe("The parts that have come in."),
    targets: z
      .array(partTargetSchema)
      .describe(
        "The parts that are missing, each with a fresh URL; empty once it is not `pending`, and for Uppy's uploads.",
      ),
    createdAt: epochMs("When it was begun"),
    expiresAt: epochMs(
      "When the file goes, complete or not, unless a job uses it: then it is kept as long as that job's own files",
    ),
  })
  .describe("A file on its way, and then an input for jobs.");
export type Upload = z.infer<typeof uploadSchema>;
