/** `/v1/usage`: what the caller's jobs have used. */
import { z } from "zod";
import { MAX_USAGE_DAYS, MAX_USAGE_JOBS } from "#contract/limits.ts";
import { daySchema, usageSchema } from "#contract/usage.ts";
import { DAY_MS, dayNumber, type Period, sumUsage } from "../domain/job-usage.ts";
import { NOBODY } from "../domain/ownership.ts";
import { AppError } from "../errors.ts";
import { readUsage } from "../storage/usage-rows.ts";
import { Resource } from "./operation.ts";
import { invalidRequest } from "./request-parsing.ts";

export const usage = new Resource("/v1/usage", { tag: "Usage", access: "user" });

/** Days that are shown unless asked otherwise. */
const DEFAULT_DAYS = 30;

const querySchema = z
  .object({
    from: daySchema.optional().describe(`The first day by UTC; without it, ${DEFAULT_DAYS - 1} days before \`to\`.`),
    to: daySchema.optional().describe("The last day by UTC, itself included; without it, today."),
  })
  .strict();

usage.get(
  "",
  {
    operationId: "readUsage",
    summary: "Read what your jobs have used",
    description:
      `Jobs, time of runners, bytes and an estimate of their cost: in all, by job type and by day, of up to ` +
      `${MAX_USAGE_DAYS} days. A job counts for the day on which it was submitted. The figures follow the jobs a moment later.`,
    scope: "read",
    query: querySchema,
    answers: { 200: { description: "What they used", schema: usageSchema } },
  },
  async (c, { query }) => {
    const owner = c.get("owner");
    if (owner === NOBODY) {
      throw new AppError(
        "unauthorized",
        "Send an API key or a Kiln-Session header, so that it is known whose jobs are meant.",
      );
    }
    const period = periodOf(query, Date.now());
    const rows = await readUsage(c.env.DB, { owner, period, limit: MAX_USAGE_JOBS + 1 });
    const sum = sumUsage(rows, period, c.get("config").runnerCost);
    return c.json({ ...sum, truncated: sum.total.jobs > MAX_USAGE_JOBS });
  },
);

function periodOf(query: z.output<typeof querySchema>, now: number): Period {
  const to = query.to === undefined ? Math.floor(now / DAY_MS) : dayNumber(query.to);
  const from = query.from === undefined ? to - DEFAULT_DAYS + 1 : dayNumber(query.from);
  if (from > to) throw invalidRequest([{ path: "from", message: "is later than the last day" }]);
  if (to - from + 1 > MAX_USAGE_DAYS) {
    throw invalidRequest([{ path: "from", message: `is more than ${MAX_USAGE_DAYS} days before the last day` }]);
  }
  return { from, to };
}
