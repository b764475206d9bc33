/**
 * Bodies that submit jobs, as the document shows them: one form for each job type, so that `params` and the number of inputs
 * are described. The routes check the general form first and the type's own after it; both together take what is shown here.
 */
import { z } from "zod";
import { batchInputSchema, batchJobRequestSchema, createBatchRequestSchema } from "#contract/batch.ts";
import type { InputRole, JobTypeDefinition } from "#contract/job-types/job-type.ts";
import { JOB_TYPES } from "#contract/job-types/registry.ts";
import { MAX_BATCH_JOBS } from "#contract/limits.ts";
import { createJobRequestSchema, requestedInputSchema } from "#contract/public-api.ts";

/** Inputs of types whose files have no roles, by the general form. */
const ROLELESS = new Map<z.ZodObject, z.ZodObject>();

/** `logo-to-3d` → `LogoTo3d`. */
export function typeName({ name }: JobTypeDefinition): string {
  return name.replace(/(^|-)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase());
}

const paramSchemas = JOB_TYPES.map(({ params, name }) => params.describe(`The parameters of \`${name}\`.`));
const submissions = JOB_TYPES.map((type, i) =>
  ofType(createJobRequestSchema, requestedInputSchema, type, paramSchemas[i] as z.ZodObject),
);
const batchJobs = JOB_TYPES.map((type, i) =>
  ofType(batchJobRequestSchema, batchInputSchema, type, paramSchemas[i] as z.ZodObject),
);

const submissionSchema = union(submissions);
const batchSchema = z
  .object({
    jobs: z
      .array(union(batchJobs))
      .min(1)
      .max(MAX_BATCH_JOBS)
      .describe(createBatchRequestSchema.shape.jobs.description ?? ""),
  })
  .strict();

/** Of the forms of `batchInputSchema`, in order. */
const INPUT_NAMES = ["UploadInput", "JobFileInput", "UrlInput", "BatchJobInput"] as const;

/** The forms by name, for the document's components. */
export function submissionSchemas(): Record<string, z.ZodType> {
  const named = JOB_TYPES.flatMap((type, index): [string, z.ZodType][] => [
    [`${typeName(type)}Params`, paramSchemas[index] as z.ZodType],
    [`${typeName(type)}Submission`, submissions[index] as z.ZodType],
    [`${typeName(type)}BatchJob`, batchJobs[index] as z.ZodType],
  ]);
  const inputs = batchInputSchema.options.map((form, index): [string, z.ZodType] => [
    INPUT_NAMES[index] as string,
    withoutRole(form as z.ZodObject),
  ]);
  return Object.fromEntries([...named, ...inputs]);
}

/** The schema to show for a call's body. */
export function documentedBody(body: z.ZodType): z.ZodType {
  if (body === createJobRequestSchema) return submissionSchema;
  if (body === createBatchRequestSchema) return batchSchema;
  return body;
}

function ofType(
  general: z.ZodObject,
  input: { options: readonly z.ZodType[] },
  { name, title, description, inputs }: JobTypeDefinition,
  params: z.ZodObject,
): z.ZodObject {
  const roles = inputs.roles ?? [];
  const forms = input.options.map((form) => withRoles(form as z.ZodObject, roles));
  const list = z.array(z.union(forms as [z.ZodObject, ...z.ZodObject[]])).max(inputs.max + roles.length);
  const files = inputs.min === 0 ? list.optional() : list.min(inputs.min);
  const isOptional = params.safeParse({}).success;
  return general
    .extend({
      type: z.literal(name).describe(`${title}.`),
      params: isOptional ? params.optional() : params,
      inputs: files.describe(`${inputs.label}: an upload, a file of another job, or what lies at a URL`),
    })
    .meta({ title, description });
}

/** The same form each time, so that it is described once. */
function withoutRole(form: z.ZodObject): z.ZodObject {
  const known = ROLELESS.get(form) ?? form.omit({ role: true }).describe(form.description ?? "");
  ROLELESS.set(form, known);
  return known;
}

/** What a form says of itself stays. */
function withRoles(form: z.ZodObject, roles: readonly InputRole[]): z.ZodObject {
  const words = form.description ?? "";
  if (roles.length === 0) return withoutRole(form);
  const names = roles.map(({ name }) => name) as [string, ...string[]];
  const meanings = roles.map(({ name, label }) => `\`${name}\`: ${label}.`).join(" ");
  const role = z.enum(names).optional().describe(`${meanings} Left out for a file that is to be worked on.`);
  return form.extend({ role }).describe(words);
}

function union(forms: readonly z.ZodObject[]) {
  return z.discriminatedUnion("type", forms as unknown as [z.ZodObject, ...z.ZodObject[]]);
}
