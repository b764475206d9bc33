/**
 * The manifest: the committed list of a job's artifacts and how they were made. Nothing is visible before it is
 * committed, and what it does not name does not exist.
 */
import { z } from "zod";
import { MAX_ARTIFACT_BYTES, MAX_ARTIFACTS } from "./limits.ts";

/** Artifact names are flat: letters, digits, dot, dash, underscore; no leading dot. */
export const artifactNameSchema = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, "may hold letters, digits, dots, dashes and underscores only")
  .meta({ description: "A file of a job, by its name", example: "model.glb" });

export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, "is not a SHA-256 in hex");

/** One output file. */
export const artifactSchema = z.object({
  name: artifactNameSchema,
  bytes: z.number().int().min(0).max(MAX_ARTIFACT_BYTES),
  sha256: sha256Schema,
  contentType: z.string().max(128),
});
export type Artifact = z.infer<typeof artifactSchema>;

/** What a runner commits and a user reads as `manifest.json`. */
export const manifestSchema = z.object({
  jobType: z.string(),
  typeVersion: z.number().int(),
  params: z.record(z.string(), z.unknown()),
  artifacts: z.array(artifactSchema).max(MAX_ARTIFACTS),
  /** Version of every tool and model that had a part, e.g. `{ blender: "4.5.15" }`. */
  versions: z.record(z.string(), z.string()),
  /** Wall seconds per stage, in the order they ran. */
  timings: z.array(z.object({ stage: z.string(), seconds: z.number() })),
  /** Largest resident memory of any child process, bytes; null where it could not be read. */
  peakMemoryBytes: z.number().int().nullable(),
  seed: z.number().int().nullable(),
  /** What the job type reports of its result, e.g. size in mm, triangles, colours. */
  report: z.record(z.string(), z.unknown()),
  /** What the user should know though the job succeeded. */
  warnings: z.array(z.string()),
});
export type Manifest = z.infer<typeof manifestSchema>;
