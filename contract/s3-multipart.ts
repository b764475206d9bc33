/**
 * Uploads as Uppy's `@uppy/aws-s3` asks for them with `companionEndpoint`: what Companion answers to it. The names, capital
 * letters included, are S3's. The sender tells neither the file's size nor the parts' before it sends them, unless the
 * metadata say `bytes`; a key of the object is an upload's id, so that it is an input of a job.
 */
import { z } from "zod";
import { MAX_UPLOAD_PARTS, UPLOAD_HARD_MAX_BYTES } from "./limits.ts";
import { sha256Schema } from "./manifest.ts";
import { noNul } from "./plain-text.ts";
import { filenameSchema, uploadIdSchema } from "./upload.ts";

const typeSchema = z
  .string()
  .max(256)
  .regex(...noNul)
  .optional()
  .describe("The file's media type");
const bytesSchema = z.coerce
  .number()
  .int()
  .min(1)
  .max(UPLOAD_HARD_MAX_BYTES)
  .describe("The file's size: with it, one byte more or less is refused");

/** What a page may tell about a file (`uppy.setFileMeta`); everything else in there is the page's own and passed over. */
const metadataSchema = z
  .object({
    bytes: bytesSchema.optional(),
    sha256: sha256Schema.optional().describe("When given, the file is checked against it"),
  })
  .describe("What the page tells of the file. Other fields are the page's own, and passed over.");
export type AnnouncedMetadata = z.output<typeof metadataSchema>;

/** `GET /s3/params`: metadata come as `metadata[name]`. */
export const postParamsQuerySchema = z.object({
  filename: filenameSchema.describe("What the file is called. Only shown, never used as a path."),
  type: typeSchema,
  "metadata[bytes]": bytesSchema.optional(),
  "metadata[sha256]": sha256Schema.optional(),
});

const expiresSchema = z.number().int().describe("For how many seconds the URL works");

/** Where a whole file is posted to, as a form with these fields and then `file`. */
export const postParamsSchema = z.object({
  method: z.literal("POST").describe("How it is sent."),
  url: z.string().describe("Where it is sent."),
  fields: z
    .object({ key: uploadIdSchema.describe("The upload's id, which is an input for jobs.") })
    .describe("Fields of the form, before `file`."),
  expires: expiresSchema,
});

/** `POST /s3/multipart` */
export const createMultipartRequestSchema = z.object({
  filename: filenameSchema.describe("What the file is called. Only shown, never used as a path."),
  type: typeSchema,
  metadata: metadataSchema.default({}),
});

/** Both are the upload's id. */
export const multipartSchema = z.object({
  key: uploadIdSchema.describe("The upload's id, which is an input for jobs."),
  uploadId: uploadIdSchema.describe("The same, for the calls that follow."),
});

/** What every further call has in its query. */
export const multipartQuerySchema = z
  .object({ key: z.string().describe("The upload's key: the same as its id") })
  .strict();

/** A part that has come in. */
export const listedPartSchema = z.object({
  PartNumber: z.number().int().describe("Its place in the file, from 1."),
  Size: z.number().int().describe("Its size in bytes."),
  ETag: z.string().describe("The `ETag` that its PUT was answered with; completing takes it."),
});
export const listedPartsSchema = z.array(listedPartSchema);

/** The answer to an abort: there is nothing to say. */
export const abortedMultipartSchema = z.object({});

/** Where one part is put to. */
export const partUrlSchema = z.object({
  url: z.string().describe("`PUT` the part here."),
  expires: expiresSchema,
});

/** `POST /s3/multipart/{uploadId}/complete` */
export const completeMultipartRequestSchema = z.object({
  parts: z
    .array(
      z.object({
        PartNumber: z.number().int().min(1).max(MAX_UPLOAD_PARTS).describe("A part, by its number."),
        ETag: z.string().max(256).describe("The `ETag` that its PUT was answered with."),
      }),
    )
    .min(1)
    .max(MAX_UPLOAD_PARTS)
    .describe("All parts that have come in, in the order of their numbers."),
});

/** The file. */
export const completedMultipartSchema = z.object({
  location: z.string().describe("Where the file lies. It can't be read there without a signature."),
  key: uploadIdSchema.describe("The upload's id: name it as an input of a job."),
});
