/** Archives: the files of a job, or of all jobs of a batch, as one zip that is streamed from R2 one file at a time. */
import type { Context } from "hono";
import type { Batch, BatchJob } from "#contract/batch.ts";
import { FINAL_STATES, type JobState } from "#contract/job.ts";
import { MAX_ARCHIVE_CALLS, MAX_BATCH_JOBS } from "#contract/limits.ts";
import type { StoredFacts } from "../durable/job.do.ts";
import { callBatch, callJob } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { getFile } from "../storage/files-bucket.ts";
import { artifactKey } from "../storage/object-keys.ts";
import { invalidRequest } from "./request-parsing.ts";
import { type ArchiveFile, zipResponse } from "./zip-stream.ts";

/** `GET /v1/jobs/{id}/archive.zip` */
export function jobArchive(facts: StoredFacts, c: Context<AppContext>): Response {
  const { job } = facts;
  if (job.purgedAt !== null) throw new AppError("gone", "The job's files are no longer kept. Submit it again.");
  if (!job.manifest) throw new AppError("job_not_finished", `The job is ${job.state}: it has no files.`);
  return zipResponse(filesOfJob(c, facts, ""), `${job.id}.zip`);
}

/**
 * `GET /v1/batches/{id}/archive.zip`: a folder for each job that has succeeded by now, in the jobs' order, and `batch.json`,
 * which names all jobs with their folder, or why they have none. More files than one request may read are refused, unless a part
 * is asked for: `from` is the number of its first job; it goes as far as it may, and `Link: <…>; rel="next"` names the next one.
 */
export async function batchArchive(c: Context<AppContext>, batch: Batch, from?: number): Promise<Response> {
  const { jobs: all } = await callBatch(c.env, batch.id, (stub) => stub.jobs((from ?? 1) - 1, MAX_BATCH_JOBS));
  if (all.length === 0) throw invalidRequest([{ path: "from", message: `is more than ${batch.size}, the last job` }]);
  if (!all.some(({ state }) => FINAL_STATES.has(state))) {
    throw new AppError("job_not_finished", "No job of this batch has ended yet: there is nothing to download.");
  }
  const counts = await callBatch(c.env, batch.id, (stub) => stub.fileCounts((from ?? 1) - 1));
  const next = firstBeyond(counts, MAX_ARCHIVE_CALLS);
  if (next === null) return zipResponse(filesOfBatch(c, batch, all, null), nameOf(batch, from));
  if (from === undefined) {
    const files = counts.reduce((sum, job) => sum + job.files, 0);
    const detail = `This batch has ${files} files, more than one archive can hold. Get it in parts: archive.zip?from=1, then ?from=${next}; each names the next one in its Link header and in batch.json.`;
    throw new AppError("too_large", detail);
  }
  const part = all.filter(({ number }) => number < next);
  const Link = `</v1/batches/${batch.id}/archive.zip?from=${next}>; rel="next"`;
  return zipResponse(filesOfBatch(c, batch, part, next), nameOf(batch, from), { Link });
}

const nameOf = ({ id }: Batch, from: number | undefined): string =>
  `${id}${from === undefined ? "" : `-from-${from}`}.zip`;

/** The number of the first job whose files make it more calls than that, or null. One job alone never does. */
function firstBeyond(counts: readonly { number: number; files: number }[], maxCalls: number): number | null {
  let calls = 0;
  for (const { number, files } of counts) {
    calls += 1 + files;
    if (calls > maxCalls) return number;
  }
  return null;
}

/** What `batch.json` says of a job. */
interface IndexEntry {
  readonly number: number;
  readonly key: string | null;
  readonly id: string;
  readonly type: string;
  readonly state: JobState;
  /** Null when the archive has no files of it. */
  readonly folder: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

async function* filesOfBatch(
  c: Context<AppContext>,
  { id, createdAt }: Batch,
  jobs: readonly BatchJob[],
  next: number | null,
): AsyncGenerator<ArchiveFile> {
  const index: IndexEntry[] = [];
  for (const { number, key, id: jobId, type, state, error } of jobs) {
    const facts = state === "succeeded" ? await callJob(c.env, jobId, (stub) => stub.read()) : null;
    const folder = facts?.job.manifest && facts.files ? folderOf(number, key, facts) : null;
    if (facts && folder !== null) yield* filesOfJob(c, facts, `${folder}/`);
    const missing = { code: "gone", message: "Its files are no longer kept." };
    index.push({
      number,
      key,
      id: jobId,
      type,
      state,
      folder,
      error: state === "succeeded" && folder === null ? missing : error,
    });
  }
  const text = JSON.stringify({ batch: id, jobs: index, ...(next === null ? {} : { next }) }, null, 2);
  yield { name: "batch.json", input: text, lastModified: new Date(createdAt) };
}

async function* filesOfJob(
  c: Context<AppContext>,
  { job, files }: StoredFacts,
  folder: string,
): AsyncGenerator<ArchiveFile> {
  const lastModified = new Date(job.finishedAt ?? job.createdAt);
  if (!files || !job.manifest) return;
  yield { name: `${folder}manifest.json`, input: JSON.stringify(job.manifest, null, 2), lastModified };
  for (const { name, bytes } of job.manifest.artifacts) {
    const object = await getFile(c.env.BUCKET, artifactKey(files.jobId, files.leaseId, name));
    // Its time has ended while the archive was on its way: an archive that breaks off is seen, one that lacks a file is not.
    if (!object) throw new Error(`${name} of ${job.id} is gone`);
    yield { name: `${folder}${name}`, input: object.body, lastModified, size: bytes };
  }
}

/** The job's key, or its number and the name of the file it was made from. Unique, as no key begins like a number. */
function folderOf(number: number, key: string | null, { job }: StoredFacts): string {
  if (key !== null) return key;
  const [input] = job.inputs.filter(({ role }) => role === null);
  const stem = (input?.filename ?? "").replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}._-]+/gu, "_");
  const name = stem.replace(/^[._]+|[._]+$/g, "").slice(0, 64);
  return `${String(number).padStart(4, "0")}${name === "" ? "" : `-${name}`}`;
}
