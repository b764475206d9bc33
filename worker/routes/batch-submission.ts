/** Taking a batch in: all its jobs are checked, and what they have in common is made out, before anything is made. */
import type { Context } from "hono";
import type { z } from "zod";
import type { BatchInput, batchJobRequestSchema, createBatchRequestSchema } from "#contract/batch.ts";
import { MAX_BATCH_SOURCES, MAX_JSON_BODY_BYTES } from "#contract/limits.ts";
import type { RequestedInput } from "#contract/public-api.ts";
import { planBatch } from "../domain/batch-plan.ts";
import { fromHex, makeId } from "../domain/identifiers.ts";
import { sourcesOf } from "../durable/job-inputs.ts";
import { callBatch } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { chargeJobs } from "../middleware/quota.ts";
import type { PlannedJob } from "../storage/batch-store.ts";
import { derivedBytes } from "./derived-id.ts";
import { checkSubmission } from "./job-submission.ts";
import { paramsWithPresets } from "./preset-params.ts";
import { invalidRequest } from "./request-parsing.ts";

type JobRequest = z.output<typeof batchJobRequestSchema>;

/** Takes the batch. Answers 202 with it; throws an AppError that names the wrong field, and nothing is made or held then. */
export async function submitBatch(
  c: Context<AppContext>,
  { jobs }: z.output<typeof createBatchRequestSchema>,
): Promise<Response> {
  const seed = c.get("idSeed");
  const id = makeId("bat", seed ? fromHex(seed) : crypto.getRandomValues(new Uint8Array(16)));
  const plan = await planJobs(c, id, jobs);
  const batch = await chargeJobs(c, { id, cost: plan.length }, async () => {
    const outcome = await callBatch(c.env, id, (stub) => stub.create({ id, owner: c.get("owner"), jobs: plan }));
    if (outcome.ok) return outcome.batch;
    const { code, path, message } = outcome.refusal;
    const errors = path === "" ? [] : [{ path, message }];
    throw new AppError(code, `${path}${path === "" ? "" : ": "}${message}`.slice(0, 1_000), { errors });
  });
  return c.json(batch, 202, { Location: `/v1/batches/${id}` });
}

/** The jobs as they will be made, under ids that follow from the batch's: the same call again names the same jobs. */
async function planJobs(c: Context<AppContext>, batchId: string, jobs: readonly JobRequest[]): Promise<PlannedJob[]> {
  const params = await paramsWithPresets(c, jobs, (n) => `jobs.${n}.`);
  const checked = jobs.map((job, n) => {
    const path = `jobs.${n}`;
    if (new TextEncoder().encode(JSON.stringify(job)).length > MAX_JSON_BODY_BYTES) {
      const message = `is longer than ${MAX_JSON_BODY_BYTES} bytes`;
      throw new AppError("too_large", `${path}: ${message}.`, { errors: [{ path, message }] });
    }
    return checkSubmission(c, { ...job, params: params[n] ?? {} }, `${path}.`);
  });
  const plan = planBatch(jobs);
  if (!plan.ok) throw invalidRequest(plan.errors);
  checkSources(jobs);
  const ids = await Promise.all(
    jobs.map(async (_, n) => makeId("job", await derivedBytes("batch", batchId, String(n)))),
  );
  const numberOf = new Map(jobs.flatMap(({ key }, n) => (key === undefined ? [] : [[key, n] as const])));
  return jobs.map(({ key, type, preset, inputs, policy }, n) => ({
    number: n + 1,
    key: key ?? null,
    id: ids[n] as string,
    type,
    params: checked[n]?.params ?? {},
    ...(preset === undefined ? {} : { preset }),
    inputs: inputs.map((input) => withoutKey(input, (name) => ids[numberOf.get(name) as number] as string)),
    policy,
    level: plan.levels[n] as number,
  }));
}

function withoutKey(input: BatchInput, idOf: (key: string) => string): RequestedInput {
  if (!("key" in input)) return input;
  const { key, ...rest } = input;
  return { ...rest, job: idOf(key) };
}

/** Each upload and each job of another call that is an input is looked at in this call: there is a limit to that. */
function checkSources(jobs: readonly JobRequest[]): void {
  const sources = new Set(
    jobs.flatMap(({ inputs }) => inputs.flatMap((input) => ("key" in input ? [] : sourcesOf(input)))),
  );
  if (sources.size > MAX_BATCH_SOURCES) {
    const message = `have ${sources.size} different uploads and jobs as inputs; a batch may have ${MAX_BATCH_SOURCES}`;
    throw invalidRequest([{ path: "jobs", message }]);
  }
}
