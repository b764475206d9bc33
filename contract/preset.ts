/**
 * Presets: parameters under a name. Each job type has some of its own (`presets` in `GET /v1/job-types`), and an account may
 * keep others. A submission names one as `preset`; parameters that it gives beside it win over the preset's.
 */
import { z } from "zod";
import { epochMs } from "./epoch-ms.ts";
import { MAX_PRESET_BYTES } from "./limits.ts";
import { noControls } from "./plain-text.ts";

/** Lower case words with dashes, e.g. `product-shot`. */
export const presetNameSchema = z
  .string()
  .max(40)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "may hold lower case letters and digits, with single dashes between")
  .meta({ description: "The name of a preset: lower case words with dashes.", example: "product-shot" });

/** What a submission says. */
export const presetInSubmission = presetNameSchema
  .optional()
  .describe("Takes the parameters of this preset of the type, or of your own; those in `params` win over them.");

const title = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(...noControls)
  .describe("Its name for people. Left out: `name`.");
const description = z
  .string()
  .trim()
  .max(500)
  .regex(...noControls)
  .describe("What it is good for.");
const params = z
  .record(z.string(), z.unknown())
  .refine(
    (value) => JSON.stringify(value).length <= MAX_PRESET_BYTES,
    `is longer than ${MAX_PRESET_BYTES} bytes as JSON`,
  )
  .describe("Some of the job type's parameters; the others keep their defaults.");

/** An account's own preset. */
export const presetSchema = z
  .object({
    type: z.string().describe("The job type it is for."),
    name: presetNameSchema,
    title: z.string().describe("Its name for people."),
    description: z.string().describe("What it is good for; may be empty."),
    params,
    createdAt: epochMs("When it was made"),
    updatedAt: epochMs("When it was last changed"),
  })
  .describe("A preset of the caller's own.");
export type Preset = z.infer<typeof presetSchema>;

/** `PUT /v1/presets/{type}/{name}`. Without a title it is called by its name. */
export const putPresetRequestSchema = z
  .object({ title: title.optional(), description: description.default(""), params })
  .strict()
  .meta({
    description: "What the preset is to hold.",
    example: { title: "Shop window", params: { crop: true, backgroundColor: "#f4f1ea" } },
  });
export type PutPresetRequest = z.input<typeof putPresetRequestSchema>;

/** `GET /v1/presets`: by type and name. */
export const presetListSchema = z
  .object({ presets: z.array(presetSchema).describe("All of your own, by type and name.") })
  .describe("Presets.");
export type PresetList = z.infer<typeof presetListSchema>;
