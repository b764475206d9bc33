/** What an owner's jobs have used: `GET /v1/usage`. */
import { z } from "zod";
import { jobsByStateSchema } from "./job.ts";
import { MAX_USAGE_JOBS } from "./limits.ts";

/** A day by UTC, e.g. `2026-11-22`. */
export const daySchema = z.iso.date("is not a day like 2026-11-22");

const amount = {
  jobs: z.number().int().describe("Submitted in that time, whatever became of them."),
  states: jobsByStateSchema
    .partial()
    .describe("How many of them are in each state now; states without any are absent."),
  runSeconds: z
    .number()
    .describe("Seconds that runners were at work on them, failed attempts included; known once an attempt has ended."),
  bytesIn: z.number().int().describe("Bytes of their inputs."),
  bytesOut: z.number().int().describe("Bytes of their results."),
  unmeasured: z.number().int().describe("Jobs of an earlier version of Kiln, of which only state and type are known."),
  estimatedCost: z
    .number()
    .describe(
      "An estimate in `currency`: `runSeconds` at the price that the operator has set. No bill follows from it.",
    ),
};
/** Jobs, and what they used. */
export const usageAmountSchema = z.object(amount);
export type UsageAmount = z.infer<typeof usageAmountSchema>;

/** `GET /v1/usage`. A job counts for the day on which it was submitted. */
export const usageSchema = z
  .object({
    from: daySchema.describe("The first day."),
    to: daySchema.describe("The last day, itself included."),
    currency: z.string().describe("Of all estimates of cost, by ISO 4217: `USD`."),
    costPerRunnerHour: z.number().describe("The price that they are made with; 0 where the operator has set none."),
    truncated: z
      .boolean()
      .describe(`Whether there are more than ${MAX_USAGE_JOBS} jobs: then only the newest count. Ask for fewer days.`),
    total: usageAmountSchema.describe("All of it."),
    types: z
      .array(z.object({ type: z.string().describe("The name of a job type."), ...amount }))
      .describe("The same by job type."),
    days: z
      .array(z.object({ day: daySchema.describe("The day."), ...amount }))
      .describe("The same day by day, those without jobs included."),
  })
  .meta({ description: "What the caller's jobs have used. Days are those of UTC." });
export type Usage = z.infer<typeof usageSchema>;
