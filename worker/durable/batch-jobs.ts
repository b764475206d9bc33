/** What a batch asks of uploads and jobs: to be held before its jobs are made, to be let go, and the making itself. */
import type { Job, JobError } from "#contract/job.ts";
import { findJobType } from "#contract/job-types/registry.ts";
import type { RequestedInput } from "#contract/public-api.ts";
import type { BatchRefusal } from "../domain/batch-record.ts";
import { awaitedInput } from "../domain/dependencies.ts";
import type { JobRequest } from "../domain/job-lifecycle.ts";
import type { RecordInput } from "../domain/job-record.ts";
import { urlInput } from "../domain/url-input.ts";
import type { Env } from "../env.ts";
import type { PlannedJob } from "../storage/batch-store.ts";
import type { BatchPlan } from "./batch.do.ts";
import { checkDependency, checkUpload, type Holder, holdInputs, type InputRefusal, sourcesOf } from "./job-inputs.ts";
import { callJob, callUpload } from "./stubs.ts";

/** Calls that are under way at once. */
const AT_ONCE = 50;

/** Where an input stands in the request. */
interface Use {
  readonly job: PlannedJob;
  readonly input: RequestedInput;
  readonly index: number;
}

/** Holds every upload and every job of another call that the batch needs, one call for each. Null when all are good. */
export async function holdSources(env: Env, plan: BatchPlan): Promise<BatchRefusal | null> {
  const own = new Set(plan.jobs.map(({ id }) => id));
  const uses = new Map<string, Use[]>();
  for (const job of plan.jobs) {
    job.inputs.forEach((input, index) => {
      for (const source of sourcesOf(input)) {
        if (!own.has(source)) uses.set(source, [...(uses.get(source) ?? []), { job, input, index }]);
      }
    });
  }
  const all = [...uses];
  for (let start = 0; start < all.length; start += AT_ONCE) {
    const refusals = await Promise.all(
      all.slice(start, start + AT_ONCE).map(([source, users]) => holdSource(env, plan, source, users)),
    );
    const refusal = refusals.find((one) => one !== null);
    if (refusal) return refusal;
  }
  return null;
}

/** Holds one of them, and checks that each job that uses it can. */
async function holdSource(
  env: Env,
  { id, owner }: Holder,
  source: string,
  uses: readonly Use[],
): Promise<BatchRefusal | null> {
  const jobs = new Set(uses.map(({ job }) => job.id)).size;
  const check = source.startsWith("upl_")
    ? await checkerOfUpload(env, { id, owner }, source, jobs)
    : await checkerOfJob(env, { id, owner }, source, jobs);
  for (const { job, input, index } of uses) {
    const checked = check(input, index, job);
    if (!checked.ok) {
      const { code, path, message } = checked.refusal;
      return { code, path: `jobs.${job.number - 1}.inputs.${path}`, message };
    }
  }
  return null;
}

type Checker = (input: RequestedInput, index: number, job: PlannedJob) => ReturnType<typeof checkUpload>;

async function checkerOfUpload(env: Env, { id, owner }: Holder, upload: string, jobs: number): Promise<Checker> {
  const outcome = await callUpload(env, upload, (stub) => stub.hold(id, owner, jobs));
  return (input, index, { type }) =>
    checkUpload(outcome, input as Extract<RequestedInput, { upload: string }>, index, typeOf(type));
}

async function checkerOfJob(env: Env, { id, owner }: Holder, job: string, jobs: number): Promise<Checker> {
  const outcome = await callJob(env, job, (stub) => stub.hold(id, owner, jobs));
  return (input, index, { type }) =>
    checkDependency(outcome, input as Extract<RequestedInput, { job: string }>, index, typeOf(type));
}

/**
 * Makes one job of the batch; again is a no-op. What can't be used any more does not keep it from being made: it fails
 * then, so that every job of the batch has a state and those that need it hear of it.
 */
export async function makeBatchJob(
  env: Env,
  { id: batch, owner }: Holder,
  {
    id,
    key,
    type: typeName,
    params,
    preset,
    inputs: requested,
    policy,
    toCancel,
  }: PlannedJob & { readonly toCancel: boolean },
): Promise<Job> {
  const type = typeOf(typeName);
  const held = await holdInputs(env, { id, owner }, type, requested, "batch");
  const { name, version, pool, timeoutS } = type;
  const request: JobRequest = {
    id,
    owner,
    batch,
    ...(key === null ? {} : { key }),
    type: { name, version, pool, timeoutS },
    params,
    ...(preset === undefined ? {} : { preset }),
    inputs: held.ok ? held.inputs : requested.map(unknownInput),
    policy,
    ...(held.ok ? {} : { ended: { state: "failed", error: errorOf(held.refusal) } }),
    ...(toCancel ? { ended: { state: "canceled", error: null } } : {}),
  };
  return callJob(env, id, (stub) => stub.create(request));
}

/** A refusal as the error of a job: `0.upload` is its first input. */
function errorOf({ code, path, message }: InputRefusal): JobError {
  return { code, message: `Input ${Number.parseInt(path, 10) + 1} of this job ${message}.` };
}

/** An input of which nothing could be learned. */
function unknownInput(input: RequestedInput): RecordInput {
  const role = input.role ?? null;
  if ("job" in input) return awaitedInput(input.job, input.artifact ?? null, role, "another job");
  if ("url" in input) return urlInput(input);
  const { upload } = input;
  return {
    upload,
    job: null,
    artifact: null,
    filename: "unknown file",
    bytes: 0,
    contentType: "application/octet-stream",
    role,
  };
}

function typeOf(name: string) {
  const type = findJobType(name);
  if (!type) throw new Error(`the job type ${name} is no longer known`);
  return type;
}
