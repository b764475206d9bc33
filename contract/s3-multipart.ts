/**
 * Uploads as Uppy's `@uppy/aws-s3` asks for them with `companionEndpoint`: what Companion answers to it. The names, capital
 * letters included, are S3's. The sender tells neither the file's size nor the parts' before it sends them, unless the
 * metadata say `bytes`; a key of the object is an upload's id, so that it is an input of a job.
 */
import { z } from "zod";
import { MAX_FILENAME_BYTES, MAX_UPLOAD_PARTS, UPLOAD_HARD_MAX_BYTES } from "./limits.ts";
import { sha256Schema } from "./manifest.ts";
import { uploadIdSchema } from "./upload.ts";

const filenameSchema = z
  .string()
  .min(1)
  .refine((s) => new TextEncoder().encode(s).length <= MAX_FILENAME_BYTES, `is longer than ${MAX_FILENAME_BYTES} bytes`)
  .describe("What the file is called. Only shown, never used as a path.");
const typeSchema = z.string().max(256).optional().describe("The file's media type");
const bytesSchema = z.coerce
  .number()
  .int()
  .min(1)
  .max(UPLOAD_HARD_MAX_BYTES)
  .describe("The file's size: with it, one byte more or less is refused");

/** What a page may tell about a file (`uppy.setFileMeta`); everything else in there is the page's own and passed over. */
const metadataSchema = z.object({
  bytes: bytesSchema.optional(),
  sha256: sha256Schema.optional().describe("When given, the file is checked against it"),
});
export type AnnouncedMetadata = z.output<typeof metadataSchema>;

/** `GET /s3/params`: metadata come as `metadata[name]`. */
export const postParamsQuerySchema = z.object({
  filename: filenameSchema,
  type: typeSchema,
  "metadata[bytes]": bytesSchema.optional(),
  "metadata[sha256]": sha256Schema.optional(),
});

/** Where a whole file is posted to, as a form with these fields and then `file`. */
export const postParamsSchema = z.object({
  method: z.literal("POST"),
  url: z.string(),
  fields: z.object({ key: uploadIdSchema }),
  expires: z.number().int().describe("For how many seconds the URL holds"),
});

/** `POST /s3/multipart` */
export const createMultipartRequestSchema = z.object({
  filename: filenameSchema,
  type: typeSchema,
  metadata: metadataSchema.default({}),
});

/** Both are the upload's id. */
export const multipartSchema = z.object({ key: uploadIdSchema, uploadId: uploadIdSchema });

/** What every further call has in its query. */
export const multipartQuerySchema = z
  .object({ key: z.string().describe("The upload's key: the same as its id") })
  .strict();

/** A part that has come in. */
export const listedPartSchema = z.object({ PartNumber: z.number().int(), Size: z.number().int(), ETag: z.string() });
export const listedPartsSchema = z.array(listedPartSchema);

/** The answer to an abort: there is nothing to say. */
export const abortedMultipartSchema = z.object({});

/** Where one part is put to. */
export const partUrlSchema = z.object({ url: z.string(), expires: z.number().int() });

/** `POST /s3/multipart/{uploadId}/complete` */
export const completeMultipartRequestSchema = z.object({
  parts: z
    .array(z.object({ PartNumber: z.number().int().min(1).max(MAX_UPLOAD_PARTS), ETag: z.string().max(256) }))
    .min(1)
    .max(MAX_UPLOAD_PARTS),
});

/** The file. `key` is an input of a job; `location` is where it lies, not readable without a signature. */
export const completedMultipartSchema = z.object({ location: z.string(), key: uploadIdSchema });
