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
  .meta({ description: "The name of a file of a job.", example: "model.glb" });

export const sha256Schema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "is not a SHA-256 in hex")
  .describe("The SHA-256 of a file's bytes, in lower case hex, as `sha256sum` prints it.");

export const artifactSchema = z
  .object({
    name: artifactNameSchema.describe("Its name, for `GET /v1/jobs/{id}/artifacts/{name}`."),
    bytes: z.number().int().min(0).max(MAX_ARTIFACT_BYTES).describe("Its size in bytes."),
    sha256: sha256Schema,
    contentType: z.string().max(128).describe("Its media type, e.g. `model/gltf-binary`."),
  })
  .describe("A file that a job has made.");
export type Artifact = z.infer<typeof artifactSchema>;

/** What a runner commits and a user reads as `manifest.json`. */
export const manifestSchema = z
  .object({
    jobType: z.string().describe("The type of the job."),
    typeVersion: z
      .number()
      .int()
      .describe("The version of that type. It is raised when the same input and parameters give another result."),
    params: z
      .record(z.string(), z.unknown())
      .describe("The parameters the job ran with, defaults and preset filled in."),
    artifacts: z.array(artifactSchema).max(MAX_ARTIFACTS).describe("All files of the job."),
    versions: z
      .record(z.string(), z.string())
      .describe('The version of every tool and model that had a part, by its name: `{ "blender": "4.5.15" }`.'),
    timings: z
      .array(
        z.object({
          stage: z.string().describe("A stage of the job type."),
          seconds: z.number().describe("How long it took by the clock on the wall, in seconds."),
        }),
      )
      .describe("How long each stage took, in the order in which they ran."),
    peakMemoryBytes: z
      .number()
      .int()
      .nullable()
      .describe(
        "The largest resident memory of any process that worked on it, in bytes; null where it could not be read.",
      ),
    seed: z
      .number()
      .int()
      .nullable()
      .describe(
        "Where chance begins: the same seed gives the same result. Null for a type that leaves nothing to chance.",
      ),
    report: z
      .record(z.string(), z.unknown())
      .describe("What the type measured of its result, by names of its own: size in mm, triangles, colours."),
    warnings: z.array(z.string()).describe("Sentences for the user: what to know though the job succeeded."),
  })
  .describe("The files of a job that has succeeded, and how they were made.");
export type Manifest = z.infer<typeof manifestSchema>;
