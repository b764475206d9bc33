/** Taking a job in: its parameters and inputs are checked, its uploads held, and the job object made. */
import type { Context } from "hono";
import type { Policy } from "#contract/job.ts";
import type { JobTypeDefinition } from "#contract/job-types/job-type.ts";
import { findJobType } from "#contract/job-types/registry.ts";
import { MAX_NOT_BEFORE_S } from "#contract/limits.ts";
import type { Artifact } from "#contract/manifest.ts";
import type { RequestedInput } from "#contract/public-api.ts";
import { fromHex, makeId } from "../domain/identifiers.ts";
import type { RecordInput } from "../domain/job-record.ts";
import { callJob, callUpload } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { unwrap } from "./job-access.ts";
import { invalidRequest, parseWith } from "./request-parsing.ts";
import { unwrapUpload } from "./uploads.ts";

/** What is asked for. */
export interface Submission {
  readonly type: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: readonly RequestedInput[];
  readonly policy: Policy;
  /** The jobs it is a version of, the latest first. */
  readonly ancestors?: readonly string[];
}

/** Makes the job. Answers 202 with it; throws an AppError, and holds no upload then. */
export async function submitJob(c: Context<AppContext>, submission: Submission): Promise<Response> {
  const type = findJobType(submission.type);
  if (!type) {
    const detail = `There is no job type "${submission.type}". GET /v1/job-types lists them.`;
    throw new AppError("unknown_job_type", detail);
  }
  const params = parseWith(type.params, submission.params, "params");
  checkInputs(type, submission.inputs);
  const { policy, ancestors } = submission;
  if ((policy.notBefore ?? 0) > Date.now() + MAX_NOT_BEFORE_S * 1000) {
    throw invalidRequest([{ path: "policy.notBefore", message: `is more than ${MAX_NOT_BEFORE_S} seconds ahead` }]);
  }
  const seed = c.get("idSeed");
  const id = makeId("job", seed ? fromHex(seed) : crypto.getRandomValues(new Uint8Array(16)));
  const inputs = await holdInputs(c, id, type, submission.inputs);
  const { name, version, pool, timeoutS } = type;
  const made = {
    id,
    owner: c.get("owner"),
    type: { name, version, pool, timeoutS },
    params,
    inputs,
    policy,
    ...(ancestors ? { ancestors } : {}),
  };
  const job = await callJob(c.env, id, (stub) => stub.create(made));
  return c.json(job, 202, { Location: `/v1/jobs/${id}` });
}

/** How many files there are to work on, and that each role is known and given once. */
function checkInputs(type: JobTypeDefinition, inputs: readonly RequestedInput[]): void {
  const { min, max, label, roles = [] } = type.inputs;
  const count = inputs.filter(({ role }) => role === undefined).length;
  if (count < min || count > max) {
    const wanted = min === max ? `exactly ${min}` : `${min} to ${max}`;
    throw invalidRequest([{ path: "inputs", message: `${type.name} takes ${wanted} (${label}), ${count} given` }]);
  }
  const errors = inputs.flatMap(({ role }, index) => {
    const path = `inputs.${index}.role`;
    if (role === undefined) return [];
    if (!roles.some(({ name }) => name === role)) {
      const known = roles.map(({ name }) => name).join(", ") || "none";
      return [{ path, message: `is not a role of ${type.name} (${known})` }];
    }
    return inputs.findIndex((input) => input.role === role) < index ? [{ path, message: "is given twice" }] : [];
  });
  if (errors.length > 0) throw invalidRequest(errors);
}

/** Takes hold of the uploads for the job, so that they stay as long as it does. All or none; one call for each. */
async function holdInputs(
  c: Context<AppContext>,
  jobId: string,
  type: JobTypeDefinition,
  requested: readonly RequestedInput[],
): Promise<RecordInput[]> {
  const outcomes = await Promise.allSettled(requested.map((input, index) => holdInput(c, jobId, type, input, index)));
  const refused = outcomes.find((outcome) => outcome.status === "rejected");
  if (refused) {
    await Promise.all(requested.map((input) => letGo(c, jobId, input)));
    throw refused.reason;
  }
  return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
}

function letGo(c: Context<AppContext>, jobId: string, input: RequestedInput): Promise<unknown> {
  if ("upload" in input) return callUpload(c.env, input.upload, (stub) => stub.release(jobId));
  return callJob(c.env, input.job, (stub) => stub.letGo(jobId));
}

async function holdInput(
  c: Context<AppContext>,
  jobId: string,
  type: JobTypeDefinition,
  input: RequestedInput,
  index: number,
): Promise<RecordInput> {
  const held =
    "upload" in input ? await holdUpload(c, jobId, input, index) : await holdArtifact(c, jobId, type, input, index);
  if (held.bytes > type.inputs.maxBytes) {
    throw new AppError("too_large", `inputs.${index}: ${type.name} takes files up to ${type.inputs.maxBytes} bytes.`);
  }
  return held;
}

async function holdUpload(
  c: Context<AppContext>,
  jobId: string,
  { upload, role }: { upload: string; role?: string | undefined },
  index: number,
): Promise<RecordInput> {
  const owner = c.get("owner");
  const outcome = await callUpload(c.env, upload, (stub) => stub.hold(jobId, owner));
  if (!outcome.ok && outcome.reason === "missing") {
    const detail = `inputs.${index}: there is no upload ${upload}. Upload the file first with POST /v1/uploads.`;
    const errors = [{ path: `inputs.${index}.upload`, message: "is not known" }];
    throw new AppError("upload_not_found", detail, { errors });
  }
  const { filename, bytes, contentType } = unwrapUpload(outcome);
  return { upload, job: null, artifact: null, filename, bytes, contentType, role: role ?? null };
}

/** A file of a job that has succeeded. */
async function holdArtifact(
  c: Context<AppContext>,
  jobId: string,
  type: JobTypeDefinition,
  { job: sourceId, artifact: name, role }: { job: string; artifact?: string | undefined; role?: string | undefined },
  index: number,
): Promise<RecordInput> {
  const owner = c.get("owner");
  const { job, files } = unwrap(await callJob(c.env, sourceId, (stub) => stub.hold(jobId, owner)));
  const artifact = job.manifest && chooseArtifact(job.manifest.artifacts, type, name);
  if (!files || !artifact) {
    const message = name === undefined ? `has no file that ${type.name} takes` : `has no file ${name}`;
    throw invalidRequest([{ path: `inputs.${index}.job`, message }]);
  }
  const { bytes, contentType } = artifact;
  return {
    upload: null,
    job: sourceId,
    artifact: artifact.name,
    files,
    filename: artifact.name,
    bytes,
    contentType,
    role: role ?? null,
  };
}

/** The file of that name, or else the first one that the job type takes. */
function chooseArtifact(artifacts: readonly Artifact[], type: JobTypeDefinition, name?: string): Artifact | undefined {
  if (name !== undefined) return artifacts.find((artifact) => artifact.name === name);
  return artifacts.find(({ contentType }) =>
    type.inputs.accept.some((taken) => taken === "*/*" || taken === contentType),
  );
}
