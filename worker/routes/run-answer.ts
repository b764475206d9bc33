/** What a one-shot call is answered: the file that the job made, the job, or why there is none. */
import type { Context } from "hono";
import { FINAL_STATES, type Job } from "#contract/job.ts";
import { findOutput, type JobTypeDefinition } from "#contract/job-types/job-type.ts";
import type { Artifact } from "#contract/manifest.ts";
import type { StoredFacts } from "../durable/job.do.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { getFile } from "../storage/files-bucket.ts";
import { artifactKey } from "../storage/object-keys.ts";
import { jobArchive } from "./archive.ts";
import { downloadName } from "./artifact-answer.ts";
import { contentDisposition } from "./content-disposition.ts";
import { invalidRequest } from "./request-parsing.ts";

/** Which answer is wanted: `manifest` = the job, `archive` = all files, a file's name, or the main one. */
export type WantedOutput = string | undefined;

/** Seconds after which it is worth asking for a job that is not over. */
const RETRY_AFTER_S = 2;
/** Files that are named in the answer's `Link`; a job may have a thousand. */
const MAX_LINKED = 20;

/** Refuses a name that no job of this type writes. */
export function checkOutput(type: JobTypeDefinition, output: WantedOutput): void {
  if (output === undefined || output === "manifest" || output === "archive" || findOutput(type, output)) return;
  const names = type.outputs.map(({ name }) => name).join(", ");
  throw invalidRequest([{ path: "output", message: `is not one of manifest, archive, ${names}` }]);
}

/** The answer for a job, whether it is over or not. */
export async function answerRun(
  c: Context<AppContext>,
  facts: StoredFacts,
  type: JobTypeDefinition,
  output: WantedOutput,
): Promise<Response> {
  const { job } = facts;
  const headers = { "Kiln-Job": job.id, Location: `/v1/jobs/${job.id}`, Link: linksOf(job) };
  if (!FINAL_STATES.has(job.state)) return c.json(job, 202, { ...headers, "Retry-After": String(RETRY_AFTER_S) });
  if (job.state !== "succeeded") throw failureOf(job);
  if (output === "manifest" || (output === undefined && wantsJson(c))) return c.json(job, 200, headers);
  const response = output === "archive" ? jobArchive(facts, c) : await fileAnswer(c, facts, type, output);
  for (const [name, value] of Object.entries(headers)) if (name !== "Location") response.headers.set(name, value);
  return response;
}

function wantsJson(c: Context<AppContext>): boolean {
  return /^application\/json\b/i.test(c.req.header("Accept")?.trim() ?? "");
}

function failureOf({ id, state, error }: Job): AppError {
  const headers = { "Kiln-Job": id };
  if (error) return new AppError(error.code, error.message, { headers });
  return new AppError("job_conflict", `The job was ${state} by somebody else before it was done.`, { headers });
}

async function fileAnswer(
  c: Context<AppContext>,
  { job, files }: StoredFacts,
  type: JobTypeDefinition,
  output: WantedOutput,
): Promise<Response> {
  const artifacts = job.manifest?.artifacts ?? [];
  const artifact = output === undefined ? mainArtifact(type, artifacts) : artifacts.find(({ name }) => name === output);
  const headers = { "Kiln-Job": job.id };
  if (!artifact) {
    const names = artifacts.map(({ name }) => name).join(", ");
    const detail = `This job wrote no ${output ?? "file"}${names === "" ? "." : `. It has: ${names}.`}`;
    throw new AppError("artifact_not_found", detail, { headers });
  }
  const object = files && (await getFile(c.env.BUCKET, artifactKey(files.jobId, files.leaseId, artifact.name)));
  if (!object) throw new AppError("gone", "The job's files are no longer kept. Run it again.", { headers });
  return new Response(object.body, {
    headers: {
      "Content-Type": artifact.contentType,
      "Content-Length": String(artifact.bytes),
      "Content-Disposition": contentDisposition("attachment", downloadName(job, artifact.name)),
      "Cache-Control": "no-store",
      ETag: `"${artifact.sha256}"`,
    },
  });
}

/** The first main file, or else the first of all, in the order of the job type. */
function mainArtifact(type: JobTypeDefinition, artifacts: readonly Artifact[]): Artifact | undefined {
  const inOrder = type.outputs.flatMap((output) => {
    const found = artifacts.find(({ name }) => findOutput(type, name) === output);
    return found ? [{ output, found }] : [];
  });
  return (inOrder.find(({ output }) => output.main === true) ?? inOrder[0])?.found;
}

/** The job and its files, RFC 8288. */
function linksOf({ id, manifest }: Job): string {
  const files = (manifest?.artifacts ?? []).slice(0, MAX_LINKED).map(({ name, contentType }) => {
    const type = contentType.replace(/["\\]/g, "");
    return `</v1/jobs/${id}/artifacts/${encodeURIComponent(name)}>; rel="related"; type="${type}"`;
  });
  return [`</v1/jobs/${id}>; rel="describedby"`, ...files].join(", ");
}
