/**
 * Taking hold of a job's inputs, so that uploads and files of other jobs stay as long as the job does, and finding out what
 * they are. A file of a job that is not over is still to come: the new job waits for it.
 */
import { FINAL_STATES } from "#contract/job.ts";
import type { JobTypeDefinition } from "#contract/job-types/job-type.ts";
import { MAX_JOBS_PER_SOURCE } from "#contract/limits.ts";
import type { ProblemCode } from "#contract/problem.ts";
import type { RequestedInput } from "#contract/public-api.ts";
import {
  awaitedInput,
  awaitedJobs,
  type DependencyReport,
  resolveInput,
  wholeInputs,
  whyNotChainable,
} from "../domain/dependencies.ts";
import type { SharedResult } from "../domain/job-lifecycle.ts";
import type { JobRecord, RecordInput } from "../domain/job-record.ts";
import { urlInput } from "../domain/url-input.ts";
import type { Env } from "../env.ts";
import type { Outcome, StoredFacts } from "./job.do.ts";
import { findResult } from "./result-cache.ts";
import { callJob, callUpload } from "./stubs.ts";
import type { UploadOutcome } from "./upload.do.ts";

/** Why an input can't be used. `path` is below the job's `inputs`, e.g. `0.upload`; `message` completes it to a sentence. */
export interface InputRefusal {
  readonly code: ProblemCode;
  readonly path: string;
  readonly message: string;
}

export type HeldInputs =
  | { readonly ok: true; readonly inputs: readonly RecordInput[] }
  | { readonly ok: false; readonly refusal: InputRefusal };

type HeldInput =
  | { readonly ok: true; readonly input: RecordInput }
  | { readonly ok: false; readonly refusal: InputRefusal };

/** Who needs the files: a job, or the batch that will make it. */
export interface Holder {
  readonly id: string;
  readonly owner: string;
}

/**
 * Holds every input, one call for each. When one is refused, the others are held nevertheless: see `letGoOfInputs`.
 * @param of `batch`: the job's batch has been admitted with all its jobs; a job that can't give its file is then left for the
 *   new job to find out, which fails. Otherwise it is refused, and so is a file that too many jobs use.
 */
export async function holdInputs(
  env: Env,
  holder: Holder,
  type: JobTypeDefinition,
  requested: readonly RequestedInput[],
  of: "batch" | null = null,
): Promise<HeldInputs> {
  const jobs = of === "batch" ? 0 : 1;
  const held = await Promise.all(
    requested.map(async (input, index): Promise<HeldInput> => {
      if ("url" in input) return { ok: true, input: urlInput(input) };
      if ("upload" in input) {
        const outcome = await callUpload(env, input.upload, (stub) => stub.hold(holder.id, holder.owner, jobs));
        return checkUpload(outcome, input, index, type);
      }
      const outcome = await callJob(env, input.job, (stub) => stub.hold(holder.id, holder.owner, jobs));
      const checked = checkDependency(outcome, input, index, type);
      if (checked.ok || of === null) return checked;
      const name = outcome.ok ? outcome.value.name : "a job that is gone";
      return { ok: true, input: awaitedInput(input.job, input.artifact ?? null, input.role ?? null, name) };
    }),
  );
  const refused = held.find((one) => !one.ok);
  if (refused) return refused as HeldInputs;
  return { ok: true, inputs: held.flatMap((one) => (one.ok ? [one.input] : [])) };
}

/** Lets go of what `holdInputs` may have held. */
export async function letGoOfInputs(env: Env, holderId: string, requested: readonly RequestedInput[]): Promise<void> {
  await Promise.all(requested.flatMap(sourcesOf).map((source) => letGoOfSource(env, holderId, source)));
}

/** Lets go of an upload, or of a job. */
export async function letGoOfSource(env: Env, holderId: string, source: string): Promise<void> {
  if (source.startsWith("upl_")) await callUpload(env, source, (stub) => stub.release(holderId));
  else await callJob(env, source, (stub) => stub.letGo(holderId));
}

/** The id of the upload, or of the job, that an input is a file of; none for one that is fetched from a URL. */
export function sourcesOf(input: RequestedInput): readonly string[] {
  if ("url" in input) return [];
  return ["upload" in input ? input.upload : input.job];
}

/** What the upload's object answered to `hold`, as an input of a job of that type. */
export function checkUpload(
  outcome: UploadOutcome,
  { upload, role }: Extract<RequestedInput, { upload: string }>,
  index: number,
  type: JobTypeDefinition,
): HeldInput {
  const refuse = (code: ProblemCode, message: string) => refusal(code, `${index}.upload`, message);
  if (outcome.ok) {
    const { filename, bytes, contentType, content } = outcome.record;
    const { maxBytes } = type.inputs;
    if (bytes > maxBytes) return refuse("too_large", `has ${bytes} bytes; ${type.name} takes files up to ${maxBytes}`);
    const file = { filename, bytes, contentType, role: role ?? null, ...(content ? { content } : {}) };
    return { ok: true, input: { upload, job: null, artifact: null, ...file } };
  }
  switch (outcome.reason) {
    case "missing":
      return refuse("upload_not_found", "is not known: upload the file first with POST /v1/uploads");
    case "upload_incomplete":
      return refuse("upload_incomplete", "is not complete: send its missing parts and complete it");
    case "source_limit":
      return refuse("source_limit", `${TOO_MANY_JOBS}, or upload the file again`);
    default:
      return refuse("gone", "was aborted or its time is over: upload the file again");
  }
}

/** What the object of the job that is to give the file answered to `hold`. */
export function checkDependency(
  outcome: Outcome<StoredFacts>,
  { job: jobId, artifact, role }: Extract<RequestedInput, { job: string }>,
  index: number,
  type: JobTypeDefinition,
): HeldInput {
  if (!outcome.ok) {
    if (outcome.reason === "missing") return refusal("job_not_found", `${index}.job`, "is not known");
    if (outcome.reason === "source_limit") return refusal("source_limit", `${index}.job`, TOO_MANY_JOBS);
    return refusal("gone", `${index}.job`, "has lost its files: their time was over");
  }
  const { job } = outcome.value;
  const field = `${index}.${artifact === undefined ? "job" : "artifact"}`;
  const unfit = whyNotChainable(job.type, type.name, artifact ?? null, role ?? null);
  if (unfit !== null) return refusal("invalid_request", field, unfit);
  const awaited = awaitedInput(jobId, artifact ?? null, role ?? null, outcome.value.name);
  const resolved = resolveInput(awaited, { jobId, gone: null, facts: outcome.value }, type.name);
  if (resolved.kind === "pending") return { ok: true, input: awaited };
  if (resolved.kind === "ready") return { ok: true, input: resolved.input };
  const isOver = FINAL_STATES.has(job.state) && job.state !== "succeeded";
  return refusal(isOver ? "dependency_failed" : "invalid_request", field, resolved.message);
}

const TOO_MANY_JOBS = `is an input of so many jobs that more than ${MAX_JOBS_PER_SOURCE} would use it: delete some of them first`;

function refusal(code: ProblemCode, path: string, message: string): HeldInput {
  return { ok: false, refusal: { code, path, message } };
}

/** What is learned for a waiting job. */
export interface DependencyNews {
  readonly reports: readonly DependencyReport[];
  /** That of an equal job, when by the reports all inputs are there; null when there is none. */
  readonly result: SharedResult | null;
}

/** Asks the jobs that a waiting job waits for, and when all files are there, whether an equal job has its result. */
export async function askForJob(env: Env, record: JobRecord): Promise<DependencyNews | null> {
  const reports = await reportDependencies(env, record);
  if (reports === null) return null;
  const inputs = record.cache === false ? null : wholeInputs(record, reports);
  const { id, type, typeVersion, params } = record;
  return { reports, result: inputs && (await findResult(env, id, { type, typeVersion, params, inputs })) };
}

/**
 * What the jobs say that a waiting job waits for; each is held again, in case that got lost.
 * @returns null when nobody has to be asked now, or when not all could be
 */
async function reportDependencies(env: Env, record: JobRecord): Promise<readonly DependencyReport[] | null> {
  if (record.pending.askDependencies !== true) return null;
  if (record.state !== "waiting") return [];
  try {
    return await Promise.all(
      awaitedJobs(record).map(async (jobId): Promise<DependencyReport> => {
        const outcome = await callJob(env, jobId, (stub) => stub.hold(record.id, record.owner, 0));
        if (outcome.ok) return { jobId, gone: null, facts: outcome.value };
        return { jobId, gone: outcome.reason === "missing" ? "missing" : "purged" };
      }),
    );
  } catch (error) {
    console.error("jobs that are waited for could not be asked", { jobId: record.id, error: String(error) });
    return null;
  }
}
