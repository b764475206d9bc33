/** Taking a job in: its parameters and inputs are checked, its inputs held, and the job object made. */
import type { Context } from "hono";
import type { Job, Policy } from "#contract/job.ts";
import type { JobTypeDefinition } from "#contract/job-types/job-type.ts";
import { findJobType } from "#contract/job-types/registry.ts";
import { MAX_NOT_BEFORE_S, RETENTION_S } from "#contract/limits.ts";
import type { ProblemCode } from "#contract/problem.ts";
import type { RequestedInput } from "#contract/public-api.ts";
import { checkPublicUrl } from "#public-address/public-url.ts";
import { fromHex, makeId } from "../domain/identifiers.ts";
import { isKnown } from "../domain/ownership.ts";
import { type HeldInputs, holdInputs, type InputRefusal, letGoOfInputs } from "../durable/job-inputs.ts";
import { callJob } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { chargeJobs } from "../middleware/quota.ts";
import { paramsWithPresets } from "./preset-params.ts";
import { invalidRequest, parseWith } from "./request-parsing.ts";

/** What a submission may be refused for, beyond a request that is not valid. */
export const SUBMISSION_PROBLEMS = [
  "unknown_job_type",
  "unknown_preset",
  "upload_not_found",
  "upload_incomplete",
  "upload_conflict",
  "source_limit",
  "job_not_found",
  "job_conflict",
  "artifact_not_found",
  "gone",
  "rate_limited",
] as const satisfies readonly ProblemCode[];

/** What can be said of an input wherever its file is. */
interface AnyInput {
  readonly role?: string | undefined;
  readonly url?: string;
}

/** What is asked for. */
export interface Submission {
  readonly type: string;
  /** Whose parameters are taken where `params` has none. */
  readonly preset?: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: readonly RequestedInput[];
  readonly policy: Policy;
  /** The jobs it is a version of, the latest first. */
  readonly ancestors?: readonly string[];
  /** The first of its versions. */
  readonly asset?: string;
  /** Hash of the request, for a job under its client's id. */
  readonly clientRequest?: string;
}

/** Makes the job. Answers 202 with it; throws an AppError, and holds no input then. */
export async function submitJob(c: Context<AppContext>, submission: Submission): Promise<Response> {
  const job = await takeJob(c, submission);
  return c.json(job, 202, { Location: `/v1/jobs/${job.id}` });
}

/** Makes the job. Throws an AppError, and holds no input then. */
export async function takeJob(c: Context<AppContext>, submission: Submission): Promise<Job> {
  const [params = {}] = await paramsWithPresets(c, [submission]);
  const checked = checkSubmission(c, { ...submission, params });
  const seed = c.get("idSeed");
  const id = makeId("job", seed ? fromHex(seed) : crypto.getRandomValues(new Uint8Array(16)));
  return makeJob(c, id, submission, checked);
}

/** A submission whose type is known and whose parameters are whole. */
export interface CheckedSubmission {
  readonly type: JobTypeDefinition;
  readonly params: Record<string, unknown>;
}

/** All that can be checked without asking anyone. `path` is where the submission stands in the body, e.g. `jobs.3.`. */
export function checkSubmission(
  c: Context<AppContext>,
  {
    type: name,
    params,
    inputs,
    policy,
  }: Pick<Submission, "type" | "params" | "policy"> & { inputs: readonly AnyInput[] },
  path = "",
): CheckedSubmission {
  const type = findJobType(name);
  if (!type) {
    const detail = `There is no job type "${name}". GET /v1/job-types lists them.`;
    throw new AppError("unknown_job_type", detail, { errors: [{ path: `${path}type`, message: "is not known" }] });
  }
  const whole = parseWith(type.params, params, `${path}params`);
  checkInputs(type, inputs, path);
  checkUrls(c, inputs, path);
  if ((policy.notBefore ?? 0) > Date.now() + MAX_NOT_BEFORE_S * 1000) {
    const message = `is more than ${MAX_NOT_BEFORE_S} seconds ahead`;
    throw invalidRequest([{ path: `${path}policy.notBefore`, message }]);
  }
  checkRetention(c, policy, path);
  return { type, params: whole };
}

/** Makes the job with this id, or finds the one that is there, and charges it. Throws an AppError, and holds no input then. */
export function makeJob(
  c: Context<AppContext>,
  id: string,
  submission: Submission,
  checked: CheckedSubmission,
): Promise<Job> {
  return chargeJobs(c, { id, cost: 1 }, () => makeChargedJob(c, id, submission, checked));
}

async function makeChargedJob(
  c: Context<AppContext>,
  id: string,
  { preset, inputs: requested, policy, ancestors, asset, clientRequest }: Submission,
  { type, params }: CheckedSubmission,
): Promise<Job> {
  const owner = c.get("owner");
  let held: HeldInputs;
  try {
    held = await holdInputs(c.env, { id, owner }, type, requested);
  } catch (error) {
    await undoHolds(c, id, requested);
    throw error;
  }
  if (!held.ok) {
    const made = await undoHolds(c, id, requested);
    if (made) return made;
    throw inputRefused(held.refusal, "inputs.");
  }
  const { name, version, pool, timeoutS } = type;
  const request = {
    id,
    owner,
    type: { name, version, pool, timeoutS },
    params,
    inputs: held.inputs,
    policy,
    ...(preset === undefined ? {} : { preset }),
    ...(ancestors ? { ancestors } : {}),
    ...(asset ? { asset } : {}),
    ...(clientRequest ? { clientRequest } : {}),
  };
  return callJob(c.env, id, (stub) => stub.create(request));
}

/**
 * Lets go of the inputs, unless the same request has made the job before, and its answer was lost: then it needs them.
 * @returns that job, or null
 */
async function undoHolds(c: Context<AppContext>, id: string, inputs: readonly RequestedInput[]): Promise<Job | null> {
  const made = await callJob(c.env, id, (stub) => stub.read());
  if (made) return made.job;
  await letGoOfInputs(c.env, id, inputs);
  return null;
}

/** The answer to an input that can't be used; `path` is that of the list of inputs. */
export function inputRefused({ code, path: field, message }: InputRefusal, path: string): AppError {
  return new AppError(code, `${path}${field}: ${message}`.slice(0, 1_000), {
    errors: [{ path: `${path}${field}`, message }],
  });
}

/** Who keeps files for longer than the default must be known, and may not exceed what the operator allows. */
function checkRetention(c: Context<AppContext>, { retentionS }: Policy, path: string): void {
  const hasKey = isKnown(c.get("owner"));
  const maxS = Math.max(RETENTION_S, hasKey ? c.get("config").keyRetentionS : 0);
  if (retentionS === undefined || retentionS <= maxS) return;
  const message = `is more than ${maxS} seconds${hasKey ? "" : ", which is what callers without an API key may ask for"}`;
  throw invalidRequest([{ path: `${path}policy.retentionS`, message }]);
}

/** That each URL is one that may be fetched on a user's behalf. What its name resolves to, the runner finds out. */
function checkUrls(c: Context<AppContext>, inputs: readonly AnyInput[], path: string): void {
  const errors = inputs.flatMap((input, index) => {
    if (input.url === undefined) return [];
    const checked = checkPublicUrl(input.url, { allowPrivate: c.get("config").allowPrivateUrls });
    return checked.ok ? [] : [{ path: `${path}inputs.${index}.url`, message: checked.reason }];
  });
  if (errors.length > 0) throw invalidRequest(errors);
}

/** How many files there are to work on, and that each role is known and given once. */
function checkInputs(type: JobTypeDefinition, inputs: readonly AnyInput[], path: string): void {
  const { min, max, label, roles = [] } = type.inputs;
  const count = inputs.filter(({ role }) => role === undefined).length;
  if (count < min || count > max) {
    const wanted = min === max ? `exactly ${min}` : `${min} to ${max}`;
    throw invalidRequest([
      { path: `${path}inputs`, message: `${type.name} takes ${wanted} (${label}), ${count} given` },
    ]);
  }
  const errors = inputs.flatMap(({ role }, index) => {
    const field = `${path}inputs.${index}.role`;
    if (role === undefined) return [];
    if (!roles.some(({ name }) => name === role)) {
      const known = roles.map(({ name }) => name).join(", ") || "none";
      return [{ path: field, message: `is not a role of ${type.name} (${known})` }];
    }
    return inputs.findIndex((input) => input.role === role) < index ? [{ path: field, message: "is given twice" }] : [];
  });
  if (errors.length > 0) throw invalidRequest(errors);
}
