/**
 * `Prefer: wait=n` (RFC 7240) on calls that answer with a job: the answer comes when the job has ended, 200, or after n
 * seconds, 202, with the job as it is then.
 *
 * It stands before `Idempotency-Key`: what is kept for that key is the first answer, that the job was taken in, and not how
 * the job stood after some seconds, which would be wrong ever after. A repeated request waits for the same job anew.
 */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { FINAL_STATES, type Job, jobSchema } from "#contract/job.ts";
import { MAX_WAIT_S } from "#contract/limits.ts";
import { parseWait } from "../domain/prefer-wait.ts";
import { awaitJobEnd } from "../durable/await-job.ts";
import { callJob } from "../durable/stubs.ts";
import type { AppContext } from "../middleware/context.ts";
import type { Answer, OperationSpec } from "./operation.ts";
import { withQueuePlace } from "./queue-place.ts";

const preferSchema = z
  .string()
  .optional()
  .meta({
    description: `\`wait=n\`: answer when the job has ended, or after n seconds, ${MAX_WAIT_S} at most. Without it, or with another preference: at once.`,
    example: "wait=30",
  });
const appliedSchema = z.string().optional().meta({ description: "The wait that was kept to.", example: "wait=30" });

/** What such a call says of it in its declaration. */
export function withWaiting(spec: OperationSpec): OperationSpec {
  const job = { schema: jobSchema, headers: { "Preference-Applied": appliedSchema } };
  const answers = {
    200: { description: "The job, which has ended within the time that was asked for." },
    202: { description: "The job, which has not ended within the time that was asked for." },
    ...spec.answers,
  };
  return {
    ...spec,
    headers: { ...spec.headers, Prefer: preferSchema },
    answers: Object.fromEntries(
      Object.entries(answers).map(([status, answer]: [string, Answer]) => [
        status,
        { ...job, ...answer, headers: { ...answer.headers, ...job.headers } },
      ]),
    ),
  };
}

/** For calls whose answer, 200 or 202, is a job. */
export const waiting = createMiddleware<AppContext>(async (c, next) => {
  const waitS = parseWait(c.req.header("Prefer"));
  await next();
  if (waitS === null || (c.res.status !== 200 && c.res.status !== 202)) return;
  const answered = (await c.res.clone().json()) as Job;
  const job = FINAL_STATES.has(answered.state) ? answered : await jobAfter(c, answered, waitS);
  // What the call's own answer says in its headers stays.
  c.res = c.json(job, FINAL_STATES.has(job.state) ? 200 : 202, { "Preference-Applied": `wait=${waitS}` });
});

/** The job as it is when it has ended, or when the time is over; with its place in line where it has one. */
async function jobAfter(c: Context<AppContext>, job: Job, waitS: number): Promise<Job> {
  if (waitS === 0) return job;
  await awaitJobEnd(c.env, job.id, waitS * 1000, c.req.raw.signal);
  const facts = await callJob(c.env, job.id, (stub) => stub.read());
  return withQueuePlace(c, facts?.job ?? job);
}
